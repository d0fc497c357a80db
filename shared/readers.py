"""Who asks over HTTP: readers known by their tokens, or this machine alone where nobody was given one."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable, Mapping
from hashlib import sha256

from fastapi import HTTPException, Request

NOBODY = "nobody"
LOOPBACK = "loopback"
OPERATOR = "operator"

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Readers:
    """Who may read: the SHA-256 of each reader's token, in hex, by the reader's name. None: loopback clients only."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        for name, digest in digests.items():
            if name in {NOBODY, LOOPBACK} or not _DIGEST.fullmatch(digest):
                raise ValueError("a reader has a name of their own and the SHA-256 of their token in lower-case hex")
        self._digests = dict(digests)

    def who(self, request: Request) -> str:
        """The reader's name, or NOBODY."""
        if not self._digests:
            return LOOPBACK if _is_loopback(request) else NOBODY
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = sha256(token.encode()).hexdigest() if scheme.lower() == "bearer" else ""
        # Every digest is compared, each in constant time, so that the time says nothing about any of them.
        known = [name for name, digest in self._digests.items() if hmac.compare_digest(digest, shown)]
        return known[0] if known else NOBODY

    def required(self, *names: str) -> Callable[[Request], None]:
        """A FastAPI dependency: 401 for a stranger (403 where only this machine may ask), 403 for a reader who is none
        of `names`, if there are any."""

        def allowed(request: Request) -> None:
            reader = self.who(request)
            if reader == NOBODY:
                status = 401 if self._digests else 403
                raise HTTPException(status, "a reader's token is needed" if self._digests else "for this machine only")
            if names and reader not in {LOOPBACK, *names}:
                raise HTTPException(403, "not for this reader")

        return allowed


def _is_loopback(request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)

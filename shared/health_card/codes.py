"""The card's QR codes: static `<number>:1` and dynamic `<number>:0:<validity block, 32 hex>`.

A card that was made anew has the same number, so the static code of its second and later issues ends with the issue,
`<number>:1:<issue>`, and whoever knows the newest issue can refuse an older one. The first issue's is as published.

The dynamic layout is inferred from published parsers and their limit of 130 characters. The validity block is SM4-ECB
of the time alone: no MAC, and the same for every card in that second. So a code can be replayed, which the short window
and the memory of seen codes answer, and its block can be moved to another known number, which no reader can tell.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, Literal, Protocol

from shared.health_card.ciphers import sm3, sm4_decrypt, sm4_encrypt, zero_padded
from shared.health_card.number import NUMBER_PATTERN, CardNumber
from shared.health_card.refusals import RefusalCode, Refused, refused

WINDOW: Final = timedelta(seconds=60)
# China has kept UTC+8 all year since 1992; a fixed offset needs no time zone database on a kiosk.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
_CODE: Final = re.compile(
    rf"(?P<number>{NUMBER_PATTERN}):(?:1(?::(?P<issue>[2-9]|[1-9][0-9]{{1,3}}))?|0:(?P<block>[0-9A-F]{{32}}))"
)
_BCD_TIME: Final = re.compile(r"(?P<time>[0-9]{14})0{18}")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a reader learnt. Low assurance is enough to register, not to open an archive. `issue`: of a static code."""

    number: CardNumber
    assurance: Literal["low", "high"]
    kind: Literal["static", "dynamic"]
    issue: int = 1


class SeenCodes(Protocol):
    """A reader's memory of the dynamic codes it took."""

    def admit(self, code: bytes, *, terminal: str, now: datetime, until: datetime) -> RefusalCode | None:
        """None the first time a code (a digest of it) is shown, then why it is refused, at least up to `until`."""
        ...


def static_code(number: CardNumber, issue: int = 1) -> str:
    """The code of an issue, 1 to 9999."""
    return f"{number.reveal()}:1" if issue == 1 else f"{number.reveal()}:1:{issue}"


def dynamic_code(number: CardNumber, at: datetime, protection_key: bytes) -> str:
    """The code good from `at`, cut to the second. ValueError for a naive `at` or a key that has not 16 bytes."""
    _require_aware(at)
    local = at.astimezone(SHANGHAI)
    bcd = bytes.fromhex(f"{local.year:04d}{local:%m%d%H%M%S}")
    return f"{number.reveal()}:0:{sm4_encrypt(protection_key, zero_padded(bcd)).hex().upper()}"


def read_code(
    text: str,
    *,
    now: datetime,
    protection_key: bytes,
    window: timedelta = WINDOW,
    seen: SeenCodes | None,
    terminal: str,
) -> Scan | Refused:
    """Total over any text: a scan, or why there is none.

    A dynamic code is good from its second up to, not including, the end of the window, and once only. Without a memory
    of seen codes it is worth no more than a static one, so its assurance is low.
    Errors: ValueError for settings alone: a naive `now`, a protection key that has not 16 bytes.
    """
    _require_aware(now)
    # Scanners that act as keyboards end what they type with a line end.
    parts = _CODE.fullmatch(text.strip(" \t\r\n"))
    if parts is None:
        return refused("qr_malformed")
    number = CardNumber(parts["number"])
    if parts["block"] is None:
        return Scan(number, "low", "static", int(parts["issue"] or 1))
    match _shown_from(parts["block"], protection_key):
        case None:
            return refused("qr_not_genuine")
        case start if now < start:
            return refused("qr_not_yet_valid")
        case start if now - start >= window:
            return refused("qr_expired")
        case _ if seen is None:
            return Scan(number, "low", "dynamic")
        case start:
            reason = seen.admit(sm3(parts[0].encode("ascii")), terminal=terminal, now=now, until=start + window)
            return Scan(number, "high", "dynamic") if reason is None else refused(reason)


def _shown_from(block: str, protection_key: bytes) -> datetime | None:
    bcd = _BCD_TIME.fullmatch(sm4_decrypt(protection_key, bytes.fromhex(block)).hex())
    if bcd is None:
        return None
    try:
        return datetime.strptime(bcd["time"], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def _require_aware(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs its time zone")

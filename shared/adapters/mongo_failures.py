"""What the errors of the MongoDB driver mean. Its own words are never shown: they quote values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from shared.runtime.store import StoreUnavailable

CALL_SECONDS = 5
_ID_TAKEN = 11000
_NO_TLS = "SSL handshake failed"
"""How the driver begins to tell of it; there is no other sign."""


def taken(error: BulkWriteError) -> list[int]:
    """The places of the documents whose id was taken, when nothing worse than that has happened."""
    failures = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(failure["code"] != _ID_TAKEN for failure in failures):
        raise error
    return [failure["index"] for failure in failures]


@contextmanager
def told() -> Iterator[None]:
    """Turn what the driver says into StoreUnavailable, saying what to do."""
    try:
        yield
    except PyMongoError as error:
        match _code(error):
            case None if _NO_TLS in str(error):
                advice = (
                    "no TLS with it came about; check its certificate, the CA file, and that both sides ask for TLS"
                )
            case _ if error.timeout:
                advice = f"it did not answer within {CALL_SECONDS} s; check that it runs and has a primary"
            case 13 | 18:
                advice = "it refused the user; check name, password and rights"
            case 14031:
                advice = "its disk is full; make room where the server keeps its data"
            case None:
                advice = "it can't be reached; check that it runs, and its address"
            case code:
                advice = f"it refused with code {code}; look this code up in the server's log"
        raise StoreUnavailable(f"the store failed ({type(error).__name__}): {advice}") from None


def _code(error: PyMongoError) -> int | None:
    """The server's own number of what is wrong. Of a bulk write it is that of the first failure that is more than a
    lost race: the driver's is the same for all."""
    if isinstance(error, BulkWriteError):
        failures = [*error.details.get("writeErrors", ()), *error.details.get("writeConcernErrors", ())]
        return next((code for one in failures if (code := one.get("code")) not in (None, _ID_TAKEN)), error.code)
    return error.code if isinstance(error, OperationFailure) else None

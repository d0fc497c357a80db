"""What the errors of the MongoDB driver mean. Its own words are never shown: they quote values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from shared.runtime.store import StoreUnavailable

CALL_SECONDS = 5
_ID_TAKEN = 11000


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
        code = error.code if isinstance(error, OperationFailure) else None
        match code:
            case _ if error.timeout:
                advice = f"it did not answer within {CALL_SECONDS} s; check that it runs and has a primary"
            case 13 | 18:
                advice = "it refused the user; check name, password and rights"
            case None:
                advice = "it can't be reached; check that it runs, and its address"
            case _:
                advice = f"it refused with code {code}; look this code up in the server's log"
        raise StoreUnavailable(f"the store failed ({type(error).__name__}): {advice}") from None

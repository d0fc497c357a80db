"""What a service says when MongoDB fails: the cause and what to do, and none of the values the driver quotes."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from shared.adapters.mongo_failures import taken, told
from shared.runtime.store import StoreUnavailable

TAKEN = {"code": 11000, "index": 0, "errmsg": "dup key: secret"}


def bulk(*writes: Any, concerns: Any = ()) -> BulkWriteError:
    return BulkWriteError({"writeErrors": list(writes), "writeConcernErrors": list(concerns)})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (bulk({"code": 14031, "index": 1, "errmsg": "secret"}), "its disk is full"),
        (bulk(TAKEN, {"code": 14031, "index": 1, "errmsg": "secret"}), "its disk is full"),
        (bulk(TAKEN, {"code": 13, "index": 1, "errmsg": "secret"}), "it refused the user"),
        (bulk({"code": 121, "index": 1, "errmsg": "secret"}), "code 121"),
        (bulk(TAKEN, concerns=[{"code": 91, "errmsg": "secret"}]), "code 91"),
        (bulk(concerns=[{"code": 64, "errmsg": "secret", "errInfo": {"wtimeout": True}}]), "did not answer within 5 s"),
        (bulk(), "code 65"),
        (OperationFailure("secret", 14031), "its disk is full"),
        (OperationFailure("secret", 18), "it refused the user"),
        (NetworkTimeout("secret"), "did not answer within 5 s"),
        (AutoReconnect("secret:27017: [Errno 111] Connection refused"), "it can't be reached"),
        (AutoReconnect("SSL handshake failed: secret:27017: [SSL: CERTIFICATE_VERIFY_FAILED]"), "no TLS with it"),
        (ServerSelectionTimeoutError("SSL handshake failed: secret:27017: [SSL]"), "no TLS with it"),
    ],
)
def test_the_cause_is_told_and_no_value(error: PyMongoError, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words) as said, told():
        raise error
    assert "secret" not in str(said.value)


def test_ids_that_are_taken_are_no_failure() -> None:
    assert taken(bulk(TAKEN, {**TAKEN, "index": 3})) == [0, 3]

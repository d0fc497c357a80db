"""The two requests about users' passwords, as Kafka's protocol has them (KIP-554): aiokafka has neither."""

from __future__ import annotations

from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

_USER = ("user", CompactString("utf-8"))
_TAGS = ("tags", TaggedFields)
_ERROR = (("error_code", Int16), ("error_message", CompactString("utf-8")))


class DescribedPasswords(Response):  # type: ignore[misc]
    API_KEY = 50
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        *_ERROR,
        (
            "results",
            CompactArray(
                _USER,
                *_ERROR,
                ("infos", CompactArray(("mechanism", Int8), ("iterations", Int32), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class DescribePasswords_v0(RequestStruct):  # type: ignore[misc]  # noqa: N801 - as aiokafka names versions
    FLEXIBLE_VERSION = True
    API_KEY = 50
    API_VERSION = 0
    RESPONSE_TYPE = DescribedPasswords
    SCHEMA = Schema(("users", CompactArray(_USER, _TAGS)), _TAGS)


class DescribePasswords(Request[DescribePasswords_v0]):  # type: ignore[misc]
    API_KEY = 50

    def build(self, version: type[DescribePasswords_v0]) -> DescribePasswords_v0:
        return version(None, {})


class AlteredPasswords(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(("throttle_time_ms", Int32), ("results", CompactArray(_USER, *_ERROR, _TAGS)), _TAGS)


class AlterPasswords_v0(RequestStruct):  # type: ignore[misc]  # noqa: N801 - as aiokafka names versions
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = AlteredPasswords
    SCHEMA = Schema(
        ("deletions", CompactArray(_USER, ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                _USER,
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class AlterPasswords(Request[AlterPasswords_v0]):  # type: ignore[misc]
    API_KEY = 51

    def __init__(self, gone: list[Any], set_: list[Any]) -> None:
        self._gone, self._set = gone, set_

    def build(self, version: type[AlterPasswords_v0]) -> AlterPasswords_v0:
        return version(self._gone, self._set, {})

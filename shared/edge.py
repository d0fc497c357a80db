"""A request as it goes on the wire, signed under its terminal's own key: for whoever writes requests."""

from __future__ import annotations

from shared.envelope import Envelope
from shared.events.base import Where
from shared.signature import sign_request
from shared.step import request_source

TOPIC = "onecard.requests"


def signed_request(
    secret: bytes, *, id: str, type: str, time: str, key: str, body: bytes, where: Where, subject: str = "",
    key_id: str = "k1", trace: str = "",
) -> Envelope:  # fmt: skip
    """The same for the same arguments, byte for byte. `secret` is the terminal's key, `key_id` its name; `time` is when
    it happened, with its offset; `key` what the record is keyed on; `where` is the terminal that says so in `body`."""
    return Envelope(
        id=id,
        type=type,
        time=time,
        key=key,
        body=body,
        source=request_source(where),
        subject=subject,
        key_id=key_id,
        signature=sign_request(secret, id=id, type=type, time=time, key_=key, body=body),
        trace=trace,
        topic=TOPIC,
    )

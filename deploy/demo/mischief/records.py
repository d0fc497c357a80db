"""What provokes each cause of setting a record aside: bytes and headers as broken or hostile devices send them.

Nothing of these may reach the log, so guide never hears of them, and no act returns the id of a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from deploy.demo.mischief.stage import DEPARTMENT, REGISTRATION, SESSION, Stage
from deploy.demo.scene import now
from shared.envelope import Envelope, headers
from shared.events.base import queue_key
from shared.events.edge import RegistrationCancellationRequested, RegistrationRequested
from shared.events.edge_queues import TicketCallRequested
from shared.signature import sign_request
from shared.uuid7 import uuid7

DAYS_TOO_OLD = 91
TOO_LARGE = 257 * 1024


def asked(stage: Stage, **fields: Any) -> Envelope:
    """A registration that would be admitted as it is."""
    made = stage.registration(**fields)
    return stage.scene.edges.sign(stage.made(RegistrationRequested, **_without(made, "id")), id=made["id"])


def sealed(stage: Stage, envelope: Envelope, terminal: str = "") -> Envelope:
    """The same, signed again: by its own terminal or by another."""
    code = terminal or envelope.source.rpartition("/")[2]
    signature = sign_request(
        stage.scene.city.terminal_key(code),
        id=envelope.id,
        type=envelope.type,
        time=envelope.time,
        key_=envelope.key,
        body=envelope.body,
    )
    return envelope._replace(signature=signature)


async def send(stage: Stage, envelope: Envelope, heads: Sequence[tuple[str, Any]] | None = None) -> None:
    found = headers(envelope) if heads is None else list(heads)
    await stage.scene.edges.publish_raw(envelope.key.encode(), envelope.body, list(found))


async def no_key(stage: Stage) -> None:
    envelope = asked(stage)
    await stage.scene.edges.publish_raw(None, envelope.body, list(headers(envelope)))


async def no_body(stage: Stage) -> None:
    envelope = asked(stage)
    await stage.scene.edges.publish_raw(envelope.key.encode(), None, list(headers(envelope)))


async def headers_not_utf8(stage: Stage) -> None:
    envelope = asked(stage)
    await send(stage, envelope, [*headers(envelope), ("ce_note", b"\xff\xfe")])


async def no_ce_id(stage: Stage) -> None:
    await _headless(stage, "ce_id")


async def null_header(stage: Stage) -> None:
    envelope = asked(stage)
    heads = [(name, None if name == "ce_id" else value) for name, value in headers(envelope)]
    await send(stage, envelope, heads)


async def no_ce_type(stage: Stage) -> None:
    await _headless(stage, "ce_type")


async def no_ce_time(stage: Stage) -> None:
    await _headless(stage, "ce_time")


async def not_a_cloudevent(stage: Stage) -> None:
    await _headless(stage, "ce_specversion")


async def malformed_headers(stage: Stage) -> None:
    await send(stage, asked(stage)._replace(id="no-uuid"))


async def not_json(stage: Stage) -> None:
    await send(stage, sealed(stage, asked(stage)._replace(body=b"{not json")))


async def wrong_subject(stage: Stage) -> None:
    await send(stage, asked(stage)._replace(subject=uuid7()))


async def key_is_not_the_card(stage: Stage) -> None:
    await send(stage, sealed(stage, asked(stage)._replace(key="0" * 64)))


async def key_is_not_the_queue(stage: Stage) -> None:
    key = queue_key(stage.place, DEPARTMENT, SESSION, stage.visit.date)
    where, until = stage.where(), now() + REGISTRATION
    call = stage.scene.edges.sign(TicketCallRequested(queue=key, where=where, good_until=until))
    await send(stage, sealed(stage, call._replace(key=queue_key(stage.other, DEPARTMENT, SESSION, stage.visit.date))))


async def too_large(stage: Stage) -> None:
    envelope = asked(stage)
    padded = envelope.body[:-1] + b',"more":"' + b"-" * TOO_LARGE + b'"}'
    await send(stage, sealed(stage, envelope._replace(body=padded)))


async def unknown_terminal(stage: Stage) -> None:
    where = stage.where().model_copy(update={"terminal": f"{stage.place}-kiosk-999"})
    made = stage.registration(where=where)
    await send(stage, stage.scene.edges.sign(stage.made(RegistrationRequested, **_without(made, "id")), id=made["id"]))


async def signature_missing(stage: Stage) -> None:
    await send(stage, asked(stage)._replace(signature=""))


async def signature_wrong(stage: Stage) -> None:
    envelope = asked(stage)
    await send(stage, envelope._replace(time=(now() - timedelta(minutes=1)).isoformat(timespec="milliseconds")))


async def signed_by_another_terminal(stage: Stage) -> None:
    await send(stage, sealed(stage, asked(stage), stage.where(place=stage.other).terminal))


async def unknown_type(stage: Stage) -> None:
    await send(stage, sealed(stage, asked(stage)._replace(type="onecard.edge.wish-expressed.v1")))


async def unknown_version(stage: Stage) -> None:
    await send(stage, sealed(stage, asked(stage)._replace(type="onecard.edge.registration-requested.v9")))


async def not_a_uuid7(stage: Stage) -> None:
    envelope = stage.scene.edges.sign(stage.made(RegistrationCancellationRequested), id=str(uuid4()))
    await send(stage, envelope)


async def id_too_old(stage: Stage) -> None:
    then = round((now() - timedelta(days=DAYS_TOO_OLD)).timestamp() * 1000)
    envelope = stage.scene.edges.sign(stage.made(RegistrationCancellationRequested), id=uuid7(then))
    await send(stage, envelope)


async def other_bytes(stage: Stage) -> None:
    """The first is admitted; the second comes under its id with another body."""
    await stage.opened()
    made = stage.registration(session="afternoon")
    await send(stage, stage.scene.edges.sign(stage.made(RegistrationRequested, **_without(made, "id")), id=made["id"]))


async def _headless(stage: Stage, name: str) -> None:
    envelope = asked(stage)
    await send(stage, envelope, [head for head in headers(envelope) if head[0] != name])


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


ACTS = (
    no_key,
    no_body,
    headers_not_utf8,
    no_ce_id,
    null_header,
    no_ce_type,
    no_ce_time,
    not_a_cloudevent,
    malformed_headers,
    not_json,
    wrong_subject,
    key_is_not_the_card,
    key_is_not_the_queue,
    too_large,
    unknown_terminal,
    signature_missing,
    signature_wrong,
    signed_by_another_terminal,
    unknown_type,
    unknown_version,
    not_a_uuid7,
    id_too_old,
    other_bytes,
)

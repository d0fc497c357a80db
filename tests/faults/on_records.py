"""Faults of the records themselves: copies, bytes and headers nobody can read, requests nobody can prove yet."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from deploy.check.recompute import service_of
from deploy.check.sources import EVENTS, KEPT, REQUESTS
from deploy.demo.mischief.records import asked
from shared.adapters.kafka import PRODUCER, KafkaLog
from shared.decider import Service
from shared.envelope import Envelope, Record, headers, read
from shared.events import SERVICES
from shared.events.edge import RegistrationRequested
from shared.reference import save
from shared.runtime.log import Place
from shared.runtime.reading import heard_types
from shared.uuid7 import uuid7
from tests.faults.field import NUMBERS, Field
from tests.support.raw_names import LZ4, produced
from tests.support.town import READS, eventually

COPIES = 40
LETTERS = {topic: [service for service in SERVICES if topic in READS[service]] for topic in (REQUESTS, *KEPT)}
"""Who sets aside what nobody can read, by topic."""


class Poison(NamedTuple):
    """A record nobody can take for an event, and who must set it aside."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    by: list[str]


async def copied(field: Field) -> tuple[str, bool]:
    """A careless producer says again, late, what is on the topics already, byte for byte."""
    count = 0
    async with _producer(field) as producer:
        for topic in (REQUESTS, *KEPT):
            for record in await _some(field, topic):
                await producer.send(topic, record.value, key=record.key, headers=list(record.headers))
                count += 1
        await producer.flush()
    field.heals()
    return f"{count} records", count > 0


async def poisoned(field: Field) -> tuple[str, bool]:
    """Bytes and headers that are no events, and a request too large to be sent at all."""
    poison = _poison(field)
    field.rng.shuffle(poison)
    async with _producer(field) as producer:
        for one in poison:
            sent = await producer.send_and_wait(one.topic, one.value, key=one.key, headers=one.headers)
            field.aside |= {(service, f"{one.topic}/{sent.partition}/{sent.offset}") for service in one.by}
    misnamed = (field.somebody().resident.key.encode(), b"{}", [(b"ce_\xff", b"x")])
    for topic in (REQUESTS, *KEPT):
        partition = field.rng.randrange(len(await field.town.ends(topic)))
        offset = await produced(field.town.here.kafka, topic, partition, [misnamed], LZ4)
        field.aside |= {(service, f"{topic}/{partition}/{offset}") for service in LETTERS[topic]}
    whole = asked(field.somebody())
    await field.scene.edges.publish([whole._replace(body=whole.body + b" " * 2**20)])
    field.heals()
    return f"{len(poison) + 1 + len(KEPT)} records", True


async def unproven(field: Field) -> tuple[str, bool]:
    """A terminal signs that nobody knows yet. Its request is set aside; the terminal is entered; it comes home."""
    stage, town = field.somebody(), field.town
    terminal = f"{stage.place}-kiosk-9{next(NUMBERS):04}"
    where = stage.where().model_copy(update={"terminal": terminal})
    told = stage.registration(where=where)
    id = told.pop("id")
    envelope = field.scene.edges.sign(stage.made(RegistrationRequested, **told), id=id)
    await field.scene.edges.publish([envelope])

    async def letter() -> str:
        for one in await town.operations("intake", "dead-letters"):
            if one["cause"] == "unknown_terminal":
                return str(one["id"])
        return ""

    aside = await eventually(letter, 60)
    save(town.here.reference, "terminals", [(date(2020, 1, 1), terminal, stage.place, "kiosk")])
    await town.process("intake").restart()
    await town.replay("intake", aside)
    field.home.add(("intake", aside))

    async def is_home() -> bool:
        return aside in [one["id"] for one in await town.operations("intake", "dead-letters", standing="home")]

    field.heals()
    await eventually(is_home, 60)
    return "one request", True


def _poison(field: Field) -> list[Poison]:
    card, heard = field.somebody().resident.key, asked(field.somebody())
    typed = heard._replace(id=uuid7(), body=b'{"no":"event"', signature="", source="onecard/nobody")
    tampered = heard._replace(body=heard.body.replace(b'"where"', b'"wHere"'))
    on_requests = [
        (None, b"\xff\x00\xfe", []),
        (card.encode(), None, []),
        (card.encode(), b"{}", [("ce_id", b"\xff\xfe")]),
        (card.encode(), field.rng.randbytes(300), [("ce_type", b"")]),
        (tampered.key.encode(), tampered.body, headers(tampered)),
        (typed.key.encode(), typed.body, headers(typed)),
    ]
    on_kept = [(card.encode(), b"\x00poison", []), (card.encode(), None, [("ce_time", b"\xff")])]
    return [
        *(Poison(REQUESTS, *one, LETTERS[REQUESTS]) for one in on_requests),
        *(Poison(topic, *one, LETTERS[topic]) for topic in KEPT for one in on_kept),
        Poison(EVENTS, typed.key.encode(), typed.body, headers(typed), _hearers(typed)),
    ]


def _hearers(envelope: Envelope) -> list[str]:
    """Who reads records of its type, and so must notice that it is none."""
    found = []
    for name in LETTERS[EVENTS]:
        service = service_of(name)
        types: Any = heard_types(service) if isinstance(service, Service) else service.types
        if envelope.type in types:
            found.append(name)
    return found


async def _some(field: Field, topic: str) -> list[Record]:
    """Some of the readable records at the beginning of one partition."""
    log = KafkaLog(field.town.here.kafka, "onecard-test", topic)
    ends = {partition: end for partition, end in (await log.ends(topic)).items() if end}
    fullest = sorted(ends, key=lambda partition: ends[partition])[-3:]
    place = Place(topic, field.rng.choice(fullest))
    found = [record async for batch in log.scan(place, 0, min(ends[place.partition], 400)) for record in batch]
    readable = [record for record in found if isinstance(read(record), Envelope)]
    return field.rng.sample(readable, min(COPIES, len(readable)))


def _producer(field: Field) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=field.town.here.kafka.split(","), **PRODUCER)

"""The history against the topics: what people know must be true. What `onecard check` can't know, it has no history.

In a scratch file, so that memory does not grow with the run.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from deploy.check.sources import EVENTS, KEPT, REQUESTS
from shared import heard
from shared.adapters.kafka import KafkaLog
from shared.envelope import Envelope, Record, read
from shared.events import REQUESTS as TYPES
from shared.events import wire_type
from shared.events.billing_insurer import SettlementWanted
from shared.events.checkup import CheckupReported
from shared.events.edge_insurer import InsurerAnswered
from shared.events.inpatient import PatientDischarged
from shared.runtime.log import Place
from tests.support.waited_for import WAITED_FOR

Finding = tuple[str, str]
"""What is wrong in one of the report's words, and the id it is about."""

SCHEMA = """
CREATE TABLE ops (id TEXT PRIMARY KEY, card TEXT, digest TEXT, outcome TEXT DEFAULT 'unknown', begun REAL, ended REAL);
CREATE TABLE seen (topic TEXT, id TEXT, digest TEXT, partition INTEGER, offset INTEGER,
    PRIMARY KEY (topic, id, digest));
CREATE TABLE held (service TEXT, id TEXT, PRIMARY KEY (service, id));
CREATE TABLE over (service TEXT, id TEXT, PRIMARY KEY (service, id));
"""
ENDS = {
    wire_type(CheckupReported, "checkup"),
    wire_type(PatientDischarged, "inpatient"),
    wire_type(SettlementWanted, "billing"),
}
LOST = """SELECT id FROM ops WHERE outcome = 'ok' AND NOT EXISTS (SELECT 1 FROM seen
    WHERE topic = 'onecard.requests' AND seen.id = ops.id AND seen.digest = ops.digest)"""
FAILED = "SELECT id FROM ops WHERE outcome = 'failed' AND id IN (SELECT id FROM seen)"
NEVER = "SELECT id FROM seen WHERE topic = 'onecard.requests' AND id NOT IN (SELECT id FROM ops)"
TIMED = """SELECT ops.card, ops.id, ops.begun, ops.ended, min(seen.offset) FROM ops JOIN seen
    ON seen.topic = 'onecard.events' AND seen.id = ops.id AND seen.digest = ops.digest
    WHERE ops.outcome = 'ok' GROUP BY ops.id ORDER BY ops.card, ops.begun"""


async def judged(kafka: str, history: Path, scratch: Path, aside: set[str]) -> list[Finding]:
    """What is wrong. `aside` are the places of poison."""
    with closing(sqlite3.connect(scratch, isolation_level=None)) as book:
        book.executescript(SCHEMA)
        book.execute("BEGIN")
        _enter_history(book, history)
        refused: list[Finding] = []
        # Queues first: what a ward says of a visit, once a span is over, stands on the cards' topic.
        for topic in (REQUESTS, *reversed(KEPT)):
            async for record in _all(kafka, topic):
                if f"{topic}/{record.partition}/{record.offset}" not in aside:
                    refused += _enter(book, record)
        return [
            *(("lost", id) for (id,) in book.execute(LOST)),
            *(("failed, and there", id) for (id,) in book.execute(FAILED)),
            *(("never asked", id) for (id,) in book.execute(NEVER)),
            *(("out of order", id) for id in _out_of_order(book.execute(TIMED))),
            *refused,
        ]


async def came_to_an_end(kafka: str) -> Counter[str]:
    """How many check-ups and stays there were from their beginning to their end, by the fact that says so; and how many
    bills an insurer was asked to settle."""
    found: Counter[str] = Counter()
    async for record in _all(kafka, EVENTS):
        envelope = read(record)
        if isinstance(envelope, Envelope) and envelope.type in ENDS:
            found[envelope.type.split(".")[2]] += 1
    return found


def _enter_history(book: sqlite3.Connection, history: Path) -> None:
    with history.open() as lines:
        for line in lines:
            told = json.loads(line)
            match told["do"]:
                case "ask":
                    row = (told["id"], told["card"], told["digest"], told["at"])
                    book.execute("INSERT OR IGNORE INTO ops (id, card, digest, begun) VALUES (?, ?, ?, ?)", row)
                case "ok" | "failed" as outcome:
                    known = "UPDATE ops SET outcome = ?, ended = ? WHERE id = ? AND outcome = 'unknown'"
                    book.execute(known, (outcome, told["at"], told["id"]))


async def _all(kafka: str, topic: str) -> Any:
    log = KafkaLog(kafka, "onecard-test", topic)
    for partition, end in sorted((await log.ends(topic)).items()):
        async for batch in log.scan(Place(topic, partition), 0, end):
            for record in batch:
                yield record


def _enter(book: sqlite3.Connection, record: Record) -> Iterator[Finding]:
    """Keep where a request stands first. A refusal for want of something must come after its deadline."""
    envelope = read(record)
    if not isinstance(envelope, Envelope) or envelope.type == InsurerAnswered.TYPE:
        return  # The insurer's gateway asks by itself; `onecard check` compares what it says with the bills.
    service, name = envelope.type.split(".")[1:3]
    if envelope.type in TYPES:
        row = (record.topic, envelope.id, heard.digest(envelope).hex(), record.partition, record.offset)
        book.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", row)
        return
    body = from_json(envelope.body)
    match name:
        case "request-held" | "card-request-held" | "queue-request-held":
            book.execute("INSERT OR IGNORE INTO held VALUES (?, ?)", (service, body["request"]))
        case "deadline-passed" | "card-deadline-passed" | "queue-deadline-passed":
            book.execute("INSERT OR IGNORE INTO over VALUES (?, ?)", (service, body["about"]))
        case _ if name.endswith(("-refused", "-irregular")) and body.get("code") in WAITED_FOR:
            about = (service, envelope.causation)
            for table in ("held", "over"):
                if not book.execute(f"SELECT 1 FROM {table} WHERE service = ? AND id = ?", about).fetchone():
                    yield "refused too soon", envelope.id
                    return


def _out_of_order(rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    """Who asked after another's answer of the same card was known must stand after it on the log."""
    card, before = "", list[tuple[float, int]]()
    for of, id, begun, ended, offset in rows:
        if of != card:
            card, before = of, []
        if any(known < begun and place > offset for known, place in before):
            yield id
        before.append((ended, offset))

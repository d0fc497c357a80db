"""What the archive's ingest is measured against: the limit, and what one writes without thinking of speed.

The bare loop: aiokafka `getmany`, at most 500 records; per record the row an archive of this log holds (the same id,
bytes and index values; no check of anything); per batch one transaction on a SQLite file with our settings, tables
and indexes, then a commit of the offsets. No validation, no copies recognised, no second reader of the file.

The ordinary service: a FastStream subscriber of one message with a pydantic argument, which inserts one document
into the same store as ours and returns. Left its defaults, it commits by time and may lose what was in hand; told to
acknowledge after it has handled, it loses nothing, as ours. Its two log lines per message are turned off, and what it
declares of the body is less than the body has.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as text
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from pydantic import BaseModel

from services.records.archive import KINDS, OFFSETS
from services.records.queries import ENTRIES
from shared.adapters.declared import declare
from shared.adapters.sqlite import SqliteStore
from shared.adapters.sqlite_file import connect
from shared.adapters.sqlite_table import table_of
from shared.adapters.sqlite_transaction import create
from shared.runtime.store import Document

TABLE = table_of(declare([ENTRIES])[ENTRIES.name])
PATIENCE = 180.0


async def bare(kafka: str, topic: str, events: int, path: Path, *, grouped: bool = True) -> float:
    """Events a second, from the first batch in hand to the last commit (outside a group: to the last insert)."""
    connection = connect(path)
    create(connection, [TABLE])
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, group_id=f"bare-{uuid.uuid4().hex}" if grouped else None,
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    await consumer.start()
    handled, begun = 0, 0.0
    try:
        async with asyncio.timeout(PATIENCE):
            while handled < events:
                found = await consumer.getmany(timeout_ms=500, max_records=500)
                begun = begun or (time.perf_counter() if found else 0.0)
                rows = [_row(record) for records in found.values() for record in records]
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(TABLE.insert, rows)
                connection.execute("COMMIT")
                if rows and grouped:
                    await consumer.commit({tp: records[-1].offset + 1 for tp, records in found.items()})
                handled += len(rows)
        return handled / (time.perf_counter() - begun)
    finally:
        await consumer.stop()
        connection.close()


def _row(record: ConsumerRecord) -> tuple[Any, ...]:
    head = {name: value.decode() for name, value in record.headers}
    card, kind = record.key.decode(), KINDS[head["ce_type"]]
    happened = datetime.fromisoformat(head["ce_time"]).astimezone(UTC).replace(tzinfo=None)
    body = (
        f'{{"partition":{record.partition},"offset":{record.offset},"known_at":{record.timestamp},"kind":"{kind}",'
        f'"key_id":{text(head["ce_keyid"])},"decided_by":{text(head["ce_decidedby"])},"id":"{head["ce_id"]}",'
        f'"type":"{head["ce_type"]}","time":"{head["ce_time"]}","subject":{text(head["ce_subject"])},'
        f'"causation":{text(head["ce_causationid"])},"body":'
    )
    return (
        f"{card}/{head['ce_id']}", 1, "t" * 32, body.encode() + record.value + b"}", card,
        happened.isoformat(timespec="microseconds") + "Z", kind, record.partition * OFFSETS + record.offset,
    )  # fmt: skip


class Told(BaseModel):
    """What the ordinary service declares of every body."""

    class Visit(BaseModel):
        id: str
        date: str

    class Where(BaseModel):
        institution: str
        terminal: str
        channel: str

    card: str
    visit: Visit
    where: Where


async def ordinary(kafka: str, topic: str, events: int, path: Path, ack: AckPolicy = AckPolicy.ACK_FIRST) -> float:
    """Events a second over the first `events` of the log, from the first message in hand to the last insert."""
    store, handled, begun, done = SqliteStore(path), 0, 0.0, asyncio.Event()
    await store.open([ENTRIES])
    broker = KafkaBroker(kafka, logger=None)

    @broker.subscriber(topic, group_id=f"ordinary-{uuid.uuid4().hex}", auto_offset_reset="earliest", ack_policy=ack)
    async def on_event(event: Told, message: KafkaMessage) -> None:
        nonlocal handled, begun
        begun = begun or time.perf_counter()
        head = message.headers
        index: dict[str, str | int | None] = {
            "card": event.card, "kind": KINDS[head["ce_type"]], "happened": head["ce_time"], "position": handled,
        }  # fmt: skip
        await store.insert(ENTRIES.name, [Document(f"{event.card}/{head['ce_id']}", 1, message.body, index)])
        handled += 1
        if handled == events:
            done.set()

    await broker.start()
    try:
        async with asyncio.timeout(PATIENCE):
            await done.wait()
        return events / (time.perf_counter() - begun)
    finally:
        await broker.stop()
        await store.close()

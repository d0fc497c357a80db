"""One bare produce-consume hop as a process: `python -m benches.latency_hop KAFKA FROM TO READY`.

It reads batches, says every record again on the next topic, awaits all acknowledgements and commits, as an owner must
that loses nothing; it reads, decides and keeps nothing. READY is a file it makes once it has its partitions.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local.child import Child
from deploy.local.jars import CHECKOUT
from shared.adapters.kafka import PRODUCER
from shared.interpreter import tune


def child(kafka: str, source: str, target: str, folder: Path) -> Child:
    """The hop, to be started."""
    ready = folder / f"{source}.ready"

    async def is_ready() -> bool:
        return ready.exists()

    return Child(
        name=f"hop-{source}",
        command=[sys.executable, "-m", "benches.latency_hop", kafka, source, target, str(ready)],
        log=folder / f"{source}.log",
        ready=is_ready,
        cwd=CHECKOUT,
    )


async def hop(kafka: str, source: str, target: str, ready: Path) -> None:
    """Until it is killed."""
    consumer = AIOKafkaConsumer(
        source, bootstrap_servers=kafka, group_id=f"hop-{source}", auto_offset_reset="earliest",
        enable_auto_commit=False,
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    await producer.start()
    await consumer.start()
    ready.touch()  # noqa: ASYNC240 - once, before anything is passed on
    while True:
        found = await consumer.getmany(timeout_ms=500, max_records=500)
        sent = [
            await producer.send(target, record.value, key=record.key, headers=list(record.headers))
            for records in found.values()
            for record in records
        ]
        if sent:
            await asyncio.gather(*sent)
            await consumer.commit({tp: records[-1].offset + 1 for tp, records in found.items()})


if __name__ == "__main__":
    tune()
    uvloop.run(hop(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))

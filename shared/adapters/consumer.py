"""aiokafka's consumer, patient and careful: no sleep after an empty poll, and no record lost to another's damage."""

from __future__ import annotations

import time
from asyncio import Future
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaError

from shared.adapters.kafka_words import NO_RIGHT

IDLE_POLL_MS = 500
SHORT_WAIT_MS = 50


class RestfulFetcher(Fetcher):  # type: ignore[misc]
    """Waits at the broker for long when it asks for every partition: any new record ends that wait. What is paused or
    was not consumed yet is not asked for, and could not be until the wait is over: then it is kept short.

    With the short wait alone, a service with nothing to do asked twenty times a second.
    """

    longest: int

    @property
    def _fetch_max_wait_ms(self) -> int:
        """What aiokafka puts into the request it is about to make."""
        assignment = self._subscriptions.subscription.assignment
        if self._records or any(assignment.state_value(tp).paused for tp in assignment.tps):
            return SHORT_WAIT_MS
        return self.longest

    @_fetch_max_wait_ms.setter
    def _fetch_max_wait_ms(self, value: int) -> None:
        self.longest = value


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits for records inside the fetcher. FastStream sleeps a whole batch time-out after every empty poll, which
    would add that to the latency of the next record; an empty poll is made rare instead.

    A batch that can't even be decoded (a broken checksum) raises after other partitions' records were drained and their
    positions moved: those would be lost. So every position is put back and the partitions are polled one by one; the
    damaged one is paused where it stands, and named in `damaged`.
    """

    polled = 0.0
    refused: KafkaError | None = None
    """Why the last poll brought nothing, where this process has no right."""

    def __init__(self, *args: Any, letting_go: Callable[[], Awaitable[None]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._damaged: dict[TopicPartition, str] = {}
        self._letting_go = letting_go
        self._sought: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """aiokafka's own, with a fetcher of ours."""
        await super().start()
        longest = self._fetcher._fetch_max_wait_ms  # noqa: SLF001 - its class can't be chosen, only changed
        self._fetcher.__class__, self._fetcher.longest = RestfulFetcher, longest

    async def stop(self) -> None:
        """Nothing is polled any more; what is in hand may still commit."""
        await self._letting_go()
        await super().stop()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """An owner may rewind while a poll waits: that is where the partition stands then, whatever the poll meets."""
        self._sought[partition] = offset
        super().seek(partition, offset)

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        before = self.positions()
        self._sought.clear()
        try:
            found = await super().getmany(
                *partitions, timeout_ms=max(timeout_ms, IDLE_POLL_MS), max_records=max_records
            )
        except (KafkaError, UnicodeDecodeError, ValueError, AssertionError) as error:
            self.refused = error if isinstance(error, NO_RIGHT) else None
            before = await self._put_back(before)
            if isinstance(error, KafkaError) and (error.retriable or self.refused):
                raise
            found = await self._one_by_one(before, max_records)
        self.refused = None
        # Were its fetcher dead, it would come back from every poll with nothing: that is no sign of life.
        if not self._fetcher.error_future.done():
            self.polled = time.monotonic()
        return found

    @property
    def damaged(self) -> dict[TopicPartition, str]:
        """What stands still, and where: only what is paused. A partition that went to another and came back is polled
        anew."""
        paused = self.paused()
        return {tp: why for tp, why in self._damaged.items() if tp in paused}

    def positions(self) -> dict[TopicPartition, int]:
        """Where each assigned partition stands, as far as that is known."""
        found = {}
        for tp in self.assignment():
            state = self._subscription.subscription.assignment.state_value(tp)
            if state is not None and state.has_valid_position:
                found[tp] = state.position
        return found

    async def _put_back(self, before: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Every assigned partition where it stood before the poll; one that was nowhere yet, where it is to begin."""
        stood = {}
        # What is known comes first: the broker may refuse to tell the rest.
        for tp in sorted(self.assignment(), key=lambda tp: tp not in before):
            stands = before[tp] if tp in before else await self._beginning(tp)
            stood[tp] = self._sought.get(tp, stands)
            super().seek(tp, stood[tp])
        return stood

    async def _beginning(self, tp: TopicPartition) -> int:
        committed: int | None = await self.committed(tp)
        if committed is not None:
            return committed
        beginnings: dict[TopicPartition, int] = await self.beginning_offsets([tp])
        return beginnings[tp]

    async def _one_by_one(self, before: dict[TopicPartition, int], max_records: int | None) -> Any:
        found: dict[TopicPartition, Any] = {}
        for tp, position in before.items():
            if tp in self.damaged or found:
                continue
            try:
                found |= await super().getmany(tp, timeout_ms=IDLE_POLL_MS, max_records=max_records)
            except Exception as error:  # noqa: BLE001 - whatever it is, only this partition may stand still for it
                if tp in self.assignment():
                    self._damaged[tp] = f"{type(error).__name__} at or after offset {position}"
                    super().seek(tp, self._sought.get(tp, position))
                    self.pause(tp)
        return found


def ended(consumer: AIOKafkaConsumer, polls: Iterable[Future[Any]]) -> str:
    """Which part ended by itself without which no record is read any more, causes first; empty while all go on.

    A wait inside aiokafka that was cancelled, and that somebody else waits for, ends each of them without a word:
    asyncio takes it for their own end. The group keeps such a member, whose heart goes on beating.
    """
    parts = {
        "aiokafka's part in the group": consumer._coordinator._coordination_task.done(),  # noqa: SLF001 - no public way
        "aiokafka's fetcher": consumer._fetcher.error_future.done(),  # noqa: SLF001 - nor here
        "the polling of records": all(one.done() for one in polls),
    }
    return next((name for name, gone in parts.items() if gone), "")

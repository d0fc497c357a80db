"""Whoever owns partitions passes over nothing, whatever fails on the way, and no partition waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from shared.envelope import Record
from shared.runtime.log import Place
from shared.runtime.owner import Owner
from shared.runtime.telemetry import Telemetry

TOPIC = "onecard.events"


class Hears:
    """Keeps what it is given; `fails` are raised first, one a call; `stuck` is the partition whose tick fails."""

    def __init__(self, *fails: Exception, stuck: int = -1) -> None:
        self.fails, self.stuck = list(fails), stuck
        self.heard: list[int] = []
        self.ticked: list[int] = []

    async def handle(self, records: Sequence[Record]) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.heard += [record.offset for record in records]

    def forget(self) -> None: ...

    async def tick(self, place: Place) -> None:
        if place.partition == self.stuck:
            raise RuntimeError("this partition's deadlines can't be read")
        self.ticked.append(place.partition)


class Asked:
    """A log that notes where it was asked to go."""

    def __init__(self) -> None:
        self.rewound: list[Mapping[Place, int]] = []
        self.committed: list[Mapping[Place, int]] = []

    async def commit(self, positions: Mapping[Place, int]) -> None:
        self.committed.append(dict(positions))

    async def rewind(self, positions: Mapping[Place, int]) -> None:
        self.rewound.append(dict(positions))

    def owned(self) -> set[Place]:
        return {Place(TOPIC, partition) for partition in range(3)}


def batch(*offsets: int, partition: int = 0) -> list[Record]:
    return [Record(TOPIC, partition, offset, 1, b"c", b"{}", ()) for offset in offsets]


def owner(hears: Hears, log: Asked) -> Owner:
    return Owner(hears, log, Telemetry("lab"))  # type: ignore[arg-type]  # Only what an owner asks of a log.


async def test_records_that_were_passed_over_are_read_again() -> None:
    hears, log = Hears(), Asked()
    owns = owner(hears, log)
    await owns.take(batch(0, 1))
    assert not await owns.take(batch(5, 6))
    assert log.rewound == [{Place(TOPIC, 0): 2}]


async def test_nothing_is_committed_beyond_what_was_passed_over() -> None:
    hears, log = Hears(), Asked()
    owns = owner(hears, log)
    await owns.take(batch(0, 1))
    await owns.take(batch(5, 6))
    assert log.committed == [{Place(TOPIC, 0): 2}]


async def test_records_gone_from_the_log_do_not_stop_the_rest() -> None:
    hears, log = Hears(), Asked()
    owns = owner(hears, log)
    await owns.take(batch(0, 1))
    await owns.take(batch(5, 6))
    assert await owns.take(batch(5, 6))


async def test_a_batch_that_failed_is_expected_again_from_its_start() -> None:
    hears, log = Hears(RuntimeError("a bug")), Asked()
    owns = owner(hears, log)
    await owns.take(batch(3, 4))
    assert not await owns.take(batch(5))


async def test_an_error_that_can_not_be_logged_still_rewinds() -> None:
    hears, log = Hears(RuntimeError("a bug")), Asked()
    owns = owner(hears, log)

    def full_disk(error: BaseException, after: float, at: object = None) -> None:
        raise OSError("no space left on device")

    owns.telemetry.rewound = full_disk  # type: ignore[method-assign]
    with pytest.raises(OSError, match="no space"):
        await owns.take(batch(3, 4))
    assert log.rewound == [{Place(TOPIC, 0): 3}]


async def test_the_words_of_a_bug_are_not_shown() -> None:
    owns = owner(Hears(RuntimeError("card 1234")), Asked())
    await owns.take(batch(1))
    assert "1234" not in owns.last_error


async def test_a_partition_whose_tick_fails_keeps_no_other_waiting() -> None:
    hears, log = Hears(stuck=0), Asked()
    owns, stopped = owner(hears, log), asyncio.Event()
    ticking = asyncio.create_task(owns.ticking(stopped, 0.01))
    async with asyncio.timeout(5):
        while hears.ticked[:2] != [1, 2]:
            await asyncio.sleep(0)
    stopped.set()
    await ticking

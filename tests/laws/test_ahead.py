"""One batch is read while the one before it is kept, and still nothing is passed over, doubled or committed early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest

from shared.envelope import Record
from shared.runtime.log import OwnershipLost, Place
from shared.runtime.owner import Keep, Owner
from tests.laws.test_owner import TOPIC, Asked, Hears, batch, owner


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.runtime.owner.backoff", lambda _failures: 0)


class Reads(Hears):
    """Writes down what it does. Keeping waits until it may; the batch that begins at `fails` then fails once."""

    def __init__(self, fails: int = -1) -> None:
        super().__init__()
        self.failing = fails
        self.did: list[str] = []
        self.may = asyncio.Event()

    def read(self, records: Sequence[Record]) -> Keep:
        first = records[0].offset
        self.did.append(f"read {first}")

        async def keep() -> None:
            await self.may.wait()
            if first == self.failing:
                self.failing = -1
                raise RuntimeError("the store is away")
            self.did.append(f"kept {first}")

        return keep


class Noted(Asked):
    """A log whose commits stand among what else was done; `lost` refuses the first of them."""

    def __init__(self, did: list[str], *, lost: bool = False) -> None:
        super().__init__()
        self.did, self.lost = did, lost

    async def commit(self, positions: Mapping[Place, int]) -> None:
        if self.lost:
            self.lost = False
            raise OwnershipLost
        self.did.append(f"committed {max(positions.values())}")
        await super().commit(positions)


def reading(fails: int = -1, *, lost: bool = False) -> tuple[Reads, Noted, Owner]:
    reads = Reads(fails)
    log = Noted(reads.did, lost=lost)
    return reads, log, owner(reads, log)


async def ahead(owns: Owner, reads: Reads, *batches: list[Record]) -> list[bool]:
    """One batch after the other is handed over, as a consumer does; then they may be kept. What came of each."""

    async def hand_over() -> list[asyncio.Task[bool]]:
        return [await owns.take_ahead(reads.read, one) for one in batches]

    handing = asyncio.create_task(hand_over())
    await at_rest()
    reads.may.set()
    return [await one for one in await handing]


async def at_rest() -> None:
    """Until every task waits for something that only a test can bring about."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_next_batch_is_read_while_one_is_kept() -> None:
    reads, _, owns = reading()
    await ahead(owns, reads, batch(0, 1), batch(2, 3))
    assert reads.did.index("read 2") < reads.did.index("kept 0")


async def test_no_third_batch_is_read_before_the_first_is_committed() -> None:
    reads, _, owns = reading()
    await ahead(owns, reads, batch(0), batch(1), batch(2))
    assert reads.did.index("committed 1") < reads.did.index("read 2")


async def test_every_batch_is_committed_after_it_is_kept_and_before_the_next_is() -> None:
    reads, _, owns = reading()
    assert await ahead(owns, reads, batch(0), batch(1), batch(2)) == [True, True, True]
    done = [what for what in reads.did if not what.startswith("read")]
    assert done == ["kept 0", "committed 1", "kept 1", "committed 2", "kept 2", "committed 3"]


async def test_what_was_polled_past_a_failed_batch_is_polled_again_from_its_start() -> None:
    reads, log, owns = reading(fails=0)
    assert await ahead(owns, reads, batch(0, 1), batch(2)) == [False, False]
    assert log.rewound[-1] == {Place(TOPIC, 0): 0}


async def test_nothing_is_committed_past_a_failed_batch() -> None:
    reads, log, owns = reading(fails=0)
    await ahead(owns, reads, batch(0, 1), batch(2))
    assert log.committed == []


async def test_another_partition_read_past_a_failed_batch_loses_nothing() -> None:
    reads, log, owns = reading(fails=0)
    both = [*batch(2), *batch(7, partition=1)]
    assert await ahead(owns, reads, batch(0, 1), both) == [False, False]
    assert log.rewound[-1] == {Place(TOPIC, 0): 0, Place(TOPIC, 1): 7}


async def test_after_a_failure_the_same_records_are_kept_in_order() -> None:
    reads, log, owns = reading(fails=0)
    await ahead(owns, reads, batch(0, 1), batch(2))
    assert await ahead(owns, reads, batch(0, 1), batch(2)) == [True, True]
    assert log.committed == [{Place(TOPIC, 0): 2}, {Place(TOPIC, 0): 3}]


async def test_a_refused_commit_lets_nothing_later_be_committed_over_it() -> None:
    reads, log, owns = reading(lost=True)
    assert await ahead(owns, reads, batch(0, 1), batch(2)) == [False, False]
    assert (log.committed, log.rewound) == ([], [{Place(TOPIC, 0): 0}])


async def test_a_batch_that_breaks_its_reader_is_rewound() -> None:
    reads, log, owns = reading()
    reads.fails = [RuntimeError("a bug")]

    def broken(records: Sequence[Record]) -> Keep:
        raise RuntimeError("a bug")

    assert not await (await owns.take_ahead(broken, batch(4)))
    assert log.rewound == [{Place(TOPIC, 0): 4}]


async def test_partitions_are_let_go_only_after_what_is_in_hand_is_committed() -> None:
    reads, _, owns = reading()
    handing = asyncio.create_task(ahead_unkept(owns, reads))
    await at_rest()
    going = asyncio.create_task(note(owns.revoked, reads.did, "let go"))
    await at_rest()
    reads.may.set()
    await asyncio.gather(going, handing)
    assert reads.did[-2:] == ["committed 2", "let go"]


async def test_what_was_polled_before_a_revoke_is_not_committed_past_a_failure_after_it() -> None:
    reads, log, owns = reading(fails=0)
    first = await owns.take_ahead(reads.read, batch(0, 1))
    going = asyncio.create_task(owns.revoked())
    await at_rest()
    handing = asyncio.create_task(owns.take_ahead(reads.read, batch(2)))
    await at_rest()
    reads.may.set()
    await going
    assert [await first, await (await handing)] == [False, False]
    assert log.committed == []


async def test_no_tick_runs_beside_a_batch() -> None:
    reads, _, owns = reading()
    kept = await owns.take_ahead(reads.read, batch(0))
    ticking = asyncio.create_task(owns._tick())
    await at_rest()
    assert reads.ticked == []
    reads.may.set()
    await asyncio.gather(kept, ticking)
    assert reads.ticked == [0, 1, 2]


async def ahead_unkept(owns: Owner, reads: Reads) -> None:
    """Two batches are handed over; somebody else lets them be kept."""
    for one in (batch(0), batch(1)):
        await owns.take_ahead(reads.read, one)


async def note(call: Callable[[], Awaitable[None]], did: list[str], what: str) -> None:
    await call()
    did.append(what)

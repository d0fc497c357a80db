"""A batch is handled while the commit of the one before is on its way: nothing is committed early or forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from shared.envelope import Record
from shared.runtime.commits import MOST
from shared.runtime.log import LogUnavailable, OwnershipLost, Place
from shared.runtime.owner import Owner
from tests.laws.test_ahead import at_rest
from tests.laws.test_owner import TOPIC, Asked, Hears, batch, owner


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.runtime.owner.backoff", lambda _failures: 0)


class Slow(Asked):
    """A log whose commits wait until they may; `fails` are raised first, one a commit."""

    def __init__(self, *fails: Exception) -> None:
        super().__init__()
        self.fails = list(fails)
        self.may = asyncio.Event()

    async def commit(self, positions: Mapping[Place, int]) -> None:
        await self.may.wait()
        if self.fails:
            raise self.fails.pop(0)
        await super().commit(positions)


def behind(*fails: Exception, hears: Hears | None = None) -> tuple[Hears, Slow, Owner]:
    heard, log = hears or Hears(), Slow(*fails)
    return heard, log, owner(heard, log)


async def taken(owns: Owner, log: Slow, *batches: Sequence[Record]) -> list[bool]:
    """One batch after the other, as a consumer hands them over; what is committed is let through then."""

    async def hand_over() -> list[bool]:
        return [await owns.take(one, behind=True) for one in batches]

    handing = asyncio.create_task(hand_over())
    await at_rest()
    log.may.set()
    return await handing


async def test_the_next_batch_is_handled_while_a_commit_is_on_its_way() -> None:
    hears, log, owns = behind()
    handing = asyncio.create_task(taken(owns, log, batch(0), batch(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await at_rest()
    assert hears.heard == [0, 1]
    await handing


async def test_commits_go_in_order() -> None:
    _, log, owns = behind()
    for n in range(3):
        assert await taken(owns, log, batch(n)) == [True]
        await at_rest()
        await owns._tick()
    await owns.commits.done()
    assert log.committed == [{Place(TOPIC, 0): 1}, {Place(TOPIC, 0): 2}, {Place(TOPIC, 0): 3}]


async def test_what_is_done_between_two_ticks_goes_as_one_commit_and_one_with_the_tick() -> None:
    _, log, owns = behind()
    assert await taken(owns, log, *map(batch, range(9)), batch(4, partition=1)) == [True] * 10
    assert log.committed == [{Place(TOPIC, 0): 1}]
    await owns._tick()
    await owns.commits.done()
    assert log.committed[1:] == [{Place(TOPIC, 0): 9, Place(TOPIC, 1): 5}]


async def test_so_many_batches_wait_for_no_tick() -> None:
    _, log, owns = behind()
    await taken(owns, log, *map(batch, range(2 * MOST + 1)))
    await owns.commits.done()
    assert [one[Place(TOPIC, 0)] for one in log.committed] == [1, MOST + 1, 2 * MOST + 1]


async def test_all_that_waits_is_committed_before_partitions_are_let_go() -> None:
    _, log, owns = behind()
    await taken(owns, log, *map(batch, range(3)))
    await owns.revoked()
    assert log.committed == [{Place(TOPIC, 0): 1}, {Place(TOPIC, 0): 3}]


async def test_nothing_is_committed_of_a_batch_that_was_not_handled() -> None:
    _, log, owns = behind(hears=Hears(RuntimeError("a bug")))
    assert await taken(owns, log, batch(0)) == [False]
    await owns.commits.done()
    assert log.committed == []


async def test_what_a_commit_failed_of_is_met_by_the_next_batch() -> None:
    _, log, owns = behind(LogUnavailable("away"))
    assert await taken(owns, log, batch(0), batch(1)) == [True, False]
    assert log.rewound == [{Place(TOPIC, 0): 1}]


async def test_what_was_not_committed_goes_with_the_next_commit() -> None:
    _, log, owns = behind(LogUnavailable("away"))
    await taken(owns, log, batch(7, partition=1), batch(0))
    assert await taken(owns, log, batch(0)) == [True]
    await owns.commits.done()
    assert log.committed == [{Place(TOPIC, 0): 1, Place(TOPIC, 1): 8}]


async def test_while_no_batch_comes_a_failed_commit_is_sent_again() -> None:
    _, log, owns = behind(LogUnavailable("away"))
    await taken(owns, log, batch(0))
    for _ in range(3):
        await at_rest()
        await owns._tick()
    assert log.committed == [{Place(TOPIC, 0): 1}]


async def test_a_refused_commit_is_never_sent_again() -> None:
    _, log, owns = behind(OwnershipLost())
    await taken(owns, log, batch(0))
    for _ in range(3):
        await at_rest()
        await owns._tick()
    assert log.committed == []


async def test_after_a_refused_commit_nothing_later_is_committed_over_it() -> None:
    _, log, owns = behind(OwnershipLost())
    assert await taken(owns, log, batch(0), batch(1), batch(2)) == [True, False, False]
    assert (log.committed, log.rewound) == ([], [{Place(TOPIC, 0): 1}])


async def test_partitions_are_let_go_only_after_the_commit_on_its_way() -> None:
    _, log, owns = behind()
    await owns.take(batch(0), behind=True)
    going = asyncio.create_task(owns.revoked())
    await at_rest()
    assert not going.done()
    log.may.set()
    await going
    assert log.committed == [{Place(TOPIC, 0): 1}]


async def test_a_new_owner_commits_nothing_of_the_time_before() -> None:
    _, log, owns = behind(LogUnavailable("away"))
    await taken(owns, log, batch(0))
    await owns.revoked()
    assert await taken(owns, log, batch(9, partition=2))
    await owns.commits.done()
    assert log.committed == [{Place(TOPIC, 2): 10}]


class Held(Hears):
    """Is at its first batch until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def handle(self, records: Sequence[Record]) -> None:
        await self.may.wait()
        await super().handle(records)


async def test_a_batch_that_outlives_its_partitions_is_not_committed_with_what_came_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The commit would be refused for the partition that is another's now, and for all others with it."""
    monkeypatch.setattr("shared.runtime.owner.DRAIN", 0.0)
    held = Held()
    _, log, owns = behind(hears=held)
    log.may.set()
    late = asyncio.create_task(owns.take(batch(0), behind=True))
    await at_rest()
    await owns.revoked()
    held.may.set()
    assert not await late
    assert await taken(owns, log, batch(9, partition=2))
    await owns.commits.done()
    assert log.committed == [{Place(TOPIC, 2): 10}]

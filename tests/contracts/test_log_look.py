"""How a topic stands, on memory and on a real broker: beginnings, ends, one record each, and what a group committed."""

from __future__ import annotations

import uuid

from shared.runtime.log import Place, Standing, next_offsets
from tests.contracts.test_log import Bench, Member, bench, said
from tests.support.waiting import until

__all__ = ["bench"]

MANY = 40


async def told(bench: Bench) -> Member:
    """A member that took many records of many cards."""
    member = await bench.join(uuid.uuid4().hex)
    await member.log.publish([said(bench, n, f"{n:064x}") for n in range(MANY)])
    await until(lambda: len(member.taken) == MANY)
    return member


async def test_every_partition_is_told_of_with_its_end(bench: Bench) -> None:
    member = await told(bench)
    found = await member.log.look(bench.topic, {})
    ends = await member.log.ends(bench.topic)
    assert found == {at: Standing(0, end) for at, end in ends.items()}


async def test_the_record_at_each_offset_asked_for_is_the_one_that_was_taken(bench: Bench) -> None:
    member = await told(bench)
    last = {record.partition: record for record in member.taken}
    found = await member.log.look(bench.topic, {at: record.offset for at, record in last.items()})
    assert {at: one.record for at, one in found.items() if one.record} == last


async def test_no_record_is_found_beyond_the_end(bench: Bench) -> None:
    member = await told(bench)
    found = await member.log.look(bench.topic, dict.fromkeys(await member.log.ends(bench.topic), MANY))
    assert not any(one.record for one in found.values())


async def test_what_a_group_committed_is_told(bench: Bench) -> None:
    member = await told(bench)
    positions = next_offsets(member.taken)
    await until(lambda: bool(member.log.owned()))
    assert await member.log.committed(bench.topic) == {
        at: positions[Place(bench.topic, at)] for at in {place.partition for place in positions}
    }


async def test_a_group_that_committed_nothing_tells_nothing(bench: Bench) -> None:
    member = await bench.join(uuid.uuid4().hex)
    await until(lambda: bool(member.log.owned()))
    assert await member.log.committed(bench.topic) == {}

"""A store and a log know each other: another log stops the service, an older store catches up, nothing is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.envelope import Record
from shared.runtime import documents
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.identity import AnotherLog, Position, begins, position_of
from shared.runtime.log import Place, Standing
from shared.runtime.positions import POSITIONS
from shared.runtime.store import Document, StoreUnavailable
from tests.laws.strategies import REFERENCE, said
from tests.laws.test_check import STORY
from tests.laws.test_deciders import SERVICES
from tests.support.city import City

HERE = Place("onecard.events", 0)
RECORD = Record("onecard.events", 0, 9, 1_000, b"c", b"{}", (("ce_id", b"x"),))
AT_NINE = position_of(RECORD, 1)


@pytest.fixture
def city() -> Iterator[City]:
    """Visits that are over, every position written, every process gone."""
    city = City(SERVICES, ARCHIVE, REFERENCE)
    for act in STORY:
        city.topics.say(said(act))
    city.settle()
    stopped(city)
    yield city
    city.close()


def stopped(city: City) -> None:
    """Every process ends as it is asked to, and others begin."""
    for name in city.names:
        city.run(city.processes[name].owner.revoked())
        city.processes[name] = city.begin(name)


def go_on(city: City) -> dict[str, str]:
    """Everybody looks at the log; who refuses to go on, and why."""
    for name in city.names:
        city.tick(name)
        city.deliver(name)
    return {name: why for name in city.names if (why := city.processes[name].positions.refusal)}


def logged(city: City) -> int:
    return sum(map(len, city.topics.records.values()))


def wiped(city: City, *, keep: int = 0) -> None:
    """The broker as an older copy has it: so many records of each partition, and no commits beyond them."""
    for place, records in city.topics.records.items():
        city.topics.records[place] = records[:keep]
    city.topics.committed = {key: min(offset, keep) for key, offset in city.topics.committed.items()}


def test_a_store_and_its_own_log_go_on(city: City) -> None:
    assert go_on(city) == {}


def test_what_is_said_twice_after_a_clean_stop_is_nothing(city: City) -> None:
    before = logged(city)
    go_on(city)
    assert logged(city) == before


@pytest.mark.parametrize("keep", [0, 1])
def test_a_wiped_or_older_broker_stops_every_service(city: City, keep: int) -> None:
    wiped(city, keep=keep)
    assert go_on(city).keys() == set(city.names)


def test_a_service_that_stopped_for_another_log_says_nothing(city: City) -> None:
    wiped(city)
    before = {name: city.stores[name].snapshot() for name in city.names}
    for act in STORY:
        city.topics.say(said(act))
    go_on(city)
    after = {name: city.stores[name].snapshot() for name in city.names}
    assert [documented(before[name]) for name in city.names] == [documented(after[name]) for name in city.names]


def documented(snapshot: object) -> object:
    return {name: table.documents for name, table in snapshot.items()}  # type: ignore[attr-defined]


def test_an_older_broker_that_was_filled_anew_stops_every_service(city: City) -> None:
    for place, records in city.topics.records.items():
        city.topics.records[place] = [record._replace(value=b"other", time_ms=record.time_ms + 1) for record in records]
    assert all("has another record" in why for why in go_on(city).values())


def test_a_broker_wiped_under_a_running_service_stops_it(city: City) -> None:
    go_on(city)
    wiped(city)
    for process in city.processes.values():
        process.log.positions.clear()
    for act in STORY:
        city.topics.say(said(act))
    for name in city.names:
        city.deliver(name)
    assert city.processes["intake"].positions.refusal


def test_a_store_restored_from_an_older_copy_catches_up(city: City) -> None:
    copies = {name: city.stores[name].snapshot() for name in city.names}
    for act in STORY:
        city.topics.say(said(act._replace(visit=act.visit + 1)))
    city.settle()
    for name, copy in copies.items():
        city.stores[name].restore(copy)
    stopped(city)
    assert go_on(city) == {}
    city.settle()
    city.check()


def test_an_empty_store_under_a_live_group_stops_and_says_rebuild(city: City) -> None:
    emptied(city, "lab")
    assert "onecard rebuild lab" in go_on(city)["lab"]


def test_an_empty_archive_under_a_live_group_stops_and_says_rebuild(city: City) -> None:
    emptied(city, "records")
    assert "onecard rebuild records" in go_on(city)["records"]


def emptied(city: City, name: str) -> None:
    city.stores[name] = MemoryStore()
    own = ARCHIVE.collections if name == ARCHIVE.name else (documents.collection(city.services[name]),)
    city.run(city.stores[name].open((*own, DEAD_LETTERS, POSITIONS)))
    city.processes[name] = city.begin(name)


@pytest.mark.parametrize("name", ["lab", "records"])
def test_a_store_of_a_time_before_positions_is_believed_once(city: City, name: str) -> None:
    forgotten(city.stores[name])
    before = logged(city)
    assert go_on(city) == {}
    assert logged(city) == before


def forgotten(store: MemoryStore) -> None:
    store._tables[POSITIONS.name].documents.clear()
    store._tables[POSITIONS.name].entries.clear()


def test_a_group_that_lost_its_commits_goes_on_from_the_store(city: City) -> None:
    before = logged(city)
    city.topics.committed.clear()
    go_on(city)
    assert logged(city) == before


def test_a_first_start_begins_at_the_beginning() -> None:
    city = City(SERVICES, ARCHIVE, REFERENCE)
    try:
        assert go_on(city) == {}
    finally:
        city.close()


def test_a_new_store_on_a_log_without_its_beginning_stops() -> None:
    city = City(SERVICES, ARCHIVE, REFERENCE)
    try:
        city.topics.starts[Place("onecard.requests", 0)] = 1
        for act in STORY:
            city.topics.say(said(act))
        assert "begins at 1" in go_on(city)["intake"]
    finally:
        city.close()


def test_first_positions_that_were_kept_in_part_are_kept_whole_the_next_time() -> None:
    city = City(SERVICES, ARCHIVE, REFERENCE)
    try:
        for act in STORY:
            city.topics.say(said(act))
        for store in city.stores.values():
            keeps_in_part(store)
        city.settle()
        stopped(city)
        assert go_on(city) == {}
    finally:
        city.close()


def keeps_in_part(store: MemoryStore) -> None:
    """Of the first positions it keeps every other one, and says that it can't be reached."""
    whole = store.insert

    async def part(collection: str, written: Sequence[Document]) -> set[str]:
        if collection != POSITIONS.name:
            return await whole(collection, written)
        store.insert = whole  # type: ignore[method-assign]
        await whole(collection, written[::2])
        raise StoreUnavailable("nobody knows which part is there")

    store.insert = part  # type: ignore[assignment, method-assign]


def test_a_killed_process_hears_again_what_it_had_not_written_down(city: City) -> None:
    """The position lags behind the commit, and never runs ahead."""
    city.promptly = False
    stopped(city)
    for act in STORY:
        city.topics.say(said(act._replace(visit=act.visit + 1)))
    for name in city.names * 3:
        city.deliver(name)
    for name in city.names:
        city.processes[name] = city.begin(name)
    city.settle()
    city.check()


class TestWhereReadingBegins:
    """The rule alone: a position at offset 9, and how the log stands."""

    def test_is_after_the_position_when_nothing_is_committed(self) -> None:
        assert begins("lab", HERE, AT_NINE, Standing(0, 20, RECORD), None) == 10

    def test_is_the_position_when_more_is_committed(self) -> None:
        assert begins("lab", HERE, AT_NINE, Standing(0, 20, RECORD), 15) == 10

    def test_is_the_commit_when_less_is_committed(self) -> None:
        assert begins("lab", HERE, AT_NINE, Standing(0, 20, RECORD), 4) == 4

    def test_is_where_the_log_begins_when_all_before_was_handled(self) -> None:
        assert begins("lab", HERE, AT_NINE, Standing(10, 20), 10) == 10

    def test_is_nowhere_when_records_it_never_handled_are_gone(self) -> None:
        with pytest.raises(AnotherLog, match="are gone from the log"):
            begins("lab", HERE, AT_NINE, Standing(11, 20), 15)

    def test_is_nowhere_when_the_log_is_shorter(self) -> None:
        with pytest.raises(AnotherLog, match="ends at 9"):
            begins("lab", HERE, AT_NINE, Standing(0, 9), 9)

    def test_is_nowhere_when_the_record_is_missing(self) -> None:
        with pytest.raises(AnotherLog, match="another record at 9"):
            begins("lab", HERE, AT_NINE, Standing(0, 20), 10)

    @pytest.mark.parametrize(
        "other",
        [{"value": b"[]"}, {"key": None}, {"time_ms": 1_001}, {"headers": ()}, {"headers": (("ce_id", None),)}],
        ids=["value", "key", "time", "no headers", "no id"],
    )
    def test_is_nowhere_when_the_record_is_another(self, other: dict[str, object]) -> None:
        with pytest.raises(AnotherLog, match="another record at 9"):
            begins("lab", HERE, AT_NINE, Standing(0, 20, RECORD._replace(**other)), 10)  # type: ignore[arg-type]

    def test_is_the_beginning_for_a_store_that_handled_nothing(self) -> None:
        assert begins("lab", HERE, Position(0, -1), Standing(0, 20), 7) == 0

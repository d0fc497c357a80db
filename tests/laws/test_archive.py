"""Same log, same archive, byte for byte: in any batches, with any copies, after any rewind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.archive import in_utc
from services.records.queries import whole_digest
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope
from shared.events.billing import OrderCleared
from shared.runtime.archive import ArchiveEngine
from shared.runtime.store import StoreUnavailable
from tests.support.archived import OTHER_CARD, contents, irregular, kept, logged, model, record, refusal, use
from tests.support.spec import CARD, an_id, fact

cards = st.sampled_from([CARD, OTHER_CARD, "e" * 64])
events = st.builds(lambda make, card: make(card), st.sampled_from([use, refusal, irregular]), cards)


@st.composite
def logs(draw: st.DrawFn) -> list[Envelope]:
    """A log of three partitions by card: events, and copies of earlier ones with another place, version and trace."""
    log: list[Envelope] = []
    for n in range(draw(st.integers(1, 12))):
        event = draw(events)
        log.append(logged(event, n + 1, partition=ord(event.card[0]) % 3, offset=0))
        again = draw(st.lists(st.tuples(st.sampled_from(log), st.sampled_from(["lab/1", "lab/2", ""])), max_size=2))
        log.extend(copy._replace(decided_by=version) for copy, version in again)
    return [one._replace(offset=n, time_ms=one.time_ms + n) for n, one in enumerate(log)]


@st.composite
def deliveries(draw: st.DrawFn, log: Sequence[Envelope]) -> list[list[Envelope]]:
    """Batches of one log as owners see them: cut anywhere, and gone back to any earlier place after any of them."""
    batches, at = [], 0
    while at < len(log):
        end = draw(st.integers(at + 1, len(log)))
        batches.append(list(log[at:end]))
        at = draw(st.integers(max(0, at - 3), end)) if len(batches) < 20 else end
    return batches


async def opened() -> MemoryStore:
    store = MemoryStore()
    await store.open(ARCHIVE.collections)
    return store


@given(st.data())
async def test_any_batches_and_copies_make_the_archive_of_the_log(data: st.DataObject) -> None:
    log = data.draw(logs())
    store = await opened()
    for batch in data.draw(deliveries(log)):
        assert await kept(store, *batch) == []
    assert await contents(store) == model(log)


@given(st.data())
async def test_any_batches_and_copies_make_one_digest(data: st.DataObject) -> None:
    log = data.draw(logs())
    digests = set()
    for _ in range(2):
        store = await opened()
        for batch in data.draw(deliveries(log)):
            await kept(store, *batch)
        digests.add(await whole_digest(store))
    assert len(digests) == 1


@given(st.data())
async def test_an_outcome_nobody_knows_changes_nothing_when_the_batch_comes_again(data: st.DataObject) -> None:
    log = data.draw(logs())
    store = await opened()
    lost = data.draw(st.booleans())

    def fail(call: str, done: bool) -> None:
        if call == "insert" and done is lost:
            raise StoreUnavailable

    store.fail = fail
    with pytest.raises(StoreUnavailable):
        await kept(store, *log)
    store.fail = None
    assert await kept(store, *log) == []
    assert await contents(store) == model(log)


@pytest.mark.parametrize("batches", [1, 2])
async def test_the_same_id_with_other_bytes_is_set_aside_and_changes_nothing(batches: int) -> None:
    store = await opened()
    first, other = logged(use(), 1), logged(refusal(), 1, offset=2)
    if batches == 1:
        aside = await kept(store, first, other)
    else:
        await kept(store, first)
        aside = await kept(store, other)
    assert [(one.offset, cause) for one, cause in aside] == [(2, "other_bytes")]
    assert await contents(store) == model([first])


@pytest.mark.parametrize(
    ("spoiled", "cause"),
    [
        (record(logged(use(), 2))._replace(value=b"{"), "wrong_shape"),
        (record(logged(use(), 2))._replace(value=None), "no_body"),
        (record(logged(use(), 2))._replace(key=None), "no_key"),
        (record(logged(use(), 2))._replace(headers=[]), "no_ce_id"),
        (record(logged(use(), 2, type="onecard.edge.card-presented.v2")), "unknown_version"),
    ],
)
async def test_what_nobody_can_keep_is_set_aside_and_the_rest_is_kept(spoiled: object, cause: str) -> None:
    store = await opened()
    rest = [logged(use(), 1), logged(refusal(), 3)]
    records = [record(rest[0]), spoiled, record(rest[1])]
    assert await ArchiveEngine(ARCHIVE, store).handle(records) == [(spoiled, cause)]  # type: ignore[arg-type]
    assert await contents(store) == model(rest)


async def test_what_is_not_archived_is_skipped_unread() -> None:
    store = await opened()
    skipped = record(logged(fact(OrderCleared, order=an_id(9), how="paid"), 1))
    assert await ArchiveEngine(ARCHIVE, store).handle([skipped._replace(value=b"\xff", key=None)]) == []


@given(st.lists(st.tuples(st.text(max_size=12) | st.just("ce_type"), st.none() | st.binary(max_size=12)), max_size=4))
async def test_no_headers_break_it(headers: list[tuple[str, bytes | None]]) -> None:
    store = await opened()
    odd = record(logged(use(), 1))._replace(headers=headers)
    await ArchiveEngine(ARCHIVE, store).handle([odd])
    assert await contents(store) == []


@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),  # noqa: DTZ001 - its offset is written behind it
    st.sampled_from(["+08:00", "Z", "-03:30", "+14:00"]),
    st.integers(0, 6),
)
def test_a_moment_is_one_text_however_an_edge_writes_it(moment: datetime, offset: str, digits: int) -> None:
    fraction = f".{moment.microsecond:06d}"[: digits + 1] if digits else ""
    written = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + offset
    plain = datetime.fromisoformat(written).astimezone(UTC).replace(tzinfo=None)
    assert in_utc(written) == plain.isoformat(timespec="microseconds") + "Z"


@pytest.mark.parametrize("written", ["2026-02-31T09:00:00+08:00", "2026-01-01T09:60:00+08:00", "2026-13-01T09:00:00Z"])
def test_what_is_no_moment_has_no_text(written: str) -> None:
    with pytest.raises(ValueError, match=r"must be in|out of range"):
        in_utc(written)

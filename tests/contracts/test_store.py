"""What every store promises of single documents, run on memory, SQLite and MongoDB's protocol."""

from __future__ import annotations

import asyncio

import pytest

from shared.runtime.store import MAX_DOCUMENT, Document, Store, StoreUnavailable
from tests.contracts.conftest import Place, document

ODD_IDS = ["a/b//c", "卡/就诊 2", "ü\u00e9e\u0301", "😀", " ", "a.b$c", "'; --", '"', "x" * 800, "%5C\\"]
OTHERS = [f"other/{n}" for n in range(40)]


async def bodies(store: Store, *ids: str) -> dict[str, bytes]:
    return {id_: found.body for id_, found in (await store.load("visits", ids)).items()}


async def test_a_free_id_is_inserted(store: Store) -> None:
    taken = await store.insert("visits", [document("a", body=b"[1]")])
    assert (taken, await bodies(store, "a")) == (set(), {"a": b"[1]"})


async def test_an_insert_leaves_the_first_and_names_the_ids_that_were_taken(store: Store) -> None:
    await store.insert("visits", [document("a", body=b"1"), document("b", body=b"1")])
    taken = await store.insert("visits", [document(id_, body=b"2") for id_ in "xabz"])
    assert (taken, await bodies(store, *"abxz")) == ({"a", "b"}, {"a": b"1", "b": b"1", "x": b"2", "z": b"2"})


async def test_a_repeated_insert_finds_its_own_id_taken(store: Store) -> None:
    await store.insert("visits", [document("a", token="mine")])
    assert await store.insert("visits", [document("a", token="mine")]) == {"a"}


async def test_each_version_is_saved_over_the_one_before(store: Store) -> None:
    lost = [await store.save("visits", [document("a", version, b"%d" % version)]) for version in (1, 2, 3)]
    assert (lost, await bodies(store, "a")) == ([set(), set(), set()], {"a": b"3"})


@pytest.mark.parametrize("version", [1, 2])
async def test_of_twenty_writers_who_race_one_wins(place: Place, version: int) -> None:
    stores = [await place.open() for _ in range(4)]
    await stores[0].save("visits", [document("a", before) for before in range(1, version)])
    racers = [document("a", version, b"%d" % n) for n in range(20)]
    lost = await asyncio.gather(*(stores[n % 4].save("visits", [racer]) for n, racer in enumerate(racers)))
    won = [racer.body for racer, loss in zip(racers, lost, strict=True) if not loss]
    assert [*(await bodies(stores[0], "a")).values()] == won


async def test_batches_that_race_lose_exactly_what_others_won(place: Place) -> None:
    stores = [await place.open() for _ in range(4)]
    ids = [f"v{n}" for n in range(30)]
    batches = [[document(id_, body=b"%d" % n) for id_ in ids] for n in range(4)]
    lost = await asyncio.gather(*(store.save("visits", batch) for store, batch in zip(stores, batches, strict=True)))
    won = {id_: b"%d" % n for n in range(4) for id_ in ids if id_ not in lost[n]}
    assert (await bodies(stores[0], *ids), sum(map(len, lost))) == (won, 90)


async def test_a_lost_race_changes_nothing(store: Store) -> None:
    first = [document("a", 1), document("a", 2, b"theirs", "theirs", due=1)]
    for one in first:
        await store.save("visits", [one])
    lost = await store.save("visits", [document("a", 2, b"mine", "mine", due=9)])
    assert (lost, await store.load("visits", ["a"])) == ({"a"}, {"a": first[1]})


async def test_one_call_may_win_some_and_lose_others(store: Store) -> None:
    await store.save("visits", [document("held", 1, b"1"), document("old", 1, b"1")])
    await store.save("visits", [document("old", 2, b"2")])
    call = [document("new", 1, b"x"), document("held", 2, b"x"), document("old", 2, b"x"), document("none", 2, b"x")]
    lost = await store.save("visits", [*call, *(document(id_) for id_ in OTHERS)])
    kept = await bodies(store, "new", "held", "old", "none")
    assert (lost, kept) == ({"old", "none"}, {"new": b"x", "held": b"x", "old": b"2"})


@pytest.mark.parametrize("version", [1, 2])
async def test_a_save_repeated_after_an_unknown_outcome_knows_itself_by_its_token(store: Store, version: int) -> None:
    await store.save("visits", [document("a", before) for before in range(1, version)])
    await store.save("visits", [document("a", version, token="mine")])
    assert await store.save("visits", [document("a", version, token="mine")]) == set()


async def test_a_save_without_a_token_is_given_its_own(store: Store) -> None:
    await store.save("visits", [document("a")])
    assert (await store.save("visits", [document("a")]), (await store.load("visits", "a"))["a"].token != "") == (
        {"a"},
        True,
    )


async def test_a_body_comes_back_byte_for_byte(store: Store) -> None:
    body = b'{"v": "5.50",\r\n "w": "\\u0000 \xe8\x8c\x8c"}\n\n' + bytes(range(256))
    await store.save("visits", [document("a", body=body), document("empty", body=b"")])
    assert await bodies(store, "a", "empty") == {"a": body, "empty": b""}


async def test_the_largest_document_is_kept_and_a_larger_one_refused(store: Store) -> None:
    await store.save("visits", [document("a", body=b"x" * MAX_DOCUMENT)])
    with pytest.raises(ValueError, match="larger"):
        await store.save("visits", [document("b"), document("c", body=b"x" * (MAX_DOCUMENT + 1))])
    assert {id_: len(body) for id_, body in (await bodies(store, *"abc")).items()} == {"a": MAX_DOCUMENT}


async def test_ids_may_be_any_text(store: Store) -> None:
    documents = {id_: document(id_, token="t", body=id_.encode(), order=id_) for id_ in ODD_IDS}
    await store.insert("visits", [*documents.values()])
    assert await store.load("visits", ODD_IDS) == documents


async def test_two_thousand_documents_load_in_one_call(store: Store) -> None:
    ids = [f"v{n}" for n in range(2_000)]
    for first in range(0, 2_000, 500):
        await store.insert("visits", [document(id_, body=id_.encode()) for id_ in ids[first : first + 500]])
    assert await bodies(store, "absent", *ids) == {id_: id_.encode() for id_ in ids}


async def test_empty_calls_do_nothing(store: Store) -> None:
    assert (await store.load("visits", []), await store.insert("visits", []), await store.save("visits", [])) == (
        {},
        set(),
        set(),
    )


async def test_documents_survive_closing_and_opening_again(place: Place) -> None:
    store = await place.open()
    kept = document("a", 1, b"1", "t", due=3)
    await store.save("visits", [kept])
    await store.close()
    assert await (await place.open()).load("visits", ["a"]) == {"a": kept}


async def test_collections_are_apart(store: Store) -> None:
    await store.insert("visits", [document("a")])
    assert await store.load("offsets", ["a"]) == {}


async def test_what_the_caller_changes_later_is_not_stored(store: Store) -> None:
    index = {"due": 1}
    await store.save("visits", [Document("a", 1, b"{}", index)])
    index["due"] = 2
    assert dict((await store.load("visits", ["a"]))["a"].index) == {"due": 1}


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        ([document("a"), document("a", 2)], ValueError),
        ([document("b"), document("a", 0)], ValueError),
        ([document("b"), document("a", undeclared=1)], ValueError),
        ([document("b"), document("a", due=True)], ValueError),
        ([document("b"), document("a", due=2**63)], OverflowError),
        ([document("b"), document("\ud800")], ValueError),
    ],
)
async def test_what_can_not_be_stored_is_refused_whole(
    store: Store, refused: list[Document], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await store.save("visits", refused)
    assert await store.load("visits", ["a", "b"]) == {}


async def test_an_open_store_answers(store: Store) -> None:
    await store.ping()


async def test_opening_again_keeps_what_is_there(place: Place) -> None:
    store = await place.open()
    await store.insert("visits", [document("a")])
    await place.open()
    assert set(await store.load("visits", ["a"])) == {"a"}


async def test_a_closed_store_is_unavailable(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.load("visits", ["a"])

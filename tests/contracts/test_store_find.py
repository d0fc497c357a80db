"""What every store promises of its indexes: equality, then a range, sorted, in pages."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from shared.runtime.store import Document, IndexValue, Store
from tests.contracts.conftest import document


async def ids(store: Store, index: str, *equals: IndexValue, **limits: Any) -> list[str]:
    return [found.id for found in await store.find("visits", index, equals, **limits)]


@pytest.fixture
async def due(store: Store) -> Store:
    await store.insert("visits", [document(f"v{n}", due=n) for n in (5, 1, 3, 4, 2)])
    return store


async def test_documents_come_sorted_by_the_last_field(due: Store) -> None:
    assert await ids(due, "due") == ["v1", "v2", "v3", "v4", "v5"]


async def test_since_is_inclusive_and_until_exclusive(due: Store) -> None:
    assert await ids(due, "due", since=2, until=4) == ["v2", "v3"]


async def test_descending_turns_the_order_round(due: Store) -> None:
    assert await ids(due, "due", since=2, until=5, descending=True, limit=2) == ["v4", "v3"]


async def test_at_most_the_limit_is_found(due: Store) -> None:
    assert await ids(due, "due", limit=2) == ["v1", "v2"]


async def test_a_limit_of_none_finds_none(due: Store) -> None:
    assert await ids(due, "due", limit=0) == []


async def test_a_cursor_keeps_to_the_range(due: Store) -> None:
    assert await ids(due, "due", since=2, until=5, after=(2, "v2")) == ["v3", "v4"]


async def test_a_cursor_before_the_range_adds_nothing_to_it(due: Store) -> None:
    assert await ids(due, "due", since=3, after=(1, "v1")) == ["v3", "v4", "v5"]


async def test_a_found_document_is_whole(store: Store) -> None:
    whole = document("a", 1, b'{"a":1}', "t", due=1, desk="d", state=2, since="2031")
    await store.insert("visits", [whole])
    assert await store.find("visits", "desk", ("d", 2)) == [whole]


async def test_only_documents_with_all_equal_fields_are_found(store: Store) -> None:
    rows = [("d1", 1), ("d1", 2), ("d2", 1)]
    await store.insert("visits", [document(f"{desk}/{n}", desk=desk, state=n, since="s") for desk, n in rows])
    assert await ids(store, "desk", "d1", 2) == ["d1/2"]


async def test_a_document_without_one_field_is_in_no_index_that_names_it(store: Store) -> None:
    await store.insert(
        "visits", [document("a", desk="d", since="s", due=1), document("b", desk="d", state=None, since="s")]
    )
    assert (await ids(store, "desk", "d", None), await ids(store, "desk", "d", 1), await ids(store, "due")) == (
        [],
        [],
        ["a"],
    )


async def test_a_saved_document_is_found_where_it_is_now(store: Store) -> None:
    await store.save("visits", [document("a", due=1), document("b", due=1)])
    await store.save("visits", [document("a", 2, due=7), document("b", 2)])
    assert await ids(store, "due") == ["a"]


async def test_integers_of_64_bits_keep_their_order(store: Store) -> None:
    values = [-(2**63), -(2**53) - 1, -1, 0, 2**31, 2**53, 2**53 + 1, 2**63 - 1]
    await store.insert("visits", [document(str(value), due=value) for value in reversed(values)])
    assert [found.index["due"] for found in await store.find("visits", "due")] == values


async def test_text_is_ordered_by_code_point(store: Store) -> None:
    values = ["", "A", "a", "a/", "aa", "é", "中", "\uffee", "😀"]
    await store.insert("visits", [document(f"x{n}", order=value) for n, value in enumerate(reversed(values))])
    assert [found.index["order"] for found in await store.find("visits", "name")] == values


@pytest.mark.parametrize("descending", [False, True])
async def test_paging_visits_every_document_once_under_equal_values(store: Store, descending: bool) -> None:
    await store.insert("visits", [document(f"v{n:02}", due=n // 20) for n in range(50)])
    seen: list[str] = []
    after: tuple[IndexValue, str] | None = None
    while page := await store.find("visits", "due", after=after, descending=descending, limit=7):
        seen += [found.id for found in page]
        after = page[-1].index["due"], page[-1].id
    assert seen == sorted((f"v{n:02}" for n in range(50)), reverse=descending)


async def test_every_search_agrees_with_a_plain_model(store: Store) -> None:
    random = Random(31)
    choose = random.choice
    stored = [
        document(f"{n:03}", token="t", desk=choose(["d", "e", None]), state=choose([1, 2]), since=choose("abcd"))
        for n in random.sample(range(150), 150)
    ]
    await store.insert("visits", stored)
    for _ in range(40):
        limits = {
            "since": choose([None, "a", "b"]),
            "until": choose([None, "c", "d"]),
            "after": choose([None, (choose("abcd"), f"{random.randrange(150):03}")]),
            "descending": choose([True, False]),
            "limit": choose([1, 5, 200]),
        }
        desk, state = choose("de"), choose([1, 2])
        assert await ids(store, "desk", desk, state, **limits) == model(stored, desk, state, **limits)


def model(stored: list[Document], desk: str, state: int, **limits: Any) -> list[str]:
    entries = sorted(
        (str(one.index["since"]), one.id) for one in stored if (one.index["desk"], one.index["state"]) == (desk, state)
    )
    since, until, after, descending = (limits[name] for name in ("since", "until", "after", "descending"))
    entries = [entry for entry in entries if (since or "") <= entry[0] < (until or "~")]
    if after:
        entries = [entry for entry in entries if (entry < after if descending else entry > after)]
    return [id_ for _, id_ in sorted(entries, reverse=descending)][: limits["limit"]]


async def test_an_unknown_index_is_an_error_of_the_caller(store: Store) -> None:
    with pytest.raises(KeyError):
        await store.find("visits", "absent")


async def test_all_but_the_last_field_must_be_given(store: Store) -> None:
    with pytest.raises(ValueError, match="2 equal values"):
        await store.find("visits", "desk", ("d",))


async def test_what_could_be_found_is_counted(store: Store) -> None:
    rows = [("d1", 1), ("d1", 2), ("d2", 1)]
    await store.insert("visits", [document(f"{desk}/{n}", desk=desk, state=n, since="s") for desk, n in rows])
    assert await store.count("visits", "desk", ("d1", 1)) == 1


async def test_counting_ends_at_the_limit(due: Store) -> None:
    assert await due.count("visits", "due", limit=3) == 3


async def test_documents_without_the_field_are_not_counted(due: Store) -> None:
    await due.insert("visits", [document("w1")])
    assert await due.count("visits", "due") == 5

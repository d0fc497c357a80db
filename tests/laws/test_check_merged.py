"""What an accountant says of years that were carried between merged cards, that we would not let happen."""

from __future__ import annotations

import pytest
from pydantic_core import from_json

from deploy.check.recompute import deciders
from tests.laws.strategies import CARDS, REFERENCE, Act
from tests.laws.test_check import lived
from tests.support.checked import Evidence, checked, codes, recompute

PAID = (("issue", 0), ("register", 0), ("tender", 3), ("consult", 0), ("tender", 0), ("consult", 1), ("tender", 1))
SEEN = [Act(verb, card, 0, which, 3 * card * (verb == "tender")) for card in (0, 1) for verb, which in PAID]
MERGED = [*SEEN, Act("merge")]
PARTED = [*MERGED, Act("unmerge")]


@pytest.fixture(scope="module")
def one() -> Evidence:
    """Two cards that had a bill each, and are one."""
    return lived(MERGED)


@pytest.fixture(scope="module")
def two() -> Evidence:
    """The same, and they are two again."""
    return lived(PARTED)


def said(found: Evidence, name: str) -> list[dict[str, object]]:
    return [from_json(one.body) for one in found.events() if one.type.split(".")[2] == name]


def test_merged_and_parted_cards_check_and_recompute_clean(one: Evidence, two: Evidence) -> None:
    for found in (one, two):
        assert (checked(found).wrong, recompute(found, deciders(), REFERENCE).wrong) == ([], [])


def test_a_year_goes_over_and_comes_back_as_it_was(two: Evidence) -> None:
    over, back = said(two, "year-carried")
    assert (over["how"], back["how"], over["card"], over["other"]) == ("over", "back", CARDS[1], CARDS[0])
    assert {**over, "how": ""} == {**back, "how": ""}


def test_what_a_merge_brings_above_a_cap_is_irregular(one: Evidence) -> None:
    (irregular,) = said(one, "cap-irregular")
    assert (irregular["card"], irregular["code"]) == (CARDS[1], "cap_passed")


def test_a_year_carried_over_with_another_amount_is_found(one: Evidence) -> None:
    found = one.copy()
    found.change(found.the("year-carried"), counted=1)
    assert codes(checked(found)) == ["year_carried"]


def test_a_year_carried_back_with_another_amount_is_found(two: Evidence) -> None:
    found = two.copy()
    found.change(found.the("year-carried", 1), counted=1)
    assert codes(checked(found)) == ["year_carried"]


def test_a_year_that_was_never_carried_is_found(one: Evidence) -> None:
    found = one.copy()
    for name in ("cap-irregular", "cap-passed", "year-carried"):
        found.remove(found.the(name))
    assert codes(checked(found)) == ["year_carried"]


def test_a_year_that_was_never_carried_back_is_found(two: Evidence) -> None:
    found = two.copy()
    found.remove(found.the("year-carried", 1))
    assert codes(checked(found)) == ["year_carried"]


def test_a_cap_that_was_passed_otherwise_than_was_said_is_found(one: Evidence) -> None:
    found = one.copy()
    found.change(found.the("cap-passed"), above=1)
    assert codes(checked(found)) == ["cap_passed"]


def test_a_cap_that_was_passed_in_silence_is_found(one: Evidence) -> None:
    found = one.copy()
    found.remove(found.the("cap-irregular"))
    assert codes(checked(found)) == ["cap_passed"]

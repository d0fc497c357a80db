"""Who is granted what at the card authority's desk before a run begins, and that it is missed where it is not felt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import cast

import httpx
import pytest
from pydantic import TypeAdapter

from deploy.demo import granted
from deploy.demo.actors.resident import Outcome
from deploy.demo.actors.visitor import Visitor
from deploy.demo.authority import ENTITLEMENTS
from deploy.demo.cast import visitors
from deploy.demo.city import City, made_city
from deploy.demo.granted import CHILD, FELT, PARENTS, Wish, entitled, parents, renewed, unfelt, wishes
from deploy.demo.guide import Guide
from deploy.demo.places import places
from deploy.demo.proportions import ENTITLED, stories
from deploy.demo.residents import residents
from deploy.demo.scene import Scene
from deploy.edges import Edges
from services.cards.shapes import Change, Entitle, Formalize, GrantProxy, Replace
from tests.laws.test_demo_city import KEYS

WENT_HOME = Outcome("outpatient", "c" * 64, "v", "closed", 1.0)


@pytest.fixture(scope="module")
def city() -> City:
    return made_city(1, 600, KEYS)


def come(city: City, visits: int) -> list[Visitor]:
    """The cast of a run of so many visits."""
    # Nobody says or asks anything while a run is cast.
    scene = Scene(cast("Edges", None), cast("Guide", None), city)
    return list(visitors(scene, places(city), residents(20 * visits + 200, 1, KEYS), stories(visits, 1)))


def test_every_entitlement_of_the_city_is_granted_and_can_be_felt() -> None:
    assert {code for code in ENTITLED if code} == {code for code, *_ in ENTITLEMENTS} == set(FELT)


def test_of_four_who_come_as_most_do_one_is_free_of_five_items_and_one_is_treated_first(city: City) -> None:
    people = come(city, 200)
    usual = sum(who.story == "outpatient" for who in people)
    assert usual == 76
    assert Counter(entitled(people).values()) == {"five_free": 19, "treat-first": 19}


def test_nobody_with_another_story_is_entitled(city: City) -> None:
    people = come(city, 60)
    found = entitled(people)
    assert set(found.values()) == set(FELT)
    assert {who.story for who in people if who.card in found} == {"outpatient"}


def test_every_child_who_comes_as_most_do_has_a_parent_to_act_for_it(city: City) -> None:
    people = come(city, 60)
    others = residents(3000, 2, KEYS)
    acting = parents(people, others)
    children = [who for who in people if who.story == "outpatient" and who.resident.age() < CHILD]
    assert children
    assert [who.proxy for who in people if who.proxy] == [who.proxy for who in children] == [one.key for one in acting]
    assert len({one.key for one in acting}) == len(acting)
    assert all(parent.age() >= who.resident.age() + PARENTS.start for who, parent in zip(children, acting, strict=True))


def test_all_of_it_is_asked_for_as_the_authority_takes_it(city: City) -> None:
    people = come(city, 60)
    parents(people, residents(3000, 2, KEYS))
    wanted = wishes(entitled(people), renewed(people), people)
    asked = TypeAdapter(list[Change]).validate_python([one.ask for one in wanted])
    assert {type(one) for one in asked} == {Entitle, GrantProxy, Replace, Formalize}


def test_nobody_is_entitled_whose_card_is_renewed_as_nobody_asks_twice_at_once(city: City) -> None:
    people = come(city, 200)
    assert not entitled(people).keys() & renewed(people).keys()
    assert Counter(renewed(people).values()) == {"replace": 10, "formalize": 9}


@pytest.mark.parametrize(
    ("code", "outcome", "missed"),
    [
        ("five_free", WENT_HOME, 1),
        ("five_free", replace(WENT_HOME, waived=500), 0),
        ("treat-first", WENT_HOME, 1),
        ("treat-first", replace(WENT_HOME, treat_first=True), 0),
        ("five_free", replace(WENT_HOME, status="given_up"), 0),
    ],
)
def test_an_entitlement_that_made_no_difference_is_missed(code: str, outcome: Outcome, missed: int) -> None:
    assert len(unfelt({outcome.card: code}, [outcome])) == missed


WISHED = {
    "entitle": Wish("c", {"ask": "entitle", "entitlement": "five_free"}),
    "replace": Wish("c", {"ask": "replace"}),
}
"""By what is asked."""


def standing(*, pending: str | None = None, issue: int = 1, entitled: bool = False) -> httpx.Response:
    """A card as the authority shows it."""
    entitlements = {"five_free": None} if entitled else {}
    told = {"pending": pending, "issue": issue, "standing": "formal", "proxies": {}, "entitlements": entitlements}
    return httpx.Response(200, json=told)


@pytest.mark.parametrize(
    ("ask", "answers", "asked"),
    [
        ("entitle", [httpx.Response(200, json={"code": ""})], 1),
        ("entitle", [httpx.Response(202, json={"code": "pending"}), standing(pending="p"), standing(entitled=True)], 1),
        ("replace", [httpx.Response(409, json={"code": "request_pending"}), standing(), httpx.Response(200)], 2),
    ],
)
async def test_what_is_granted_is_not_asked_for_again(
    ask: str, answers: list[httpx.Response], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(granted, "AGAIN", 0)
    posts, left = 0, iter(answers)

    def authority(request: httpx.Request) -> httpx.Response:
        nonlocal posts
        posts += request.method == "POST"
        return next(left)

    async with httpx.AsyncClient(transport=httpx.MockTransport(authority), base_url="http://nobody") as asking:
        await granted._granted(asking, WISHED[ask])
    assert (posts, list(left)) == (asked, [])


async def test_who_is_refused_at_the_authority_ends_the_demo() -> None:
    no = httpx.MockTransport(lambda _: httpx.Response(409, json={"code": "card_suspended"}))
    async with httpx.AsyncClient(transport=no, base_url="http://nobody") as asking:
        with pytest.raises(RuntimeError, match="card_suspended"):
            await granted._granted(asking, WISHED["replace"])

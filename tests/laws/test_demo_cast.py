"""Who comes to the demo's places, in which proportions, and which way leads up from each of them."""

from __future__ import annotations

from collections import Counter
from typing import cast

import pytest

from deploy.demo.actors.stories import STORIES, USUAL
from deploy.demo.actors.visitor import Visitor
from deploy.demo.cast import DUTIES, NEEDS_WARDS, REFERRED, desks, visitors
from deploy.demo.city import City, made_city, size
from deploy.demo.guide import Guide
from deploy.demo.places import places, referred_to, way_up
from deploy.demo.proportions import KINDS, stories
from deploy.demo.residents import residents
from deploy.demo.scene import Scene
from deploy.edges import Edges
from tests.laws.test_demo_city import KEYS

OF_STORIES = ("inpatient", "transferred", "referred")


@pytest.fixture(scope="module")
def city() -> City:
    return made_city(1, 600, KEYS)


@pytest.fixture(scope="module")
def cast_(city: City) -> list[Visitor]:
    """Two hundred residents, as a run casts them."""
    # Nobody says or asks anything while a run is cast.
    scene = Scene(cast("Edges", None), cast("Guide", None), city)
    return list(visitors(scene, places(city), residents(5000, 1, KEYS), stories(200, 1)))


def test_the_proportions_are_of_a_hundred() -> None:
    assert sum(KINDS.values()) == 100


def test_of_every_hundred_five_are_taken_in_and_two_are_referred() -> None:
    told = Counter(stories(300, 7))
    assert [told[story] for story in OF_STORIES] == [12, 3, 6]


def test_every_story_that_is_told_otherwise_is_in_the_proportions() -> None:
    assert set(STORIES) <= set(KINDS)


@pytest.mark.parametrize("story", OF_STORIES)
def test_a_story_of_stays_and_referrals_has_another_visit_to_follow(story: str) -> None:
    assert STORIES[story].then is not USUAL.then


def test_whoever_is_taken_in_begins_where_there_are_wards(cast_: list[Visitor], city: City) -> None:
    hospitals = {place.code for place in city.institutions if size(place) == "hospital"}
    assert {who.institution for who in cast_ if who.story in NEEDS_WARDS} <= hospitals


def test_whoever_is_transferred_needs_another_ward_than_the_first(cast_: list[Visitor]) -> None:
    bodies = [who.scene.bodies[who.card] for who in cast_ if who.story == "transferred"]
    assert bodies
    assert all(body.ward and body.transfer and body.ward != body.transfer for body in bodies)


def test_nobody_else_is_ill_enough_for_a_bed(cast_: list[Visitor]) -> None:
    assert not any(who.scene.bodies[who.card].ward for who in cast_ if who.story not in NEEDS_WARDS)


def test_whoever_is_referred_begins_in_a_township_with_something_to_be_referred_for(
    cast_: list[Visitor], city: City
) -> None:
    levels = {place.code: place.level for place in city.institutions}
    found = {(levels[who.institution], bool(who.picture.referral)) for who in cast_ if who.story == REFERRED}
    assert found == {("township", True)}


def test_the_way_up_leads_from_every_place_to_the_city(city: City) -> None:
    ups = {
        "village": ["village", "county", "city"],
        "township": ["township", "county", "city"],
        "county": ["county", "city"],
        "city": ["city"],
    }
    assert all([one.level for one in way_up(city, place.code)] == ups[place.level] for place in places(city))


def test_a_place_refers_to_one_of_its_own_county_if_there_is_one(city: City) -> None:
    there = {place.county for place in places(city) if place.level == "county"}
    near = [place for place in city.institutions if place.level == "township" and place.county in there]
    assert all((to := referred_to(city, place.code)) and to.county == place.county for place in near)


def test_only_hospitals_have_desks_of_wards(cast_: list[Visitor], city: City) -> None:
    found = desks(cast_[0].scene, places(city))
    wards = {desk.institution for desk in found if desk.name.startswith("ward_")}
    assert wards == {place.code for place in places(city) if size(place) == "hospital"}


def test_every_other_desk_is_everywhere(cast_: list[Visitor], city: City) -> None:
    count = Counter(desk.name for desk in desks(cast_[0].scene, places(city)))
    assert {count[name] for name in DUTIES if not name.startswith(("ward_", "checkup_"))} == {len(places(city))}


def test_only_places_with_a_check_up_department_have_desks_for_it(cast_: list[Visitor], city: City) -> None:
    found = {desk.institution for desk in desks(cast_[0].scene, places(city)) if desk.name.startswith("checkup_")}
    assert found == {place.code for place in places(city) if "90" in city.departments[place.code]}


def test_who_wants_a_check_up_goes_to_its_department_with_a_package(cast_: list[Visitor], city: City) -> None:
    checked = [who for who in cast_ if who.story == "checkup"]
    assert checked
    assert {(who.kind, who.department) for who in checked} == {("checkup", "90")}
    assert all(who.package and "90" in city.departments[who.institution] for who in checked)

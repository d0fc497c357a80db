"""Every code and every cause, provoked on the real broker with the real services."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
import pytest_asyncio

from deploy.demo.mischief import SCENARIOS, Played, Scenario
from deploy.demo.mischief.everything import expected_aside, play_all, set_aside, stages
from deploy.demo.opened import scene_of
from deploy.demo.places import places
from deploy.demo.residents import residents
from tests.support.city_platform import CityPlatform

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(city_platform: CityPlatform) -> dict[str, Played]:
    """All scenarios, played at once: several wait for a deadline."""
    here, city = city_platform.here, city_platform.city
    there = places(city)
    elsewhere = [place for place in city.institutions if place not in there]
    async with scene_of(here, city, seed=11) as scene:
        found = await play_all(here, stages(scene, elsewhere, residents(len(SCENARIOS), 11, city.secrets)))
    return {one.scenario.name: one for one in found}


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if not one.set_aside], ids=lambda one: one.name)
async def test_it_ends_with_the_code_it_provokes(scenario: Scenario, played: dict[str, Played]) -> None:
    assert played[scenario.name].got == scenario.expects


async def test_what_is_not_proven_is_set_aside_with_its_cause(
    city_platform: CityPlatform, played: dict[str, Played]
) -> None:
    aside: Counter[str] = Counter()
    async with asyncio.timeout(20):
        while aside.total() < expected_aside().total():
            aside = await set_aside(city_platform.here)
    assert aside == expected_aside()

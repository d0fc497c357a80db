"""Bad input of every kind at the edge where it arrives, all at once: each meets its one verdict; nobody else waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from deploy.demo.actors.resident import Outcome
from deploy.demo.mischief import SCENARIOS, Played, Scenario, Stage, play
from deploy.demo.mischief.held import as_logged
from deploy.demo.opened import scene_of
from deploy.demo.places import places
from deploy.demo.residents import residents
from shared.events import SERVICES
from shared.events.codes import words
from shared.events.edge import VisitCloseRequested
from tests.support.crossed import Told, crossed, goes_on, seen
from tests.support.crowd import crowd
from tests.support.more_mischief import MORE
from tests.support.town import Town, assert_clean, town
from tests.support.whole_visit import content, somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]

ALL = (*SCENARIOS, *MORE)
ASIDE = [one for one in ALL if one.set_aside]
ANSWERED = [one for one in ALL if not one.set_aside]
LONGEST = 90.0


@dataclass(frozen=True)
class Story:
    """What came of all scenarios, and of the visits of everybody else meanwhile."""

    here: Town
    played: dict[str, Played]
    answers: dict[str, dict[str, Any]]
    letters: list[dict[str, Any]]
    others: list[Outcome]
    processes: dict[str, int | None]


@dataclass(frozen=True)
class Named:
    """What a card was told that named another's visit; and the archive of that one, and of one that nobody named."""

    told: Told
    alone: Counter[str]
    theirs: Counter[str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    async with town(tmp_path_factory.mktemp("bad")) as here, scene_of(here.here, here.city, 2, think=0) as scene:
        processes = {service: here.process(service).pid for service in SERVICES}
        there, people = places(here.city), residents(len(ALL), 2, here.city.secrets)
        one, other = [place.code for place in here.city.institutions if place not in there][:2]
        stages = [Stage(scene, next(people), one, other, scene.chance(each.name)) for each in ALL]
        async with crowd(here, most=6, at_once=3, told=["outpatient"]) as others:
            played = await asyncio.gather(*(acted(each, stage) for each, stage in zip(ALL, stages, strict=True)))
        await here.drained()
        answers = {each.scenario.name: await told(stage, each) for each, stage in zip(played, stages, strict=True)}
        letters = await here.operations("intake", "dead-letters")
        by_name = {each.scenario.name: each for each in await as_logged(here.here, played)}
        yield Story(here, by_name, answers, letters, others.outcomes, processes)


async def acted(scenario: Scenario, stage: Stage) -> Played:
    async with asyncio.timeout(LONGEST):
        return await play(scenario, stage)


async def told(stage: Stage, played: Played) -> dict[str, Any]:
    if played.request is None:
        return {}
    if played.request in stage.queued:
        return dict(await stage.settled(played.request))
    path = f"/cards/{stage.resident.key}/visits/{stage.visit.id}/requests/{played.request}"
    return await stage.scene.guide.get(path) or {}


@pytest.mark.parametrize("scenario", ANSWERED, ids=lambda one: one.name)
async def test_what_may_not_be_is_answered_with_its_code(story: Story, scenario: Scenario) -> None:
    assert story.played[scenario.name].got == scenario.expects


@pytest.mark.parametrize("scenario", [one for one in ANSWERED if "held" not in one.among], ids=lambda one: one.name)
async def test_the_code_is_told_in_both_languages(story: Story, scenario: Scenario) -> None:
    answer = story.answers[scenario.name]
    assert (answer["status"] in ("refused", "irregular"), answer["zh"], answer["en"]) == (
        True,
        *words(scenario.expects),
    )


@pytest.mark.parametrize("cause", sorted({one.expects for one in ASIDE}))
async def test_what_is_not_proven_is_set_aside_with_its_cause(story: Story, cause: str) -> None:
    found = Counter(letter["cause"] for letter in story.letters)
    assert found[cause] == sum(one.expects == cause for one in ASIDE)


async def test_an_operator_sees_no_value_of_what_was_set_aside(story: Story) -> None:
    assert {name for letter in story.letters for name in letter} == {
        "id", "cause", "since_ms", "digest", "standing", "replay_asked",
    }  # fmt: skip


async def test_everybody_elses_visit_goes_through_meanwhile(story: Story) -> None:
    assert [one.status for one in story.others] == ["closed"] * 6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def named(story: Story) -> Named:
    """Somebody's visit alone; then another, that a second card names."""
    here = story.here
    async with somebody_in(here) as alone, somebody_in(here) as theirs, somebody_in(here) as mine:
        await goes_on(alone, (await seen(alone))[0])
        told = await crossed(mine, theirs)
        await here.at_rest()
        for stage in (alone, theirs):
            await stage.done(VisitCloseRequested)
        await here.drained()
        left = [content(await here.archive(stage.resident.key)) for stage in (alone, theirs)]
        return Named(told, *left)


@pytest.mark.parametrize(
    ("act", "status", "code"),
    [
        ("ask", "refused", "not_registered"),
        ("record", "irregular", "not_registered"),
        ("specimen", "irregular", "order_not_seen"),
        ("payment", "refused", "bill_not_seen"),
    ],
)
async def test_who_names_another_cards_open_visit_is_told_that_it_is_not_theirs(
    named: Named, act: str, status: str, code: str
) -> None:
    assert (named.told[act]["status"], named.told[act].get("code")) == (status, code)


async def test_a_visit_that_another_card_names_goes_on_untouched(named: Named) -> None:
    assert named.theirs == named.alone


@pytest.mark.parametrize("service", SERVICES)
async def test_no_process_ended_and_every_one_is_ready(story: Story, service: str) -> None:
    readiness = await story.here.readiness(service)
    assert (story.here.process(service).pid, readiness["ready"]) == (story.processes[service], True)


@pytest.mark.parametrize("service", SERVICES)
async def test_nothing_is_parked(story: Story, service: str) -> None:
    assert await story.here.operations(service, "parked") == []


async def test_the_log_and_the_archive_are_right(story: Story) -> None:
    assert_clean(await story.here.check())

"""Prices, sessions and insurance rules change in the middle of the log, by rows and versions of a later day: a visit
keeps those of its own day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo.catalogue import REGISTRATION, TESTS
from deploy.demo.city import INSURANCE
from deploy.demo.mischief.stage import DEPARTMENT, TEST, Stage
from deploy.demo.scene import now
from shared.events.base import Visit, derive
from shared.events.edge import RegistrationRequested
from shared.reference import save
from shared.uuid7 import uuid7
from tests.support.town import Town, assert_clean, town
from tests.support.whole_visit import somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

TODAY = now().date()
LATER = TODAY + timedelta(days=7)
SPANS = {"ask": 2.0, "done": 60.0, "lapse": 60.0, "critical": 60.0}
DEARER = 100
PAYS, PAYS_LATER = 40, 25
"""The percent of a test that the scheme pays in a city's hospital."""
OWN, OWN_LATER = TESTS[TEST].fen * (100 - PAYS) // 100, (TESTS[TEST].fen + DEARER) * (100 - PAYS_LATER) // 100


@dataclass(frozen=True)
class Changed:
    """A town whose reference changed while somebody's visit was under way."""

    here: Town
    under_way: Stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def changed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Changed]:
    async with town(tmp_path_factory.mktemp("reference"), spans=SPANS) as here, somebody_in(here) as stage:
        await stage.opened()
        await stage.paid(derive(stage.visit.id, "bill"))
        append(here, stage.place)
        insure_less(here.local.reference)
        await here.local.processes.stop()
        await here.local.processes.start()
        yield Changed(here, stage)


async def test_a_visit_under_way_is_charged_as_on_the_day_it_was_opened_for(changed: Changed) -> None:
    bill = (await changed.under_way.consulted(tests=1)).bill
    assert await changed.under_way.owed(bill) == TESTS[TEST].fen


@pytest.mark.parametrize(("day", "more"), [(TODAY, 0), (LATER - timedelta(days=1), 0), (LATER, DEARER)])
async def test_a_visit_is_charged_the_price_of_its_day(changed: Changed, day: date, more: int) -> None:
    async with somebody_in(changed.here) as stage:
        stage.visit = Visit(id=uuid7(), date=day)
        await stage.opened()
        assert await stage.owed(derive(stage.visit.id, "bill")) == REGISTRATION["outpatient"] + more


@pytest.mark.parametrize(("day", "own"), [(TODAY, OWN), (LATER - timedelta(days=1), OWN), (LATER, OWN_LATER)])
async def test_a_visit_is_insured_by_the_rules_of_its_day(changed: Changed, day: date, own: int) -> None:
    async with somebody_in(changed.here) as stage:
        stage.payer, stage.visit = None, Visit(id=uuid7(), date=day)
        await stage.opened()
        await stage.paid(derive(stage.visit.id, "bill"))
        assert await stage.owed((await stage.consulted(tests=1)).bill) == own


@pytest.mark.parametrize(("day", "status"), [(TODAY, "answered"), (LATER, "refused")])
async def test_a_session_is_held_until_the_day_it_ends(changed: Changed, day: date, status: str) -> None:
    async with somebody_in(changed.here) as stage:
        stage.visit = Visit(id=uuid7(), date=day)
        asked = await stage.say(RegistrationRequested, **stage.registration(session="afternoon"))
        assert (await stage.settled(asked))["status"] == status


async def test_the_whole_log_still_recomputes_the_same(changed: Changed) -> None:
    await changed.here.at_rest()
    assert_clean(await changed.here.check())


def append(here: Town, place: str) -> None:
    """From that day on, registration costs more and there is no clinic in the afternoon."""
    dearer = [(f"reg:{kind}", fen + DEARER) for kind, fen in REGISTRATION.items()]
    save(here.here.reference, "prices", [(LATER, *price) for price in (*dearer, (TEST, TESTS[TEST].fen + DEARER))])
    save(here.here.reference, "sessions", [(LATER, place, DEPARTMENT, "afternoon", "*", 0)])


def insure_less(reference: Path) -> None:
    """From that day on, the scheme pays less: a second version stands below the first."""
    path = reference / INSURANCE.name / "resident.toml"
    text = path.read_text()
    version = text[text.index("\n[[version]]") :]
    version = version.replace("valid_from = 2020-01-01", f"valid_from = {LATER}")
    path.write_text(text + version.replace(f"share = 0.{PAYS}", f"share = 0.{PAYS_LATER}"))

"""Visits that lead to another, on the real broker with the real services: into a ward, and up the levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from deploy.check import check
from deploy.commands.archive import entries_of
from deploy.demo.actors.resident import Outcome
from deploy.demo.visit import Seen, one_visit
from tests.support.city_platform import CityPlatform

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


@dataclass(frozen=True)
class Lived:
    """A resident's visits as they were lived: how they ended, every answer on the way, and the archive afterwards."""

    outcome: Outcome
    seen: list[Seen]
    entries: list[dict[str, Any]]

    def types(self, *kinds: str) -> list[str]:
        """The names of the entries of some kinds, in log order."""
        return [entry["type"].split(".")[-2] for entry in self.entries if entry["kind"] in kinds]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["type"].split(".")[-2] == name]

    def bodies(self, name: str) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.named(name)]

    def where(self, name: str) -> list[str]:
        """The institutions where something happened, in order."""
        return [body["where"]["institution"] for body in self.bodies(name)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stayed(city_platform: CityPlatform) -> Lived:
    """Somebody who is taken in, transferred to another ward, and goes home. No other journey has this resident."""
    return await lived(city_platform, "transferred", 25)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def referred(city_platform: CityPlatform) -> Lived:
    """Somebody who is referred from the township to the county and from there to the city."""
    return await lived(city_platform, "referred", 26)


async def test_a_stay_follows_a_visit_and_both_are_closed(stayed: Lived) -> None:
    registered = stayed.bodies("visit-registered")
    assert (stayed.outcome.status, [one["kind"] for one in registered]) == ("closed", ["outpatient", "inpatient"])


async def test_a_stay_is_opened_by_the_order_of_the_visit_before(stayed: Lived) -> None:
    [ordered], [_, stay] = stayed.bodies("admission-ordered"), stayed.bodies("visit-registered")
    assert (stay["admission"], stay["ward"]) == (ordered["order"], ordered["ward"])


async def test_a_stay_goes_from_a_bed_to_another_and_home(stayed: Lived) -> None:
    assert stayed.types("stay", "discharge") == [
        "patient-admitted", "transfer-ordered", "patient-transferred", "patient-discharged",
    ]  # fmt: skip


async def test_a_transfer_ends_in_the_ward_it_was_ordered_to(stayed: Lived) -> None:
    [ordered], [moved] = stayed.bodies("transfer-ordered"), stayed.bodies("patient-transferred")
    assert (moved["ward"], moved["from_ward"] != moved["ward"]) == (ordered["ward"], True)


async def test_a_day_in_bed_is_written_down_with_what_was_given(stayed: Lived) -> None:
    given = [one["kind"] for one in stayed.bodies("inpatient-service-recorded")]
    assert (given.count("bed_day"), given.count("nursing"), given.count("medicine")) == (1, 1, 1)


async def test_all_that_was_given_is_paid_before_the_patient_goes_home(stayed: Lived) -> None:
    given = {one["order"] for one in stayed.bodies("inpatient-service-recorded")}
    [bill] = [one for one in stayed.bodies("bill-settled") if {line["order"] for line in one["lines"]} == given]
    [home] = stayed.named("patient-discharged")
    # A discharge that waits for its payment happened when it was asked for, and is known when it was decided.
    whole = [*stayed.named("payment-received"), *stayed.named("deposit-applied")]
    paid = [one for one in whole if not one["body"].get("left")]
    before = [one["body"]["bill"] for one in paid if one["known_at"] <= home["known_at"]]
    assert bill["bill"] in before


async def test_a_deposit_is_applied_and_what_is_left_goes_back_before_the_account_is_closed(stayed: Lived) -> None:
    [held] = stayed.bodies("deposit-received")
    applied = sum(one["amount"] for one in stayed.bodies("deposit-applied"))
    back = sum(one["amount"] for one in stayed.bodies("deposit-returned"))
    [closed] = stayed.bodies("account-closed")
    assert (applied > 0, applied + back) == (True, held["amount"])
    assert (closed["deposited"], closed["applied"]) == (held["amount"], applied)
    assert stayed.outcome.status == "closed"


async def test_a_stay_takes_the_card_at_the_ward(city_platform: CityPlatform, stayed: Lived) -> None:
    here = city_platform.here
    found = await check(here.access("operator"), here.urls, reference=here.reference)
    assert found.uses
    [stay] = [one for one in found.uses.as_json()["steps"] if one["step"] == "stay"]
    assert (stay["taken"] >= 1, stayed.outcome.visit in stay["without"]) == (True, False)


async def test_a_referral_goes_up_level_by_level(city_platform: CityPlatform, referred: Lived) -> None:
    levels = {place.code: place.level for place in city_platform.city.institutions}
    went = [levels[one] for one in referred.where("visit-registered")]
    assert (referred.outcome.status, went) == ("closed", ["township", "county", "city"])


async def test_each_visit_is_where_the_one_before_referred_to(referred: Lived) -> None:
    assert [one["institution"] for one in referred.bodies("referral-made")] == referred.where("visit-registered")[1:]


async def test_one_archive_has_all_visits_of_a_referral(referred: Lived) -> None:
    assert tuple(entry["visit"] for entry in referred.named("visit-closed")) == referred.outcome.visits


async def lived(platform: CityPlatform, kind: str, seed: int) -> Lived:
    seen: list[Seen] = []
    outcome = await one_visit(platform.here, platform.city, kind=kind, on_step=seen.append, seed=seed)
    return Lived(outcome, seen, await entries_of(platform.here.urls["records"], outcome.card))

"""One card's life through a visit, on the real broker with the real services: every step leaves its entry."""

from __future__ import annotations

from collections import Counter

import pytest

from deploy.commands.archive import entries_of
from deploy.demo.actors.resident import Outcome
from deploy.demo.visit import Seen, one_visit
from tests.support.city_platform import CityPlatform

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

EVERYTHING = {
    "use", "visit", "charge", "bill", "payment", "consultation", "diagnosis", "allergy", "vital_signs", "order",
    "specimen", "result", "prescription", "dispensing",
}  # fmt: skip
CHECKED_UP = ("checkup-started", "checkup-item-done", "checkup-item-declined", "checkup-reported")


async def test_an_outpatient_visit_leaves_every_step_in_the_archive(city_platform: CityPlatform) -> None:
    outcome, _ = await visited(city_platform, "outpatient", seed=1)
    found = await entries_of(city_platform.here.urls["records"], outcome.card)
    # What a pharmacist returns to the doctor, as one in some does, is not dispensed.
    returned = {"dispensing"} if any("prescription-returned" in entry["type"] for entry in found) else set()
    assert (outcome.status, EVERYTHING - returned - {entry["kind"] for entry in found}) == ("closed", set())


async def test_an_emergency_is_treated_before_it_is_paid(city_platform: CityPlatform) -> None:
    outcome, seen = await visited(city_platform, "emergency", seed=2)
    asked = [step.asked for step in sorted(seen, key=lambda step: step.at)]
    assert outcome.status == "closed"
    assert asked.index("specimen-collected") < asked.index("payment-tendered")


async def test_an_examined_visit_leaves_its_time_its_examination_and_its_report(city_platform: CityPlatform) -> None:
    outcome, seen = await visited(city_platform, "examined", seed=4)
    found = await kinds(city_platform, outcome)
    asked = {step.asked for step in seen}
    assert (outcome.status, {"appointment", "examination", "report"} - found.keys()) == ("closed", set())
    assert {"examination-schedule-requested", "examination-performed", "examination-report-entered"} <= asked


async def test_a_cancelled_visit_reverses_its_charge(city_platform: CityPlatform) -> None:
    outcome, _ = await visited(city_platform, "cancelled", seed=3)
    found = await kinds(city_platform, outcome)
    assert (outcome.status, found["visit"], found["charge"], found["consultation"]) == ("cancelled", 2, 2, 0)


async def test_what_is_sent_twice_and_again_later_happens_once(city_platform: CityPlatform) -> None:
    outcome, _ = await visited(city_platform, "sent_twice", seed=5)
    found = await entries_of(city_platform.here.urls["records"], outcome.card)
    types = Counter(entry["type"].split(".")[2] for entry in found)
    assert (types["visit-registered"], types["consultation-accepted"], types["visit-closed"]) == (1, 1, 1)
    assert types["payment-received"] == types["bill-settled"]


async def test_a_check_up_is_reported_once_all_of_its_package_is_done_or_declined(city_platform: CityPlatform) -> None:
    outcome, _ = await visited(city_platform, "checkup", seed=6)
    found = await entries_of(city_platform.here.urls["records"], outcome.card)
    told = {name: [entry["body"] for entry in found if entry["type"].split(".")[2] == name] for name in CHECKED_UP}
    [started], [reported] = told["checkup-started"], told["checkup-reported"]
    items = sorted(one["item"] for one in started["items"])
    ended = sorted(one["item"] for one in (*told["checkup-item-done"], *told["checkup-item-declined"]))
    assert (outcome.status, ended, sorted(one["item"] for one in reported["items"])) == ("closed", items, items)


async def visited(platform: CityPlatform, kind: str, seed: int) -> tuple[Outcome, list[Seen]]:
    seen: list[Seen] = []
    outcome = await one_visit(platform.here, platform.city, kind=kind, on_step=seen.append, seed=seed)
    return outcome, seen


async def kinds(platform: CityPlatform, outcome: Outcome) -> Counter[str]:
    return Counter(entry["kind"] for entry in await entries_of(platform.here.urls["records"], outcome.card))

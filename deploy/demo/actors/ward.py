"""The wards: nurses give beds and what a day in bed brings; doctors look in, send to another ward, and send home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from deploy.demo.actors.desk import Duty, Item, Job
from deploy.demo.actors.doctor import seen
from deploy.demo.actors.reader import WARD
from deploy.demo.actors.show import show_card
from deploy.demo.catalogue import MEDICINES, TESTS
from deploy.demo.pictures import GENERAL, Picture
from deploy.demo.proportions import NEBULIZED, TESTED_IN_BED
from deploy.demo.scene import frame, good_until, now
from deploy.demo.wards import ITEMS, Given
from shared.events import Request
from shared.events.base import Where, ward_key
from shared.events.edge import ConsultationRecorded, Diagnosis, LabTestWanted
from shared.events.edge_inpatient import (
    BedRequested,
    DischargeRequested,
    DischargeSummary,
    InpatientServiceGiven,
    TransferRequested,
)

LOOKS = 0.15
"""Seconds between two looks at the list, also of those who never stop to think."""
MOST_ASKED = 12
"""How often the ward asks for the same thing before somebody else must look into it."""
UNHEARD = 40.0
"""Seconds without an answer after which a ward asks again: longer than a request is good for."""
USUAL_TEST = "57021-8"
"""Of whose picture has none, the blood count."""


async def give_bed(job: Job) -> None:
    """A bed of the ward for whoever waits for one."""
    bed: dict[str, Any] = {"queue": ward_key(job.institution, job.item["ward"]), "card": job.card, "visit": job.visit}
    await _ask(job, lambda: BedRequested(**bed, where=_desk(job), good_until=good_until()))


async def care(job: Job) -> None:
    """A stay from the bed to the way home: each thing waits until guide tells that the one before it is done."""
    if not await job.begin():
        return
    if body := job.scene.bodies.get(job.card):
        await show_card(job.scene, body.resident, job.visit, _desk(job), step=WARD, kind="inpatient", rng=job.rng)
    await spend_day(job, now().date())
    if not await _until(job, lambda item: bool(item["bed_days"])):
        return
    if job.rng.random() < TESTED_IN_BED:
        await look_in(job)
    if body and body.transfer:
        await transfer(job, body.transfer)
    if await _until(job, lambda item: not item["open"]):
        await send_home(job)


async def spend_day(job: Job, day: date) -> None:
    """What a day in bed brings; the bed itself is written down last, so with it all else of the day is."""
    for one in brings(job):
        await job.scene.pause(job.rng)
        fields: dict[str, Any] = {"kind": one.kind, "item": one.item, "display": one.zh, "unit": one.unit}
        await job.scene.say(
            InpatientServiceGiven(**frame(job.card, job.visit, _desk(job)), **fields, quantity="1", day=day)
        )


def brings(job: Job) -> Iterator[Given]:
    """Nursing, the first medicine of the patient's picture, in some a treatment, and the bed."""
    yield ITEMS["ward:nursing-2"]
    for code, *_ in _picture(job).medicines[:1]:
        medicine = MEDICINES[code]
        yield Given(medicine.code, medicine.zh, "medicine", medicine.unit, medicine.fen)
    if job.rng.random() < NEBULIZED:
        yield ITEMS["ward:nebulizer"]
    yield ITEMS["ward:bed"]


async def look_in(job: Job) -> None:
    """The doctor's round: a test is ordered. Somebody pays for it, and the laboratory comes."""
    picture = _picture(job)
    test = TESTS[(*picture.tests, USUAL_TEST)[0]]
    record = ConsultationRecorded(
        **frame(job.card, job.visit, job.scene.where(job.institution, "doctor_desk", job.rng, picture.department)),
        diagnoses=_diagnoses(picture),
        notes="查房：病情平稳，复查。",
        tests=[LabTestWanted(code=test.code, display=test.zh, specimen=test.specimen)],
    )
    asked = await job.scene.say(record)
    await job.scene.guide.answer(job.card, job.visit.id, asked.id)


async def transfer(job: Job, ward: str) -> None:
    """To another ward; its nurses find the bed."""
    if await _ask(job, lambda: TransferRequested(**_asked(job), ward=ward, reason="病情需要，转入专科治疗")):
        await _until(job, lambda item: item["ward"] == ward)


async def send_home(job: Job) -> None:
    """The discharge is held until the bill is paid; who pays later is sent home later."""
    summary = DischargeSummary(
        diagnoses=_diagnoses(_picture(job)),
        course="入院后完善检查，予对症治疗，好转。",
        instructions="按时服药，一周后门诊复诊。",
    )
    await _ask(job, lambda: DischargeRequested(**_asked(job), summary=summary))


async def _ask(job: Job, made: Callable[[], Request]) -> bool:
    """Ask, and ask again for what was refused, while it is still to be done; whether it was granted."""
    code = ""
    for _ in range(MOST_ASKED):
        if not await job.begin():
            return False
        asked = await job.scene.say(made())
        try:
            async with asyncio.timeout(UNHEARD):
                found = await job.scene.guide.answer(job.card, job.visit.id, asked.id)
        except TimeoutError:
            continue
        if found["status"] == "answered":
            return True
        code = found.get("code", "")
    raise RuntimeError(f"the ward was refused {MOST_ASKED} times, at last with {code}")


async def _until(job: Job, seen_so: Callable[[Item], bool]) -> bool:
    """Look at the list until it shows the patient so; False when they are not on it any more."""
    while (item := job.look()) is not None:
        if seen_so(item):
            return True
        await asyncio.sleep(LOOKS)
    return False


def _asked(job: Job) -> dict[str, Any]:
    return {**frame(job.card, job.visit, _desk(job)), "good_until": good_until()}


def _desk(job: Job) -> Where:
    return job.scene.where(job.institution, "ward_desk", job.rng)


def _picture(job: Job) -> Picture:
    return seen(job.scene.bodies.get(job.card), GENERAL, job)[0]


def _diagnoses(picture: Picture) -> list[Diagnosis]:
    return [Diagnosis(code=code, display=display) for code, display in picture.diagnoses]


DUTIES = {
    "ward_beds": Duty(give_bed, lambda item: (item["ward"], item["since"])),
    "ward_patients": Duty(care, lambda item: item["since"]),
}

"""A whole visit whose every id and amount is known before anything is asked, so that all of it can be asked at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from deploy.demo.catalogue import EXAMINATIONS, MEDICINES, REGISTRATION, TESTS
from deploy.demo.mischief.consulted import Consulted
from deploy.demo.mischief.medicines import handed
from deploy.demo.mischief.records import asked
from deploy.demo.mischief.stage import IMAGE, MEDICINE, TEST, Stage
from deploy.demo.opened import scene_of
from deploy.demo.places import places
from deploy.demo.residents import residents
from deploy.demo.scene import new_id
from shared.envelope import Envelope
from shared.events import Request
from shared.events.base import derive
from shared.events.edge import (
    ConsultationRecorded,
    LabResultEntered,
    MedicationHandedOver,
    PaymentTendered,
    PrescriptionReviewed,
    SpecimenCollected,
)
from shared.events.edge_rooms import ExaminationPerformed, ExaminationReportEntered
from tests.support.town import Reached

PRICE = TESTS[TEST].fen + EXAMINATIONS[IMAGE].fen + 2 * MEDICINES[MEDICINE].fen
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OF_ONE_VISIT = ("card", "visit", "where")
NUMBERS = count()
MOST = 500


@asynccontextmanager
async def somebody_in(here: Reached) -> AsyncIterator[Stage]:
    """A resident nobody else is, at a place in the town."""
    async with scene_of(here.here, here.city, 3, think=0) as scene:
        number = next(NUMBERS) % MOST
        resident = list(residents(MOST, 3, here.city.secrets))[number]
        one, other = [place.code for place in places(here.city)][:2]
        # Who pays alone pays the price: what a bill comes to is known before it is settled.
        yield Stage(scene, resident, one, other, scene.chance(str(number)), payer="self")


def done_acts(stage: Stage) -> list[Envelope]:
    """The registration and everything that is reported as done after it, in order."""
    registration = asked(stage)
    consultation = _signed(stage, ConsultationRecorded, stage.record(tests=1, examinations=1, medicines=1))
    ids, specimen = Consulted(consultation.id), new_id(stage.rng)
    reviewed = {"desk": "pharmacy_desk", "prescription": ids.prescription, "verdict": "passed"}
    entered = {"desk": "analyser", "order": ids.test, "specimen": specimen, "analytes": stage.analytes()}
    made = {"desk": "exam_desk", "order": ids.examination, "modality": EXAMINATIONS[IMAGE].modality}
    fee = stage.tender(derive(stage.visit.id, "bill"), REGISTRATION["outpatient"])
    return [
        registration,
        _signed(stage, PaymentTendered, fee),
        consultation,
        _signed(stage, PaymentTendered, stage.tender(ids.bill, PRICE)),
        _signed(stage, SpecimenCollected, stage.specimen(ids.test, id=specimen)),
        _signed(stage, LabResultEntered, entered),
        _signed(stage, ExaminationPerformed, made),
        _signed(stage, ExaminationReportEntered, stage.report(ids.examination)),
        _signed(stage, PrescriptionReviewed, reviewed),
        _signed(stage, MedicationHandedOver, handed(ids.prescription, ids.medicine)),
    ]


def content(entries: list[dict[str, Any]]) -> Counter[str]:
    """What an archive says, but for whose it is, when it was, its number in the queue, and made-up ids, references and
    measured values."""
    return Counter(f"{one['type']} {_bare(one['body'])}" for one in entries)


def _signed(stage: Stage, kind: type[Request], fields: dict[str, Any]) -> Envelope:
    return stage.scene.edges.sign(stage.made(kind, **fields))


def _bare(value: Any) -> str:
    match value:
        case dict():
            kept = {
                name: part
                for name, part in value.items()
                if name not in (*OF_ONE_VISIT, "value", "reference", "ticket")
            }
            return str(sorted((name, _bare(part)) for name, part in kept.items()))
        case list():
            return str([_bare(part) for part in value])
        case _:
            return ID.sub("an id", str(value))

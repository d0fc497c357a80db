"""One resident at one place, and every desk there played by the scenario itself."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from deploy.demo.catalogue import EXAMINATIONS, MEDICINES, TESTS
from deploy.demo.guide import SETTLED
from deploy.demo.mischief.consulted import Consulted
from deploy.demo.pictures import PICTURES, results
from deploy.demo.residents import Resident
from deploy.demo.scene import Scene, image_reference, new_id, now, reference
from services.guide.told import Answer, VisitStanding
from shared.events import Request
from shared.events.base import Visit, Where
from shared.events.edge import (
    AdmissionWanted,
    Analyte,
    Ask,
    ConsultationRecorded,
    Diagnosis,
    ExaminationWanted,
    LabResultEntered,
    LabTestWanted,
    MedicineWanted,
    PaymentTendered,
    PrescriptionReviewed,
    RegistrationRequested,
    Session,
    SpecimenCollected,
)
from shared.events.edge_rooms import ExaminationPerformed
from shared.uuid7 import uuid7

TEST, IMAGE, MEDICINE, DEPARTMENT = "14749-6", "36643-5", "N02BE01", "02"
SPECIMEN = TESTS[TEST].specimen
SESSION: Session = "morning"
REGISTRATION = timedelta(minutes=1)


@dataclass
class Stage:
    """`place` and `other` are institutions where nobody else acts. `visit` is the one things are said within,
    `payer` who is to pay in it; `told` is what was told last of each request."""

    scene: Scene
    resident: Resident
    place: str
    other: str
    rng: Random
    visit: Visit = field(init=False)
    payer: str | None = None
    queued: dict[str, str] = field(default_factory=dict)
    told: dict[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.visit = Visit(id=uuid7(), date=now().date())

    def where(self, desk: str = "registration_desk", place: str = "") -> Where:
        return self.scene.where(place or self.place, desk, self.rng)

    def made(self, kind: type[Request], /, *, desk: str = "registration_desk", **fields: Any) -> Request:
        """A request of this resident within this visit; an ask is good for a minute."""
        usual: dict[str, Any] = {"card": self.resident.key, "visit": self.visit, "where": self.where(desk)}
        if issubclass(kind, Ask):
            usual["good_until"] = now() + REGISTRATION
        return kind(**{**usual, **fields})

    async def say(
        self, kind: type[Request], /, *, id: str | None = None, at: datetime | None = None, **fields: Any
    ) -> str:
        return (await self.scene.say(self.made(kind, **fields), id=id, at=at)).id

    async def settled(self, id: str, among: Collection[str] = SETTLED) -> Answer:
        """What guide tells of a request, or told before, once it is one of those."""
        if id in self.told and self.told[id]["status"] in among:
            return self.told[id]
        if id in self.queued:
            found = await self.scene.guide.queue_answer(self.queued[id], id, among=among)
        else:
            found = await self.scene.guide.answer(self.resident.key, self.visit.id, id, among=among)
        self.told[id] = found
        return found

    async def done(self, kind: type[Request], /, **fields: Any) -> str:
        """Say it and wait until it is answered with yes."""
        id = await self.say(kind, **fields)
        found = await self.settled(id)
        if found["status"] != "answered":
            raise AssertionError(f"{kind.__name__} was {found['status']} with {found.get('code')}")
        return id

    async def stands(self) -> VisitStanding:
        """Where the visit stands now."""
        async with aclosing(self.scene.guide.visit(self.resident.key, self.visit.id)) as standings:
            return await anext(standings)

    def registration(self, **fields: Any) -> dict[str, Any]:
        usual = {"kind": "outpatient", "department": DEPARTMENT, "session": SESSION, "date": self.visit.date}
        if self.payer:
            usual["payer"] = self.payer
        return {"id": self.visit.id, **usual, **fields}

    async def opened(self, kind: Literal["outpatient", "emergency"] = "outpatient") -> None:
        await self.done(RegistrationRequested, **self.registration(kind=kind))

    async def consulted(self, **orders: Any) -> Consulted:
        """A doctor's record with so many orders (tests, examinations, medicines), accepted."""
        return Consulted(await self.done(ConsultationRecorded, **self.record(**orders)))

    def record(
        self, *, tests: int = 0, examinations: int = 0, medicines: int = 0, test: str = TEST, ward: str | None = None
    ) -> dict[str, Any]:
        wanted = LabTestWanted(code=test, display="检验", specimen=SPECIMEN)
        one = EXAMINATIONS[IMAGE]
        image = ExaminationWanted(code=one.code, display=one.zh, modality=one.modality)
        medicine = MEDICINES[MEDICINE]
        line = MedicineWanted(
            code=MEDICINE, display=medicine.zh, quantity="2", unit=medicine.unit, dosage="口服", days=3
        )
        return {
            "desk": "doctor_desk",
            "diagnoses": [Diagnosis(code="J06.9", display="急性上呼吸道感染")],
            "no_known_allergies": True,
            "tests": [wanted] * tests,
            "examinations": [image] * examinations,
            "medicines": [line] * medicines,
            "admission": AdmissionWanted(ward=ward, reason="需住院治疗") if ward else None,
        }

    async def owed(self, bill: str) -> int:
        """The fen owed on a bill, once it is settled."""
        async with aclosing(self.scene.guide.visit(self.resident.key, self.visit.id)) as standings:
            async for standing in standings:
                for one in standing["owed"]["bills"]:
                    if one["bill"] == bill:
                        return one["fen"]
        raise EOFError("guide ended a stream that has no end")

    def tender(self, bill: str, fen: int, *, under: str = "") -> dict[str, Any]:
        used = under or reference(self.rng)
        return {"desk": "cashier", "bill": bill, "amount": fen, "method": "cash", "reference": used}

    async def paid(self, bill: str) -> str:
        """Pay what is owed on it; the provider's reference."""
        used = reference(self.rng)
        await self.done(PaymentTendered, **self.tender(bill, await self.owed(bill), under=used))
        return used

    async def visited(self, **orders: int) -> Consulted:
        """Registered, seen by the doctor, and the doctor's bill paid."""
        await self.opened()
        found = await self.consulted(**orders)
        await self.paid(found.bill)
        return found

    def specimen(self, order: str, *, id: str = "", kind: str = SPECIMEN) -> dict[str, Any]:
        return {"desk": "lab_desk", "order": order, "specimen": id or new_id(self.rng), "kind": kind}

    async def sampled(self) -> tuple[str, str]:
        """Up to an accepted specimen: the order and the specimen."""
        order, specimen = (await self.visited(tests=1)).test, new_id(self.rng)
        await self.done(SpecimenCollected, **self.specimen(order, id=specimen))
        return order, specimen

    def analytes(self, picture: str = "cold") -> list[Analyte]:
        return results(PICTURES[picture], TEST, self.rng)

    async def reported(self, picture: str = "cold") -> tuple[str, str]:
        """Up to a reported result: the order and the specimen. `high_sugar` is a critical value."""
        order, specimen = await self.sampled()
        entered = {"order": order, "specimen": specimen, "analytes": self.analytes(picture)}
        await self.done(LabResultEntered, desk="analyser", **entered)
        return order, specimen

    async def examined(self) -> str:
        """Up to an examination that was made: the order."""
        order = (await self.visited(examinations=1)).examination
        made = {"order": order, "modality": EXAMINATIONS[IMAGE].modality, "image": image_reference(self.rng)}
        await self.done(ExaminationPerformed, desk="exam_desk", **made)
        return order

    def report(self, order: str, critical: str | None = None) -> dict[str, Any]:
        told = {"findings": "双肺纹理增多。", "conclusion": "支气管炎改变", "critical": critical}
        return {"desk": "exam_desk", "order": order, **told}

    async def reviewed(self, verdict: str = "passed") -> Consulted:
        """Up to a reviewed prescription, its bill paid."""
        found = await self.visited(medicines=1)
        await self.done(PrescriptionReviewed, desk="pharmacy_desk", prescription=found.prescription, verdict=verdict)
        return found

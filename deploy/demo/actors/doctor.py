"""The doctor: sees who comes in, orders what fits, and reads critical values. Some read them late."""

from __future__ import annotations

from deploy.demo.actors.desk import Duty, Item, Job
from deploy.demo.actors.reader import CONSULT
from deploy.demo.actors.show import show_card
from deploy.demo.city import size
from deploy.demo.pictures import EMERGENCY, GENERAL, PICTURES, Picture, draw
from deploy.demo.places import referred_to
from deploy.demo.proportions import CRITICAL_READ_LATE
from deploy.demo.scene import Body, frame
from shared.events.edge import AdmissionWanted, ConsultationRecorded, CriticalValueAcknowledgementReported
from shared.events.edge_rooms import CriticalFindingAcknowledgementReported


async def consult(job: Job) -> None:
    """Read the card, listen, and write down what was found and ordered."""
    department, kind = job.item["department"], job.item["kind"]
    where = job.scene.where(job.institution, "doctor_desk", job.rng, department)
    if not await job.begin():
        return
    body = job.scene.bodies.get(job.card)
    if body:
        await show_card(job.scene, body.resident, job.visit, where, step=CONSULT, kind=kind, rng=job.rng)
    picture, age = seen(body, department, job)
    above = referred_to(job.scene.city, job.institution)
    there = next(place for place in job.scene.city.institutions if place.code == job.institution)
    found = draw(picture, job.rng, age=age, refer_to=above.code if above else None, size=size(there))
    if body and body.ward:
        found["admission"] = AdmissionWanted(ward=body.ward, reason="病情需要住院进一步诊治")
    await job.scene.say(ConsultationRecorded(**frame(job.card, job.visit, where), **found))


async def read_finding(job: Job) -> None:
    """A critical finding in a report, as a critical value of the laboratory."""
    if looks_later(job) or not await job.begin():
        return
    where = job.scene.where(job.institution, "doctor_desk", job.rng)
    action = job.rng.choice(("已启动绿色通道", "已请专科会诊并处理", "已通知患者并收入观察"))
    await job.scene.say(
        CriticalFindingAcknowledgementReported(
            **frame(job.card, job.visit, where), order=job.item["order"], action=action
        )
    )


def looks_later(job: Job) -> bool:
    """Some only look when the alarm has been raised a second time."""
    late = job.scene.chance("late", job.visit.id, job.item["order"]).random() < CRITICAL_READ_LATE
    return late and not job.item["escalation"]


async def acknowledge(job: Job) -> None:
    if looks_later(job) or not await job.begin():
        return
    where = job.scene.where(job.institution, "doctor_desk", job.rng)
    action = job.rng.choice(("已通知患者并处理", "已复查并调整用药", "已联系家属，收入观察"))
    await job.scene.say(
        CriticalValueAcknowledgementReported(
            **frame(job.card, job.visit, where), order=job.item["order"], action=action
        )
    )


def seen(body: Body | None, department: str, job: Job) -> tuple[Picture, int]:
    """What the doctor sees, and the patient's age; somebody nobody knows has something usual of the department."""
    if body:
        return body.picture, body.resident.age()
    fits = [picture for picture in PICTURES.values() if picture.department == department]
    general = GENERAL if department != EMERGENCY else EMERGENCY
    return job.rng.choice(fits or [picture for picture in PICTURES.values() if picture.department == general]), 40


def _alarm(item: Item) -> tuple[str, int, str]:
    return item["order"], item["escalation"], item["since"]


DUTIES = {
    "consultation": Duty(consult, lambda item: item["department"]),
    "lab_critical": Duty(acknowledge, _alarm),
    "exam_critical": Duty(read_finding, _alarm),
}

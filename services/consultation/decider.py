"""May this consultation count? Orders only within a visit that is registered, not ended, of the same institution."""

from __future__ import annotations

from collections.abc import Iterator

from services.consultation.state import State
from shared.decider import NOTHING, Decision, Hold, Input, Overdue, frame
from shared.events import Event
from shared.events.consultation import (
    AdmissionOrdered,
    AllergyNoted,
    ConsultationAccepted,
    ConsultationIrregular,
    DiagnosisMade,
    ExaminationOrdered,
    LabTestOrdered,
    MedicationPrescribed,
    ReferralMade,
    VitalSignsMeasured,
)
from shared.events.edge import ConsultationRecorded
from shared.reference import Reference

Order = LabTestOrdered | ExaminationOrdered | MedicationPrescribed


def decide(state: State, event: Input, _reference: Reference) -> Decision:
    """Answers a record with what was found and ordered, holds it while that may still change, or calls it irregular."""
    match event:
        case ConsultationRecorded() if state.ended:
            return (_irregular(event, state.ended),)
        case ConsultationRecorded() if state.institution is None:
            return Hold("not_registered", "done")
        case ConsultationRecorded() if event.visit.date != state.day:
            return (_irregular(event, "visit_mismatch"),)
        case ConsultationRecorded() if event.where.institution != state.institution:
            return (_irregular(event, "other_institution"),)
        case ConsultationRecorded() if state.suspended:
            return (_irregular(event, "visit_suspended"),)
        case ConsultationRecorded() if state.ending_before(event.id):
            return Hold("ending_requested", "done")
        case ConsultationRecorded():
            return (*_found(event), *_accepted(event, treat_first=state.treat_first))
        case Overdue(ConsultationRecorded() as record, code):
            return (_irregular(record, code),)
        case _:
            return NOTHING


def _irregular(record: ConsultationRecorded, code: str) -> ConsultationIrregular:
    return ConsultationIrregular(**frame(record), consultation=record.id, code=code, act=record)


def _found(record: ConsultationRecorded) -> Iterator[Event]:
    """What the doctor found: diagnoses, the main one first, then allergies, vital signs, referral."""
    base = {**frame(record), "consultation": record.id}
    for rank, diagnosis in enumerate(record.diagnoses, 1):
        yield DiagnosisMade(**base, code=diagnosis.code, display=diagnosis.display, rank=rank)
    for allergy in record.allergies:
        yield AllergyNoted(**base, code=allergy.code, display=allergy.display, reaction=allergy.reaction)
    # A doctor who names an allergy and ticks "none known" has named an allergy.
    if record.no_known_allergies and not record.allergies:
        yield AllergyNoted(**base, none_known=True)
    if record.vital_signs:
        yield VitalSignsMeasured(**base, measurements=record.vital_signs)
    if record.referral:
        to = record.referral
        yield ReferralMade(**base, institution=to.institution, department=to.department, reason=to.reason)


def _accepted(record: ConsultationRecorded, *, treat_first: bool) -> tuple[Event, ...]:
    """The orders, then the word that closes their list: billing settles on it, so it comes last."""
    lines = tuple(_lines(record, treat_first))
    orders: tuple[Order, ...] = (*_tests(record, treat_first), *_examinations(record, treat_first), *lines)
    accepted = ConsultationAccepted(
        **frame(record),
        consultation=record.id,
        orders=[one.order for one in orders],
        prescription=_prescription(record) if lines else None,
        notes=record.notes,
    )
    return (*orders, *_admission(record), accepted)


def _admission(record: ConsultationRecorded) -> Iterator[AdmissionOrdered]:
    """It costs nothing and is not among the orders to be done in this visit: another visit follows it."""
    if wanted := record.admission:
        yield AdmissionOrdered(
            **frame(record),
            consultation=record.id,
            order=record.derive("admission"),
            ward=wanted.ward,
            reason=wanted.reason,
        )


def _tests(record: ConsultationRecorded, treat_first: bool) -> Iterator[LabTestOrdered]:
    for n, test in enumerate(record.tests, 1):
        yield LabTestOrdered(
            **frame(record),
            consultation=record.id,
            order=record.derive("lab_test", n),
            code=test.code,
            display=test.display,
            specimen=test.specimen,
            treat_first=treat_first,
        )


def _examinations(record: ConsultationRecorded, treat_first: bool) -> Iterator[ExaminationOrdered]:
    for n, wanted in enumerate(record.examinations, 1):
        yield ExaminationOrdered(
            **frame(record),
            consultation=record.id,
            order=record.derive("examination", n),
            code=wanted.code,
            display=wanted.display,
            modality=wanted.modality,
            treat_first=treat_first,
        )


def _lines(record: ConsultationRecorded, treat_first: bool) -> Iterator[MedicationPrescribed]:
    for n, medicine in enumerate(record.medicines, 1):
        yield MedicationPrescribed(
            **frame(record),
            consultation=record.id,
            order=record.derive("medication", n),
            prescription=_prescription(record),
            line=n,
            code=medicine.code,
            display=medicine.display,
            quantity=medicine.quantity,
            unit=medicine.unit,
            dosage=medicine.dosage,
            days=medicine.days,
            treat_first=treat_first,
        )


def _prescription(record: ConsultationRecorded) -> str:
    return record.derive("prescription")

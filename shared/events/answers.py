"""Which facts answer a request: the column "answered by exactly one of" of the language, as data.

An answer has the request as its cause. Everything else a request brings about (diagnoses, orders, charges) comes
beside its answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.events import (
    authority,
    beds,
    billing,
    billing_deposits,
    billing_insurer,
    cards,
    checkup,
    consultation,
    edge,
    edge_checkup,
    edge_inpatient,
    edge_insurer,
    edge_queues,
    edge_rooms,
    examination,
    inpatient,
    lab,
    pharmacy,
    queues,
    registration,
)
from shared.events.base import AnyEvent
from shared.events.edge import AnyIrregularityResolutionReported, OrderCancellationRequested, Request
from shared.events.runtime import AnyIrregularityResolved, kind_for

ANSWERS: Mapping[type[Request], tuple[type[AnyEvent], ...]] = {
    edge.RegistrationRequested: (registration.VisitRegistered, registration.RegistrationRefused),
    edge.RegistrationCancellationRequested: (registration.VisitCancelled, registration.RegistrationRefused),
    edge.VisitCloseRequested: (registration.VisitClosed, registration.CloseRefused),
    edge.CardPresented: (),
    edge.ConsultationRecorded: (consultation.ConsultationAccepted, consultation.ConsultationIrregular),
    edge.PrescriptionReviewed: (
        pharmacy.MedicationReady,
        pharmacy.PrescriptionReturned,
        pharmacy.ReviewIrregular,
    ),
    edge.PaymentTendered: (billing.PaymentReceived, billing.PaymentRefused),
    edge.RefundReported: (billing.RefundConfirmed, billing.RefundFailed, billing.RefundIrregular),
    edge.SpecimenCollected: (lab.SpecimenAccepted, lab.SpecimenIrregular),
    edge.LabResultEntered: (lab.LabResultReported, lab.LabResultIrregular),
    edge.LabResultCorrected: (lab.LabResultAmended, lab.LabResultIrregular),
    edge.CriticalValueAcknowledgementReported: (lab.CriticalValueAcknowledged, lab.AcknowledgementIrregular),
    edge_rooms.ExaminationScheduleRequested: (examination.ExaminationScheduled, examination.ExaminationScheduleRefused),
    edge_rooms.ExaminationPerformed: (examination.ExaminationCompleted, examination.ExaminationIrregular),
    edge_rooms.ExaminationReportEntered: (examination.ExaminationReported, examination.ExaminationReportIrregular),
    edge_rooms.ExaminationReportCorrected: (examination.ExaminationAmended, examination.ExaminationReportIrregular),
    edge_rooms.CriticalFindingAcknowledgementReported: (
        examination.CriticalFindingAcknowledged,
        examination.FindingAcknowledgementIrregular,
    ),
    edge.MedicationPickupRequested: (pharmacy.PickupReleased, pharmacy.PickupRefused),
    edge.MedicationHandedOver: (pharmacy.MedicationDispensed, pharmacy.DispensingIrregular),
    edge_inpatient.BedRequested: (beds.BedAssigned, beds.BedRefused),
    edge_inpatient.TransferRequested: (inpatient.TransferOrdered, inpatient.TransferRefused),
    edge_inpatient.InpatientServiceGiven: (inpatient.InpatientServiceRecorded, inpatient.InpatientServiceIrregular),
    edge_inpatient.DepositTendered: (billing_deposits.DepositReceived, billing_deposits.DepositRefused),
    edge_inpatient.DischargeRequested: (inpatient.PatientDischarged, inpatient.DischargeRefused),
    edge_insurer.InsurerAnswered: (
        billing.BillSettled,
        billing_insurer.SettlementReversed,
        billing_insurer.InsurerAnswerNoted,
        billing_insurer.InsurerAnswerIrregular,
    ),
    edge_checkup.CheckupItemRecorded: (
        checkup.CheckupItemDone,
        checkup.CheckupItemDeclined,
        checkup.CheckupItemIrregular,
    ),
    edge_checkup.CheckupConcluded: (checkup.CheckupReported, checkup.CheckupReportIrregular),
    authority.CardApplicationMade: (cards.CardIssued, cards.CardRefused),
    authority.CardFormalizationRequested: (cards.CardFormalized, cards.CardRefused),
    authority.CardSuspensionRequested: (cards.CardSuspended, cards.CardRefused),
    authority.CardRestorationRequested: (cards.CardRestored, cards.CardRefused),
    authority.CardReplacementRequested: (cards.CardReplaced, cards.CardRefused),
    authority.CardMergeRequested: (cards.CardsMerged, cards.CardRefused),
    authority.CardUnmergeRequested: (cards.CardsUnmerged, cards.CardRefused),
    authority.ProxyGrantRequested: (cards.ProxyGranted, cards.CardRefused),
    authority.ProxyRevocationRequested: (cards.ProxyRevoked, cards.CardRefused),
    authority.EntitlementGrantRequested: (cards.EntitlementGranted, cards.CardRefused),
    authority.EntitlementEndRequested: (cards.EntitlementEnded, cards.CardRefused),
    edge_queues.CheckInRequested: (queues.TicketIssued, queues.QueueRefused),
    edge_queues.TicketCallRequested: (queues.TicketCalled, queues.QueueRefused),
    edge_queues.TicketMissReported: (queues.TicketMissed, queues.QueueRefused),
    edge_queues.TicketServeReported: (queues.TicketServed, queues.QueueRefused),
}
"""By the request's type; the requests that name who answers them are in `answers`."""

CANCELLATIONS: Mapping[str, tuple[type[AnyEvent], ...]] = {
    "lab_test": (lab.OrderCancelled, lab.CancellationRefused),
    "examination": (examination.OrderCancelled, examination.CancellationRefused),
    "medication": (pharmacy.OrderCancelled, pharmacy.CancellationRefused),
}


def answers(request: Request) -> frozenset[str]:
    """The wire types of which exactly one fact answers a request; none for a use record."""
    match request:
        case OrderCancellationRequested(kind=kind):
            return frozenset(fact.TYPE for fact in CANCELLATIONS[kind])
        case AnyIrregularityResolutionReported(service=service):
            return frozenset({kind_for(AnyIrregularityResolved, request).TYPE.format(service=service)})
    return frozenset(fact.TYPE for fact in ANSWERS[type(request)])


def answerer(request: Request) -> str:
    """The one service that answers a request; empty when nothing does."""
    return next((name.split(".")[1] for name in answers(request)), "")

"""Billing (交费): charges, bills, payments and refunds."""

from __future__ import annotations

from services.billing.decider import decide
from services.billing.shapes import State
from services.billing.state import INITIAL, evolve
from shared.decider import Service, by_card, by_year
from shared.events import (
    AnyEvent,
    Event,
    billing,
    billing_deposits,
    billing_insurer,
    cards,
    consultation,
    edge,
    edge_inpatient,
    edge_insurer,
    examination,
    inpatient,
    lab,
    pharmacy,
    registration,
)


def by_card_or_year(event: AnyEvent) -> str:
    """One stream per card and insurance year; and one of the card, that hears of merges and keeps what is irregular."""
    match event:
        case billing.YearCarryWanted() | billing.YearCarried():
            return str(event.year)
        case Event():
            return by_year(event)
    return by_card(event)


SERVICE: Service[State] = Service(
    name="billing",
    hears=(
        registration.VisitRegistered,
        registration.VisitCancelled,
        consultation.ReferralMade,
        consultation.LabTestOrdered,
        consultation.ExaminationOrdered,
        consultation.MedicationPrescribed,
        consultation.ConsultationAccepted,
        inpatient.InpatientServiceRecorded,
        inpatient.DischargeOrdered,
        inpatient.PatientDischarged,
        lab.OrderCancelled,
        examination.OrderCancelled,
        pharmacy.OrderCancelled,
        pharmacy.PrescriptionReturned,
        edge.PaymentTendered,
        edge.RefundReported,
        edge_inpatient.DepositTendered,
        edge_insurer.InsurerAnswered,
        cards.CardsMerged,
        cards.CardsUnmerged,
        billing.YearCarryWanted,
        billing.YearCarried,
        billing.CapPassed,
    ),
    says=(
        billing.ChargeRaised,
        billing.BillSettled,
        billing.OrderCleared,
        billing.PaymentReceived,
        billing.PaymentRefused,
        billing.ChargeLapsed,
        billing.ChargeReversed,
        billing.RefundAsked,
        billing.RefundConfirmed,
        billing.RefundFailed,
        billing.RefundIrregular,
        billing_deposits.DepositReceived,
        billing_deposits.DepositRefused,
        billing_deposits.DepositApplied,
        billing_deposits.DepositReturned,
        billing_deposits.AccountClosed,
        billing_insurer.SettlementWanted,
        billing_insurer.SettlementReversalWanted,
        billing_insurer.SettlementReversed,
        billing_insurer.InsurerAnswerNoted,
        billing_insurer.InsurerAnswerIrregular,
        billing_insurer.SettlementOverdue,
        billing_insurer.SettlementReversalOverdue,
        billing.YearCarryWanted,
        billing.YearCarried,
        billing.CapPassed,
        billing.CapIrregular,
    ),
    stream=by_card_or_year,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
)

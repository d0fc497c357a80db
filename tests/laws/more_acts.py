"""What wards and the card authority ask in the stories of the laws: a stay a doctor ordered, and a card's life."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from services.registration.standing import TREAT_FIRST
from shared.events import Request, authority, edge
from shared.events.base import Visit, Where, derive, ward_key
from shared.events.edge_inpatient import (
    BedRequested,
    DepositTendered,
    DischargeRequested,
    DischargeSummary,
    InpatientServiceGiven,
    TransferRequested,
)
from shared.reference import Terminal, Ward
from shared.reference.data import Dated
from shared.reference.rows import Entitlement
from shared.step import fact_id
from tests.support.insured import FREE
from tests.support.spec import START

EPOCH = date(2026, 1, 1)
BED_DAY, FEN = "ward:bed-day", 4000
WARDS = ("W1", "W2")
HAVE_BEDS: Dated[Ward] = Dated.of(
    (f"H01|{code}", EPOCH, Ward("H01", code, code, code, beds))
    for code, beds in (("W1", ("01",)), ("W2", ("01", "02")))
)
"""Fewer beds than there are cards, so that some ward is full some day."""
AUTHORITY = Terminal("TA1", "card-authority", "authority")
STAY = (
    ("order bed", 0), ("admit", 0), ("bed", 0), ("give", 0), ("give", 1), ("transfer", 1), ("bed", 1), ("give", 2),
    ("discharge", 0), ("pay stay", 0), ("discharge", 1), ("pay stay", 1), ("check out", 0),
)  # fmt: skip
"""Verbs of a stay and, as `which`, the ward, what is given, or the how-manyth discharge or deposit."""
DEPOSITED = (
    ("order bed", 0), ("admit", 0), ("deposit", 0), ("bed", 0), ("give", 0), ("give", 1), ("discharge", 0),
    ("deposit", 1), ("refund deposit", 1), ("deposit", 3), ("check out", 0),
)  # fmt: skip
DEPOSITS = (5000, 4000, 0, 20_000)
"""The first is less than the stay costs, so that it waits for the second; by then the account is closed to the last."""
LIFE = (
    ("issue", 0), ("grant", 0), ("suspend", 0), ("restore", 0), ("replace", 0), ("merge", 0), ("unmerge", 0),
    ("end grant", 0),
)  # fmt: skip
VERBS_OF_STAYS = tuple(dict.fromkeys(verb for verb, _ in (*STAY, *DEPOSITED)))
VERBS_OF_CARDS = tuple(verb for verb, _ in LIFE)
SUMMARY = DischargeSummary(
    diagnoses=[edge.Diagnosis(code="J18.9", display="肺炎")], course="抗感染治疗", instructions="复诊"
)
ENTITLEMENTS = (TREAT_FIRST, FREE)
GRANTED: Dated[Entitlement] = Dated.of((code, EPOCH, Entitlement(code, code, code)) for code in ENTITLEMENTS)
REASONS: tuple[authority.Reason, ...] = ("lost", "misused", "ordered", "lost")


def of_stay(
    verb: str,
    which: int,
    clinic: dict[str, Any],
    *,
    ordered: str,
    stay: str,
    discharges: tuple[str, str],
    deposits: tuple[str, ...],
    until: datetime,
) -> Request:
    """A request of a stay. `ordered` is the record that orders the bed, `stay` the visit, `discharges` and
    `deposits` the requests."""
    ward = {**clinic, "visit": Visit(id=stay, date=clinic["visit"].date)}
    ask = {**ward, "good_until": until}
    match verb:
        case "order bed":
            wanted = edge.AdmissionWanted(ward=WARDS[which % 2], reason="")
            main = edge.Diagnosis(code="J18.9", display="肺炎")
            return edge.ConsultationRecorded(**clinic, diagnoses=[main], admission=wanted)
        case "admit":
            slot: dict[str, Any] = {"department": "D01", "session": "morning", "date": START.date()}
            order = derive(ordered, "admission")
            return edge.RegistrationRequested(**ask, **slot, kind="inpatient", admission=order, payer="self")
        case "bed":
            return BedRequested(**ask, queue=ward_key("H01", WARDS[which % 2]), bed="02" if which == 3 else None)
        case "transfer":
            return TransferRequested(**ask, ward=WARDS[which % 2])
        case "give":
            what: dict[str, Any] = {"item": BED_DAY, "display": "床位费", "quantity": "1", "unit": "日"}
            day = START.date() - timedelta(days=which == 3)
            return InpatientServiceGiven(**ward, kind="nursing" if which == 1 else "bed_day", **what, day=day)
        case "discharge":
            return DischargeRequested(**ask, summary=None if which == 2 else SUMMARY)
        case "deposit":
            return DepositTendered(**ward, amount=DEPOSITS[which], method="cash", reference=f"D{which}")
        case "refund deposit":
            refund = derive(derive(deposits[which], "deposit"), "refund")
            return edge.RefundReported(**ward, refund=refund, outcome="confirmed", reference="R")
        case "pay stay":
            # A discharge that waits says so first, and then what is to be settled.
            bill = derive(fact_id(discharges[which % 2], ward["card"], "inpatient", 1), "bill")
            return edge.PaymentTendered(
                **ward, bill=bill, amount=(2 - which % 2) * FEN, method="cash", reference=f"S{which}"
            )
    return edge.VisitCloseRequested(**ask)


def of_card(verb: str, which: int, card: str, other: str, until: datetime) -> Request:
    """A request of the card authority about a card, or about it and another; the third issuing is of that other."""
    at = Where(institution=AUTHORITY.institution, terminal=AUTHORITY.code, channel="authority")
    ask: dict[str, Any] = {"card": card, "where": at, "good_until": until}
    match verb:
        case "issue":
            ask["card"] = other if which == 2 else card
            return authority.CardApplicationMade(**ask, standing="temporary" if which == 1 else "formal")
        case "suspend":
            return authority.CardSuspensionRequested(**ask, reason=REASONS[which])
        case "grant":
            # The third is over before any visit.
            over = START.date() - timedelta(days=1) if which == 2 else None
            return authority.EntitlementGrantRequested(**ask, entitlement=ENTITLEMENTS[which % 2], until=over)
        case "end grant":
            return authority.EntitlementEndRequested(**ask, entitlement=ENTITLEMENTS[which % 2])
        case "restore":
            return authority.CardRestorationRequested(**ask)
        case "replace":
            return authority.CardReplacementRequested(**ask)
        case "merge":
            return authority.CardMergeRequested(**ask, into=other)
    return authority.CardUnmergeRequested(**ask)

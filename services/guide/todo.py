"""The items of each desk: one per thing to do, with everything needed to do it, and since when it waits. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from services.guide import stays
from services.guide.money import accrued, owed, pending_refunds
from services.guide.orders import open_medicines, open_tests
from services.guide.receipts import bill_line
from services.guide.shapes import Medicine, State
from services.guide.told_money import BillLineTold
from shared.events import codes

Item = dict[str, Any]


def consultation(state: State) -> Iterator[Item]:
    visit = state.visit
    if visit.status == "registered" and visit.kind in ("outpatient", "emergency") and not state.consultations:
        yield {
            "department": visit.department,
            "session": visit.session,
            "date": visit.date,
            "kind": visit.kind,
            "treat_first": visit.treat_first,
            "since": visit.at,
        }


def cashier(state: State) -> Iterator[Item]:
    for bill, lines in bills_owed(state):
        fen = sum(line["fen"] for line in lines)
        yield {"what": "bill", "bill": bill, "fen": fen, "lines": lines, "since": state.bills[bill].at}
    for id, refund, status in pending_refunds(state):
        yield {
            "what": "refund",
            "refund": id,
            "fen": refund.amount,
            "reference": refund.reference,
            "status": status,
            "since": refund.at,
        }


def ward_beds(state: State) -> Iterator[Item]:
    return stays.waits_for_a_bed(state)


def ward_patients(state: State) -> Iterator[Item]:
    if state.stay and state.stay.bed:  # Asked at every event of every visit: who lies in no bed is not added up.
        owed = sum(line["fen"] for _, lines in bills_owed(state) for line in lines)
        yield stays.in_bed(state, state.stay, owed, accrued(state))


def collect(state: State) -> Iterator[Item]:
    for order, test in open_tests(state).items():
        cleared = state.cleared.get(order) or (test.at if test.treat_first else "")
        if cleared and order not in state.specimens:
            yield {
                "order": order,
                "code": test.code,
                "display": test.display,
                "specimen_kind": test.specimen,
                "treat_first": test.treat_first,
                "since": cleared,
            }


def report(state: State) -> Iterator[Item]:
    for order, test in open_tests(state).items():
        if specimen := state.specimens.get(order):
            yield {
                "order": order,
                "code": test.code,
                "display": test.display,
                "specimen": specimen.id,
                "specimen_kind": specimen.kind,
                "since": specimen.at,
            }


def critical(state: State) -> Iterator[Item]:
    for order, critical in state.critical.items():
        test = state.tests.get(order)
        yield {
            "order": order,
            "code": test.code if test else "",
            "display": test.display if test else "",
            "escalation": critical.escalation,
            "findings": [asdict(found) for found in critical.findings],
            "since": critical.at,
        }


def review(state: State) -> Iterator[Item]:
    for prescription, lines in prescriptions(state).items():
        if prescription not in state.reviews:
            since = min(medicine.at for medicine in lines.values())
            yield {"prescription": prescription, "lines": _lines(lines), "since": since}


def handover(state: State) -> Iterator[Item]:
    """A prescription is handed over whole: it waits for its last line to be cleared."""
    for prescription, lines in prescriptions(state).items():
        review = state.reviews.get(prescription)
        cleared = [state.cleared.get(order) or (line.at if line.treat_first else "") for order, line in lines.items()]
        if review and review.verdict == "passed" and all(cleared):
            yield {
                "prescription": prescription,
                "released": all(order in state.released for order in lines),
                "lines": _lines(lines),
                "since": max(review.at, *cleared),
            }


def reconcile(state: State) -> Iterator[Item]:
    for request, act in state.irregular.items():
        zh, en = codes.words(act.code)
        yield {
            "request": request,
            "service": act.service,
            "type": act.type,
            "code": act.code,
            "zh": zh,
            "en": en,
            "institution": act.institution,
            "department": act.department,
            "terminal": act.terminal,
            "about": act.about,
            "date": act.date,
            "since": act.at,
        }


def bills_owed(state: State) -> Iterator[tuple[str, list[BillLineTold]]]:
    """Each bill that is still owed, with the lines the resident bears something of."""
    for bill in state.bills:
        if shares := owed(state, bill):
            yield bill, [{**bill_line(state, bill, charge), "fen": fen} for charge, fen in shares.items()]


def prescriptions(state: State) -> dict[str, dict[str, Medicine]]:
    """The lines still to be dispensed, by prescription."""
    found: dict[str, dict[str, Medicine]] = {}
    for order, medicine in open_medicines(state).items():
        found.setdefault(medicine.prescription, {})[order] = medicine
    return found


def _lines(lines: dict[str, Medicine]) -> list[Item]:
    return [
        {
            "order": order,
            "code": one.code,
            "display": one.display,
            "quantity": one.quantity,
            "unit": one.unit,
            "dosage": one.dosage,
            "days": one.days,
        }
        for order, one in lines.items()
    ]

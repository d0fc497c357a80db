"""What a resident is told of a visit, and an edge of its request. Pure: the state alone says it."""

from __future__ import annotations

from collections.abc import Iterator

from services.guide import words
from services.guide.lines import Boards, tickets
from services.guide.money import accrued, pending_refunds
from services.guide.money_shapes import Deposits
from services.guide.onward import onward
from services.guide.receipts import receipts
from services.guide.rooms_shapes import Examination
from services.guide.shapes import LabTest, State
from services.guide.steps import done, next_steps
from services.guide.todo import bills_owed
from services.guide.told import (
    Answer,
    AppointmentTold,
    ResultTold,
    Standing,
    VisitStanding,
    VisitTold,
)
from services.guide.told_money import BillLineTold, BillTold, DepositsTold, RefundTold
from shared.events import codes

MOST_SHOWN = 20


def standing(state: State, boards: Boards | None = None) -> Standing:
    """Where the visit stands: done, next and where, owed, held, refused, its numbers by the boards of their queues,
    results, ways on, refunds. Amounts in fen."""
    bills = [_bill(bill, lines) for bill, lines in bills_owed(state)]
    told: Standing = {
        "visit": _visit(state),
        "done": list(done(state)),
        "next": list(next_steps(state)),
        "owed": {"fen": sum(bill["fen"] for bill in bills), "bills": bills},
        "held": _answers(state, "held"),
        "refused": _answers(state, "refused"),
        "irregular": _answers(state, "irregular"),
        "tickets": tickets(state, boards or {}),
        "results": list(_results(state)),
        "appointments": list(_appointments(state)),
        "onward": list(onward(state)),
        "refunds": list(_refunds(state)),
        "receipts": receipts(state),
    }
    if kept := state.deposits:
        told["deposits"] = _deposits(kept, accrued(state))
    return told


def told(state: State, version: int, boards: Boards) -> VisitStanding:
    """The standing of a visit and the version it was read from."""
    return {**standing(state, boards), "version": version}


def answer(state: State, request: str) -> Answer:
    """What became of a request: not_seen, admitted, held, answered, refused or irregular, and in which words."""
    asked = state.asked.get(request)
    if asked is None:
        zh, en = words.ANSWERS["not_seen"]
        return {"request": request, "status": "not_seen", "type": "", "zh": zh, "en": en, "by": []}
    zh, en = codes.words(asked.code) if asked.code else words.ANSWERS[asked.status]
    told: Answer = {
        "request": request,
        "status": asked.status,
        "type": asked.type,
        "zh": zh,
        "en": en,
        "by": list(asked.by),
    }
    if asked.code:
        told["code"] = asked.code
    if asked.until:
        told["until"] = asked.until
    if asked.other:
        told["other"] = asked.other
    if asked.open:
        told["open"] = [{"kind": kind, "id": id} for kind, id in asked.open]
    if asked.status == "irregular":
        told["resolved"] = asked.resolved
    return told


def _answers(state: State, status: str) -> list[Answer]:
    """The newest requests of that status which still concern anybody, newest first."""
    found = [id for id, asked in state.asked.items() if asked.status == status and not asked.resolved]
    return [answer(state, id) for id in found[: -MOST_SHOWN - 1 : -1]]


def _visit(state: State) -> VisitTold:
    visit = state.visit
    zh, en = words.VISITS[visit.status]
    told: VisitTold = {
        "status": visit.status,
        "zh": zh,
        "en": en,
        "institution": state.institution,
        "department": visit.department,
        "session": visit.session,
        "date": visit.date,
        "kind": visit.kind,
        "treat_first": visit.treat_first,
        "registered_at": visit.at,
    }
    if visit.code:
        why_zh, why_en = codes.words(visit.code)
        told["why"] = {"code": visit.code, "zh": why_zh, "en": why_en}
    return told


def _deposits(kept: Deposits, accrued: int) -> DepositsTold:
    return {
        "fen": kept.held,
        "accrued": accrued,
        "received": kept.received,
        "applied": kept.applied,
        "returned": kept.returned,
        "closed": kept.closed,
    }


def _bill(bill: str, lines: list[BillLineTold]) -> BillTold:
    return {"bill": bill, "fen": sum(line["fen"] for line in lines), "lines": lines}


def _results(state: State) -> Iterator[ResultTold]:
    orders: dict[str, LabTest | Examination] = {**state.tests, **state.examinations}
    for order, result in {**state.results, **state.reports}.items():
        test = orders.get(order)
        yield {
            "order": order,
            "code": test.code if test else "",
            "display": test.display if test else "",
            "version": result.version,
            "at": result.at,
        }
    if (known := state.checkup) and known.reported:
        yield {
            "order": known.order,
            "code": known.package,
            "display": known.display,
            "version": 1,
            "at": known.reported,
        }


def _appointments(state: State) -> Iterator[AppointmentTold]:
    for order, appointment in state.appointments.items():
        if order not in state.examined and order not in state.ended:
            one = state.examinations.get(order)
            yield {
                "order": order,
                "display": one.display if one else "",
                "at": appointment.at,
                "room": appointment.room,
            }


def _refunds(state: State) -> Iterator[RefundTold]:
    for id, refund, status in pending_refunds(state):
        zh, en = words.REFUNDS[status]
        yield {"refund": id, "fen": refund.amount, "status": status, "zh": zh, "en": en}

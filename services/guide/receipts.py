"""How bills read: per line what each payer took and by which rules, in words; and the receipts. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.guide import words
from services.guide.money import owed
from services.guide.money_shapes import Rule, Split
from services.guide.shapes import State
from services.guide.told_money import BillLineTold, ReceiptTold, RuleTold
from shared.events import rules

MOST_RECEIPTS = 20


def receipts(state: State) -> list[ReceiptTold]:
    """The newest bills that owe nothing any more, newest first. What is reversed or lapsed is on none."""
    found: list[ReceiptTold] = []
    for bill in reversed(state.bills):
        lines = [] if owed(state, bill) else list(_live(state, bill))
        if lines and len(found) < MOST_RECEIPTS:
            found.append(_receipt(state, bill, lines))
    return found


def bill_line(state: State, bill: str, charge: str) -> BillLineTold:
    """One line of a bill: what the resident bears, what payers took, and why. A split too old to be remembered shows
    no rules."""
    fen = state.bills[bill].shares[charge]
    known = state.charges.get(charge)
    split = state.bills[bill].splits.get(charge) or Split(known.amount if known else fen, 0, 0, 0, ())
    return {
        "order": known.order if known else "",
        "display": known.display if known else "",
        "fen": fen,
        "amount": split.amount,
        "insurer": split.insurer,
        "major_illness": split.major_illness,
        "waiver": split.waiver,
        "why": [_rule(rule) for rule in split.rules],
    }


def _live(state: State, bill: str) -> Iterator[BillLineTold]:
    for charge in state.bills[bill].shares:
        if charge not in state.gone:
            yield bill_line(state, bill, charge)


def _receipt(state: State, bill: str, lines: list[BillLineTold]) -> ReceiptTold:
    paid = state.paid.get(bill)
    zh, en = words.RECEIPTS["paid" if paid else "covered"]
    return {
        "bill": bill,
        "status": "paid" if paid else "covered",
        "zh": zh,
        "en": en,
        "at": paid or state.bills[bill].at,
        "fen": sum(line["fen"] for line in lines),
        "amount": sum(line["amount"] for line in lines),
        "insurer": sum(line["insurer"] for line in lines),
        "major_illness": sum(line["major_illness"] for line in lines),
        "waiver": sum(line["waiver"] for line in lines),
        "lines": lines,
    }


def _rule(rule: Rule) -> RuleTold:
    zh, en = rules.words(rule.code)
    told: RuleTold = {"rule": rule.code, "zh": zh, "en": en, "base": rule.base, "amount": rule.amount}
    if rule.share:
        told["share"] = rule.share
    return told

"""A bill as its insurer pays it: whether the answer fits the bill, and the split that comes of it. Pure."""

from __future__ import annotations

from services.billing.payers import waived
from services.billing.shapes import State
from shared.decider import frame
from shared.events.billing import BillLine, BillSettled, LineRule
from shared.events.billing_insurer import SettlementWanted
from shared.events.edge_insurer import InsuredLine, InsurerAnswered
from shared.reference import Reference

UNEXPLAINED = "unexplained"
"""What a refusal without a reason says."""


def fits(wanted: SettlementWanted, told: InsurerAnswered) -> bool:
    """Whether an answer has a reference and a line for each charge, and no payer pays or counts more than there is."""
    lines = {line.charge: line for line in told.lines or ()}
    return (
        told.reference is not None
        and len(told.lines or ()) == len(wanted.lines)
        and lines.keys() == {line.charge for line in wanted.lines}
        and all(_is_within(lines[line.charge], line.amount) for line in wanted.lines)
    )


def insured_bill(state: State, told: InsurerAnswered, wanted: SettlementWanted, reference: Reference) -> BillSettled:
    """The bill by an answer that fits it. What the insurer leaves is waived where it is free, else the resident's."""
    done = told.outcome == "done"
    paid = {line.charge: line for line in told.lines or ()} if done else {}
    lines = [
        _split(line, paid.get(line.charge), free=_is_free(state, wanted, line.order, reference))
        for line in wanted.lines
    ]
    return BillSettled(
        **frame(told),
        bill=wanted.bill,
        lines=lines,
        total=wanted.total,
        own_share=sum(line.own_share for line in lines),
        scheme=wanted.scheme,
        rules_of=wanted.rules_of,
        category=wanted.category,
        level=wanted.level,
        settlement=told.reference if done else None,
        refused=None if done else told.reason or UNEXPLAINED,
    )


def _is_free(state: State, wanted: SettlementWanted, order: str, reference: Reference) -> bool:
    charge = state.raised.get(order)
    return charge is not None and waived(state, charge.item, wanted.visit, reference)


def _split(line: BillLine, paid: InsuredLine | None, *, free: bool) -> BillLine:
    """A line as the insurer pays it, or (None) does not; a waiver takes what is left of what is free."""
    insurer, major = (paid.insurer, paid.major_illness) if paid else (0, 0)
    rest = line.amount - insurer - major
    deductible = paid.deductible or 0 if paid else 0
    counted = paid.counted or 0 if paid else 0
    why = [
        LineRule(rule="insurer_reported", base=line.amount, amount=insurer)
        if paid
        else LineRule(rule="insurer_refused", base=line.amount, amount=line.amount),
        *_rule("deductible", line.amount, deductible),
        *_rule("major_illness", counted or line.amount, major),
        *_rule("waiver", rest, rest if free else 0),
    ]
    return BillLine(
        charge=line.charge,
        order=line.order,
        amount=line.amount,
        insurer=insurer,
        major_illness=major,
        waiver=rest if free else 0,
        own_share=0 if free else rest,
        deductible=deductible or None,
        counted=counted or None,
        why=why,
    )


def _rule(rule: str, base: int, amount: int) -> list[LineRule]:
    return [LineRule(rule=rule, base=base, amount=amount)] if amount else []


def _is_within(line: InsuredLine, amount: int) -> bool:
    own = amount - line.insurer
    return line.major_illness <= own and (line.deductible or 0) <= own and (line.counted or 0) <= own

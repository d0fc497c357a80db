"""医保结算: a bill whose insurer settles by call is wanted settled, and settled by what the insurer answers.

The local rules pre-settle it, so whoever is asked has a split to go by; nothing counts before the answer. Answers are
reported, so none is lost: what changes nothing is noted, and what contradicts is irregular.
"""

from __future__ import annotations

from typing import TypeVar

from services.billing.asks import Ask, Settled
from services.billing.clearing import Said, clear_free
from services.billing.insured import UNEXPLAINED, fits, insured_bill
from services.billing.payments import mismatches
from services.billing.shapes import State
from services.billing.state import evolve
from services.billing.taking_back import INSURER, take_back
from shared.decider import Deadline, frame
from shared.events import AnyEvent, Event
from shared.events.base import Where
from shared.events.billing import BillSettled
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    InsurerAnswerNoted,
    SettlementOverdue,
    SettlementReversalOverdue,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)
from shared.events.edge_insurer import InsurerAnswered
from shared.events.runtime import DeadlinePassed
from shared.reference import Reference

A = TypeVar("A", bound=AnyEvent)


def by_call(settled: BillSettled, reference: Reference) -> bool:
    """Whether the scheme of a bill is settled by asking. A bill of nothing is nobody's to ask about."""
    terms = reference.schemes.at(settled.scheme, settled.visit.date) if settled.scheme else None
    return terms is not None and terms.settles == "port" and settled.total > 0


def want(settled: BillSettled) -> Said:
    """Ask instead of settling. Until it is answered its charges wait, and nobody owes or is cleared for any of them."""
    fields = {name: getattr(settled, name) for name in SettlementWanted.model_fields}
    return (SettlementWanted(**fields), Deadline(INSURER, settled.bill, INSURER))


def awaited(state: State) -> State:
    """The state as if all that waits were settled as it was pre-settled: what the next bill may count on."""
    for ask in state.asks.values():
        if isinstance(ask.wanted, SettlementWanted):
            known = {name: getattr(ask.wanted, name) for name in SettlementWanted.model_fields}
            state = evolve(state, BillSettled(**known))
    return state


def answer(state: State, told: InsurerAnswered, reference: Reference) -> Said:
    """What becomes of what was wanted. The first answer that says an outcome counts."""
    ask, home = state.asks.get(told.charge or told.bill), at_home(state, told)
    match ask, told.outcome:
        case None, _:
            return (_late(state, told, home),)
        case Ask(wanted), _ if (wanted.visit, wanted.bill) != (told.visit, told.bill):
            return (InsurerAnswerIrregular(**frame(told), code="visit_mismatch", act=told),)
        case _, "unknown":
            return (_noted(home, "outcome_unknown"),)
        case Ask(SettlementReversalWanted()), "refused":
            return (InsurerAnswerIrregular(**frame(home), code="reversal_refused", act=told),)
        case Ask(SettlementReversalWanted() as wanted), _:
            return (_reversed(home, wanted),)
        case Ask(SettlementWanted() as wanted), "done" if not fits(wanted, told):
            return (_noted(home, "split_unfit"),)
        case Ask(SettlementWanted() as wanted, gone), _:
            return _settle(state, home, wanted, gone, reference)
    return ()


def overdue(state: State, passed: DeadlinePassed) -> Said:
    """Whoever still waits is told; the bill waits on, and an answer settles it whenever it comes."""
    ask = state.asks.get(passed.about)
    match ask.wanted if ask else None:
        case SettlementWanted() as wanted:
            return (SettlementOverdue(**frame(wanted), code="insurer_silent", act=wanted),)
        case SettlementReversalWanted() as wanted:
            return (SettlementReversalOverdue(**frame(wanted), code="insurer_silent", act=wanted),)
    return ()


def at_home(state: State, event: A) -> A:
    """An event about what an insurer settles, at the place of the bill: the gateway is at none of the hospitals."""
    match event:
        case InsurerAnswered(bill=bill, charge=charge):
            where = _where(state, charge or "") or _where(state, bill)
        case DeadlinePassed(about=about):
            where = _where(state, about)
        case _:
            return event
    return event.model_copy(update={"where": where}) if where else event


def _where(state: State, name: str) -> Where | None:
    if ask := state.asks.get(name):
        return ask.wanted.where
    bill = state.bills.get(name)
    return bill.insurer.where if bill and bill.insurer else None


def _settle(
    state: State, told: InsurerAnswered, wanted: SettlementWanted, gone: tuple[str, ...], reference: Reference
) -> Said:
    """The bill as the insurer pays it; what was taken back meanwhile is reversed at once."""
    settled = insured_bill(state, told, wanted, reference)
    state = evolve(state, settled)
    back = take_back(state, told, gone)
    if not settled.own_share:
        return (settled, *clear_free(told, settled, gone), *back)
    lasting = state.bills[wanted.bill].lasting
    return (settled, *back) if lasting else (settled, *back, Deadline("lapse", wanted.bill, "lapse"))


def _reversed(told: InsurerAnswered, wanted: SettlementReversalWanted) -> SettlementReversed:
    return SettlementReversed(
        **frame(told),
        bill=wanted.bill,
        charge=wanted.charge,
        order=wanted.order,
        reference=told.reference or wanted.reference,
    )


def _late(state: State, told: InsurerAnswered, home: InsurerAnswered) -> Event:
    """An answer nobody waits for: the same once more, or another thing than was settled."""
    bill = state.bills.get(told.bill)
    if bill is None or bill.insurer is None:
        return InsurerAnswerIrregular(**frame(home), code="settlement_not_wanted", act=told)
    if mismatches(bill, told):
        return InsurerAnswerIrregular(**frame(told), code="visit_mismatch", act=told)
    if told.outcome == "unknown":
        return _noted(home, "outcome_unknown")
    if _is_the_same(state, bill.insurer, told):
        return _noted(home, "answer_repeated")
    return InsurerAnswerIrregular(**frame(home), code="answered_otherwise", act=told)


def _is_the_same(state: State, settled: Settled, told: InsurerAnswered) -> bool:
    if told.charge:
        return told.outcome == "done" and told.charge in state.given_back
    if told.outcome == "done":
        return told.reference == settled.reference
    return (told.reason or UNEXPLAINED) == settled.refused


def _noted(told: InsurerAnswered, code: str) -> InsurerAnswerNoted:
    return InsurerAnswerNoted(**frame(told), bill=told.bill, charge=told.charge, code=code)

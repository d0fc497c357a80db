"""No fen of a stay's deposits appears, disappears or counts twice, whatever billing is told and in whatever order.

The stories of tests/laws/test_money.py, and stays among them: deposits, what is given, settlements, the way home.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.base import derive
from shared.events.billing import OrderCleared, PaymentReceived, PaymentRefused, RefundAsked, RefundConfirmed
from shared.events.billing_deposits import (
    AccountClosed,
    DepositApplied,
    DepositReceived,
    DepositRefused,
    DepositReturned,
)
from shared.events.edge import Diagnosis, PaymentTendered
from shared.events.edge_inpatient import DepositTendered, DischargeSummary
from shared.events.inpatient import DischargeOrdered, InpatientServiceRecorded, PatientDischarged
from tests.laws.test_money import ACTS, VISITS, Act, Story, timeless, total
from tests.support.spec import START, happened

VERBS = ["deposit", "deposit", "deposit", "give", "give", "settle", "pay stay", "home", "refund", "cancel visit"]
OF_STAYS = st.builds(Act, st.sampled_from(VERBS), st.sampled_from([0, 0, 1]), st.integers(0, 3), st.integers(0, 9))
BEGUN = [Act("register", 0, 0, 2), Act("deposit", 0, 0, 9), Act("give", 0, 0, 0)]
FIRST = [Act("register", 0, 0, 0), Act("deposit", 0, 0, 4)]
SETTLED = [*BEGUN, Act("give", 0, 1, 0), Act("settle", 0, 0, 9)]
STORIES = st.builds(
    lambda usual, acts: usual + acts,
    st.sampled_from([BEGUN, SETTLED, FIRST, [*SETTLED, Act("home", 0, 0, 0)]]),
    st.lists(OF_STAYS | OF_STAYS | ACTS, min_size=8, max_size=24),
)
SUMMARY = DischargeSummary(diagnoses=[Diagnosis(code="J18.9", display="肺炎")], course="", instructions="")
TENDERED = (PaymentTendered, DepositTendered)


class Stay(Story):
    """A stream of billing that hears of stays too."""

    def event(self, act: Act, n: int) -> Any:
        visit = VISITS[act.visit]
        given_to = [derive(visit.id, "given", k) for k in range(4)]
        match act.verb:
            case "register" if act.how in {0, 2}:
                return (
                    super()
                    .event(act._replace(how=2), n)
                    .model_copy(update={"treat_first": act.how == 0})
                    .known(*self.at(n))
                )
            case "deposit":
                reference = "R-shared" if act.how in {3, 5} else f"R{n}"
                amount = {0: 0, 1: 10_000}.get(act.how, 300 * act.how)
                return happened(DepositTendered, n, visit=visit, amount=amount, method="cash", reference=reference)
            case "give":
                what: dict[str, Any] = {"item": "test", "display": "test", "quantity": "1", "unit": "次"}
                order = given_to[act.which]
                return happened(
                    InpatientServiceRecorded, n, visit=visit, order=order, kind="treatment", **what, day=START.date()
                )
            case "settle":
                orders = given_to if act.how > 3 else given_to[act.which : act.which + 1]
                return happened(DischargeOrdered, n, visit=visit, orders=orders)
            case "pay stay":
                return self.pays(act, n, visit)
            case "home":
                day: dict[str, Any] = {"admitted": START.date(), "day": START.date()}
                return happened(PatientDischarged, n, visit=visit, **day, summary=SUMMARY)
        return super().event(act, n)

    def pays(self, act: Act, n: int, visit: Any) -> Any:
        """Mostly what is owed of the newest bill of a settlement."""
        bills = [event.derive("bill") for _, event in self.told if isinstance(event, DischargeOrdered)]
        bill = bills[-1 - act.which % len(bills)] if bills else derive(visit.id, "no bill")
        kept = self.stream.state.bills.get(bill)
        amount = (kept.owed if kept else 100) + (act.how == 0)
        return happened(PaymentTendered, n, visit=visit, bill=bill, amount=amount, method="cash", reference=f"R{n}")

    @staticmethod
    def at(n: int) -> Any:
        made = happened(DischargeOrdered, n, orders=[derive(VISITS[0].id, "given", 0)])
        return made.id, made.time, made.log_time

    def tendered(self) -> dict[str, int]:
        """By provider reference, what was first answered under it."""
        tenders = {event.id: event for _, event in self.told if isinstance(event, TENDERED)}
        found: dict[str, int] = {}
        for cause, fact in self.said:
            if isinstance(fact, PaymentReceived | PaymentRefused | DepositReceived | DepositRefused):
                found.setdefault(tenders[cause].reference, tenders[cause].amount)
        return found

    def behind(self) -> Counter[str]:
        """What was given to each bill, by payments and from deposits."""
        found: Counter[str] = Counter()
        for fact in self.facts(PaymentReceived, DepositApplied):
            found[fact.bill] += fact.amount
        return found

    def held(self) -> Counter[str]:
        """What is left of each deposit."""
        found: Counter[str] = Counter()
        for fact in self.facts(DepositReceived):
            found[fact.deposit] += fact.amount
        for fact in self.facts(DepositApplied, DepositReturned):
            found[fact.deposit] -= fact.amount
        return found

    def own_shares(self) -> Counter[str]:
        """What is the resident's of each bill's live lines."""
        found: Counter[str] = Counter()
        for bill, line in self.live():
            found[bill] += line.own_share
        return found


def moments(acts: list[Act]) -> Iterator[Stay]:
    story = Stay()
    for act in acts:
        story.tell(act)
        yield story


@timeless
@given(STORIES)
def test_what_was_tendered_is_applied_held_returned_or_due_back(acts: list[Act]) -> None:
    for story in moments(acts):
        own, behind = story.own_shares(), story.behind()
        applied = sum(min(own[bill], amount) for bill, amount in behind.items())
        confirmed = {fact.refund for fact in story.facts(RefundConfirmed)}
        due_back = total([fact for fact in story.facts(RefundAsked) if fact.refund not in confirmed])
        returned = total(story.facts(RefundConfirmed))
        assert sum(story.tendered().values()) == applied + sum(story.held().values()) + returned + due_back


@timeless
@given(STORIES)
def test_no_deposit_gives_more_than_it_holds_and_no_bill_gets_more_than_it_owes(acts: list[Act]) -> None:
    for story in moments(acts):
        assert all(left >= 0 for left in story.held().values())
        for fact in story.facts(DepositApplied):
            assert fact.amount > 0
            assert fact.left >= 0


@timeless
@given(STORIES)
def test_what_a_deposit_leaves_is_what_is_owed(acts: list[Act]) -> None:
    story = Stay()
    for act in acts:
        before = len(story.said)
        story.tell(act)
        left = {fact.bill: fact.left for _, fact in story.said[before:] if isinstance(fact, DepositApplied)}
        for bill, owed in left.items():
            assert story.stream.state.bills[bill].owed == owed


@timeless
@given(STORIES)
def test_a_live_line_is_cleared_exactly_when_its_bill_owes_nothing(acts: list[Act]) -> None:
    for story in moments(acts):
        own, behind = story.own_shares(), story.behind()
        cleared = {fact.order for fact in story.facts(OrderCleared)}
        assert {line.order for bill, line in story.live() if own[bill] <= behind[bill]} == cleared - story.over()
        assert len(cleared) == len(story.facts(OrderCleared))


@timeless
@given(STORIES)
def test_an_account_is_closed_once_holding_and_owing_nothing(acts: list[Act]) -> None:
    for story in moments(acts):
        closed = Counter(fact.visit.id for fact in story.facts(AccountClosed))
        assert set(closed.values()) <= {1}
        visits = {fact.deposit: fact.visit.id for fact in story.facts(DepositReceived)}
        assert not [deposit for deposit, left in story.held().items() if left and visits[deposit] in closed]
        for fact in story.facts(AccountClosed):
            mine = {deposit for deposit, visit in visits.items() if visit == fact.visit.id}
            deposited = total([one for one in story.facts(DepositReceived) if one.deposit in mine])
            applied = total([one for one in story.facts(DepositApplied) if one.deposit in mine])
            assert (fact.deposited, fact.applied) == (deposited, applied)


@timeless
@given(STORIES)
def test_every_deposit_is_answered_once_or_held(acts: list[Act]) -> None:
    for story in moments(acts):
        asked = {event.id for _, event in story.told if isinstance(event, DepositTendered)}
        answered = [cause for cause, fact in story.said if isinstance(fact, DepositReceived | DepositRefused)]
        waiting = [wait.envelope.id for wait in story.stream.held if wait.envelope.id in asked]
        assert sorted(asked) == sorted(answered + waiting)


@given(STORIES)
@settings(max_examples=50, deadline=None)
def test_what_is_left_of_a_deposit_goes_back_by_one_refund(acts: list[Act]) -> None:
    for story in moments(acts):
        refunds = {fact.refund: fact.amount for fact in story.facts(RefundAsked)}
        returned = story.facts(DepositReturned)
        assert len({fact.deposit for fact in returned}) == len(returned)
        assert all(refunds[fact.refund] == fact.amount for fact in returned)

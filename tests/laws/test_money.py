"""No fen appears, disappears or counts twice, whatever billing is told and in whatever order.

Stories go through the very step the runtime runs; the sums are taken from what was said alone, after every event,
never from billing's state.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.billing.service import SERVICE
from services.billing.settlement import Year
from services.billing.shapes import State
from shared.envelope import Envelope, at_ms, to_ms
from shared.events import TYPES, AnyEvent, lab, pharmacy
from shared.events.base import Visit, derive
from shared.events.billing import (
    BillLine,
    BillSettled,
    ChargeLapsed,
    ChargeRaised,
    ChargeReversed,
    OrderCleared,
    PaymentReceived,
    PaymentRefused,
    RefundAsked,
    RefundConfirmed,
)
from shared.events.consultation import ConsultationAccepted, LabTestOrdered, MedicationPrescribed
from shared.events.edge import PaymentTendered, RefundReported
from shared.events.registration import VisitCancelled, VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from shared.reference.insurance import Bracket, Category, MajorIllness
from shared.step import Stream, deadlines, step
from tests.support.insured import FREE, A, C, b, insured
from tests.support.spec import CARD, VISIT, an_id, enveloped, happened

PRICES = {"reg:outpatient": 500, "test": 2550, "free": 0, "medicine": 1205}
ALONE = Reference(prices=Dated.of((item, date(2026, 1, 1), fen) for item, fen in PRICES.items()))
CAPS: dict[Category, int] = {"outpatient": 1_500, "inpatient": 2_500}
MAJOR = MajorIllness(700, True, (Bracket(500, 1_500, Decimal("0.6")), Bracket(1_500, None, Decimal("0.7"))))
REFERENCE = insured(
    ALONE,
    {"reg:outpatient": C, "test": A, "medicine": b("0.1")},
    {"test": "blood_count"},
    caps=CAPS,
    major_illness=MAJOR,
)
timeless = settings(deadline=None)
VISITS = [Visit(id=an_id(800 + n), date=VISIT.date) for n in range(2)]
ITEMS = ("test", "free", "free", "medicine")
FAR = 1 << 60


class Act(NamedTuple):
    """One thing that happens: in which of two visits, and two numbers that the verb reads as it likes."""

    verb: str
    visit: int
    which: int
    how: int


VERBS = ["register", "order", "order", "accept", "cancel", "cancel", "return", "cancel visit", "refund", "refund"]
VERBS += ["accept", "tender", "tender", "tender", "tender", "lapse", "again"]
ACTS = st.builds(Act, st.sampled_from(VERBS), st.sampled_from([0, 0, 1]), st.integers(0, 3), st.integers(0, 9))
ORDERED = [Act("register", 0, 0, 9), *(Act("order", 0, n, 9) for n in range(4))]
ACCEPTED = [*ORDERED, Act("accept", 0, 0, 9)]
PAID = [*ACCEPTED, Act("tender", 0, 0, 9), Act("tender", 0, 2, 9)]
STORIES = st.builds(
    lambda usual, acts: usual + acts,
    st.sampled_from([[], ORDERED, ACCEPTED, PAID]),
    st.lists(ACTS, min_size=8, max_size=30),
)
"""An ordinary visit up to some point, then anything."""


class Story:
    """A stream of billing and everything it has said, fact by fact with its cause."""

    def __init__(self) -> None:
        self.stream: Stream[State] = Stream(SERVICE.initial)
        self.told: list[tuple[Envelope, AnyEvent]] = []
        self.said: list[tuple[str, AnyEvent]] = []

    def tell(self, act: Act) -> None:
        if act.verb == "again":
            for envelope, event in self.told[-1 - act.how :][:1]:
                self.hear(envelope, event)
        elif act.verb == "lapse":
            for envelope in deadlines(SERVICE, self.stream, CARD, "2026", FAR)[: act.how]:
                event = TYPES[envelope.type].model_validate_json(envelope.body)
                log_time = at_ms(to_ms(envelope.happened))
                self.hear(envelope, event.known(envelope.id, envelope.happened, log_time))
        else:
            event = self.event(act, len(self.told))
            self.hear(enveloped(event), event)

    def hear(self, envelope: Envelope, event: AnyEvent) -> None:
        self.told.append((envelope, event))
        self.stream, said = step(SERVICE, self.stream, envelope, event, REFERENCE)
        self.said += [(one.causation, TYPES[one.type].model_validate_json(one.body)) for one in said]

    def event(self, act: Act, n: int) -> Any:
        visit = VISITS[act.visit]
        orders = [derive(visit.id, "order", k) for k in range(4)]
        order, item, seen = orders[act.which], ITEMS[act.which], derive(visit.id, "seen")
        what: Any = {"order": order, "code": item, "display": item, "consultation": seen, "treat_first": act.how == 0}
        dosed: Any = {"prescription": seen, "line": 1, "quantity": "1.5", "unit": "box", "dosage": "", "days": 1}
        match act.verb:
            case "register":
                kind = {1: "checkup", 2: "inpatient", 3: "emergency"}.get(act.how, "outpatient")
                where: Any = {"department": "D", "session": "morning", "date": visit.date, "treat_first": act.how == 0}
                who: Any = {"payer": "self" if act.how == 4 else None, "entitlements": [FREE] if act.how == 5 else None}
                return happened(VisitRegistered, n, visit=visit, kind=kind, **where, **who)
            case "order" if item != "medicine":
                return happened(LabTestOrdered, n, visit=visit, specimen="BLD", **what)
            case "order":
                return happened(MedicationPrescribed, n, visit=visit, **what, **dosed)
            case "accept":
                wanted = orders if act.how > 3 else orders[act.which : act.which + 1]
                return happened(ConsultationAccepted, n, visit=visit, consultation=seen, orders=wanted)
            case "cancel":
                said_by = lab if act.which < 2 else pharmacy
                return happened(said_by.OrderCancelled, n, visit=visit, order=order)
            case "return":
                back = orders[act.which :]
                return happened(pharmacy.PrescriptionReturned, n, visit=visit, prescription=seen, orders=back)
            case "cancel visit":
                return happened(VisitCancelled, n, visit=visit)
            case "tender":
                return self.tender(act, n, visit)
        refunds = [fact.refund for fact in self.facts(RefundAsked)] or [derive(visit.id, "no refund")]
        outcome = "failed" if act.how == 0 else "confirmed"
        refund = refunds[act.which % len(refunds)]
        asked_in = next((fact.visit for fact in self.facts(RefundAsked) if fact.refund == refund), visit)
        return happened(RefundReported, n, visit=asked_in, refund=refund, outcome=outcome, reference="R")

    def tender(self, act: Act, n: int, visit: Visit) -> Any:
        """Mostly the right amount under a reference of its own; else wrong, nothing, or another's reference or bill."""
        bills = [derive(v.id, *path) for v in (visit, VISITS[0]) for path in [("bill",)]]
        bills += [derive(derive(v.id, "seen"), "bill") for v in (visit, VISITS[0])]
        bill = bills[(act.which + 2) % 4]
        owed = sum(line.own_share for name, line in self.live() if name == bill)
        amount = {0: 0, 1: owed + 1, 2: max(0, owed - 1), 3: 999}.get(act.how, owed)
        reference = "R-shared" if act.how in {3, 4, 5} else f"R{n}"
        return happened(PaymentTendered, n, visit=visit, bill=bill, amount=amount, method="cash", reference=reference)

    def facts(self, *types: type[AnyEvent]) -> list[Any]:
        return [fact for _, fact in self.said if isinstance(fact, types)]

    def over(self) -> set[str]:
        return {fact.order for fact in self.facts(ChargeReversed, ChargeLapsed)}

    def live(self) -> list[tuple[str, BillLine]]:
        """The lines of all bills that were neither reversed nor lapsed."""
        over = self.over()
        return [(b.bill, line) for b in self.facts(BillSettled) for line in b.lines if line.order not in over]


def moments(acts: list[Act]) -> Iterator[Story]:
    """The same story after each of its acts."""
    story = Story()
    for act in acts:
        story.tell(act)
        yield story


def total(facts: list[Any]) -> int:
    return sum(fact.amount for fact in facts)


def assert_split_or_waiting(story: Story) -> None:
    """What was raised and not taken back is split to the fen, or waits for its bill."""
    raised, over = story.facts(ChargeRaised), story.facts(ChargeReversed, ChargeLapsed)
    settled = {line.order for bill in story.facts(BillSettled) for line in bill.lines} | story.over()
    split = sum(line.insurer + line.major_illness + line.waiver + line.own_share for _, line in story.live())
    unbilled = total([charge for charge in raised if charge.order not in settled])
    assert total(raised) - total(over) == split + unbilled


def year_of_live_lines(story: Story) -> Year:
    """What payers took over in the year, by the lines that stand."""
    categories = {bill.bill: bill.category for bill in story.facts(BillSettled) if bill.category}
    live = [(categories[bill], line) for bill, line in story.live() if bill in categories]
    return Year(
        outpatient=sum(line.insurer for category, line in live if category == "outpatient"),
        inpatient=sum(line.insurer for category, line in live if category == "inpatient"),
        counted=sum(line.counted or 0 for _, line in live),
        major_illness=sum(line.major_illness for _, line in live),
    )


@timeless
@given(STORIES)
def test_what_was_raised_and_not_taken_back_is_split_or_waits_for_its_bill(acts: list[Act]) -> None:
    for story in moments(acts):
        assert_split_or_waiting(story)


@timeless
@given(STORIES)
def test_what_was_tendered_is_applied_returned_or_due_back(acts: list[Act]) -> None:
    for story in moments(acts):
        tenders = {event.id: event for _, event in story.told if isinstance(event, PaymentTendered)}
        tendered: dict[str, int] = {}
        for cause, fact in story.said:
            if isinstance(fact, PaymentReceived | PaymentRefused):
                tendered.setdefault(tenders[cause].reference, tenders[cause].amount)
        paid = {fact.bill for fact in story.facts(PaymentReceived)}
        confirmed = {fact.refund for fact in story.facts(RefundConfirmed)}
        applied = sum(line.own_share for bill, line in story.live() if bill in paid)
        due_back = total([fact for fact in story.facts(RefundAsked) if fact.refund not in confirmed])
        assert sum(tendered.values()) == applied + total(story.facts(RefundConfirmed)) + due_back


@timeless
@given(STORIES)
def test_the_year_of_the_payers_is_exactly_what_live_lines_say(acts: list[Act]) -> None:
    for story in moments(acts):
        assert story.stream.state.year == year_of_live_lines(story)


@timeless
@given(STORIES)
def test_no_cap_is_passed_whatever_is_reversed_or_lapses(acts: list[Act]) -> None:
    for story in moments(acts):
        year = story.stream.state.year
        assert 0 <= year.outpatient <= CAPS["outpatient"]
        assert 0 <= year.inpatient <= CAPS["inpatient"]
        assert 0 <= year.major_illness <= MAJOR.cap


@timeless
@given(STORIES)
def test_a_reversal_gives_every_payer_back_what_it_took_of_the_line(acts: list[Act]) -> None:
    for story in moments(acts):
        settled = {line.order: line for bill in story.facts(BillSettled) for line in bill.lines}
        for fact in story.facts(ChargeReversed):
            if fact.bill is not None:
                line = settled[fact.order]
                back = (fact.insurer or 0, fact.major_illness or 0, fact.waiver or 0, fact.own_share)
                assert back == (line.insurer, line.major_illness, line.waiver, line.own_share)


@timeless
@given(STORIES)
def test_nothing_happens_twice_to_the_same_thing(acts: list[Act]) -> None:
    for story in moments(acts):
        for once in (
            [fact.order for fact in story.facts(ChargeRaised)],
            [fact.order for fact in story.facts(ChargeReversed, ChargeLapsed)],
            [fact.order for fact in story.facts(OrderCleared)],
            [line.order for bill in story.facts(BillSettled) for line in bill.lines],
            [fact.bill for fact in story.facts(BillSettled)],
            [fact.bill for fact in story.facts(PaymentReceived)],
            [fact.refund for fact in story.facts(RefundAsked)],
            [fact.refund for fact in story.facts(RefundConfirmed)],
        ):
            assert len(once) == len(set(once))


@timeless
@given(STORIES)
def test_a_live_line_is_cleared_exactly_when_its_bill_owes_nothing(acts: list[Act]) -> None:
    for story in moments(acts):
        paid = {fact.bill for fact in story.facts(PaymentReceived)}
        owing = {bill for bill, line in story.live() if line.own_share} - paid
        cleared = {fact.order for fact in story.facts(OrderCleared)}
        assert {line.order for bill, line in story.live() if bill not in owing} == cleared - story.over()


@timeless
@given(STORIES)
def test_every_tender_is_answered_once_or_held(acts: list[Act]) -> None:
    for story in moments(acts):
        tenders = {event.id for _, event in story.told if isinstance(event, PaymentTendered)}
        answered = [cause for cause, fact in story.said if isinstance(fact, PaymentReceived | PaymentRefused)]
        waiting = [wait.envelope.id for wait in story.stream.held if wait.envelope.id in tenders]
        assert sorted(tenders) == sorted(answered + waiting)


@given(STORIES)
@settings(max_examples=50, deadline=None)
def test_the_state_comes_back_from_its_json_as_it_was(acts: list[Act]) -> None:
    adapter = TypeAdapter(State)
    for story in moments(acts):
        assert adapter.validate_json(adapter.dump_json(story.stream.state)) == story.stream.state

"""Laws of bills that an insurer settles by call, whatever it answers, how late and however often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.service import SERVICE
from shared.envelope import Envelope
from shared.events import TYPES, AnyEvent
from shared.events.base import Where, derive
from shared.events.billing import BillSettled, ChargeLapsed, ChargeReversed, OrderCleared, PaymentReceived
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    InsurerAnswerNoted,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)
from shared.events.edge_insurer import InsuredLine, InsurerAnswered
from shared.reference.data import Dated
from shared.step import step
from tests.laws.test_money import (
    ACCEPTED,
    ACTS,
    ORDERED,
    REFERENCE,
    Act,
    Story,
    assert_split_or_waiting,
    timeless,
    total,
    year_of_live_lines,
)
from tests.support.insured import SINCE, terms
from tests.support.spec import happened

BY_CALL = replace(REFERENCE, schemes=Dated.of([("resident", SINCE, terms(settles="port"))]))
GATEWAY = Where(institution="insurer", terminal="insurer-1", channel="insurer")
ANSWERED = [*ACCEPTED, Act("answer", 0, 0, 9), Act("answer", 0, 0, 9)]
ANSWERS = st.builds(Act, st.just("answer"), st.sampled_from([0, 0, 1]), st.integers(0, 3), st.integers(0, 9))
STORIES = st.builds(
    lambda usual, acts: usual + acts,
    st.sampled_from([[], ORDERED, ACCEPTED, ANSWERED]),
    st.lists(st.one_of(ACTS, ANSWERS), min_size=8, max_size=30),
)


class Asked(Story):
    """A story whose insurer is asked."""

    def hear(self, envelope: Envelope, event: AnyEvent) -> None:
        self.told.append((envelope, event))
        self.stream, said = step(SERVICE, self.stream, envelope, event, BY_CALL)
        self.said += [(one.causation, TYPES[one.type].model_validate_json(one.body)) for one in said]

    def event(self, act: Act, n: int) -> Any:
        return self.answer(act, n) if act.verb == "answer" else super().event(act, n)

    def answer(self, act: Act, n: int) -> Any:
        """Mostly to what waits: done; else refused, unknown, unfit, of another day, or to what waits no more."""
        open = [ask.wanted for ask in self.stream.state.asks.values()]
        wanted = open or self.facts(SettlementWanted, SettlementReversalWanted)
        if act.how == 3 or not wanted:
            wanted = self.facts(SettlementWanted, SettlementReversalWanted)[::-1]
        if not wanted:
            bill = derive(self.event(Act("register", act.visit, 0, 9), n).visit.id, "bill")
            return self.made(n, wanted=None, bill=bill, outcome="unknown")
        one = wanted[act.which % len(wanted)]
        fields: dict[str, Any] = {"bill": one.bill, "outcome": {0: "unknown", 1: "refused"}.get(act.how, "done")}
        if isinstance(one, SettlementReversalWanted):
            return self.made(n, wanted=one, charge=one.charge, reference=f"V{n}", **fields)
        over = 1 if act.how == 2 else 0
        lines = [
            InsuredLine(
                charge=line.charge,
                insurer=line.amount // (1 + act.which) + over,
                counted=line.amount - line.amount // (1 + act.which),
            )
            for line in one.lines
        ]
        return self.made(n, wanted=one, reference=f"S{n % 3}", lines=lines, **fields)

    def made(self, n: int, *, wanted: Any, **fields: Any) -> Any:
        visit = wanted.visit if wanted else self.event(Act("register", 0, 0, 9), n).visit
        return happened(InsurerAnswered, n, visit=visit, where=GATEWAY, **fields)


def moments(acts: list[Act]) -> Iterator[Asked]:
    """The same story after each of its acts."""
    story = Asked()
    for act in acts:
        story.tell(act)
        yield story


def by_the_insurer(story: Asked) -> list[tuple[str, Any]]:
    """The bills insurers settled or refused, each with the id of its answer."""
    bills = [(cause, fact) for cause, fact in story.said if isinstance(fact, BillSettled)]
    return [(cause, bill) for cause, bill in bills if bill.settlement or bill.refused]


@timeless
@given(STORIES)
def test_a_bill_is_what_its_insurer_said_and_adds_up(acts: list[Act]) -> None:
    for story in moments(acts):
        answers = {event.id: event for _, event in story.told if isinstance(event, InsurerAnswered)}
        for cause, bill in by_the_insurer(story):
            answer = answers[cause]
            paid = {line.charge: line for line in answer.lines or ()} if answer.outcome == "done" else {}
            assert (bill.bill, bill.settlement) == (answer.bill, answer.reference if paid else None)
            for line in bill.lines:
                said = paid.get(line.charge, InsuredLine(charge=line.charge))
                assert (line.insurer, line.major_illness) == (said.insurer, said.major_illness)
                assert line.amount == line.insurer + line.major_illness + line.waiver + line.own_share
            assert bill.total == total(bill.lines)


@timeless
@given(STORIES)
def test_every_bill_somebody_is_asked_about_is_settled_by_them_or_waits(acts: list[Act]) -> None:
    for story in moments(acts):
        wanted = {fact.bill for fact in story.facts(SettlementWanted)}
        settled = {bill.bill for _, bill in by_the_insurer(story)}
        waiting = {name for name, ask in story.stream.state.asks.items() if isinstance(ask.wanted, SettlementWanted)}
        assert wanted == settled | waiting
        assert not settled & waiting
        assert len(story.facts(SettlementWanted)) == len(wanted)


@timeless
@given(STORIES)
def test_what_the_insurer_settled_and_is_over_goes_back_to_it(acts: list[Act]) -> None:
    for story in moments(acts):
        paid = {
            line.charge: (line.insurer, line.major_illness, bill.settlement)
            for _, bill in by_the_insurer(story)
            if bill.settlement
            for line in bill.lines
        }
        over = {fact.charge for fact in story.facts(ChargeReversed, ChargeLapsed)} & paid.keys()
        back = story.facts(SettlementReversalWanted)
        assert Counter(fact.charge for fact in back) == Counter(over)
        assert all((fact.insurer, fact.major_illness, fact.reference) == paid[fact.charge] for fact in back)
        assert {fact.charge for fact in story.facts(SettlementReversed)} <= over


@timeless
@given(STORIES)
def test_what_was_raised_and_not_taken_back_is_split_or_waits(acts: list[Act]) -> None:
    for story in moments(acts):
        assert_split_or_waiting(story)


@timeless
@given(STORIES)
def test_the_year_is_exactly_what_live_lines_say(acts: list[Act]) -> None:
    for story in moments(acts):
        assert story.stream.state.year == year_of_live_lines(story)


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
def test_every_answer_is_answered_once(acts: list[Act]) -> None:
    for story in moments(acts):
        told = {event.id for _, event in story.told if isinstance(event, InsurerAnswered)}
        words = (BillSettled, SettlementReversed, InsurerAnswerNoted, InsurerAnswerIrregular)
        said = [cause for cause, fact in story.said if isinstance(fact, words) and cause in told]
        assert sorted(said) == sorted(told)


def test_the_stories_do_come_to_all_of_it() -> None:
    said: Counter[str] = Counter()

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(STORIES)
    def play(acts: list[Act]) -> None:
        *_, story = moments(acts)
        said.update(getattr(fact, "code", type(fact).__name__) for _, fact in story.said)

    play()
    kinds = ("SettlementWanted", "SettlementReversalWanted", "SettlementReversed", "BillSettled")
    codes = ("outcome_unknown", "split_unfit", "answer_repeated", "answered_otherwise", "reversal_refused")
    assert {*kinds, *codes, "settlement_not_wanted", "insurer_silent"} <= said.keys()

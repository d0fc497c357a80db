"""A queue, whatever is asked of it, is a plain one: numbers unique and gap-free, one a visit, never above capacity."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.queues.decider import MOST_MISSES, decide
from services.queues.state import BEHIND, INITIAL, State, evolve
from shared.decider import Hold
from shared.events import AnyEvent, edge_queues, queues
from shared.events.base import Visit, Where, queue_key
from shared.events.registration import TicketWanted, TicketWithdrawn
from shared.reference import QueueRule, Reference
from shared.reference.data import Dated
from tests.laws.test_deciders import LONG
from tests.support.spec import CARD, START, an_id

DAY = START.date()
CAPACITY = 4
QUEUE = queue_key("H01", "D01", "morning", DAY)
REFERENCE = Reference(queues=Dated.of([("H01|D01|morning|*", date(2026, 1, 1), QueueRule(True, CAPACITY))]))
VISITS = st.integers(1, 9)
DESKS = st.sampled_from(["T01", "T02"])


class AQueue(RuleBasedStateMachine):
    """One queue, and a plain model of it: who has which number, and who stands where."""

    def __init__(self) -> None:
        super().__init__()
        self.state: State = INITIAL
        self.now = START
        self.numbers: dict[int, int] = {}
        self.line: list[int] = []
        self.called: dict[int, str] = {}
        self.gone: set[int] = set()
        self.misses: Counter[int] = Counter()
        self.moves = 0
        self.shown: queues.QueueMoved | None = None

    def hear(self, event: AnyEvent) -> list[Any]:
        """What the queue says, with its state gone on over it, and its board looked at."""
        self.now += timedelta(seconds=7)
        event.known(an_id(1), self.now, self.now)
        decision = decide(self.state, event, REFERENCE)
        assert not isinstance(decision, Hold), "a queue never waits"
        facts: list[Any] = list(decision)
        self.state = evolve(self.state, event)
        for fact in facts:
            self.state = evolve(self.state, fact)
            if isinstance(fact, queues.QueueMoved):
                self.moves += 1
                self.shown = fact
        return [fact for fact in facts if not isinstance(fact, queues.QueueMoved)]

    @rule(visit=VISITS, kind=st.sampled_from(["outpatient", "emergency"]))
    def want(self, visit: int, kind: Any) -> None:
        said = self.hear(TicketWanted(**of(visit), kind=kind))
        if visit in self.gone:
            assert refusals(said) == ["ticket_withdrawn"]
        elif visit in self.numbers:
            assert [(fact.number, fact.again) for fact in said] == [(self.numbers[visit], False)]
        elif kind == "outpatient" and self.taken() >= CAPACITY:
            assert refusals(said) == ["session_full"]
        else:
            self.join(visit, said)

    @rule(visit=VISITS)
    def withdraw(self, visit: int) -> None:
        assert self.hear(TicketWithdrawn(**of(visit))) == []
        number = self.numbers.get(visit, 0)
        if number in self.line:
            self.line.remove(number)
        if number not in self.served():
            self.gone.add(visit)
            self.called.pop(number, None)

    @rule(visit=VISITS)
    def check_in(self, visit: int) -> None:
        said = self.hear(edge_queues.CheckInRequested(**{**of(visit), **asked()}))
        number = self.numbers.get(visit, 0)
        if visit in self.gone:
            assert refusals(said) == ["ticket_withdrawn"]
        elif number in self.line or number in self.called:
            assert refusals(said) == ["already_in_queue"]
        elif number:
            assert [(fact.number, fact.again) for fact in said] == [(number, True)]
            self.line.append(number)
            self.misses[number] = 0
        elif self.taken() >= CAPACITY:
            assert refusals(said) == ["session_full"]
        else:
            self.join(visit, said)

    @rule(desk=DESKS)
    def call(self, desk: str) -> None:
        said = self.hear(edge_queues.TicketCallRequested(**asked(desk)))
        if desk in self.called.values():
            assert refusals(said) == ["ticket_in_hand"]
        elif not self.line:
            assert refusals(said) == ["nobody_waiting"]
        else:
            number = self.line.pop(0)
            assert [fact.number for fact in said] == [number]
            self.called[number] = desk

    @rule(number=st.integers(1, 9), desk=DESKS)
    def miss(self, number: int, desk: str) -> None:
        said = self.hear(edge_queues.TicketMissReported(**asked(desk), number=number))
        if number not in self.called:
            assert refusals(said) == ["not_called"]
            return
        del self.called[number]
        self.misses[number] += 1
        back = self.misses[number] < MOST_MISSES
        assert [(fact.misses, fact.back) for fact in said] == [(self.misses[number], back)]
        if back:
            self.line.insert(BEHIND, number)

    @rule(number=st.integers(1, 9), desk=DESKS)
    def serve(self, number: int, desk: str) -> None:
        said = self.hear(edge_queues.TicketServeReported(**asked(desk), number=number))
        if self.called.pop(number, None) is None:
            assert refusals(said) == ["not_called"]
        else:
            assert [type(fact) for fact in said] == [queues.TicketServed]

    @invariant()
    def numbers_are_unique_gap_free_and_one_a_visit(self) -> None:
        assert sorted(self.numbers.values()) == list(range(1, len(self.numbers) + 1))
        assert [ticket.visit for ticket in self.state.tickets] == [an_id(visit) for visit in self.numbers]

    @invariant()
    def the_line_is_the_plain_one(self) -> None:
        assert self.state.line == tuple(self.line)
        assert {n: ticket.desk for n, ticket in self.state.called()} == self.called

    @invariant()
    def the_board_shows_the_queue_as_it_is(self) -> None:
        if self.shown is not None:
            assert (self.shown.waiting, self.shown.move) == (self.line, self.moves)
            assert {one.number: one.desk for one in self.shown.called} == self.called
            assert self.shown.issued == len(self.numbers)

    def join(self, visit: int, said: list[Any]) -> None:
        number = len(self.numbers) + 1
        assert [(fact.number, fact.visit.id, fact.again) for fact in said] == [(number, an_id(visit), False)]
        self.numbers[visit] = number
        self.line.append(number)

    def taken(self) -> int:
        """A withdrawn ticket has given its place back."""
        return sum(visit not in self.gone for visit in self.numbers)

    def served(self) -> set[int]:
        return {n for n, ticket in enumerate(self.state.tickets, start=1) if ticket.status == "served"}


def of(visit: int) -> dict[str, Any]:
    return {"queue": QUEUE, "card": CARD, "visit": Visit(id=an_id(visit), date=DAY), "where": at()}


def asked(desk: str = "T01") -> dict[str, Any]:
    return {"queue": QUEUE, "where": at(desk), "good_until": START + timedelta(days=1)}


def at(desk: str = "T01") -> Where:
    return Where(institution="H01", department="D01", terminal=desk, channel="window")


def refusals(said: list[Any]) -> list[str]:
    return [fact.code for fact in said]


def test_a_queue_is_what_a_plain_one_is() -> None:
    run_state_machine_as_test(
        AQueue,
        settings=settings(
            max_examples=300 if LONG else 60, stateful_step_count=40, deadline=None, derandomize=not LONG
        ),
    )

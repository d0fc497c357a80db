"""Queues: a number for whoever wants one while there are any, called in order, and the board as it then stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.queues.decider import MOST_TICKETS
from services.queues.service import SERVICE
from services.queues.state import INITIAL, State, Ticket, evolve
from shared.events import AnyEvent
from shared.events.base import Visit, ward_key
from shared.events.edge_queues import CheckInRequested, TicketCallRequested, TicketMissReported, TicketServeReported
from shared.events.queues import (
    AtDesk,
    QueueMoved,
    QueueRefused,
    TicketCalled,
    TicketIssued,
    TicketMissed,
    TicketRefused,
    TicketServed,
)
from shared.events.registration import TicketWanted, TicketWithdrawn
from shared.reference import QueueRule, Reference
from shared.reference.data import Dated
from tests.support.spec import CARD, QUEUE, START, WHERE, Given, an_id, asked, fact, happened
from tests.support.spec import given as given_by

SINCE = date(2026, 1, 1)
SMALL = Reference(queues=Dated.of([("H01|D01|morning|*", SINCE, QueueRule(check_in=False, capacity=2))]))
JOINED = Reference(queues=Dated.of([("H01|D01|morning|*", SINCE, QueueRule(check_in=True, capacity=None))]))
SECOND_DESK = WHERE.model_copy(update={"terminal": "T02"})


def given(*events: AnyEvent, reference: Reference | None = None) -> Given:
    return given_by(SERVICE, *events, reference=reference)


def visit(n: int) -> Visit:
    return Visit(id=an_id(n), date=START.date())


def want(n: int, kind: str = "outpatient") -> Any:
    """Visit n wants a number, n seconds after the start."""
    return happened(TicketWanted, n, card=CARD, visit=visit(n), kind=kind)


def withdraw(n: int) -> Any:
    return happened(TicketWithdrawn, 100 + n, card=CARD, visit=visit(n))


def check_in(n: int, at: int = 200, **fields: Any) -> Any:
    return asked(CheckInRequested, at + n, card=CARD, visit=visit(n), **fields)


def call(at: int = 300, **fields: Any) -> Any:
    return asked(TicketCallRequested, at, **fields)


def miss(number: int, at: int = 310) -> Any:
    return asked(TicketMissReported, at, number=number)


def serve(number: int, at: int = 320) -> Any:
    return asked(TicketServeReported, at, number=number)


def issued(n: int, number: int, **fields: Any) -> Any:
    return fact(TicketIssued, visit=visit(n), queue=QUEUE, number=number, **fields)


def called(n: int, number: int, at: int = 300, **fields: Any) -> Any:
    called_at = START + timedelta(seconds=at)
    return fact(TicketCalled, visit=visit(n), queue=QUEUE, number=number, called_at=called_at, **fields)


def missed(n: int, number: int, misses: int, *, back: bool) -> Any:
    return fact(TicketMissed, visit=visit(n), queue=QUEUE, number=number, misses=misses, back=back)


def board(move: int, issued: int, waiting: list[int], **fields: Any) -> Any:
    return fact(QueueMoved, move=move, issued=issued, length=len(waiting), waiting=waiting, **fields)


def desk(number: int, terminal: str = "T01") -> AtDesk:
    return AtDesk(number=number, desk=terminal)


def no_ticket(n: int, code: str) -> Any:
    return fact(TicketRefused, visit=visit(n), queue=QUEUE, code=code)


def refused(code: str, number: int | None = None, **fields: Any) -> Any:
    return fact(QueueRefused, code=code, number=number, **fields)


three = (want(1), want(2), want(3))


class TestAnEmptyQueue:
    def test_the_first_gets_number_one(self) -> None:
        given().when(want(1)).then(issued(1, 1), board(1, 1, [1]))

    def test_nobody_can_be_called(self) -> None:
        given().when(call()).then(refused("nobody_waiting"))

    @pytest.mark.parametrize("report", [miss(1), serve(1)])
    def test_a_number_that_was_never_given_is_not_called(self, report: AnyEvent) -> None:
        given().when(report).then(refused("not_called", 1))

    def test_what_was_withdrawn_before_it_was_wanted_gets_no_number(self) -> None:
        given(withdraw(1)).when(want(1)).then(no_ticket(1, "ticket_withdrawn"))

    def test_what_was_withdrawn_before_it_was_wanted_moves_nothing(self) -> None:
        given().when(withdraw(1)).then_nothing()

    def test_a_queue_without_check_in_is_joined_by_registration_alone(self) -> None:
        given().when(check_in(1)).then(refused("no_check_in"))

    def test_a_queue_with_check_in_is_joined_on_arrival(self) -> None:
        given(reference=JOINED).when(check_in(1)).then(issued(1, 1), board(1, 1, [1]))

    def test_a_check_in_at_a_ward_is_refused(self) -> None:
        ward = ward_key("H01", "W03")
        given(reference=JOINED).when(check_in(1, queue=ward)).then(refused("no_check_in", queue=ward))


class TestAQueueWithThreeWaiting:
    def test_the_next_gets_the_next_number(self) -> None:
        given(*three).when(want(4)).then(issued(4, 4), board(4, 4, [1, 2, 3, 4]))

    def test_a_visit_of_another_card_with_the_same_id_is_another(self) -> None:
        other = happened(TicketWanted, 50, card="d" * 64, visit=visit(1), kind="outpatient")
        mine = fact(TicketIssued, card="d" * 64, visit=visit(1), queue=QUEUE, number=4)
        given(*three).when(other).then(mine, board(4, 4, [1, 2, 3, 4]))

    def test_a_second_wish_of_a_visit_is_told_the_number_it_has(self) -> None:
        again = happened(TicketWanted, 50, card=CARD, visit=visit(2), kind="outpatient")
        given(*three).when(again).then(issued(2, 2))

    def test_the_first_in_line_is_called(self) -> None:
        given(*three).when(call()).then(called(1, 1), board(4, 3, [2, 3], called=[desk(1)]))

    def test_two_desks_call_two_numbers(self) -> None:
        given(*three, call()).when(call(301, where=SECOND_DESK)).then(
            called(2, 2, 301, where=SECOND_DESK),
            board(5, 3, [3], called=[desk(1), desk(2, "T02")], where=SECOND_DESK),
        )

    def test_a_withdrawn_ticket_leaves_the_line(self) -> None:
        given(*three).when(withdraw(2)).then(board(4, 3, [1, 3]))

    def test_its_number_is_not_used_again(self) -> None:
        given(*three, withdraw(3)).when(want(4)).then(issued(4, 4), board(5, 4, [1, 2, 4]))

    def test_a_second_withdrawal_moves_nothing(self) -> None:
        again = happened(TicketWithdrawn, 150, card=CARD, visit=visit(2))
        given(*three, withdraw(2)).when(again).then_nothing()

    def test_a_withdrawn_ticket_does_not_come_back_by_check_in(self) -> None:
        given(*three, withdraw(2)).when(check_in(2)).then(refused("ticket_withdrawn", 2))

    def test_who_stands_in_line_can_not_join_it_again(self) -> None:
        given(*three).when(check_in(2)).then(refused("already_in_queue", 2))

    @pytest.mark.parametrize("report", [miss(2), serve(2)])
    def test_a_number_that_waits_is_not_called(self, report: AnyEvent) -> None:
        given(*three).when(report).then(refused("not_called", 2))


class TestANumberInHand:
    at_desk = (*three, want(4), want(5), call())

    def test_its_desk_can_not_call_another(self) -> None:
        given(*self.at_desk).when(call(301)).then(refused("ticket_in_hand", 1))

    def test_it_is_served_and_its_time_counted_from_the_call(self) -> None:
        served = fact(TicketServed, visit=visit(1), queue=QUEUE, number=1, seconds=20)
        given(*self.at_desk).when(serve(1)).then(served, board(7, 5, [2, 3, 4, 5], service_seconds=20, desks=1))

    def test_another_desk_may_say_that_it_was_served(self) -> None:
        served = fact(TicketServed, visit=visit(1), queue=QUEUE, number=1, seconds=20, where=SECOND_DESK)
        by = asked(TicketServeReported, 320, number=1, where=SECOND_DESK)
        given(*self.at_desk).when(by).then(
            served, board(7, 5, [2, 3, 4, 5], service_seconds=20, desks=1, where=SECOND_DESK)
        )

    def test_missed_it_waits_behind_three_others(self) -> None:
        given(*self.at_desk).when(miss(1)).then(missed(1, 1, 1, back=True), board(7, 5, [2, 3, 4, 1, 5]))

    def test_missed_in_a_short_line_it_waits_at_the_end(self) -> None:
        given(want(1), want(2), call()).when(miss(1)).then(missed(1, 1, 1, back=True), board(4, 2, [2, 1]))

    def test_withdrawn_it_sets_its_desk_free(self) -> None:
        given(*self.at_desk, withdraw(1)).when(call(301)).then(
            called(2, 2, 301), board(8, 5, [3, 4, 5], called=[desk(2)])
        )


class TestANumberThatWasServed:
    story = (*three, call(), serve(1))

    def test_it_is_not_called_any_more(self) -> None:
        given(*self.story).when(miss(1, 330)).then(refused("not_called", 1))

    def test_it_is_not_withdrawn(self) -> None:
        given(*self.story).when(withdraw(1)).then_nothing()

    def test_it_keeps_its_place_of_the_session(self) -> None:
        given(want(1), call(), serve(1), want(2), reference=SMALL).when(want(3)).then(no_ticket(3, "session_full"))

    def test_it_comes_back_to_the_end_of_the_line_with_its_results(self) -> None:
        given(*self.story).when(check_in(1, 400)).then(
            issued(1, 1, again=True), board(6, 3, [2, 3, 1], service_seconds=20, desks=1)
        )


class TestANumberMissedThreeTimes:
    story = (want(1), call(300), miss(1, 301), call(302), miss(1, 303), call(304))

    def test_it_leaves_the_line(self) -> None:
        given(*self.story).when(miss(1, 305)).then(missed(1, 1, 3, back=False), board(7, 1, []))

    def test_a_check_in_brings_it_back_with_its_number(self) -> None:
        given(*self.story, miss(1, 305)).when(check_in(1, 400)).then(issued(1, 1, again=True), board(8, 1, [1]))

    def test_it_may_then_be_missed_three_times_again(self) -> None:
        story = (*self.story, miss(1, 305), check_in(1, 400), call(410))
        given(*story).when(miss(1, 411)).then(missed(1, 1, 1, back=True), board(10, 1, [1]))


class TestAFullSession:
    def test_the_next_gets_no_number(self) -> None:
        given(want(1), want(2), reference=SMALL).when(want(3)).then(no_ticket(3, "session_full"))

    def test_a_withdrawn_ticket_frees_its_place(self) -> None:
        given(want(1), want(2), withdraw(1), reference=SMALL).when(want(3)).then(issued(3, 3), board(4, 3, [2, 3]))

    def test_an_emergency_gets_a_number_all_the_same(self) -> None:
        given(want(1), want(2), reference=SMALL).when(want(3, "emergency")).then(issued(3, 3), board(3, 3, [1, 2, 3]))

    def test_a_capacity_counts_from_the_day_it_is_valid_from(self) -> None:
        rows = [("H01|D01|morning|*", SINCE, QueueRule(check_in=False, capacity=0))]
        later = ("H01|D01|morning|*", START.date(), QueueRule(check_in=False, capacity=1))
        given(reference=Reference(queues=Dated.of([*rows, later]))).when(want(1)).then(issued(1, 1), board(1, 1, [1]))

    def test_a_weekdays_capacity_goes_before_that_of_every_day(self) -> None:
        rows = [(f"H01|D01|morning|{day}", SINCE, QueueRule(False, most)) for day, most in (("*", 5), ("2", 0))]
        given(reference=Reference(queues=Dated.of(rows))).when(want(1)).then(no_ticket(1, "session_full"))

    def test_a_full_queue_with_check_in_refuses_who_arrives(self) -> None:
        full = Reference(queues=Dated.of([("H01|D01|morning|*", SINCE, QueueRule(check_in=True, capacity=0))]))
        given(reference=full).when(check_in(1)).then(refused("session_full"))

    def test_no_queue_gives_more_numbers_than_its_document_can_hold(self) -> None:
        ticket = Ticket(CARD, an_id(9), START.date())
        state = State(tickets=(ticket,) * MOST_TICKETS)
        assert SERVICE.decide(state, want(1), Reference()) == (no_ticket(1, "session_full"),)


class TestASpeed:
    def test_it_is_the_median_of_the_newest_nine_times(self) -> None:
        story: list[AnyEvent] = [want(n) for n in range(1, 12)]
        for n in range(1, 12):
            story += [call(1000 * n), serve(n, 1000 * n + (900 if n < 5 else n))]
        state = given(*story).stream.state
        assert (state.service_seconds(), state.desks()) == (9, 1)

    def test_a_clock_set_back_makes_no_negative_time(self) -> None:
        back = serve(1, 299).known(an_id(299), START, START)
        served = fact(TicketServed, visit=visit(1), queue=QUEUE, number=1, seconds=0)
        given(*three, call()).when(back).then(served, board(5, 3, [2, 3], service_seconds=0, desks=1))


class TestTheBoard:
    def test_it_shows_the_first_five_hundred_and_how_many_wait(self) -> None:
        tickets = tuple(Ticket(CARD, an_id(5000 + n), START.date()) for n in range(600))
        state = State(tickets=tickets, line=tuple(range(1, 601)))
        moved = SERVICE.decide(state, want(1), Reference())[-1]  # type: ignore[index]
        assert (moved.length, moved.waiting) == (601, list(range(1, 501)))  # type: ignore[union-attr]

    def test_it_has_no_card_and_no_visit(self) -> None:
        assert not {"card", "visit"} & QueueMoved.model_fields.keys()


class TestTheState:
    def test_it_survives_a_document(self) -> None:
        story = (*three, withdraw(9), withdraw(3), call(), serve(1), call(330), miss(2, 331), call(332))
        state = given(*story).stream.state
        adapter = TypeAdapter(State)
        assert adapter.validate_json(adapter.dump_json(state)) == state

    def test_a_repeated_withdrawal_of_what_never_came_changes_nothing(self) -> None:
        state = evolve(INITIAL, withdraw(1))
        assert evolve(state, withdraw(1)) is state

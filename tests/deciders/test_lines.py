"""What guide tells of numbers: the resident's place and wait, the department's board, and what a queue was asked."""

from __future__ import annotations

from functools import reduce
from typing import Any

from services.guide.lines import board
from services.guide.numbers import Board
from services.guide.service import SERVICE
from services.guide.state import INITIAL, State, evolve
from services.guide.view import answer, standing
from shared.events import AnyEvent
from shared.events.base import Visit, queue_key
from shared.events.edge import RegistrationRequested
from shared.events.edge_queues import CheckInRequested, TicketCallRequested
from shared.events.queues import (
    AtDesk,
    QueueMoved,
    QueueRefused,
    TicketCalled,
    TicketIssued,
    TicketMissed,
    TicketServed,
)
from shared.events.registration import VisitCancelled, VisitRegistered
from tests.support.spec import CARD, QUEUE, START, VISIT, an_id, asked, happened

SLOT: dict[str, Any] = {"kind": "outpatient", "department": "D01", "session": "morning", "date": START.date()}
registered = happened(VisitRegistered, 3, VISIT.id, **SLOT, ticket=7)
issued = happened(TicketIssued, 2, queue=QUEUE, number=7)
called = happened(TicketCalled, 20, queue=QUEUE, number=7, called_at=START)
out = happened(TicketMissed, 30, queue=QUEUE, number=7, misses=3, back=False)
served = happened(TicketServed, 40, queue=QUEUE, number=7, seconds=60)
moved = happened(
    QueueMoved,
    10,
    move=4,
    issued=9,
    length=4,
    waiting=[5, 6, 7, 9],
    called=[AtDesk(number=4, desk="T01")],
    service_seconds=300,
    desks=2,
)


def told(*events: AnyEvent) -> State:
    return reduce(evolve, events, INITIAL)


def place(visit: State, queue: State | None = None) -> Any:
    """What the visit is told of its one number."""
    boards = {QUEUE: queue.board} if queue and queue.board else {}
    (ticket,) = standing(visit, boards)["tickets"]
    return ticket


class TestAVisit:
    def test_it_is_told_its_number_and_the_people_ahead(self) -> None:
        ticket = place(told(issued, registered), told(moved))
        assert (ticket["number"], ticket["ahead"]) == (7, 2)

    def test_the_wait_is_the_queues_own_speed_over_its_desks_rounded_up(self) -> None:
        assert place(told(issued, registered), told(moved))["minutes"] == 5

    def test_it_is_told_in_both_languages(self) -> None:
        ticket = place(told(issued, registered), told(moved))
        assert (ticket["zh"], ticket["en"]) == ("您的号码是 7，前面还有 2 人", "Your number is 7; 2 before you.")

    def test_a_number_the_board_does_not_know_yet_has_everybody_ahead(self) -> None:
        late = happened(TicketIssued, 2, queue=QUEUE, number=10)
        assert place(told(late), told(moved))["ahead"] == 4

    def test_no_wait_is_promised_before_anybody_was_served(self) -> None:
        nobody = happened(QueueMoved, 10, move=1, issued=7, length=1, waiting=[7])
        assert "minutes" not in place(told(issued), told(nobody))

    def test_it_is_told_that_it_is_called_and_by_which_desk(self) -> None:
        ticket = place(told(issued, registered, called))
        assert (ticket["status"], ticket["desk"], "ahead" in ticket) == ("called", "T01", False)

    def test_it_is_told_that_it_must_check_in_again(self) -> None:
        assert place(told(issued, registered, called, out))["status"] == "out"

    def test_a_served_number_is_no_longer_told(self) -> None:
        assert standing(told(issued, registered, called, served))["tickets"] == []

    def test_a_cancelled_visit_is_told_of_no_number(self) -> None:
        assert standing(told(issued, registered, happened(VisitCancelled, 9)))["tickets"] == []

    def test_a_number_that_is_back_in_line_waits_again(self) -> None:
        again = happened(TicketIssued, 50, queue=QUEUE, number=7, again=True)
        assert place(told(issued, served, again))["status"] == "waiting"

    def test_a_number_told_twice_does_not_take_back_a_call(self) -> None:
        assert place(told(issued, called, happened(TicketIssued, 50, queue=QUEUE, number=7)))["status"] == "called"

    def test_a_check_in_is_answered_where_its_visit_is(self) -> None:
        state = told(happened(TicketIssued, 2, an_id(1), queue=QUEUE, number=7))
        assert answer(state, an_id(1))["status"] == "answered"

    def test_what_a_desk_asked_is_no_request_of_the_visit(self) -> None:
        state = told(issued, happened(TicketCalled, 20, an_id(1), queue=QUEUE, number=7, called_at=START))
        assert answer(state, an_id(1))["status"] == "not_seen"


class TestABoard:
    def test_it_shows_numbers_and_desks(self) -> None:
        shown = board(QUEUE, told(moved).board or Board())
        assert (shown["waiting"], shown["called"]) == ([5, 6, 7, 9], [{"number": 4, "desk": "T01"}])

    def test_it_names_its_department_session_and_day(self) -> None:
        shown = board(QUEUE, Board())
        assert (shown["institution"], shown["department"], shown["session"], shown["date"]) == (
            "H01", "D01", "morning", "2026-11-24",
        )  # fmt: skip

    def test_it_says_how_long_all_who_wait_may_take(self) -> None:
        assert board(QUEUE, told(moved).board or Board())["minutes"] == 10

    def test_an_older_sight_of_the_queue_never_covers_a_newer(self) -> None:
        older = happened(QueueMoved, 11, move=3, issued=9, length=1, waiting=[5])
        assert told(moved, older).board == told(moved).board

    def test_it_is_on_no_desks_list_and_belongs_to_no_visit(self) -> None:
        assert SERVICE.index is not None
        found = SERVICE.index(told(moved))
        assert {name for name, value in found.items() if value} == {"since"}

    def test_a_queue_is_a_stream_of_its_own(self) -> None:
        assert (SERVICE.stream(moved), SERVICE.stream(registered)) == ("queue", VISIT.id)


class TestARequestToAQueue:
    call = asked(TicketCallRequested, 5)

    def test_it_is_admitted(self) -> None:
        assert answer(told(self.call), self.call.id)["status"] == "admitted"

    def test_it_is_answered_when_the_queue_moves_for_it(self) -> None:
        after = happened(QueueMoved, 12, self.call.id, move=5, issued=9, length=3, waiting=[6, 7, 9])
        assert answer(told(self.call, after), self.call.id)["status"] == "answered"

    def test_it_is_refused_with_a_code(self) -> None:
        refused = happened(QueueRefused, 12, self.call.id, code="nobody_waiting")
        assert answer(told(self.call, refused), self.call.id)["code"] == "nobody_waiting"

    def test_a_check_in_is_asked_of_the_queue(self) -> None:
        check_in = asked(CheckInRequested, 6, card=CARD, visit=Visit(id=an_id(9), date=START.date()))
        assert answer(told(check_in), check_in.id)["type"] == CheckInRequested.TYPE

    def test_a_registration_is_asked_of_the_visit(self) -> None:
        request = asked(RegistrationRequested, 0, **SLOT)
        assert answer(told(request), request.id)["status"] == "admitted"

    def test_the_key_of_a_queue_names_it(self) -> None:
        assert queue_key("H01", "D01", "morning", START.date()) == QUEUE

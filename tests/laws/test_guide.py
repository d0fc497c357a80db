"""What holds for guide whatever happens, in whatever order, however often it is heard."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic_core import to_json

from services.guide.desks import DESKS, SUSPENDED, index, items
from services.guide.keeping import NEWEST
from services.guide.service import SERVICE
from services.guide.state import INITIAL, State, evolve
from services.guide.view import answer, standing
from shared.events import Event, QueueEvent, edge, registration
from shared.reference import Reference
from shared.step import Stream, step
from tests.support import guided as the
from tests.support.anything import IDS, anything
from tests.support.spec import an_id, enveloped, happened

ADAPTER = TypeAdapter(State)
FEW = settings(max_examples=60, deadline=None)
OF_QUEUES = tuple(event for event in SERVICE.hears if issubclass(event, QueueEvent))
OF_VISITS = tuple(event for event in SERVICE.hears if not issubclass(event, QueueEvent))
# A stream is a visit's or a queue's, never both: see services/guide/service.py.
stories = st.lists(anything(OF_VISITS), max_size=25) | st.lists(anything(OF_QUEUES), max_size=25)
example = st.permutations(the.EVERYTHING)


@FEW
@given(stories)
def test_guide_can_be_told_anything_and_asked_everything(events: list[Event]) -> None:
    state = reduce(evolve, events, INITIAL)
    asked_and_told = [standing(state), *(answer(state, id) for id in IDS), *(items(state, desk) for desk in DESKS)]
    assert to_json(asked_and_told)


@FEW
@given(stories)
def test_a_desk_is_in_the_index_exactly_when_it_has_something_to_do(events: list[Event]) -> None:
    state = reduce(evolve, events, INITIAL)
    assert {desk for desk in DESKS if index(state)[desk]} == {desk for desk in DESKS if items(state, desk)}


@FEW
@given(st.lists(anything(OF_VISITS), max_size=25))
def test_a_suspension_takes_work_off_its_lists_and_a_resumption_gives_all_of_it_back(events: list[Event]) -> None:
    opened = evolve(reduce(evolve, events, INITIAL), the.registered)
    before = evolve(opened, happened(registration.VisitResumed, 96))
    stopped = evolve(before, happened(registration.VisitSuspended, 97, code="card_suspended"))
    resumed = evolve(stopped, happened(registration.VisitResumed, 98))
    held = [desk for desk in SUSPENDED if items(stopped, desk)]
    assert not (held and stopped.visit.status == "suspended")
    assert [items(resumed, desk) for desk in DESKS] == [items(before, desk) for desk in DESKS]


@FEW
@given(stories)
def test_a_state_is_the_same_after_json(events: list[Event]) -> None:
    state = reduce(evolve, events, INITIAL)
    assert ADAPTER.validate_json(ADAPTER.dump_json(state)) == state


@FEW
@given(stories, st.integers(0, 25))
def test_a_fold_can_be_cut_and_kept_anywhere(events: list[Event], cut: int) -> None:
    kept = ADAPTER.validate_json(ADAPTER.dump_json(reduce(evolve, events[:cut], INITIAL)))
    assert reduce(evolve, events[cut:], kept) == reduce(evolve, events, INITIAL)


@FEW
@given(stories)
def test_the_state_is_the_same_object_when_nothing_changed(events: list[Event]) -> None:
    states = accumulate(events, evolve, initial=INITIAL)
    assert all(after is before for before, after in pairwise(states) if after == before)


@FEW
@given(example)
def test_an_event_heard_twice_in_a_row_changes_nothing(events: list[Event]) -> None:
    assert reduce(evolve, [event for event in events for _ in range(2)], INITIAL) == reduce(evolve, events, INITIAL)


@FEW
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=10))
def test_copies_that_come_later_change_nothing_and_say_nothing(copies: list[tuple[int, int]]) -> None:
    story = list(enumerate(the.EVERYTHING))
    for origin, distance in copies:
        at = origin % len(the.EVERYTHING)
        place = next(place for place, (number, _) in enumerate(story) if number == at)
        story.insert(place + 1 + distance % (len(story) - place), (at, the.EVERYTHING[at]))
    assert heard([event for _, event in story]).state == heard(list(the.EVERYTHING)).state


@FEW
@given(example)
def test_what_was_done_is_known_in_whatever_order_it_came(events: list[Event]) -> None:
    told = standing(reduce(evolve, events, INITIAL))
    assert ({one["step"] for one in told["done"]}, told["owed"]["fen"]) == (
        {"registered", "consultation", "paid", "collected", "reported", "dispensed"},
        0,
    )


def test_a_visit_keeps_its_newest_requests_only() -> None:
    presented = [
        happened(edge.CardPresented, n, step="10102", medical_type="O", terminal_class="1", channel_class="1",
                 assurance="high")
        for n in range(NEWEST + 7)
    ]  # fmt: skip
    assert list(reduce(evolve, presented, INITIAL).asked) == [an_id(n) for n in range(7, NEWEST + 7)]


def heard(events: list[Event]) -> Stream[State]:
    """The stream after these events, through the step the runtime runs; guide says nothing on the way."""
    stream = Stream(SERVICE.initial)
    for event in events:
        envelope = enveloped(event, "pharmacy")._replace(id=event.id)
        stream, said = step(SERVICE, stream, envelope, event, Reference())
        assert said == []
    return stream

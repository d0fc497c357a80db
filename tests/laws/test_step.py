"""What the step promises whatever a decider asks of it: a tiny service that asks for the odd things."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shared.decider import NOTHING, Deadline, Decision, Hold, Overdue, Service, by_card, frame
from shared.events import Event, lab
from shared.events.edge import CardPresented, SpecimenCollected
from shared.reference import Reference
from shared.runtime import documents
from shared.runtime.documents import NEVER, Kept, Pointer
from shared.step import Stream
from tests.support.spec import CARD, an_id, given, happened

ORDER = an_id(900)


@dataclass(frozen=True)
class State:
    presented: bool = False
    accepted: bool = False


def decide(state: State, event: Any, reference: Reference) -> Decision:
    match event:
        case SpecimenCollected(kind="early") if not state.accepted:
            return Hold("order_not_seen", "done")
        case SpecimenCollected(kind="early"):
            return (lab.OrderCancelled(**frame(event), order=event.order),)
        case SpecimenCollected(kind="late") if not state.presented:
            return Hold("order_not_seen", "done")
        case SpecimenCollected(kind="late"):
            said = lab.SpecimenAccepted(**frame(event), order=event.order, specimen=ORDER, kind="serum")
            return Hold("not_cleared", "done", (said,))
        case Overdue():
            return (lab.CancellationRefused(**frame(event.request), order=ORDER, code=event.code),)
        case CardPresented():
            return (Deadline("twice", ORDER, "ask"), Deadline("twice", ORDER, "ask"))
        case _:
            return NOTHING


def evolve(state: State, event: Event) -> State:
    match event:
        case CardPresented():
            return replace(state, presented=True)
        case lab.SpecimenAccepted():
            return replace(state, accepted=True)
        case _:
            return state


SERVICE = Service(
    name="lab",
    hears=(SpecimenCollected, CardPresented),
    says=(lab.SpecimenAccepted, lab.OrderCancelled, lab.CancellationRefused),
    stream=by_card,
    initial=State(),
    decide=decide,
    evolve=evolve,
)


def collected(n: int, kind: str) -> Any:
    return happened(SpecimenCollected, n, order=ORDER, specimen=an_id(901), kind=kind)


def presented(n: int) -> Any:
    use = {"step": "10101", "medical_type": "O", "terminal_class": "2", "channel_class": "2", "assurance": "low"}
    return happened(CardPresented, n, **use)


def test_what_a_hold_says_answers_requests_that_waited_before_it() -> None:
    story = given(SERVICE, collected(1, "early"), collected(2, "late")).when(presented(3))
    assert [wait.event.id for wait in story.stream.held] == [an_id(2)]


def test_a_deadline_asked_for_twice_is_one_deadline() -> None:
    story = given(SERVICE, presented(1))
    assert len(story.stream.timers) == 1
    assert story.when_overdue().stream.timers == ()


def test_the_deadlines_of_a_parked_stream_wait_with_it() -> None:
    stream: Stream[State] = given(SERVICE, presented(1)).stream
    pointer = Pointer("onecard.events", 0, 7, an_id(7), "00", "RuntimeError")
    parked = documents.encode(SERVICE, Kept(CARD, "card", 0, stream, parked=(pointer,)), "")
    free = documents.encode(SERVICE, Kept(CARD, "card", 0, stream), "")
    assert (parked.index["due"], free.index["due"]) == (NEVER, stream.due_ms())

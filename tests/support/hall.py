"""A pair of small services on the two kept topics: a door that reads cards and asks a hall, and a hall that reads its
own queue and speaks to cards. A board, which only shows, reads both. For laws of the runtime across topics and keys.

    door    PlaceWanted → NumberWanted on the queue; CardsJoinWanted → CardsJoined, once on each card
    hall    NumberWanted → NumberGiven on the card, HallMoved; NextWanted → NumberCalled on the card, HallMoved
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from unittest import mock

from hypothesis import strategies as st

from deploy.edges import signed
from shared.decider import NOTHING, Deadline, Decision, Hold, Overdue, Service, by_card, by_queue, frame
from shared.envelope import Envelope
from shared.events import TYPES, AnyEvent, CardEvent, Event, QueueEvent, Request
from shared.events.answers import ANSWERS
from shared.events.base import CardKeyText, Code, QueueKey, Small, Visit, Where, queue_key
from shared.events.edge import Ask, CardAsk, QueueAsk
from shared.events.frames import topic_of
from shared.events.runtime import KINDS as RUNTIMES
from shared.events.runtime import QueueDeadlinePassed
from shared.reference import Reference
from shared.signature import terminal_key
from tests.laws.strategies import CARDS, SECRET, id_of
from tests.laws.strategies import Act as IdOf
from tests.support.spec import START

EVENTS, QUEUES = "onecard.events", "onecard.queues"


class PlaceWanted(Ask, by="edge"):
    """A place in a queue. Keyed on the card."""

    queue: QueueKey


class CardsJoinWanted(CardAsk, by="edge"):
    """Two cards are one person's. Keyed on the one that retires."""

    other: CardKeyText


class NextWanted(QueueAsk, by="edge"):
    """The next number is to be called. Keyed on the queue."""


class NumberWanted(QueueEvent, by="door"):
    """A card wants a number of this queue."""

    card: CardKeyText
    visit: Visit


class CardsJoined(CardEvent, by="door", archived="card"):
    """Said once on each of the two cards, naming the other."""

    other: CardKeyText


class NumberGiven(Event, by="hall", archived="use"):
    """On the card: its number."""

    queue: QueueKey
    number: Small


class NumberCalled(Event, by="hall"):
    """On the card: its number is called."""

    queue: QueueKey
    number: Small


class NumberLapsed(Event, by="hall"):
    """On the card: nobody called it in time."""

    queue: QueueKey
    number: Small


class HallMoved(QueueEvent, by="hall"):
    """On the queue: so many wait."""

    waiting: Small


class HallRefused(QueueEvent, by="hall"):
    """On the queue: there was nobody to call."""

    code: Code


@dataclass(frozen=True)
class Door:
    """The cards joined with this one, and how many numbers it was given."""

    joined: tuple[str, ...] = ()
    given: int = 0


def open_door(state: Door, event: Any, reference: Reference) -> Decision:
    match event:
        case PlaceWanted():
            about: Any = {"card": event.card, "visit": event.visit, "where": event.where}
            return (NumberWanted(**about, queue=event.queue),)
        case CardsJoinWanted(card=card, other=other):
            where = event.where
            return CardsJoined(card=card, other=other, where=where), CardsJoined(card=other, other=card, where=where)
        case _:
            return NOTHING


def through_door(state: Door, event: AnyEvent) -> Door:
    match event:
        case CardsJoined() if event.other not in state.joined:
            return replace(state, joined=(*state.joined, event.other))
        case NumberGiven():
            return replace(state, given=state.given + 1)
        case _:
            return state


class Ticket(NamedTuple):
    number: int
    card: str
    visit: str
    day: date
    about: str


@dataclass(frozen=True)
class Hall:
    """The numbers that wait, and the next one."""

    next: int = 1
    waiting: tuple[Ticket, ...] = ()


def serve(state: Hall, event: Any, reference: Reference) -> Decision:
    match event:
        case NumberWanted():
            about: Any = {"card": event.card, "visit": event.visit, "where": event.where, "queue": event.queue}
            moved = HallMoved(**frame(event), waiting=len(state.waiting) + 1)
            return NumberGiven(**about, number=state.next), moved, Deadline("lapse", event.id, "done")
        case NextWanted() if not state.waiting:
            return Hold("nobody_waits", "ask")
        case NextWanted():
            return _gone(state, event, state.waiting[0], NumberCalled)
        case Overdue(request, code):
            return (HallRefused(**frame(request), code=code),)
        case QueueDeadlinePassed(about=about):
            ticket = next((one for one in state.waiting if one.about == about), None)
            return _gone(state, event, ticket, NumberLapsed) if ticket else NOTHING
        case _:
            return NOTHING


def _gone(state: Hall, event: Any, ticket: Ticket, fact: Any) -> Decision:
    visit = Visit(id=ticket.visit, date=ticket.day)
    said = fact(card=ticket.card, visit=visit, where=event.where, queue=event.queue, number=ticket.number)
    return said, HallMoved(**frame(event), waiting=len(state.waiting) - 1)


def moved(state: Hall, event: AnyEvent) -> Hall:
    match event:
        case NumberWanted():
            ticket = Ticket(state.next, event.card, event.visit.id, event.visit.date, event.id)
            return Hall(state.next + 1, (*state.waiting, ticket))
        case NumberCalled() | NumberLapsed():
            return replace(state, waiting=tuple(one for one in state.waiting if one.number != event.number))
        case _:
            return state


@dataclass(frozen=True)
class Board:
    """What a screen shows of a card or a queue."""

    shown: tuple[int, ...] = ()


def show(state: Board, event: AnyEvent) -> Board:
    match event:
        case NumberGiven(number=shown) | HallMoved(waiting=shown):
            return Board((*state.shown, shown))
        case _:
            return state


DOOR: Service[Door] = Service(
    name="door", hears=(PlaceWanted, CardsJoinWanted, CardsJoined, NumberGiven), says=(NumberWanted, CardsJoined),
    stream=by_card, initial=Door(), decide=open_door, evolve=through_door,
)  # fmt: skip
HALL: Service[Hall] = Service(
    name="hall", hears=(NumberWanted, NextWanted),
    says=(NumberGiven, NumberCalled, NumberLapsed, HallMoved, HallRefused),
    stream=by_queue, initial=Hall(), decide=serve, evolve=moved, source=QUEUES,
)  # fmt: skip
BOARD: Service[Board] = Service(
    name="board", hears=(NumberGiven, HallMoved), says=(), stream=lambda event: event.KEYED_ON, initial=Board(),
    decide=lambda _state, _event, _reference: NOTHING, evolve=show, sources=(EVENTS, QUEUES),
)  # fmt: skip
SERVICES: tuple[Service[Any], ...] = (DOOR, HALL, BOARD)
SAID: tuple[type[AnyEvent], ...] = (PlaceWanted, CardsJoinWanted, NextWanted, *DOOR.says, *HALL.says)


@contextmanager
def spoken() -> Iterator[None]:
    """While this lasts the language has their types."""
    types = {event.TYPE: event for event in SAID}
    for service in SERVICES:
        for family in RUNTIMES.values():
            types |= {kind.TYPE.format(service=service.name): kind for kind in family.values()}
    answers: Any = {PlaceWanted: (), CardsJoinWanted: (), NextWanted: (NumberCalled, HallRefused)}
    with mock.patch.dict(TYPES, types), mock.patch.dict(ANSWERS, answers):
        yield


class Want(NamedTuple):
    """One thing somebody wants: `which` card or queue, the n-th time."""

    verb: str
    which: int = 0
    n: int = 0


WHERE = Where(institution="H01", department="D01", terminal="T01", channel="window")
HALLS = tuple(queue_key("H01", room, "morning", START.date()) for room in ("D01", "D02", "D/3:x"))
WANTS = st.builds(Want, st.sampled_from(["place", "place", "next", "join"]), st.integers(0, 4), st.integers(0, 3))


def asked(want: Want) -> Envelope:
    """The request as intake has admitted it."""
    request = _request(want)
    id = id_of(IdOf(want.verb, want.which, want.n))
    envelope = signed(request, terminal_key(SECRET, "T01"), id=id, at=START)
    return envelope._replace(topic=topic_of(request), decided_by="intake/1")


def _request(want: Want) -> Request:
    card, until = CARDS[want.which % len(CARDS)], START + timedelta(days=1)
    match want.verb:
        case "place":
            visit = Visit(id=id_of(IdOf("visit", want.which, want.n)), date=START.date())
            queue = HALLS[want.n % len(HALLS)]
            return PlaceWanted(card=card, visit=visit, where=WHERE, good_until=until, queue=queue)
        case "join":
            other = CARDS[(want.which + 1) % len(CARDS)]
            return CardsJoinWanted(card=card, where=WHERE, good_until=until, other=other)
    return NextWanted(queue=HALLS[want.which % len(HALLS)], where=WHERE, good_until=until)

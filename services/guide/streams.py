"""Server-sent events: a visit's standing, a desk's work list, a queue's and a ward's board, now and at every change.

A change in another process tells nobody here, so both are also read again at a steady pace.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from pydantic_core import to_json

from services.guide.desks import Desk, items
from services.guide.lines import board, tickets, ward
from services.guide.numbers import Board
from services.guide.pace import Pace
from services.guide.queries import Queries, Seen, about, queue_id
from services.guide.shapes import State
from services.guide.stay import Ward
from services.guide.todo import Item
from services.guide.told import Work
from services.guide.told_queues import BoardTold, TicketTold
from services.guide.told_wards import WardTold
from services.guide.view import told
from shared.runtime.changes import Changes
from shared.runtime.store import StoreUnavailable

MOST_WORK = 200
STILL_HERE = b": still here\n\n"
SILENT = b": the store does not answer\n\n"


@dataclass(frozen=True, slots=True)
class Live:
    """Where both streams read, and what tells them to read again."""

    queries: Queries
    changes: Changes
    pace: Pace


@dataclass
class _Beat:
    """Something is written at least once per heartbeat, so that a connection nobody reads is noticed."""

    every: float
    last: float = field(default_factory=time.monotonic)

    def wrote(self, chunk: bytes) -> bytes:
        self.last = time.monotonic()
        return chunk

    def is_due(self) -> bool:
        return time.monotonic() - self.last >= self.every


async def visit_events(live: Live, card: str, visit: str, version: int | None) -> AsyncIterator[bytes]:
    """`standing` now, unless the client has seen this version, and after each change; the event's id is the version."""
    beat, pace = _Beat(live.pace.heartbeat), live.pace
    places: list[TicketTold] = []
    with live.changes.listen(f"{card}/{visit}") as listener:
        while True:
            begun = time.monotonic()
            try:
                found = await live.queries.visit(card, visit)
                boards = await live.queries.boards(found.state)
            except StoreUnavailable:
                yield beat.wrote(SILENT)
            else:
                # A line moves without the visit: its place is told anew under the version the visit has.
                now = tickets(found.state, boards)
                if found.version != version or now != places:
                    version, places = found.version, now
                    yield beat.wrote(_event("standing", told(found.state, version, boards), version))
                elif beat.is_due():
                    yield beat.wrote(STILL_HERE)
            await _rest(pace, begun)
            # Nobody tells a visit that the line moved in which it has a place.
            await listener.changed(
                min(pace.poll_visit, pace.heartbeat) if places else pace.until(live.changes, pace.poll_visit)
            )


async def desk_events(live: Live, institution: str, desk: Desk, work: Callable[[Seen], Work]) -> AsyncIterator[bytes]:
    """`all` first, the oldest 200 visits of the list; then `work` for each changed, `done` for each gone."""
    beat, pace = _Beat(live.pace.heartbeat), live.pace
    board: _Board | None = None
    with live.changes.listen(institution) as listener:
        while True:
            begun = time.monotonic()
            try:
                found = await live.queries.work(desk, institution, MOST_WORK)
                gone = await _gone(live.queries, institution, desk, board, found)
            except StoreUnavailable:
                yield beat.wrote(SILENT)
            else:
                first = board is None
                board = board or _Board()
                news = board.show(found, desk, gone)
                chunks = [_event("work", work(seen)) for seen in news] + [_event("done", _named(id)) for id in gone]
                if first:
                    yield beat.wrote(_event("all", {"work": [work(seen) for seen in found]}))
                elif chunks:
                    yield beat.wrote(b"".join(chunks))
                elif beat.is_due():
                    yield beat.wrote(STILL_HERE)
            await _rest(pace, begun)
            await listener.changed(pace.until(live.changes, pace.poll_desk))


class _Board:
    """What a desk was shown: per visit the version and its items, so that only what is news to it is sent."""

    def __init__(self) -> None:
        self.shown: dict[str, tuple[int, list[Item]]] = {}

    def show(self, found: list[Seen], desk: Desk, gone: list[str]) -> list[Seen]:
        """The visits whose items are not what the desk was shown."""
        for id in gone:
            del self.shown[id]
        news = []
        for seen in found:
            version, before = self.shown.get(seen.id, (0, []))
            if version == seen.version:
                continue
            now = items(seen.state, desk)
            self.shown[seen.id] = (seen.version, now)
            if now != before:
                news.append(seen)
        return news


def board_events(live: Live, queue: str) -> AsyncIterator[bytes]:
    """`board` now and after each change of the queue; the event's id is its move. One nobody joined yet is empty."""
    return _moves(live, queue, "board", lambda state: board(queue, state.board or Board()))


def ward_events(live: Live, queue: str) -> AsyncIterator[bytes]:
    """`beds` now and after each change of the ward; the event's id is its move."""
    return _moves(live, queue, "beds", lambda state: ward(queue, state.ward or Ward()))


async def _moves(
    live: Live, key: str, name: str, shows: Callable[[State], BoardTold | WardTold]
) -> AsyncIterator[bytes]:
    beat, pace, shown = _Beat(live.pace.heartbeat), live.pace, -1
    with live.changes.listen(queue_id(key)) as listener:
        while True:
            begun = time.monotonic()
            try:
                now = shows((await live.queries.queue(key)).state)
            except StoreUnavailable:
                yield beat.wrote(SILENT)
            else:
                if now["move"] != shown:
                    shown = now["move"]
                    yield beat.wrote(_event(name, now, shown))
                elif beat.is_due():
                    yield beat.wrote(STILL_HERE)
            await _rest(pace, begun)
            await listener.changed(pace.until(live.changes, pace.poll_desk))


async def _gone(queries: Queries, institution: str, desk: Desk, board: _Board | None, found: list[Seen]) -> list[str]:
    """The visits that left the list. In a list longer than what is shown, older work may only push one out of sight."""
    here = {seen.id for seen in found}
    gone = [id for id in board.shown if id not in here] if board else []
    if not gone or len(found) < MOST_WORK:
        return gone
    hidden = await queries.still_there(desk, institution, gone)
    return [id for id in gone if id not in hidden]


async def _rest(pace: Pace, begun: float) -> None:
    await asyncio.sleep(max(pace.gather, pace.rest * (time.monotonic() - begun)))


def _named(id: str) -> dict[str, str]:
    card, visit = about(id)
    return {"card": card, "visit": visit}


def _event(name: str, data: object, id: int | None = None) -> bytes:
    """One server-sent event. JSON holds no line break of its own, so one data line is enough."""
    head = f"event: {name}\n" if id is None else f"id: {id}\nevent: {name}\n"
    return head.encode() + b"data: " + to_json(data) + b"\n\n"

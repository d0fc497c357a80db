"""What nobody can take for an event waits for people, until whoever set it aside or parked it has given it up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from deploy.check.book import Book
from deploy.check.result import Finding
from deploy.check.sources import EVENTS


def unreadable(
    book: Book, found: Finding, given_up: Collection[str] = (), *, parked: bool = False
) -> Iterator[Finding]:
    """How the record that was found stands. `given_up` are the ids that facts of its key give up, each of which tells
    of itself; `parked` says whether a stream of its key still is."""
    place = f"{found.topic or EVENTS}/{found.partition}/{found.offset}"
    letters = {standing for (standing,) in book.ask("SELECT standing FROM aside WHERE place = ?", place)}
    if parked or "open" in letters:
        yield found
    elif "given_up" in letters:
        yield replace(found, code="given_up", standing="given_up")
    elif not set(found.events) & set(given_up):
        yield found

"""Judge the log, partition by partition, and the archive against it.

What stood on the topics when the check began is judged. To find its answers, the log is read on to where it ends once
every service has handled all of that: whatever a service says because of records it has committed stands before that
end, and has to be there. What a service does not get to in time is pending, never wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from deploy.check.archive import compared
from deploy.check.book import Book
from deploy.check.entered import enter_request, entered
from deploy.check.laws import enter, judged
from deploy.check.result import Finding, Result
from deploy.check.sources import EVENTS, REQUESTS, Sources
from deploy.check.told import Signed
from shared.events import SERVICES
from shared.runtime.log import Place

Progress = Callable[[str, int, int], None]
"""What is being done, how many records are done, and how many there are."""

AGAIN = 0.2
"""Seconds until services that are behind are looked at again."""


@dataclass(frozen=True)
class Noted:
    """Offsets by partition, those of services by name. `asked` and `told` are where the topics ended at the beginning,
    `requests` and `events` where they ended when everybody had come so far; `handled` is how far that was."""

    asked: dict[int, int]
    told: dict[int, int]
    requests: dict[int, int]
    events: dict[int, int]
    handled: dict[str, dict[int, int]]


async def note(sources: Sources, patience: float = 0.0) -> Noted:
    """Where the check begins and ends, after waiting so many seconds at most for services that are behind."""
    asked, told = await sources.log.ends(REQUESTS), await sources.log.ends(EVENTS)
    until = monotonic() + patience
    while True:
        handled = {name: await sources.committed(name, _source(name)) for name in SERVICES}
        goals = {name: asked if name == "intake" else told for name in SERVICES}
        behind = any(handled[name].get(at, 0) < end for name, ends in goals.items() for at, end in ends.items())
        if not behind or monotonic() > until:
            break
        await asyncio.sleep(AGAIN)
    # Events first: what is admitted there was asked before, so the requests' later end has it.
    events = await sources.log.ends(EVENTS)
    return Noted(asked, told, await sources.log.ends(REQUESTS), events, handled)


async def judge(sources: Sources, noted: Noted, book: Book, progress: Progress, signed: Signed | None = None) -> Result:
    """Everything but the recomputation. `signed` says whether a request bears its terminal's signature."""
    result = Result()
    await _gather(sources, book)
    whole = await _requests(sources, noted, book, result, progress)
    for partition, end in sorted(noted.events.items()):
        handled = {service: offsets.get(partition, 0) for service, offsets in noted.handled.items()}
        await _enter(sources, Place(EVENTS, partition), end, book, result)
        mark = noted.told.get(partition, 0)
        result.add(_behind(partition, mark, handled))
        for key, envelopes in book.cards(EVENTS, partition):
            result.add(judged(book, key, envelopes, partition=partition, mark=mark, handled=handled, signed=signed))
            result.counts["cards"] += 1
        async with aclosing(sources.entries(partition)) as entries:
            wanted, so_far = book.archived(), handled.get("records", 0)
            async for finding in compared(partition, wanted, entries, handled=so_far, mark=mark, end=end):
                result.add([finding])
        result.counts["archived"] += book.count_archived()
        book.next_partition()
        progress("events", result.counts["records"], sum(noted.events.values()))
    intake_parked = frozenset(card for (card,) in book.ask("SELECT card FROM parked WHERE service = 'intake'"))
    result.add(entered(book, noted.handled.get("intake", {}), noted.asked, intake_parked, whole=whole))
    result.add(_across(book))
    result.counts["copies"] = book.copies
    return result


async def _requests(sources: Sources, noted: Noted, book: Book, result: Result, progress: Progress) -> bool:
    """Enter the request topic; whether it still has all it ever had, for retention takes its oldest records."""
    whole = True
    for partition, end in sorted(noted.requests.items()):
        first = None
        async for batch in sources.log.scan(Place(REQUESTS, partition), 0, end):
            first = batch[0].offset if first is None else first
            for record in batch:
                enter_request(book, record)
            result.counts["requests"] += len(batch)
            progress("requests", result.counts["requests"], sum(noted.requests.values()))
        whole = whole and (first == 0 or not end)
    return whole


async def _enter(sources: Sources, place: Place, end: int, book: Book, result: Result) -> None:
    async for batch in sources.log.scan(place, 0, end):
        for record in batch:
            result.add(enter(book, record))
        result.counts["records"] += len(batch)


async def _gather(sources: Sources, book: Book) -> None:
    async for place in sources.set_aside():
        book.put("aside", (place,))
    for service in SERVICES:
        async for card in sources.parked(service):
            book.put("parked", (service, card))


def _behind(partition: int, mark: int, handled: dict[str, int]) -> Iterator[Finding]:
    for service, offset in handled.items():
        if service not in ("intake", "records") and offset < mark:
            detail = f"{service}, {mark - offset} records"
            yield Finding("not_handled_yet", (), partition, offset, service, detail, "pending")


def _source(service: str) -> str:
    return REQUESTS if service == "intake" else EVENTS


def _across(book: Book) -> Iterator[Finding]:
    """A provider's reference that counted for two cards, or in two years of one."""
    query = "SELECT reference, min(id), max(id) FROM references_used GROUP BY reference HAVING count(*) > 1"
    for _, first, second in book.ask(query):
        yield Finding("reference_across", (first, second), service="billing")

"""Judge the log, partition by partition, and the archive against it.

What stood on the topics when the check began is judged. To find its answers, the log is read on to where it ends once
every service has handled all of that: whatever a service says because of records it has committed stands before that
end, and has to be there. What a service does not get to in time is pending, never wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Any

from deploy.check.apart import Apart
from deploy.check.archive import compared
from deploy.check.book import Book
from deploy.check.carried import carried
from deploy.check.entered import enter_request, entered
from deploy.check.laws import enter, judged, named
from deploy.check.recompute import service_of
from deploy.check.result import Finding, Result
from deploy.check.sources import EVENTS, KEPT, REQUESTS, Sources
from deploy.check.tariff import Tariff
from deploy.check.tickets import tickets
from deploy.check.told import Signed
from deploy.check.uses import Uses
from shared.events import SERVICES
from shared.runtime.log import Place

Progress = Callable[[str, int, int], None]
"""What is being done, how many records are done, and how many there are."""

AGAIN = 0.2
"""Seconds until services that are behind are looked at again."""


@dataclass(frozen=True)
class Noted:
    """Offsets by place, those of services by name. `began` is where the topics ended at the beginning, `ends` where
    they ended when everybody had come so far; `handled` is how far that was."""

    began: dict[Place, int]
    ends: dict[Place, int]
    handled: dict[str, dict[Place, int]]

    def of(self, topic: str) -> dict[int, int]:
        """Where one topic ends, by partition."""
        return {place.partition: end for place, end in sorted(self.ends.items()) if place.topic == topic}


async def note(sources: Sources, patience: float = 0.0) -> Noted:
    """Where the check begins and ends, after waiting so many seconds at most for services that are behind."""
    began = await _ends(sources, (REQUESTS, *KEPT))
    until = monotonic() + patience
    while True:
        handled = {name: await _handled(sources, name) for name in SERVICES}
        if not any(_is_behind(name, handled[name], began) for name in SERVICES) or monotonic() > until:
            break
        await asyncio.sleep(AGAIN)
    # The kept topics first: what is admitted there was asked before, so the requests' later end has it.
    return Noted(began, await _ends(sources, (*KEPT, REQUESTS)), handled)


async def _ends(sources: Sources, topics: Sequence[str]) -> dict[Place, int]:
    return {Place(topic, at): end for topic in topics for at, end in (await sources.log.ends(topic)).items()}


async def _handled(sources: Sources, name: str) -> dict[Place, int]:
    read = service_of(name).reads
    return {Place(topic, at): end for topic in read for at, end in (await sources.committed(name, topic)).items()}


def _is_behind(name: str, handled: Mapping[Place, int], began: Mapping[Place, int]) -> bool:
    read = service_of(name).reads
    return any(handled.get(place, 0) < end for place, end in began.items() if place.topic in read)


async def judge(
    sources: Sources,
    noted: Noted,
    book: Book,
    progress: Progress,
    *,
    signed: Signed | None = None,
    tariff: Tariff | None = None,
    uses: Uses | None = None,
) -> Result:
    """Everything but the recomputation. `signed` says whether a request bears its terminal's signature; `tariff` what
    prices and payers' rules are; `uses` counts where visits took the card."""
    result, apart = Result(uses=uses), Apart(book)
    await _gather(sources, book)
    whole = await _requests(sources, noted, book, result, progress)
    total = sum(end for place, end in noted.ends.items() if place.topic in KEPT)
    for place, end in [(Place(topic, at), end) for topic in KEPT for at, end in noted.of(topic).items()]:
        handled = {name: offsets[place] for name, offsets in noted.handled.items() if place in offsets}
        await _enter(sources, place, end, book, result)
        mark = noted.began.get(place, 0)
        result.add(_behind(place, mark, handled))
        for key, envelopes in book.cards(*place):
            about: dict[str, Any] = {"place": place, "mark": mark, "handled": handled}
            result.add(judged(book, apart, key, envelopes, **about, signed=signed, tariff=tariff, uses=uses))
            result.counts["cards" if place.topic == EVENTS else "queues"] += 1
        if place.topic == EVENTS:
            come = handled.get("records", 0)
            await _archived(sources, place.partition, book, result, handled=come, mark=mark, end=end)
        book.next_partition()
        progress("events", result.counts["records"], total)
    await _elsewhere(sources, apart, result)
    intake_parked = frozenset(card for (card,) in book.ask("SELECT card FROM parked WHERE service = 'intake'"))
    so_far = {place.partition: offset for place, offset in noted.handled.get("intake", {}).items()}
    asked = {place.partition: end for place, end in noted.began.items() if place.topic == REQUESTS}
    result.add(entered(book, so_far, asked, intake_parked, whole=whole))
    result.add(_across(book))
    result.add(tickets(book))
    result.add(carried(book))
    result.counts["copies"] = book.copies
    return result


async def _archived(
    sources: Sources, partition: int, book: Book, result: Result, *, handled: int, mark: int, end: int
) -> None:
    async with aclosing(sources.entries(partition)) as entries:
        wanted = book.archived()
        async for finding in compared(partition, wanted, entries, handled=handled, mark=mark, end=end):
            result.add([finding])
    result.counts["archived"] += book.count_archived()


async def _elsewhere(sources: Sources, apart: Apart, result: Result) -> None:
    """Causes under other keys are looked for in all there is by now: a fact may have come after its own partition's end
    was noted, and its cause before."""
    if apart.any:
        for place, end in (await _ends(sources, KEPT)).items():
            async for batch in sources.log.scan(place, 0, end):
                apart.look(batch)
    result.add(apart.judged())


async def _requests(sources: Sources, noted: Noted, book: Book, result: Result, progress: Progress) -> bool:
    """Enter the request topic; whether it still has all it ever had, for retention takes its oldest records."""
    whole = True
    asked = noted.of(REQUESTS)
    for partition, end in asked.items():
        first = None
        async for batch in sources.log.scan(Place(REQUESTS, partition), 0, end):
            first = batch[0].offset if first is None else first
            for record in batch:
                enter_request(book, record)
            result.counts["requests"] += len(batch)
            progress("requests", result.counts["requests"], sum(asked.values()))
        whole = whole and (first == 0 or not end)
    return whole


async def _enter(sources: Sources, place: Place, end: int, book: Book, result: Result) -> None:
    async for batch in sources.log.scan(place, 0, end):
        for record in batch:
            result.add(enter(book, record))
        result.counts["records"] += len(batch)


async def _gather(sources: Sources, book: Book) -> None:
    for service in SERVICES:
        async for aside, standing in sources.set_aside(service):
            book.put("aside", (aside, service, standing))
        async for card in sources.parked(service):
            book.put("parked", (service, card))


def _behind(place: Place, mark: int, handled: Mapping[str, int]) -> Iterator[Finding]:
    for name in SERVICES:
        if name in ("intake", "records") or place.topic not in service_of(name).reads:
            continue
        offset = handled.get(name, 0)
        if offset < mark:
            detail = f"{name}, {mark - offset} records"
            yield Finding("not_handled_yet", (), place.partition, offset, name, detail, "pending", named(place.topic))


def _across(book: Book) -> Iterator[Finding]:
    """A provider's reference that counted for two cards, or in two years of one."""
    query = "SELECT reference, min(id), max(id) FROM references_used GROUP BY reference HAVING count(*) > 1"
    for _, first, second in book.ask(query):
        yield Finding("reference_across", (first, second), service="billing")

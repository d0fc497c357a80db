"""What can't be judged under one key alone: facts whose cause is under another (a merge is said on both cards, a queue
speaks to a card), gaps they may fill, and requests they may answer. Written into the book, judged when all is read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from deploy.check.book import Book
from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.envelope import UUID, Envelope, Record, read
from shared.runtime.elsewhere import id_of
from shared.step import fact_id

MOST_MISSING = 64
"""So many facts of one cause in a row may be missing before an id counts as foreign."""


class Apart:
    """Over the book's tables `apart`, `causes`, `gaps` and `open`."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def told(self, card: Card, one: Told) -> None:
        """A fact whose cause is not under its key."""
        place = card.topic, card.partition, one.offset
        self.book.put("apart", (one.id, one.cause, one.envelope.type, one.sayer, *place))

    def gap(self, id: str, finding: Finding) -> None:
        """A fact is missing among its cause's others: unless it stands under another key, this is found."""
        self.book.put("gaps", (id, _out(finding)))

    def asked(self, request: str, wanted: Iterable[str], here: int, finding: Finding) -> None:
        """A request that so many facts under its own key answer. This is found unless others of these types do (without
        one here), or if they do too (with one)."""
        self.book.put("open", (request, json.dumps(sorted(wanted)), here, _out(finding)))

    @property
    def any(self) -> bool:
        """Whether there are causes to be looked for."""
        return next(self.book.ask("SELECT 1 FROM apart LIMIT 1"), None) is not None

    def look(self, records: Iterable[Record]) -> None:
        """Note under which key the causes stand that facts elsewhere have."""
        for record in records:
            id = id_of(record)
            if next(self.book.ask("SELECT 1 FROM apart WHERE cause = ? LIMIT 1", id), None):
                found = read(record)
                if isinstance(found, Envelope):
                    self.book.put("causes", (id, found.key))

    def judged(self) -> Iterator[Finding]:
        """Everything that is wrong after all, once all keys are judged and all causes were looked for."""
        for id, cause, _, service, topic, partition, offset in self.book.ask("SELECT * FROM apart"):
            keys = [key for (key,) in self.book.ask("SELECT key FROM causes WHERE id = ?", cause)]
            if not keys:
                yield Finding("cause_missing", (id,), partition, offset, service, topic=topic)
            elif not any(_follows(id, cause, key, service) for key in keys):
                yield Finding("foreign_id", (id,), partition, offset, service, topic=topic)
        for (finding,) in self.book.ask("SELECT finding FROM gaps WHERE id NOT IN (SELECT id FROM apart)"):
            yield _in(finding)
        for request, wanted, here, finding in self.book.ask("SELECT * FROM open"):
            answers = "SELECT count(*) FROM apart WHERE cause = ? AND type IN (SELECT value FROM json_each(?))"
            ((elsewhere,),) = self.book.ask(answers, request, wanted)
            if here + elsewhere > 1:
                yield Finding("answered_twice", (request,), *_place(finding))
            elif not here + elsewhere:
                yield _in(finding)


def _follows(id: str, cause: str, key: str, service: str) -> bool:
    return bool(UUID.match(cause)) and any(fact_id(cause, key, service, n) == id for n in range(MOST_MISSING))


def _place(finding: str) -> tuple[int, int]:
    found = _in(finding)
    return found.partition, found.offset


def _out(finding: Finding) -> str:
    return json.dumps(asdict(finding))


def _in(text: str) -> Finding:
    found = json.loads(text)
    return Finding(**{**found, "events": tuple(found["events"])})

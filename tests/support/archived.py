"""Events as they stand on the log, for suites about the archive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.records.archive import fold
from services.records.service import ARCHIVE
from shared.envelope import Envelope, Record, headers, to_ms
from shared.events import Event, lab, registration, wire_type
from shared.events.edge import CardPresented, CriticalValueAcknowledgementReported
from shared.runtime.archive import ArchiveEngine
from shared.runtime.store import Document, Store
from tests.support.spec import CARD, VISIT, an_id, fact

LOGGED = to_ms(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
OTHER_CARD = "d" * 64


def use(card: str = CARD) -> Any:
    """A card was presented."""
    return fact(
        CardPresented,
        card=card,
        step="10101",
        medical_type="O",
        terminal_class="2",
        channel_class="2",
        assurance="low",
    )


def refusal(card: str = CARD) -> Any:
    """A registration was refused."""
    return fact(registration.RegistrationRefused, card=card, code="already_registered")


def irregular(card: str = CARD) -> Any:
    """An acknowledgement came for a critical value that was never flagged."""
    act = fact(CriticalValueAcknowledgementReported, card=card, order=an_id(900), action="复查")
    return fact(lab.AcknowledgementIrregular, card=card, code="critical_not_seen", act=act)


def logged(event: Event, n: int, **changes: Any) -> Envelope:
    """The envelope of an event with id `an_id(n)` at offset n of partition 0, n seconds after nine."""
    envelope = Envelope(
        id=an_id(n),
        type=wire_type(type(event), "lab"),
        time=f"2026-11-24T09:{n // 60 % 60:02d}:{n % 60:02d}+08:00",
        key=event.card,
        body=event.model_dump_json(exclude_none=True).encode(),
        subject=VISIT.id,
        causation=an_id(0),
        key_id="k1",
        decided_by="lab/1",
        topic="onecard.events",
        partition=0,
        offset=n,
        time_ms=LOGGED + n,
    )
    return envelope._replace(**changes)


def record(envelope: Envelope) -> Record:
    """The record an envelope is written as."""
    return Record(
        envelope.topic,
        envelope.partition,
        envelope.offset,
        envelope.time_ms,
        envelope.key.encode(),
        envelope.body,
        headers(envelope),
    )


async def kept(store: Store, *envelopes: Envelope) -> list[tuple[Record, str]]:
    """What the archive sets aside of one batch; the rest is in the store, which must be open."""
    return await ArchiveEngine(ARCHIVE, store).handle([record(envelope) for envelope in envelopes])


async def contents(store: Store) -> list[tuple[str, bytes, dict[str, Any]]]:
    """Every entry in log order: id, bytes, and what it can be found by."""
    found: list[Document] = await store.find("entries", "by_position", limit=100_000)
    return [(document.id, document.body, dict(document.index)) for document in found]


def model(envelopes: list[Envelope]) -> list[tuple[str, bytes, dict[str, Any]]]:
    """What the archive of these events must be, in log order."""
    made = sorted(fold(envelopes), key=lambda one: one.fields["position"])
    return [(one.id, one.body, dict(one.fields)) for one in made]

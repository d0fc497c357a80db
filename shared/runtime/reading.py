"""Step 1: records into items. What is not heard is skipped by its type header, before its body is touched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.decider import Service, SetAside, read_event
from shared.envelope import Envelope, Record, Unreadable, read
from shared.events import SERVICES, AnyEvent, wire_type
from shared.events.edge import RESOLUTIONS, AnyIrregularityResolutionReported
from shared.events.frames import read_frame
from shared.events.runtime import KINDS, AnyDeadlinePassed, RuntimeEvent
from shared.reference import Reference
from shared.runtime import dead_letters
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.log import Place
from shared.unchanging import unchanging

UNKNOWN_VERSION = "unknown_version"


@unchanging
class Item:
    """One event of a batch and the stream it belongs to. `event` is None for a version this process can't read yet."""

    record: Record
    place: Place
    envelope: Envelope
    event: AnyEvent | None
    stream: str


class Reader:
    """Knows which types one service hears."""

    def __init__(self, service: Service[Any], reference: Reference) -> None:
        self.service, self.reference = service, reference
        self.types = heard_types(service)
        self.families = {name.rpartition(".v")[0] for name in self.types}

    def read(self, records: Iterable[Record]) -> tuple[list[Item], list[DeadLetter]]:
        """The items of a batch in log order, and what is set aside of it. Total."""
        items: list[Item] = []
        letters: list[DeadLetter] = []
        for record in records:
            found = self.one(record)
            if isinstance(found, Item):
                items.append(found)
            elif found is not None:
                letters.append(dead_letters.of(record, found.cause))
        return items, letters

    def one(self, record: Record) -> Item | SetAside | None:
        """An item, the reason to set the record aside, or None for what is not for this service."""
        if not self.service.admits and not self._concerns(record):
            return None
        envelope = read(record)
        if isinstance(envelope, Unreadable):
            return SetAside(envelope.cause)
        place = Place(record.topic, record.partition)
        if not self.service.admits and envelope.type not in self.types:
            return self._of_unknown_version(record, place, envelope)
        event = self.service.read(envelope, self.types, self.reference)
        if isinstance(event, SetAside):
            return event
        if isinstance(event, AnyIrregularityResolutionReported) and self._of_another_service(event):
            return None
        return Item(record, place, envelope, event, f"{envelope.key}/{self.service.stream(event)}")

    def stream_of(self, record: Record) -> str | None:
        """The stream of a record that was set aside, as far as its bytes tell: somebody who knew more (newer reference
        data, say) may have handled it before."""
        envelope = read(record)
        if isinstance(envelope, Unreadable) or envelope.type not in self.types:
            return None
        event = read_event(envelope, self.types, self.reference)
        return None if isinstance(event, SetAside) else f"{envelope.key}/{self.service.stream(event)}"

    def _concerns(self, record: Record) -> bool:
        """Whether the type header is one this service hears, or there is none that can be read."""
        for name, value in record.headers:
            if name == "ce_type" and value is not None:
                text = value.decode("utf-8", "replace")
                return text in self.types or text.rpartition(".v")[0] in self.families
        return True

    def _of_unknown_version(self, record: Record, place: Place, envelope: Envelope) -> Item | SetAside:
        try:
            frame = read_frame(envelope.key, envelope.body)
        except ValueError:
            return SetAside("wrong_shape")
        return Item(record, place, envelope, None, f"{envelope.key}/{self.service.stream(frame)}")

    def _of_another_service(self, event: AnyIrregularityResolutionReported) -> bool:
        return event.service != self.service.name and type(event) not in self.service.hears


def heard_types(service: Service[Any]) -> dict[str, type[AnyEvent]]:
    """What a service hears, by name on the wire: its own list, its own deadlines, and resolutions of its own acts."""
    types: dict[str, type[AnyEvent]] = {}
    for event in service.hears:
        sayers = SERVICES if issubclass(event, RuntimeEvent) else (service.name,)
        types |= {wire_type(event, sayer): event for sayer in sayers}
    if service.says and not service.admits:
        for frame in service.frames:
            deadline, resolution = KINDS[AnyDeadlinePassed][frame], RESOLUTIONS[frame]
            types |= {wire_type(deadline, service.name): deadline, resolution.TYPE: resolution}
    return types

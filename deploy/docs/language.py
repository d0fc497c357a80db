"""Who says and who hears each type, read from the services themselves."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from shared.decider import Service
from shared.events import MODULES, SERVICES, TYPES, AnyEvent, Request, runtime, wire_type
from shared.events.answers import ANSWERS, CANCELLATIONS
from shared.events.edge import AnyIrregularityResolutionReported, OrderCancellationRequested
from shared.events.frames import frame_type
from shared.events.runtime import KINDS, AnyIrregularityResolved, AnyRecordGivenUp, RuntimeEvent
from shared.events.schemas import named
from shared.runtime.archive import Archive
from shared.runtime.reading import heard_types


def part(name: str) -> Service[Any] | Archive:
    """The service or archive of that name, as its process runs it."""
    module = importlib.import_module(f"services.{name}.service")
    found: Service[Any] | Archive = getattr(module, "SERVICE", None) or module.ARCHIVE
    return found


PARTS: dict[str, Service[Any] | Archive] = {name: part(name) for name in SERVICES}
SAYING: tuple[str, ...] = tuple(name for name, found in PARTS.items() if isinstance(found, Service) and found.says)


def chapters() -> Iterator[tuple[str, str, list[tuple[str, type[AnyEvent]]]]]:
    """Per module of the language: its name, its words, and its types (file name and class) in the order written."""
    for module in (*MODULES, runtime):
        events = [event for event in vars(module).values() if _is_of(event, module.__name__)]
        yield module.__name__.rpartition(".")[2], module.__doc__ or "", list(named(events).items())


def _is_of(event: Any, module: str) -> bool:
    return isinstance(event, type) and issubclass(event, AnyEvent) and bool(event.TYPE) and event.__module__ == module


def heard(name: str) -> frozenset[str]:
    """Every type a service hears, by its name on the wire; of those several may say, what one of them really says."""
    found = PARTS[name]
    types = found.types if isinstance(found, Archive) else heard_types(found)
    return frozenset(type for type in types if type in SPOKEN)


def hearers(event: type[AnyEvent]) -> tuple[str, ...]:
    """The services that hear it, in the order of the visit. Deadlines are heard by whoever set them."""
    wires = {wire_type(event, sayer) for sayer in sayers(event)}
    return tuple(name for name in SERVICES if wires & heard(name))


def sayers(event: type[AnyEvent]) -> tuple[str, ...]:
    """The services that say it; edges say requests, and intake admits them."""
    if issubclass(event, Request):
        return ("edges",)
    if not issubclass(event, RuntimeEvent):
        return (event.SAID_BY,)
    found = tuple(name for name in SAYING if frame_type(event) in frames(name))
    # Intake answers at once: it waits for nothing, sets no deadline and records nothing as irregular.
    return found if issubclass(event, AnyRecordGivenUp) else tuple(name for name in found if name != "intake")


def frames(name: str) -> frozenset[type[AnyEvent]]:
    """The kinds of events a service hears: of visits, of cards, of queues."""
    found = PARTS[name]
    return found.frames if isinstance(found, Service) else frozenset()


SPOKEN: frozenset[str] = frozenset(wire_type(event, sayer) for event in set(TYPES.values()) for sayer in sayers(event))


def answers(event: type[Request]) -> tuple[type[AnyEvent], ...]:
    """The facts of which exactly one answers a request."""
    if event is OrderCancellationRequested:
        return tuple(fact for facts in CANCELLATIONS.values() for fact in facts)
    if issubclass(event, AnyIrregularityResolutionReported):
        return (KINDS[AnyIrregularityResolved][frame_type(event)],)
    return ANSWERS[event]

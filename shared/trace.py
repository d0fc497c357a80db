"""The visit is the trace: ids of traces and spans follow from ids of visits and events.

A trace id is the 32 hex of the visit's id, and where there is no visit, of the id of the request it began with. The
span in which a service handles an event has an id that follows from both, so a redelivery makes the same span again,
and whoever says a fact knows its parent without remembering it.
Sampling is a hash of that id: some bits of a UUID are fixed or a clock, so they can't be read as chance.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=1024)
def sampled(visit: str, ratio: float) -> bool:
    """Whether this visit is traced: the same answer in every process."""
    return int.from_bytes(hashlib.blake2b(visit.encode(), digest_size=8).digest(), "big") < ratio * 2.0**64


def trace_id(visit: str) -> str:
    """32 hex: the visit's id without its dashes."""
    return visit.replace("-", "")


def span_id(service: str, event: str) -> str:
    """16 hex: the span in which `service` handles (or an edge makes) an event."""
    return hashlib.blake2b(f"{service}/{event}".encode(), digest_size=8).hexdigest()


def root(subject: str, id: str, causation: str) -> str:
    """The id an event is traced under: its visit's, or its own if it is a request without one. Empty for a fact without
    a visit, which is traced where its cause is."""
    return subject or ("" if causation else id)


def traceparent(visit: str, service: str, event: str, ratio: float) -> str:
    """The W3C header of what is said while `service` handles an event; empty when the visit (or what stands for it) is
    not sampled."""
    if not visit or not sampled(visit, ratio):
        return ""
    return within(trace_id(visit), service, event)


def within(trace: str, service: str, event: str) -> str:
    """The W3C header of what is said in a trace, by its id in hex, while `service` handles an event."""
    return f"00-{trace}-{span_id(service, event)}-01"


def named(header: str) -> str:
    """The trace id a W3C header names; empty for no header."""
    return header[3:35]

"""The visit is the trace: ids of traces and spans follow from ids of visits and events.

A trace id is the 32 hex of the visit's id. The span in which a service handles an event has an id that follows from
both, so a redelivery makes the same span again, and whoever says a fact knows its parent without remembering it.
Sampling is a hash of the visit's id: some bits of a UUID are fixed or a clock, so they can't be read as chance.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=4096)
def sampled(visit: str, ratio: float) -> bool:
    """Whether this visit is traced: the same answer in every process."""
    return int.from_bytes(hashlib.blake2b(visit.encode(), digest_size=8).digest(), "big") < ratio * 2.0**64


def trace_id(visit: str) -> str:
    """32 hex: the visit's id without its dashes."""
    return visit.replace("-", "")


def span_id(service: str, event: str) -> str:
    """16 hex: the span in which `service` handles (or an edge makes) an event."""
    return hashlib.blake2b(f"{service}/{event}".encode(), digest_size=8).hexdigest()


def traceparent(visit: str, service: str, event: str, ratio: float) -> str:
    """The W3C header of what is said while `service` handles an event; empty when the visit is not sampled."""
    if not visit or not sampled(visit, ratio):
        return ""
    return f"00-{trace_id(visit)}-{span_id(service, event)}-01"

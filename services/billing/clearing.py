"""What may be done at once, because nothing is owed for it."""

from __future__ import annotations

from collections.abc import Collection

from shared.decider import Deadline, frame
from shared.events import Event
from shared.events.billing import BillSettled, OrderCleared

Said = tuple[Event | Deadline, ...]


def clear_free(event: Event, settled: BillSettled, gone: Collection[str] = ()) -> Said:
    """The orders of a bill that owes nothing: waived where a waiver took what was left, else covered. Those that are
    `gone` by now are nobody's to do."""
    return tuple(
        OrderCleared(**frame(event), order=line.order, how="waived" if line.waiver else "covered")
        for line in settled.lines
        if line.order not in gone
    )

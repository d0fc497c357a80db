"""Whether what left the counter is what was prescribed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.pharmacy.state import Line, Prescription
from shared.events import edge


def not_as_prescribed(found: Prescription, handed: Sequence[edge.HandedLine]) -> str | None:
    """The code of what is wrong with a hand-over, the gravest first; None when every line is as prescribed."""
    if any(line.order not in found.lines for line in handed):
        return "line_unknown"
    ended = {found.lines[line.order].ended for line in handed}
    for code in ("order_cancelled", "order_lapsed", "already_dispensed"):
        if code in ended:
            return code
    twice = len({line.order for line in handed}) < len(handed)
    if twice or any(_too_much(line, found.lines[line.order]) for line in handed):
        return "more_than_prescribed"
    return None


def _too_much(handed: edge.HandedLine, prescribed: Line) -> bool:
    """Less than prescribed may be handed over; nothing, or less than nothing, is no hand-over."""
    return not 0 < Decimal(handed.quantity) <= Decimal(prescribed.quantity)

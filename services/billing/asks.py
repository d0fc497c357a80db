"""What billing remembers of what an insurer was asked, and of what it said of a bill. The field names are the storage
format."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator
from pydantic_core import to_json

from shared.events.base import Where
from shared.events.billing_insurer import SettlementReversalWanted, SettlementWanted


def _as_said(kept: Any) -> Any:
    """A fact as it is on the log, where days are text, from what was stored of it."""
    if not isinstance(kept, dict):
        return kept
    kind = SettlementWanted if "lines" in kept else SettlementReversalWanted
    return kind.model_validate_json(to_json(kept))


Wanted = Annotated[SettlementWanted | SettlementReversalWanted, BeforeValidator(_as_said)]


class Settled(NamedTuple):
    """What an insurer said of a bill: its reference, or why it pays nothing; and where the bill is from."""

    reference: str
    refused: str
    where: Where


class Ask(NamedTuple):
    """What an insurer was asked and has not answered, and those of its orders that were taken back meanwhile."""

    wanted: Wanted
    gone: tuple[str, ...] = ()

    def covers(self, order: str) -> bool:
        """Whether this order's charge is on the bill that waits."""
        wanted = self.wanted
        return isinstance(wanted, SettlementWanted) and any(line.order == order for line in wanted.lines)

    def settles(self, visit: str) -> bool:
        """Whether it is a bill of this visit that waits."""
        return isinstance(self.wanted, SettlementWanted) and self.wanted.visit.id == visit

"""What billing remembers of what an insurer was asked, and of what it said of a bill. The field names are the storage
format."""

from __future__ import annotations

from typing import NamedTuple

from shared.events.base import Where
from shared.events.billing_insurer import SettlementReversalWanted, SettlementWanted


class Settled(NamedTuple):
    """What an insurer said of a bill: its reference, or why it pays nothing; and where the bill is from."""

    reference: str
    refused: str
    where: Where


class Ask(NamedTuple):
    """What an insurer was asked and has not answered, and those of its orders that were taken back meanwhile."""

    wanted: SettlementWanted | SettlementReversalWanted
    gone: tuple[str, ...] = ()

    def covers(self, order: str) -> bool:
        """Whether this order's charge is on the bill that waits."""
        wanted = self.wanted
        return isinstance(wanted, SettlementWanted) and any(line.order == order for line in wanted.lines)

    def settles(self, visit: str) -> bool:
        """Whether it is a bill of this visit that waits."""
        return isinstance(self.wanted, SettlementWanted) and self.wanted.visit.id == visit

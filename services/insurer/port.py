"""The port of an insurer that settles by call: what an adapter of a real one has to do, and nothing more."""

from __future__ import annotations

from typing import Protocol

from services.insurer.shapes import Claim, NoAnswer, Reversal, Reversed, Settled


class Insurer(Protocol):
    """Three calls, each safe to make again: a bill is one bill to the insurer however often it is asked about, and the
    reversal of a charge is one. Who does not know what became of a call says Unknown, or raises, or takes too long: it
    is called again with the same claim.
    """

    async def pre_settle(self, claim: Claim) -> Settled | NoAnswer:
        """预结算: what it would pay. Nothing is settled by it; of a bill that was settled, what it was settled as."""

    async def settle(self, claim: Claim) -> Settled | NoAnswer:
        """结算: settle the bill, once, and say under which reference. Of one that was settled, the same again."""

    async def reverse(self, reversal: Reversal) -> Reversed | NoAnswer:
        """撤销结算: take back what was settled of one charge, once. Of one that was taken back, the same again."""

"""The local rules behind the port: an insurer that settles every bill as billing pre-settled it. It remembers nothing,
so it gives the same answer for ever. A model for an adapter, and what stands there until a city has a real one."""

from __future__ import annotations

from services.insurer.shapes import Claim, Reversal, Reversed, Settled


class LocalInsurer:
    """Pays what the local rules say."""

    async def pre_settle(self, claim: Claim) -> Settled:
        return Settled("", claim.shares)

    async def settle(self, claim: Claim) -> Settled:
        return Settled(f"local:{claim.bill}", claim.shares)

    async def reverse(self, reversal: Reversal) -> Reversed:
        return Reversed(reversal.reference)

"""How a bill is split: insurer, then major illness, then waiver, and the rest is the resident's own share.

Settlement is per bill, line by line, because a payer's deductible and rounding span the lines. The only rule in force
is "all own share": no payer takes anything yet. A payer's rule belongs into `settle`, before the own share, chosen by
the date the visit was opened for.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

from shared.events.base import derive
from shared.events.billing import BillLine

MOST = 10_000_000_000
"""Fen one charge may be at most (100 million yuan), so that 60 lines still add up to a total within bounds."""

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Wide enough that the product of the longest price and quantity is exact: rounding happens once."""


def amount(unit_price: int, quantity: str) -> int:
    """Price in fen times a decimal quantity, half a fen rounded up, between 0 and MOST."""
    exact = EXACT.multiply(Decimal(unit_price), Decimal(quantity))
    return max(0, min(MOST, int(EXACT.to_integral_value(exact))))


def settle(charges: Mapping[str, int]) -> list[BillLine]:
    """Split the amounts, in fen by order. Each payer takes from what the ones before it left."""
    lines = []
    for order, whole in charges.items():
        insurer = major_illness = waiver = 0
        lines.append(
            BillLine(
                charge=charge_id(order),
                order=order,
                amount=whole,
                insurer=insurer,
                major_illness=major_illness,
                waiver=waiver,
                own_share=whole - insurer - major_illness - waiver,
            )
        )
    return lines


def charge_id(order: str) -> str:
    """The one charge an order can have."""
    return derive(order, "charge")

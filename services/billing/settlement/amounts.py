"""Exact arithmetic in fen: products rounded once, and a whole that is split without a fen lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

MOST = 10_000_000_000
"""Fen one charge may be at most (100 million yuan), so that 60 lines still add up to a total within bounds."""

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Wide enough that the product of the longest price and quantity is exact: rounding happens once."""


def amount(unit_price: int, quantity: str) -> int:
    """Price in fen times a decimal quantity, half a fen rounded up, between 0 and MOST."""
    return max(0, min(MOST, part(unit_price, Decimal(quantity))))


def part(whole: int, share: Decimal) -> int:
    """A share of an amount, half a fen rounded up."""
    return int(EXACT.to_integral_value(EXACT.multiply(Decimal(whole), share)))


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """The whole by weight, in parts that add up to it: rounded down, then a fen each by the largest remainder, the
    earlier of equals first. No part is above its weight while the whole is not above the weights' sum."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [whole * weight // total for weight in weights]
    left = whole - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(whole * weights[n] % total), n))
    for n in by_remainder[:left]:
        parts[n] += 1
    return parts

"""A whole split by weight, judged in fractions: to the fen together, and nobody a whole fen from their part."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def half_up(exact: Fraction | int) -> int:
    """To whole fen, half a fen up."""
    return floor(exact + Fraction(1, 2))


def fair(parts: Sequence[int], whole: int, weights: Sequence[int]) -> bool:
    """Whether these are the whole by weight: to the fen together, and each less than a fen from its exact part."""
    total = sum(weights)
    if sum(parts) != (whole if total else 0):
        return False
    return all(
        abs(Fraction(whole * weight, total or 1) - part) < 1 for part, weight in zip(parts, weights, strict=True)
    )

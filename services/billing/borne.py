"""What payers and the resident have borne of a year: with lines of a bill, or without them again. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.billing.settlement import Year
from services.billing.shapes import Bill, Line


def borne(year: Year, bill: Bill, lines: Iterable[Line], sign: int) -> Year:
    """A payer's year with these lines, or (-1) without them again."""
    if bill.category is None:
        return year
    for line in lines:
        year = year.plus(
            bill.category,
            insurer=sign * line.insurer,
            counted=sign * line.counted,
            major_illness=sign * line.major_illness,
        )
    return year


def deducted(deductibles: dict[str, int], bill: Bill, lines: Iterable[Line], sign: int) -> dict[str, int]:
    more = sign * sum(line.deductible for line in lines)
    return {**deductibles, bill.visit: deductibles.get(bill.visit, 0) + more} if more else deductibles

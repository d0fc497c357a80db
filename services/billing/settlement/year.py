"""What payers have taken over in one card's year: exactly what live lines say, so a reversal gives it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

from shared.reference.insurance import Category


class Year(NamedTuple):
    """In fen: what the insurer has paid for outpatients and for inpatients, what of the own shares counts towards major
    illness, and what that has paid."""

    outpatient: int = 0
    inpatient: int = 0
    counted: int = 0
    major_illness: int = 0

    def insured(self, category: Category) -> int:
        """What counts against the cap of a category."""
        return self.inpatient if category == "inpatient" else self.outpatient

    def with_all(self, others: Iterable[Year]) -> Year:
        """With all that was carried over from others."""
        return Year(*(sum(amounts) for amounts in zip(self, *others, strict=True)))

    def plus(self, category: Category, *, insurer: int, counted: int, major_illness: int) -> Self:
        """With so much more; negative amounts take back."""
        inpatient = category == "inpatient"
        return self._replace(
            outpatient=self.outpatient + (0 if inpatient else insurer),
            inpatient=self.inpatient + (insurer if inpatient else 0),
            counted=self.counted + counted,
            major_illness=self.major_illness + major_illness,
        )

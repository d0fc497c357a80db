"""What counts in a card's year of other cards', followed in the order in which it was decided; and above which caps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.check.carried import NAMES, sums
from deploy.check.result import Finding
from deploy.check.tariff import Tariff
from deploy.check.told import Card, Told
from shared.events.billing import CapIrregular, CapPassed, YearCarried, YearCarryWanted


@dataclass
class Carried:
    """One card and year. `others` is what counts here, by card; where the card itself counts elsewhere, caps are that
    card's matter."""

    card: Card
    tariff: Tariff
    others: dict[str, YearCarried] = field(default_factory=dict)
    counts_elsewhere: bool = False

    def hear(self, one: Told, year: Counter[str]) -> Iterator[Finding]:
        """What was carried is given back as it came, and what it brings above a cap is recorded. `year` is the own."""
        before = self._above(one.event.year, year)
        match one.event:
            case YearCarryWanted(into=into):
                self.counts_elsewhere = into is not None
            case YearCarried(other=other, how="over"):
                self.others[other] = one.event
            case YearCarried(other=other):
                known = self.others.pop(other, None)
                if known is None or sums(known) != sums(one.event):
                    yield self.card.finding("year_carried", one)
        above = {(cap, by) for cap, by in self._above(one.event.year, year).items() if by > before.get(cap, 0)}
        said = [fact for fact in self.card.by_cause.get(one.id, ()) if isinstance(fact.event, CapPassed)]
        if above != {(fact.event.cap, fact.event.above) for fact in said}:
            yield self.card.finding("cap_passed", one)
        for fact in said:
            if not any(isinstance(answer.event, CapIrregular) for answer in self.card.by_cause.get(fact.id, ())):
                yield self.card.finding("cap_passed", fact)

    def with_others(self, year: Counter[str]) -> Counter[str]:
        """What the payers' year has had in all."""
        found = Counter(year)
        for one in self.others.values():
            found.update(dict(zip(NAMES, sums(one), strict=True)))
        return found

    def _above(self, on: int, year: Counter[str]) -> dict[str, int]:
        had = Counter[str]() if self.counts_elsewhere else self.with_others(year)
        return {cap: had[cap] - most for cap, most in self.tariff.caps(on).items() if had[cap] > most}

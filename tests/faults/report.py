"""What one run came to: a table for people, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table

from deploy.check import Result
from deploy.check.sources import EVENTS
from shared.reference.insurance import Settles
from tests.faults.field import Struck

KINDS = {
    "lost": ("request_lost", "unanswered", "fact_missing", "cause_missing", "not_cleared", "refund_missing",
             "recompute_lacking"),
    "doubled": ("answered_twice", "admitted_and_refused", "charge_twice", "line_twice", "bill_twice", "cleared_twice",
                "bill_paid_twice", "reference_twice", "reference_across", "refund_twice", "slot_twice", "visit_twice",
                "specimen_twice", "result_twice", "dispensed_twice", "charge_over_twice", "two_beds", "card_twice",
                "other_bytes"),
    "out of order": ("cause_later", "card_in_two_partitions", "after_the_end", "after_cancellation", "result_version"),
    "wrong amounts": ("charge_amount", "charge_price", "line_amount", "line_split", "line_unknown", "bill_total",
                      "charge_over_amount", "payment_amount", "refund_amount", "charges_do_not_balance",
                      "payments_do_not_balance", "settlement_amount", "settlement_back", "settlement_unasked"),
    "wrong archives": ("archive_missing", "archive_foreign", "archive_other", "archive_misfiled"),
}  # fmt: skip
"""A check's codes in five words; all others are `otherwise wrong`."""
WORDS = (
    *KINDS,
    "wrong states",
    "failed, and there",
    "never asked",
    "refused too soon",
    "otherwise wrong",
    "not finished",
)
LONG = ("checkup-reported", "patient-discharged")
"""What a load must have come to, besides visits to a clinic."""
OF = {code: word for word, codes in KINDS.items() for code in codes}


@dataclass
class Report:
    """A run. `wrong` counts in the words of WORDS; `first` shows some of what was found, with ids. Red if anything is
    wrong, if dead letters are not exactly the poisoned ones, if a fault left a service behind, or if none hit."""

    seed: int
    store: str
    brokers: int
    sabotage: str
    settles: Settles = "local"
    struck: list[Struck] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    visits: int = 0
    failed_visits: int = 0
    cards: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    events: int = 0
    copies: int = 0
    seconds: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)
    letters_expected: int = 0
    letters_found: int = 0
    letters_other: list[str] = field(default_factory=list)
    home_expected: int = 0
    home_found: int = 0

    @property
    def hit(self) -> list[Struck]:
        return [one for one in self.struck if one.hit]

    @property
    def red(self) -> bool:
        left = any(one.recovered is None for one in self.hit)
        return bool(self.wrong or self.letters_other or left or not self.hit or self.home_found != self.home_expected)

    def add(self, word: str, what: str) -> None:
        self.wrong[word] += 1
        if len(self.first) < 40:
            self.first.append(f"{word}: {what}")

    def add_check(self, result: Result, poison: set[str]) -> None:
        """What a check found. That poison on the log can't be read is no finding."""
        for one in result.wrong:
            self.add(OF.get(one.code, "otherwise wrong"), f"{one.code} {one.service} {' '.join(one.events)}")
        left = [one for one in result.parked if f"{one.topic or EVENTS}/{one.partition}/{one.offset}" not in poison]
        for one in (*left, *result.held, *result.pending):
            self.add("not finished", f"{one.standing} {one.code} {one.service} {one.detail} {' '.join(one.events)}")
        self.copies = result.counts["copies"]

    def as_json(self) -> dict[str, Any]:
        told = {**vars(self), "struck": [asdict(one) for one in self.struck]}
        return {**told, "wrong": {word: self.wrong[word] for word in WORDS}, "hit": len(self.hit), "red": self.red}


def tables(report: Report) -> Iterable[Table]:
    """The faults, and what came of them."""
    faults = Table(
        title=f"Faults, seed {report.seed}, {report.store}, {report.brokers} broker(s)", title_justify="left"
    )
    for name in ("at event", "fault", "where", "inside", "hit", "recovered"):
        faults.add_column(name)
    for one in report.struck:
        seconds = "not in time" if one.recovered is None else f"{one.recovered:.1f} s"
        faults.add_row(str(one.at), one.kind, one.what, str(one.inside), "yes" if one.hit else "no", seconds)
    yield faults
    sums = Table(title="What came of them", title_justify="left", show_header=False)
    sums.add_row("faults that hit live work", f"{len(report.hit)} of {len(report.struck)} drawn")
    sums.add_row("requests", ", ".join(f"{count} {name}" for name, count in sorted(report.asked.items())))
    sums.add_row("visits (given up)", f"{report.visits} ({report.failed_visits})")
    sums.add_row("lives of cards", str(report.cards))
    sums.add_row("check-ups reported, stays ended", ", ".join(str(report.ended[fact]) for fact in LONG))
    sums.add_row("bills an insurer was asked to settle", str(report.ended["settlement-wanted"]))
    sums.add_row("events, copies on the log", f"{report.events}, {report.copies}")
    for word in WORDS:
        sums.add_row(word, str(report.wrong[word]))
    sums.add_row(
        "dead letters", f"{report.letters_found} of {report.letters_expected}, {len(report.letters_other)} other"
    )
    sums.add_row("came home", f"{report.home_found} of {report.home_expected}")
    sums.add_row("seconds", f"{report.seconds:.0f}")
    sums.add_row("verdict", "RED" if report.red else "green")
    yield sums

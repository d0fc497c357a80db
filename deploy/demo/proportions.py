"""How often what happens, in every part of a run. The same seed gives the same visits in these proportions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from random import Random

DOES_NOT_COME = 0.1
"""Who is called and not there."""

KINDS: dict[str, int] = {
    "outpatient": 38,
    "examined": 8,
    "checkup": 5,
    "emergency": 7,
    "inpatient": 4,
    "transferred": 1,
    "referred": 2,
    "cancelled": 4,
    "cancelled_while_seen": 3,
    "test_cancelled": 3,
    "examination_cancelled": 2,
    "medicine_cancelled": 3,
    "pickup_before_paying": 3,
    "specimen_before_paying": 2,
    "tendered_twice": 3,
    "wrong_amount": 3,
    "paid_after_cancelling": 2,
    "never_paid": 2,
    "sent_twice": 3,
    "offline_kiosk": 2,
}
"""Of a hundred residents, how many come with which story. `stories.py` says what each does."""

SLOW = ("never_paid", "specimen_before_paying", "offline_kiosk", "referred", "transferred", "inpatient")
"""Stories that wait for a deadline, or go from house to house: they begin first."""

ENTITLED = ("five_free", "treat-first", "", "")
"""What the cards of every four who come as an outpatient with the usual story entitle to, in turn; empty: nothing."""

RENEWED = ("", "", "", "replace", "", "", "", "formalize")
"""What is asked about the cards of every eight of them, in turn: a new one; or, of a temporary one, to be formal."""

PRINTED_CODE = 0.15
RESULT_AMENDED = 0.05
REPORT_AMENDED = 0.1
RESULT_BEFORE_SPECIMEN = 0.03
CRITICAL_READ_LATE = 0.25
CHECKUP_DECLINED = 0.08
CHECKUP_UNUSUAL = 0.2
RETURNED = 0.04
HANDED_BEFORE_REVIEW = 0.02
REFUND_FAILS_FIRST = 0.25
TESTED_IN_BED = 0.5
NEBULIZED = 0.3
EXPIRED_OFFLINE = 0.5
"""Shares of single acts: cards shown, results, reports, critical values, items of check-ups, prescriptions, refunds,
days in bed, what a kiosk kept."""


def stories(visits: int, seed: int) -> list[str]:
    """The story of each visit: exact shares of every whole hundred, the slow ones first."""
    hundred = [kind for kind, share in KINDS.items() for _ in range(share)]
    Random(seed).shuffle(hundred)
    drawn = islice(_round(hundred), visits)
    return sorted(drawn, key=lambda kind: kind not in SLOW)


def _round(hundred: list[str]) -> Iterator[str]:
    yield from cycle(hundred)

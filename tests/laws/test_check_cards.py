"""What an accountant says of a card's life, and of visits while it might not be used, that we would not let happen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deploy.check.standing import standing
from deploy.check.told import Card, Told
from shared.events import cards, edge, edge_rooms, examination, inpatient, pharmacy, registration
from shared.events.base import Where
from tests.support.spec import CARD, START, an_id, asked, enveloped, happened
from tests.support.stays import ADMISSION, WISH, assigned

OTHER = "d" * 64
WHERE = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
SLOT: dict[str, Any] = {"kind": "outpatient", "department": "D01", "session": "morning", "date": START.date()}


def of_card(kind: type[Any], n: int, **fields: Any) -> Any:
    at = START + timedelta(seconds=n)
    made = kind(**{"card": CARD, "where": WHERE, "request": an_id(900), **fields})
    return made.known(an_id(n), at, at, an_id(900))


ISSUED = of_card(cards.CardIssued, 1, standing="formal")
SUSPENDED = of_card(cards.CardSuspended, 2, reason="lost")
RESTORED = of_card(cards.CardRestored, 3)
AGREED = of_card(cards.CardMergeConsidered, 4, kept=OTHER)
DECLINED = of_card(cards.CardMergeConsidered, 4, kept=OTHER, code="other_card_merged")
RETIRED = of_card(cards.CardsMerged, 5, other=OTHER, side="retired")
BACK = of_card(cards.CardsUnmerged, 6, other=OTHER, side="retired")
ASKED = asked(edge.RegistrationRequested, 20, **SLOT)
OPENED = happened(registration.VisitRegistered, 21, ASKED.id, **SLOT)
STOPPED = happened(registration.VisitSuspended, 30, code="card_suspended")
RESUMED = happened(registration.VisitResumed, 31)
PICKUP = asked(edge.MedicationPickupRequested, 40, prescription=an_id(800))
LINES = [pharmacy.ReleasedLine(order=an_id(801), code="N02BE01", display="Paracetamol", quantity="1", unit="box")]
RELEASED = happened(pharmacy.PickupReleased, 41, PICKUP.id, prescription=an_id(800), lines=LINES)
SCAN = asked(edge_rooms.ExaminationScheduleRequested, 42, order=an_id(802), at=START)
SCHEDULED = happened(examination.ExaminationScheduled, 43, SCAN.id, order=an_id(802), at=START)
SCANNED = happened(edge_rooms.ExaminationPerformed, 44, order=an_id(802), modality="CT")
MADE: dict[str, Any] = {"order": an_id(802), "code": "24627-2", "display": "CT Chest", "modality": "CT"}
COMPLETED = happened(examination.ExaminationCompleted, 45, SCANNED.id, **MADE)
GIVEN = assigned(WISH, 46)
TAKEN: dict[str, Any] = {"admission": ADMISSION, "ward": "W1", "bed": "01", "wish": WISH, "day": START.date()}
ADMITTED = happened(inpatient.PatientAdmitted, 47, GIVEN.id, **TAKEN)

RIGHT: list[tuple[Any, ...]] = [
    (ISSUED, ASKED, OPENED),
    (ISSUED, ASKED, SUSPENDED, OPENED),
    (ISSUED, SUSPENDED, RESTORED, ASKED, OPENED),
    (ISSUED, AGREED, RETIRED),
    (ISSUED, AGREED, RETIRED, BACK, ASKED, OPENED),
    (OPENED, PICKUP, STOPPED, RELEASED),
    (OPENED, STOPPED, RESUMED, PICKUP, RELEASED),
    (OPENED, SCAN, SCANNED, STOPPED, SCHEDULED, COMPLETED),
    (OPENED, GIVEN, STOPPED, ADMITTED, RESUMED),
    (OPENED, STOPPED, RESUMED, GIVEN, ADMITTED),
]
WRONG: list[tuple[str, tuple[Any, ...]]] = [
    ("card_twice", (ISSUED, of_card(cards.CardIssued, 9, standing="formal"))),
    ("merge_not_agreed", (ISSUED, RETIRED)),
    ("merge_not_agreed", (ISSUED, DECLINED, RETIRED)),
    ("while_suspended", (ISSUED, SUSPENDED, ASKED, OPENED)),
    ("while_suspended", (ISSUED, SUSPENDED, ASKED, RESTORED, OPENED)),
    ("while_suspended", (ISSUED, AGREED, RETIRED, ASKED, OPENED)),
    ("while_suspended", (OPENED, STOPPED, PICKUP, RELEASED)),
    ("while_suspended", (OPENED, STOPPED, SCAN, SCHEDULED)),
    ("while_suspended", (OPENED, STOPPED, SCANNED, COMPLETED)),
    ("while_suspended", (OPENED, STOPPED, GIVEN, ADMITTED)),
]


def found(*events: Any) -> list[str]:
    told = [Told(n, enveloped(event), event) for n, event in enumerate(events)]
    return [finding.code for finding in standing(Card(CARD, 0, told))]


@pytest.mark.parametrize("events", RIGHT)
def test_what_may_be_is_no_finding(events: tuple[Any, ...]) -> None:
    assert found(*events) == []


@pytest.mark.parametrize(("code", "events"), WRONG)
def test_what_may_not_be_is_found(code: str, events: tuple[Any, ...]) -> None:
    assert found(*events) == [code]

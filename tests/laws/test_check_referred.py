"""What an accountant says of an admission that a referral relieves: it counts from the day of the referral."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from deploy.check.splits import Splits
from deploy.check.told import Card, Told
from services.billing.service import SERVICE
from shared.envelope import Envelope
from shared.events import TYPES, AnyEvent
from shared.events.base import Visit, Where, derive
from shared.events.billing import BillSettled
from shared.events.consultation import ConsultationAccepted, LabTestOrdered, ReferralMade
from shared.events.registration import VisitRegistered
from shared.reference import load
from shared.step import Stream, step
from tests.support.checked import TARIFF
from tests.support.insured import INSURED_TOWN
from tests.support.spec import CARD, START, VISIT, an_id, enveloped, fact, happened

TOWN = load(INSURED_TOWN)
SEEN = an_id(50)
LOWER = Where(institution="H02", department="D01", terminal="T02", channel="window")
LONG_AGO = Visit(id=an_id(700), date=date(2026, 3, 2))
TESTS = [derive(SEEN, "test", n) for n in range(5)]
STAY = (
    happened(VisitRegistered, 1, kind="inpatient", department="D01", session="morning", date=VISIT.date),
    *(
        happened(LabTestOrdered, 2 + n, consultation=SEEN, order=id, code="2823-3", display="K", specimen="serum")
        for n, id in enumerate(TESTS)
    ),
    happened(ConsultationAccepted, 10, consultation=SEEN, orders=TESTS),
)
"""More than the deductible, whichever it is."""


def referred(at: datetime) -> Any:
    what: dict[str, Any] = {"visit": LONG_AGO, "where": LOWER, "consultation": SEEN, "institution": "H01"}
    return fact(ReferralMade, **what, reason="").known(an_id(0), at, at)


def told(*events: AnyEvent) -> list[Told]:
    """What billing hears, and behind each event what it says, as the check reads it: times are its envelope's."""
    stream, found = Stream(SERVICE.initial), list[Told]()
    for event in events:
        stream, said = step(SERVICE, stream, enveloped(event, SERVICE.name), event, TOWN)
        found += [Told(len(found) + n, one, _read(one)) for n, one in enumerate([enveloped(event), *said])]
    return found


def _read(one: Envelope) -> AnyEvent:
    return TYPES[one.type].model_validate_json(one.body)


def rules(history: list[Told]) -> list[str]:
    bill = next(one.event for one in reversed(history) if isinstance(one.event, BillSettled))
    return [rule.rule for rule in bill.lines[0].why or ()]


def findings(history: list[Told]) -> list[str]:
    splits = Splits(Card(CARD, 0, history), TARIFF)
    return [finding.code for one in history for finding in splits.hear(one)]


@pytest.mark.parametrize(
    ("before", "rule"), [(timedelta(days=30), "deductible_referred"), (timedelta(days=31), "deductible")]
)
def test_billing_and_the_check_agree_from_which_day_a_referral_counts(before: timedelta, rule: str) -> None:
    history = told(referred(START - before), *STAY)
    assert (rule in rules(history), findings(history)) == (True, [])

"""A city whose insurer settles by call checks clean, whatever it answers; and what an accountant would not let pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from pydantic_core import from_json

from deploy.check.recompute import deciders
from deploy.check.result import Result
from services.insurer.local import LocalInsurer
from services.insurer.port import Insurer
from shared.envelope import Envelope
from tests.laws.more_acts import DEPOSITED, STAY
from tests.laws.strategies import Act, said, visits
from tests.laws.test_check import SHARED_REFERENCES, STORY, laws, lived
from tests.support.by_call import BY_CALL, BY_CALL_TARIFF, CityByCall, Fickle, Silent
from tests.support.checked import Evidence, checked, codes, evidence, recompute

STAYS = [
    *(Act(verb, 0, 0, which) for verb, which in (("issue", 0), ("register", 0), ("tender", 3), *DEPOSITED)),
    *(Act(verb, 1, 0, which) for verb, which in (("issue", 0), ("register", 0), ("tender", 3), *STAY)),
]
WHOLE = [*STORY, *STAYS]


def lived_by_call(story: list[Act], insurer: Insurer) -> Evidence:
    """What a city leaves behind that was asked all this, and came to rest."""
    city = CityByCall(insurer)
    try:
        for act in story:
            city.topics.say(said(act))
            for _ in range(3):
                for name in city.names:
                    city.deliver(name)
        city.settle()
        city.check()
        return evidence(city.left())
    finally:
        city.close()


def audit(found: Evidence) -> Result:
    return checked(found, tariff=BY_CALL_TARIFF)


def of(found: Evidence, name: str) -> list[Any]:
    return [from_json(one.body) for one in found.events() if one.type.split(".")[2] == name]


@pytest.fixture(scope="module")
def well() -> Evidence:
    return lived_by_call(WHOLE, LocalInsurer())


@pytest.fixture(scope="module")
def fickle() -> Evidence:
    return lived_by_call(WHOLE, Fickle())


def bills(found: Evidence) -> list[Any]:
    """Every bill as it was split."""
    return sorted(
        (bill["bill"], [(line["insurer"], line["major_illness"], line["own_share"]) for line in bill["lines"]])
        for bill in of(found, "bill-settled")
    )


def test_behind_the_port_the_local_rules_give_the_same_bills(well: Evidence) -> None:
    assert bills(well) == bills(lived(WHOLE))


@pytest.mark.parametrize("which", ["well", "fickle"])
def test_it_checks_and_recomputes_clean(which: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(which)
    result = audit(found)
    assert ({one.code for one in result.wrong} - {SHARED_REFERENCES}, result.held) == (set(), [])
    assert recompute(found, deciders(), BY_CALL).wrong == []


def test_a_fickle_insurer_settles_some_and_refuses_others(fickle: Evidence) -> None:
    said = of(fickle, "bill-settled")
    assert any(bill.get("settlement") for bill in said)
    assert any(bill.get("refused") for bill in said)
    assert {one["code"] for one in of(fickle, "insurer-answer-noted")} == {"outcome_unknown"}


def test_what_is_cancelled_is_taken_back_at_the_insurer(fickle: Evidence) -> None:
    assert of(fickle, "settlement-reversal-wanted")
    assert len(of(fickle, "settlement-reversed")) == len(of(fickle, "settlement-reversal-wanted"))


def test_no_answer_is_asked_for_twice_on_the_log(fickle: Evidence) -> None:
    """However often the gateway asks: the same answer is the same request."""
    answers = [one for one in fickle.events() if one.type == "onecard.edge.insurer-answered.v1"]
    assert len({(one.key, one.id) for one in answers}) == len(answers)


def test_a_silent_insurer_holds_bills_up_and_nothing_is_wrong() -> None:
    found = lived_by_call(WHOLE, Silent())
    result = audit(found)
    assert {one.code for one in result.wrong} <= {SHARED_REFERENCES}
    assert {"insurer_awaited"} <= {one.code for one in result.held}
    assert of(found, "settlement-overdue")
    assert {bill.get("scheme") for bill in of(found, "bill-settled") if bill["total"]} <= {None}


@laws
@given(visits(), visits())
def test_any_visits_check_clean_by_call(one: list[Act], other: list[Act]) -> None:
    found = lived_by_call([*one, *other], Fickle())
    assert {finding.code for finding in audit(found).wrong} <= {SHARED_REFERENCES}


def settled(found: Evidence) -> Envelope:
    """A bill that its insurer has settled, and paid something of."""
    return next(
        one
        for one in found.events()
        if one.type == "onecard.billing.bill-settled.v1"
        and from_json(one.body).get("settlement")
        and any(line["insurer"] for line in from_json(one.body)["lines"])
    )


def paid_more(found: Evidence) -> None:
    one = settled(found)
    lines = from_json(one.body)["lines"]
    line = next(line for line in lines if line["insurer"])
    line["insurer"] -= 1
    line["own_share"] += 1
    for rule in line["why"]:
        rule["amount"] -= rule["rule"] == "insurer_reported"
    total = sum(line["own_share"] for line in lines)
    found.change(one, lines=lines, own_share=total)


def another_reference(found: Evidence) -> None:
    found.change(settled(found), settlement="S9")


def never_asked(found: Evidence) -> None:
    bill = from_json(settled(found).body)["bill"]
    found.remove(
        next(one for one in found.events() if "settlement-wanted" in one.type and from_json(one.body)["bill"] == bill)
    )


def settled_by_nobody(found: Evidence) -> None:
    found.change(settled(found), settlement=None)


def never_taken_back(found: Evidence) -> None:
    found.remove(found.the("settlement-reversal-wanted"))


def less_taken_back(found: Evidence) -> None:
    found.change(found.the("settlement-reversal-wanted"), insurer=1)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (paid_more, "settlement_amount"),
        (another_reference, "settlement_amount"),
        (never_asked, "settlement_unasked"),
        (settled_by_nobody, "bill_split"),
        (never_taken_back, "settlement_back"),
        (less_taken_back, "settlement_back"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_what_is_not_as_the_insurer_said_is_found(
    fickle: Evidence, spoil: Callable[[Evidence], None], code: str
) -> None:
    found = fickle.copy()
    spoil(found)
    assert code in codes(audit(found))

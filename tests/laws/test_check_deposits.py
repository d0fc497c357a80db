"""What an accountant says of a stay's deposits that we would not let happen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic_core import from_json

from deploy.check.recompute import deciders
from shared.events.base import derive
from tests.laws.more_acts import DEPOSITED
from tests.laws.strategies import REFERENCE, Act
from tests.laws.test_check import lived
from tests.support.checked import Evidence, checked, codes, recompute

STORY = [Act(verb, 0, 0, which) for verb, which in (("issue", 0), ("register", 0), ("tender", 3), *DEPOSITED)]


@pytest.fixture(scope="module")
def well() -> Evidence:
    """A stay with a deposit that was less than it cost, and one that was more than was left to pay."""
    return lived(STORY)


def said(found: Evidence, name: str) -> list[dict[str, object]]:
    return [from_json(one.body) for one in found.events() if one.type.split(".")[2] == name]


def test_a_stay_with_deposits_checks_and_recomputes_clean(well: Evidence) -> None:
    assert (checked(well).wrong, recompute(well, deciders(), REFERENCE).wrong) == ([], [])


def test_every_fen_of_the_deposits_is_applied_or_returned(well: Evidence) -> None:
    assert [(one["amount"], one["left"]) for one in said(well, "deposit-applied")] == [(5000, 3000), (3000, 0)]
    assert [one["amount"] for one in said(well, "deposit-returned")] == [1000]
    assert [(one["deposited"], one["applied"]) for one in said(well, "account-closed")] == [(9000, 8000)]
    assert [one["code"] for one in said(well, "deposit-refused")] == ["account_closed"]


def received_more(found: Evidence) -> None:
    found.change(found.the("deposit-received"), amount=5001)


def received_for_nothing(found: Evidence) -> None:
    one = found.the("deposit-received")
    found.change(one, deposit=derive(one.id, "another"))


def applied_more(found: Evidence) -> None:
    found.change(found.the("deposit-applied", 1), amount=3001)


def applied_elsewhere(found: Evidence) -> None:
    one = found.the("deposit-applied", 1)
    found.change(one, bill=derive(one.id, "another"))


def returned_less(found: Evidence) -> None:
    found.change(found.the("deposit-returned"), amount=999)


def never_returned(found: Evidence) -> None:
    for name in ("account-closed", "refund-asked", "deposit-returned"):
        found.remove(found.the(name))


def closed_with_another_sum(found: Evidence) -> None:
    found.change(found.the("account-closed"), applied=7999)


def no_refund(found: Evidence) -> None:
    found.remove(found.the("refund-asked"))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (received_more, "payment_amount"),
        (received_for_nothing, "deposit_unknown"),
        (applied_more, "deposit_amount"),
        (applied_elsewhere, "deposit_unknown"),
        (returned_less, "deposit_amount"),
        (never_returned, "deposit_kept"),
        (closed_with_another_sum, "account_closed"),
        (no_refund, "refund_missing"),
    ],
)
def test_what_was_tampered_with_is_found(well: Evidence, spoil: Callable[[Evidence], None], code: str) -> None:
    found = well.copy()
    spoil(found)
    assert code in codes(checked(found))

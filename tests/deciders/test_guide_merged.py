"""guide on what a merge left irregular: a card's matter within no visit, set right where the cards were merged."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from deploy.commands.reconcile import resolution_of
from services.guide.desks import items
from services.guide.queries import Seen
from services.guide.service import SERVICE
from services.guide.state import State
from shared.events.base import Where
from shared.events.billing import CapIrregular, CapPassed
from shared.events.edge import CardIrregularityResolutionReported, IrregularityResolutionReported
from shared.events.runtime import CardIrregularityResolved
from shared.reference import Terminal
from tests.support.spec import CARD, START, an_id, given

WHERE = Where(institution="card-authority", terminal="TA1", channel="authority")
PASSED = CapPassed(card=CARD, where=WHERE, year=2026, cap="outpatient", above=500)


def said(kind: type[Any], n: int, **fields: Any) -> Any:
    at = START + timedelta(seconds=n)
    return kind(card=CARD, where=WHERE, **fields).known(an_id(n), at, at, an_id(n - 1))


IRREGULAR = said(CapIrregular, 2, code="cap_passed", act=PASSED)
RESOLVED = said(CardIrregularityResolved, 9, irregularity=an_id(1), resolution="扣回")


def after(*events: Any) -> State:
    state: State = given(SERVICE, *events).stream.state
    return state


def test_it_waits_at_the_desk_where_the_cards_were_merged() -> None:
    (item,) = items(after(IRREGULAR), "reconcile")
    assert (item["request"], item["service"], item["code"]) == (an_id(1), "billing", "cap_passed")
    assert (item["institution"], item["terminal"], item["date"]) == ("card-authority", "TA1", "")


def test_it_is_gone_once_somebody_set_it_right() -> None:
    assert items(after(IRREGULAR, RESOLVED), "reconcile") == []


def test_it_is_told_of_a_card_and_no_visit() -> None:
    seen = Seen(f"{CARD}/{SERVICE.stream(IRREGULAR)}", 1, after(IRREGULAR))
    assert (seen.card, seen.visit) == (CARD, "")


def test_a_desk_sets_it_right_at_the_terminal_that_merged() -> None:
    (item,) = items(after(IRREGULAR), "reconcile")
    terminals = {"TA1": Terminal("TA1", "card-authority", "authority")}
    found = resolution_of({**item, "card": CARD, "visit": ""}, "扣回", terminals)
    assert isinstance(found, CardIrregularityResolutionReported)
    assert (found.irregularity, found.where) == (an_id(1), WHERE.model_copy(update={"operator": "reconciler"}))


def test_what_was_done_in_a_visit_is_set_right_in_it() -> None:
    (item,) = items(after(IRREGULAR), "reconcile")
    found = resolution_of({**item, "card": CARD, "visit": an_id(7), "date": "2026-11-24"}, "核实", {})
    assert isinstance(found, IrregularityResolutionReported)
    assert (found.visit.id, found.visit.date, found.where.channel) == (an_id(7), date(2026, 11, 24), "window")

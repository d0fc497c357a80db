"""What waits for the insurer in one visit: by bill, or by the charge to be reversed. The field names are the storage
format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import NamedTuple

from services.insurer.shapes import Claim, Reversal, Share
from shared.events import AnyEvent
from shared.events.billing import BillLine, BillSettled
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)
from shared.unchanging import unchanging

WAITS = "waits"
"""What a document is found by while anything in it waits."""


class Wanted(NamedTuple):
    """What billing wants of the insurer, in which event, and when that got on the log, in milliseconds."""

    event: str
    at_ms: int
    visit: str
    day: date
    claim: Claim | Reversal


@unchanging
class State:
    """All that waits, by bill or charge."""

    open: dict[str, Wanted] = field(default_factory=dict)


INITIAL = State()


def evolve(state: State, event: AnyEvent) -> State:
    """The state after an event; the same object when nothing changed."""
    match event:
        case SettlementWanted():
            return _put(state, event.bill, event, _claim(event))
        case SettlementReversalWanted():
            return _put(state, event.charge, event, _reversal(event))
        case BillSettled(bill=name) | SettlementReversed(charge=name):
            return _drop(state, name)
        case InsurerAnswerIrregular(code="reversal_refused", act=act):
            return _drop(state, act.charge or "")
    return state


def index(state: State) -> Mapping[str, str | int | None]:
    """Whether anything waits, and since when."""
    since = min((one.at_ms for one in state.open.values()), default=None)
    return {WAITS: None if since is None else WAITS, "since": since}


def _put(state: State, name: str, event: SettlementWanted | SettlementReversalWanted, claim: Claim | Reversal) -> State:
    at_ms = round(event.log_time.timestamp() * 1000)
    wanted = Wanted(event.id, at_ms, event.visit.id, event.visit.date, claim)
    return replace(state, open={**state.open, name: wanted})


def _drop(state: State, name: str) -> State:
    if name not in state.open:
        return state
    return replace(state, open={other: one for other, one in state.open.items() if other != name})


def _claim(event: SettlementWanted) -> Claim:
    return Claim(
        bill=event.bill,
        card=event.card,
        visit=event.visit.id,
        day=event.visit.date,
        institution=event.where.institution,
        scheme=event.scheme,
        category=event.category,
        level=event.level,
        shares=tuple(_share(line) for line in event.lines),
    )


def _share(line: BillLine) -> Share:
    return Share(
        charge=line.charge,
        amount=line.amount,
        insurer=line.insurer,
        major_illness=line.major_illness,
        deductible=line.deductible or 0,
        counted=line.counted or 0,
    )


def _reversal(event: SettlementReversalWanted) -> Reversal:
    return Reversal(
        bill=event.bill,
        charge=event.charge,
        card=event.card,
        institution=event.where.institution,
        insurer=event.insurer,
        major_illness=event.major_illness,
        reference=event.reference,
    )

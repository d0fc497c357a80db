"""What a year remembers of what its insurers were asked and have not answered yet. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from services.billing.asks import Ask, Settled
from services.billing.shapes import State
from shared.events.billing import BillSettled
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)

Asked = SettlementWanted | SettlementReversalWanted | SettlementReversed | InsurerAnswerIrregular


def asked(state: State, event: Asked) -> State:
    """The state after an insurer was asked or, of a reversal, has answered; the same object when nothing changed. A
    settlement is answered by its bill."""
    match event:
        case SettlementWanted(bill=name) | SettlementReversalWanted(charge=name):
            return replace(state, asks={**state.asks, name: Ask(event)})
        case SettlementReversed(charge=charge):
            return replace(answered(state, charge), given_back=(*state.given_back, charge))
        case InsurerAnswerIrregular(code="reversal_refused", act=act) if act.charge:
            return answered(state, act.charge)
    return state


def said_of(settled: BillSettled) -> Settled | None:
    """What its insurer said of a bill; None where the local rules settled it."""
    reference, refused = settled.settlement or "", settled.refused or ""
    return Settled(reference, refused, settled.where) if reference or refused else None


def answered(state: State, name: str) -> State:
    """Without this ask."""
    if name not in state.asks:
        return state
    return replace(state, asks={other: ask for other, ask in state.asks.items() if other != name})


def taken_meanwhile(state: State, orders: Collection[str]) -> State:
    """The asks, with those of their orders that were taken back while they wait: they are reversed once settled."""
    asks = {
        name: ask._replace(gone=(*ask.gone, *(one for one in orders if ask.covers(one) and one not in ask.gone)))
        for name, ask in state.asks.items()
    }
    return state if asks == state.asks else replace(state, asks=asks)

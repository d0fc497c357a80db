"""The insurer's gateway: what waits, what it asks, and what it reports."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.insurer.edge import Edge, answered, said_safely
from services.insurer.gateway import FIRST, MOST, asked
from services.insurer.local import LocalInsurer
from services.insurer.service import SERVICE
from services.insurer.shapes import Claim, Refused, Reversal, Reversed, Settled, Share, Unknown, fits
from services.insurer.state import State, index
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope
from shared.events import Event
from shared.events.base import derive
from shared.events.billing import BillLine, BillSettled
from shared.events.billing_insurer import (
    InsurerAnswerIrregular,
    SettlementReversalWanted,
    SettlementReversed,
    SettlementWanted,
)
from shared.events.edge_insurer import InsurerAnswered
from shared.runtime import documents
from shared.runtime.documents import Kept
from shared.step import Stream
from tests.support import spec
from tests.support.by_call import EDGE, gateway
from tests.support.spec import CARD, VISIT, an_id, happened

BILL, ORDER = an_id(80), an_id(81)
CHARGE = derive(ORDER, "charge")
LINE = BillLine(charge=CHARGE, order=ORDER, amount=3_000, insurer=1_200, own_share=1_800, counted=1_800)
WANTED = happened(
    SettlementWanted, 1, bill=BILL, lines=[LINE], total=3_000, own_share=1_800, scheme="resident",
    rules_of=date(2020, 1, 1), category="outpatient", level="county",
)  # fmt: skip
SHARE = Share(CHARGE, 3_000, 1_200, counted=1_800)
CLAIM = Claim(BILL, CARD, VISIT.id, VISIT.date, "H01", "resident", "outpatient", "county", (SHARE,))
BACK = happened(
    SettlementReversalWanted, 5, bill=BILL, charge=CHARGE, order=ORDER, insurer=1_200, major_illness=0, reference="S1"
)  # fmt: skip
REVERSAL = Reversal(BILL, CHARGE, CARD, "H01", 1_200, 0, "S1")


def waits(*events: Event) -> State:
    state: State = spec.given(SERVICE, *events).stream.state
    return state


class TestWaiting:
    def test_what_is_wanted_waits_as_a_claim(self) -> None:
        assert [one.claim for one in waits(WANTED).open.values()] == [CLAIM]

    def test_a_reversal_waits_by_its_charge(self) -> None:
        assert {name: one.claim for name, one in waits(BACK).open.items()} == {CHARGE: REVERSAL}

    def test_a_settled_bill_waits_no_more(self) -> None:
        settled = happened(BillSettled, 2, bill=BILL, lines=[LINE], total=3_000, own_share=1_800)
        assert waits(WANTED, settled) == State()

    def test_a_reversed_charge_waits_no_more(self) -> None:
        reversed_ = happened(SettlementReversed, 6, bill=BILL, charge=CHARGE, order=ORDER, reference="V1")
        assert waits(BACK, reversed_) == State()

    def test_a_refused_reversal_waits_no_more(self) -> None:
        act = happened(InsurerAnswered, 6, bill=BILL, charge=CHARGE, outcome="refused")
        assert waits(BACK, happened(InsurerAnswerIrregular, 7, code="reversal_refused", act=act)) == State()

    def test_what_contradicts_leaves_it_waiting(self) -> None:
        act = happened(InsurerAnswered, 6, bill=BILL, outcome="refused")
        assert waits(WANTED, happened(InsurerAnswerIrregular, 7, code="visit_mismatch", act=act)).open

    def test_it_is_found_by_waiting_and_since_when(self) -> None:
        assert index(waits(WANTED))["since"] == round(WANTED.log_time.timestamp() * 1000)
        assert index(State()) == {"waits": None, "since": None}


class TestAnswers:
    wanted = waits(WANTED).open[BILL]

    def test_the_same_answer_is_the_same_request_byte_for_byte(self) -> None:
        said = Settled("S1", (SHARE,))
        assert EDGE.envelope(self.wanted, said) == EDGE.envelope(self.wanted, said)

    def test_another_answer_is_another_request(self) -> None:
        assert EDGE.envelope(self.wanted, Unknown("timeout")).id != EDGE.envelope(self.wanted, Refused("NO")).id

    def test_its_id_is_of_the_moment_it_was_wanted(self) -> None:
        id = EDGE.envelope(self.wanted, Unknown("timeout")).id
        assert (int(id.replace("-", "")[:12], 16), id[14]) == (self.wanted.at_ms, "7")

    def test_it_says_what_the_insurer_pays_of_every_charge(self) -> None:
        told = answered(self.wanted, Settled("S1", (SHARE,)))
        assert [(line.charge, line.insurer, line.counted) for line in told.lines or ()] == [(CHARGE, 1_200, 1_800)]
        assert (told.bill, told.charge, told.outcome, told.reference, told.visit) == (BILL, None, "done", "S1", VISIT)

    def test_a_refusal_says_the_insurers_reason(self) -> None:
        told = answered(self.wanted, Refused("NOT-ENROLLED"))
        assert (told.outcome, told.reason, told.lines) == ("refused", "NOT-ENROLLED", None)

    def test_a_reversal_names_its_charge(self) -> None:
        told = answered(waits(BACK).open[CHARGE], Reversed("V1"))
        assert (told.bill, told.charge, told.outcome, told.reference) == (BILL, CHARGE, "done", "V1")

    @pytest.mark.parametrize("reference", ["", "不是编码", "x" * 65])
    def test_what_the_language_cant_say_is_unknown(self, reference: str) -> None:
        told = said_safely(self.wanted, Settled(reference, (SHARE,)))
        assert (told.outcome, told.reason) == ("unknown", "malformed")

    def test_a_key_that_is_too_short_is_none(self) -> None:
        with pytest.raises(ValueError, match=r"insurer\.key"):
            Edge(b"short")


class TestAsked:
    def said(self, insurer: Any, claim: Any = CLAIM) -> Any:
        return asyncio.run(asked(insurer, claim))

    def test_the_local_rules_settle_as_billing_pre_settled(self) -> None:
        assert self.said(LocalInsurer()) == Settled(f"local:{BILL}", (SHARE,))

    def test_the_local_rules_take_everything_back(self) -> None:
        assert self.said(LocalInsurer(), REVERSAL) == Reversed("S1")

    def test_a_refused_pre_settlement_is_not_settled(self) -> None:
        assert self.said(Says(Refused("NO"))) == Refused("NO")

    def test_what_does_not_fit_is_not_settled(self) -> None:
        assert self.said(Says(Settled("", (SHARE._replace(insurer=3_001),)))) == Unknown("unfit")

    def test_an_adapter_that_fails_knows_nothing(self) -> None:
        assert self.said(Says(ConnectionError())) == Unknown("ConnectionError")

    def test_one_that_does_not_answer_knows_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("services.insurer.gateway.LONGEST", 0.01)
        assert self.said(Says(asyncio.sleep)) == Unknown("timeout")

    def test_a_claim_is_fitted_by_every_charge_once(self) -> None:
        assert fits(CLAIM, Settled("S1", (SHARE,)))
        assert not fits(CLAIM, Settled("S1", ()))
        assert not fits(CLAIM, Settled("S1", (SHARE, SHARE)))
        assert not fits(CLAIM, Settled("S1", (SHARE._replace(major_illness=1_801),)))


class TestRounds:
    def rounds(self, insurer: Any, *at: float, settled: bool = False) -> list[list[Envelope]]:
        """What is published at each of these moments."""
        return asyncio.run(self._rounds(insurer, *at, settled=settled))

    async def _rounds(self, insurer: Any, *at: float, settled: bool) -> list[list[Envelope]]:
        store, said = MemoryStore(), list[Envelope]()
        await store.open([documents.collection(SERVICE)])
        kept: Kept[Any] = Kept(CARD, VISIT.id, 0, Stream(State() if settled else waits(WANTED, BACK)))
        await store.insert("streams", [documents.encode(SERVICE, kept, "")])

        async def publish(envelopes: Sequence[Envelope]) -> None:
            said.extend(envelopes)

        asking, found = gateway(insurer, store, publish), list[list[Envelope]]()
        for moment in at:
            await asking.round(moment)
            found.append(list(said))
            said.clear()
        return found

    def test_all_that_waits_is_asked_and_reported(self) -> None:
        [said] = self.rounds(LocalInsurer(), 0.0)
        assert [one.type for one in said] == ["onecard.edge.insurer-answered.v1"] * 2
        assert {one.key for one in said} == {CARD}

    def test_nothing_is_asked_where_nothing_waits(self) -> None:
        assert self.rounds(LocalInsurer(), 0.0, settled=True) == [[]]

    def test_it_is_asked_again_later_and_later(self) -> None:
        counts = map(len, self.rounds(LocalInsurer(), 0.0, FIRST - 1, FIRST, 2 * FIRST, 3 * FIRST))
        assert list(counts) == [2, 0, 2, 0, 2]

    def test_it_is_asked_at_least_so_often(self) -> None:
        moments = [MOST * n for n in range(1, 20)]
        assert all(self.rounds(LocalInsurer(), *moments)[-5:])

    def test_who_begins_anew_says_the_same_again(self) -> None:
        assert self.rounds(LocalInsurer(), 0.0) == self.rounds(LocalInsurer(), 50.0)


class Says:
    """An insurer that says one thing to every pre-settlement, raises it, or never answers. It settles nothing."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def pre_settle(self, claim: Claim) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return await self.answer(3600) if callable(self.answer) else self.answer

    async def settle(self, claim: Claim) -> Any:
        raise AssertionError("nobody may settle this")

    async def reverse(self, reversal: Reversal) -> Any:
        raise AssertionError("nobody may take this back")

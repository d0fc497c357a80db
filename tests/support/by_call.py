"""A city whose scheme is settled by call: the gateway's own rounds, and insurers that answer well, late, or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from services.insurer.edge import WHERE, Edge
from services.insurer.gateway import Gateway
from services.insurer.local import LocalInsurer
from services.insurer.port import Insurer
from services.insurer.service import SERVICE
from services.insurer.shapes import Claim, NoAnswer, Refused, Reversal, Reversed, Settled, Unknown
from services.records.service import ARCHIVE
from shared.envelope import Envelope
from shared.reference import Institution, Terminal
from shared.reference.data import Dated
from shared.runtime.changes import Changes
from shared.runtime.documents import state_of
from shared.signature import terminal_key
from tests.laws.strategies import REFERENCE, SECRET
from tests.laws.test_deciders import SERVICES
from tests.support.checked import TARIFF
from tests.support.city import City
from tests.support.process import Trouble

SINCE = date(2026, 1, 1)
GATEWAY = Terminal(WHERE.terminal, WHERE.institution, "insurer")
PLACE = Institution(WHERE.institution, "虚构医保中心", "Invented Insurer", "city", "agency", "public", "371502")
BY_CALL = replace(
    REFERENCE,
    schemes=Dated({
        name: tuple((since, terms._replace(settles="port")) for since, terms in dated)
        for name, dated in REFERENCE.schemes.rows.items()
    }),
    terminals=Dated({**REFERENCE.terminals.rows, GATEWAY.code: ((SINCE, GATEWAY),)}),
    institutions=Dated({**REFERENCE.institutions.rows, PLACE.code: ((SINCE, PLACE),)}),
)  # fmt: skip
BY_CALL_TARIFF = replace(
    TARIFF,
    schemes={name: [{**row, "settles": "port"} for row in rows] for name, rows in TARIFF.schemes.items()},
)
EDGE = Edge(terminal_key(SECRET, GATEWAY.code))


class CityByCall(City):
    """A city with an insurer behind its gateway."""

    def __init__(self, insurer: Insurer) -> None:
        super().__init__(SERVICES, ARCHIVE, BY_CALL)
        self.gateway = gateway(insurer, self.stores[SERVICE.name], self.publish)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        for one in envelopes:
            self.topics.say(one)

    def deliver(self, name: str, most: int = 1 << 30, trouble: Trouble | None = None) -> None:
        super().deliver(name, most, trouble)
        if name == SERVICE.name:
            self.run(self.gateway.round(self.now / 1000))


class Fickle:
    """By the name of a bill or charge: fails at first, refuses, is too generous or pays less than the local rules."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def pre_settle(self, claim: Claim) -> Settled:
        self.calls.append(claim.bill)
        if self.calls.count(claim.bill) == 1:
            raise ConnectionError
        half = tuple(share._replace(insurer=share.insurer // 2, counted=0) for share in claim.shares)
        return Settled("", half)

    async def settle(self, claim: Claim) -> Settled | NoAnswer:
        if int(claim.bill[0], 16) % 3 == 0:
            return Refused("NOT-ENROLLED")
        return Settled(f"F-{claim.bill[:8]}", (await self.pre_settle(claim)).shares)

    async def reverse(self, reversal: Reversal) -> Reversed | NoAnswer:
        self.calls.append(reversal.charge)
        if self.calls.count(reversal.charge) == 1:
            return Unknown("busy")
        return Reversed(f"V-{reversal.charge[:8]}")


class Silent(LocalInsurer):
    """Never says what becomes of a bill."""

    async def pre_settle(self, claim: Claim) -> Any:
        return Unknown("closed")


def gateway(insurer: Insurer, store: Any, publish: Any) -> Gateway:
    """A gateway as its process makes it."""
    decode = partial(state_of, SERVICE)
    return Gateway(insurer, EDGE, store=store, decode=decode, publish=publish, changes=Changes())

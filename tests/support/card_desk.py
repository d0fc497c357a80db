"""The card authority's desk in one event loop: its own vault, courier and decider, over a store and a log in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

import httpx
from fastapi import FastAPI

from services.cards.api import router
from services.cards.codes import Codes
from services.cards.courier import Courier, Standings
from services.cards.desk import Desk
from services.cards.edge import Edge
from services.cards.person import Person, Secrets
from services.cards.problems import install
from services.cards.registrar import Registrar
from services.cards.registry import RegistryUnavailableError, Verdict
from services.cards.sealed import Keyring
from services.cards.seen import SEEN
from services.cards.service import SERVICE
from services.cards.vault import OPENED, ROWS, Vault
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope, Record, headers, to_ms
from shared.readers import Readers
from shared.reference import Reference, Terminal
from shared.reference.data import Dated
from shared.reference.rows import Entitlement
from shared.runtime.changes import Changes
from shared.runtime.documents import Kept, collection, encode, state_of
from shared.runtime.log import LogUnavailable
from tests.support.plain import Fold

EPOCH = date(2020, 1, 1)
REFERENCE = Reference(
    terminals=Dated.of((code, EPOCH, Terminal(code, "H01", "kiosk")) for code in ("K1", "K2")),
    entitlements=Dated.of([("treat-first", EPOCH, Entitlement("treat-first", "先诊疗后付费", "Treat first"))]),
)
SECRETS = Secrets(
    b"security key....", b"pseudonym key...", b"protection key..", b"blind index key.", Keyring({"v1": b"v" * 16})
)


def person(n: int, **other: str) -> dict[str, str]:
    """An invented resident, as an application has them."""
    return {"id_type": "01", "id_number": f"99999919900101{n:07d}V", "name": f"虚构{n}", "phone": "", **other}


@dataclass
class Register:
    """The population register: everybody `person` makes is in it, but for numbers from 9000 on."""

    away: bool = False

    async def check(self, people: Sequence[Person]) -> list[Verdict]:
        if self.away:
            raise RegistryUnavailableError
        return [self._verdict(one) for one in people]

    def _verdict(self, one: Person) -> Verdict:
        n = int(one.id_number[14:21]) if one.id_number.startswith("999999") else 9999
        if n >= 9000:
            return "unknown"
        return "match" if one.name == f"虚构{n}" else "mismatch"


@dataclass
class CardDesk:
    """`deaf` holds back what is sent, as a broker that is away; `lost` loses it, as a crash before it left."""

    now: datetime = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    deaf: bool = False
    away: bool = False
    secrets: Secrets = SECRETS
    store: MemoryStore = field(default_factory=MemoryStore)
    journal: MemoryStore = field(default_factory=MemoryStore)
    sent: list[Envelope] = field(default_factory=list)
    readers: Mapping[str, str] = field(default_factory=dict)

    async def open(self) -> CardDesk:
        await self.store.open((collection(SERVICE),))
        await self.journal.open((ROWS, OPENED, SEEN))
        self.changes, self.register, self.fold = Changes(), Register(), Fold(SERVICE, REFERENCE)
        self.vault = Vault(self.journal, self.secrets)
        standings = Standings(self.store, partial(state_of, SERVICE))
        self.courier = Courier(
            self.vault, Edge(b"terminal key of a desk"), publish=self.publish, standings=standings, changes=self.changes
        )
        self.registrar = Registrar(self.courier, self.register, lambda: self.now)
        codes = Codes(self.vault, standings, journal=self.journal, reference=REFERENCE, now=lambda: self.now)
        app = FastAPI(title="cards", version="1")
        app.include_router(router(Desk(self.registrar, codes, REFERENCE), Readers(self.readers)))
        install(app)
        self.app = app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cards", timeout=20)
        return self

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """As intake and the engine do together: each new id is heard, and what the stream is after it is stored."""
        if self.away:
            raise LogUnavailable("the broker is away")
        self.sent += envelopes
        if not self.deaf:
            await self.hear(list(envelopes))

    async def hear(self, envelopes: list[Envelope]) -> None:
        while envelopes:
            one = envelopes.pop(0)
            record = Record("onecard.events", 0, 0, to_ms(self.now), one.key.encode(), one.body, headers(one))
            id, said = self.fold.hear(record)
            envelopes += said
            if not id:
                continue
            key, _, name = id.partition("/")
            stored = (await self.store.load("streams", [id])).get(id)
            kept = Kept(key, name, 0, self.fold.streams[id], stored.version if stored else 0)
            await self.store.save("streams", [encode(SERVICE, kept, "")])
            self.changes.tell([id])

    async def hear_all(self) -> None:
        self.deaf = False
        await self.hear(list(self.sent))

    async def issued(self, n: int = 1, **other: str) -> str:
        """The card of a person, issued."""
        answer = await self.http.post("/applications", json=person(n, **other))
        assert answer.status_code == 201, answer.text
        card: str = answer.json()["card"]
        return card

    async def ask(self, card: str, ask: str, **fields: str) -> httpx.Response:
        return await self.http.post(f"/cards/{card}/requests", json={"ask": ask, **fields})

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

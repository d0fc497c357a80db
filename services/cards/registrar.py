"""What is done with cards at the authority: applications, singly or by the page, and what becomes of a card after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.cards.courier import Courier
from services.cards.person import Person, blind
from services.cards.registry import Registry, Verdict
from services.cards.vault import Row, opened, sealed_row
from shared.events import authority
from shared.events.edge import CardAsk

WITHIN = 10.0
"""Seconds someone at a desk is let wait for the outcome; after that it is pending, and goes on by itself."""
TEMPORARY = "temporary"


@dataclass(frozen=True)
class Answered:
    """What became of it. `code` is empty for yes, `pending`, or why not; `card` only where the asker may know it."""

    code: str
    card: str = ""
    request: str = ""


@dataclass(frozen=True)
class Application:
    """Who applies, and for a temporary card or a formal one."""

    person: Person
    standing: authority.Standing = "formal"


class Registrar:
    """Every change to a card begins here: the vault's row first, then the request."""

    def __init__(self, courier: Courier, registry: Registry, now: Callable[[], datetime]) -> None:
        self.courier, self.vault, self.registry, self._now = courier, courier.vault, registry, now

    async def apply(self, application: Application) -> Answered:
        """One application, up to its outcome."""
        [answer] = await self.apply_all([application])
        if answer.code != "pending":
            return answer
        [row] = (await self.vault.of([application.person])).values()
        return _outcome(await self.courier.settled(row, WITHIN), answer.request)

    async def apply_all(self, applications: Sequence[Application]) -> list[Answered]:
        """A page of applications: each is refused, or durable and on its way. The same page again changes nothing."""
        verdicts = await self.registry.check([one.person for one in applications])
        refused = [_refusal(one, verdict) for one, verdict in zip(applications, verdicts, strict=True)]
        ids = [blind(one.person, self.vault.secrets) for one in applications]
        wanted = {id: one for id, one, code in zip(ids, applications, refused, strict=True) if not code}
        found = await self.vault.rows(list(wanted))
        rows = dict(zip(found, await self.courier.settle(list(found.values())), strict=True))
        fresh = {id: self._fresh(one, id) for id, one in wanted.items() if id not in rows}
        again = {id: self._again(row, wanted[id]) for id, row in rows.items() if not row.issued and not row.pending}
        # Whoever was faster with a document has its row: theirs counts.
        lost = await self.vault.enter(list(fresh.values())) if fresh else set()
        lost |= await self.vault.save(list(again.values())) if again else set()
        rows |= fresh | again | (await self.vault.rows(list(lost)) if lost else {})
        await self.courier.send(list(rows.values()))
        return [Answered(code) if code else _standing(rows[id]) for id, code in zip(ids, refused, strict=True)]

    async def ask(self, kind: type[CardAsk], card: str, **fields: Any) -> Answered:
        """A request about a card, up to its outcome."""
        row = await self.vault.of_card(card)
        if row is None or not row.issued:
            return Answered("card_unknown")
        if kind is authority.CardFormalizationRequested and (code := await self._unproven(row)):
            return Answered(code)
        [row] = await self.courier.settle([row])
        if row.pending is not None:
            return Answered("request_pending", card, row.pending.id)
        row = row.with_pending(self.courier.edge.request(kind, card, self._now(), **fields))
        row = await self._saved(row)
        if row is None:
            return Answered("request_pending", card)
        await self.courier.send([row])
        request = row.pending.id if row.pending else ""
        return _outcome(await self.courier.settled(row, WITHIN), request)

    async def _saved(self, row: Row) -> Row | None:
        lost = await self.vault.save([row])
        return None if lost else (await self.vault.rows([row.id])).get(row.id)

    async def _unproven(self, row: Row) -> str:
        """Why a temporary card's holder is not the register's; empty when they are."""
        fields = opened(row, self.vault.secrets, "id_type", "id_number", "name")
        [verdict] = await self.registry.check([Person(**fields)])
        return {"match": "", "mismatch": "name_mismatch", "unknown": "person_unknown"}[verdict]

    def _fresh(self, one: Application, id: str = "") -> Row:
        row, _ = sealed_row(one.person, self.vault.secrets, id)
        return row.with_pending(self._request(row.card, one.standing))

    def _again(self, row: Row, one: Application) -> Row:
        """An application that came to nothing (too late, a broken terminal) is made anew, on the same row."""
        return replace(self._fresh(one), version=row.version)

    def _request(self, card: str, standing: authority.Standing) -> Any:
        return self.courier.edge.request(authority.CardApplicationMade, card, self._now(), standing=standing)


def _refusal(one: Application, verdict: Verdict) -> str:
    """Who is not in the register yet may have a temporary card; under another's document nobody has one."""
    if verdict == "mismatch":
        return "name_mismatch"
    return "person_unknown" if verdict == "unknown" and one.standing != TEMPORARY else ""


def _standing(row: Row) -> Answered:
    if row.pending is not None and not row.issued:
        return Answered("pending", row.card, row.pending.id)
    return Answered("card_exists", row.card)


def _outcome(row: Row, request: str) -> Answered:
    if row.last is not None and row.last.request == request:
        return Answered(row.last.code, row.card, request)
    return Answered("pending", row.card, request)

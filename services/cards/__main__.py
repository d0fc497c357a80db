"""Run cards: `python -m services.cards`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial

import structlog
from fastapi import APIRouter

from services.cards.api import router
from services.cards.codes import Codes
from services.cards.courier import Courier, Standings
from services.cards.desk import Desk
from services.cards.edge import SECRET, Edge
from services.cards.person import Secrets
from services.cards.problems import install
from services.cards.registrar import Registrar
from services.cards.registry import POPULATION, LocalRegistry
from services.cards.seen import SEEN
from services.cards.service import SERVICE
from services.cards.vault import OPENED, ROWS, Vault
from shared.app import Running, run
from shared.readers import Readers
from shared.runtime.documents import state_of
from shared.runtime.failures import shown
from shared.settings import MISCONFIGURED


class Authority:
    """One process of the authority: its desk is made once, from what it runs with."""

    def routes(self, running: Running) -> APIRouter:
        """The routes over a new desk. Ends the process with MISCONFIGURED when a secret is missing."""
        try:
            self.desk = made(running)
        except ValueError as wrong:
            print(f"misconfigured: {wrong}", file=sys.stderr)  # noqa: T201 - as any setting that can't be
            raise SystemExit(MISCONFIGURED) from None
        return router(self.desk, Readers(running.settings.readers))

    async def rounds(self, running: Running) -> None:
        """Send and settle what is pending, for as long as this process runs."""

        def failed(error: Exception) -> None:
            structlog.get_logger(service=SERVICE.name).warning("pending_round_failed", reason=shown(error))

        await self.desk.registrar.courier.rounds(failed)


def made(running: Running) -> Desk:
    """Everything the routes ask. ValueError names the secret that is missing."""
    secrets = Secrets.read(running.settings)
    vault = Vault(running.journal, secrets)
    standings = Standings(running.store, partial(state_of, SERVICE))
    edge = Edge(bytes.fromhex(running.settings.secret(SECRET).decode("ascii")))
    courier = Courier(vault, edge, publish=running.publish, standings=standings, changes=running.changes)
    registry = LocalRegistry(running.settings.secrets / POPULATION)
    codes = Codes(vault, standings, journal=running.journal, reference=running.reference, now=_now)
    return Desk(Registrar(courier, registry, _now), codes, running.reference)


def _now() -> datetime:
    return datetime.now(UTC)


authority = Authority()
run(SERVICE, authority.routes, finish=install, journal=(ROWS, OPENED, SEEN), beside=authority.rounds)

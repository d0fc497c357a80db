"""Run the insurer's gateway: `python -m services.insurer`."""

from __future__ import annotations

import sys
from functools import partial

import structlog
from fastapi import APIRouter

from services.insurer.edge import SECRET, Edge
from services.insurer.gateway import Gateway
from services.insurer.local import LocalInsurer
from services.insurer.service import SERVICE
from shared.app import Running, run
from shared.reference import Reference
from shared.runtime.documents import state_of
from shared.runtime.failures import shown
from shared.settings import MISCONFIGURED


class Desk:
    """One process of the gateway. A city with a real insurer puts its adapter in LocalInsurer's place."""

    gateway: Gateway | None = None

    def routes(self, running: Running) -> APIRouter:
        """None. Ends the process with MISCONFIGURED where a scheme needs the gateway and its key is missing."""
        if needed(running.reference):
            try:
                self.gateway = made(running)
            except ValueError as wrong:
                print(f"misconfigured: {wrong}", file=sys.stderr)  # noqa: T201 - as any setting that can't be
                raise SystemExit(MISCONFIGURED) from None
        return APIRouter()

    async def rounds(self, running: Running) -> None:
        """Ask for as long as this process runs; there is nothing to ask where every scheme settles locally."""

        def failed(error: Exception) -> None:
            structlog.get_logger(service=SERVICE.name).warning("insurer_round_failed", reason=shown(error))

        if self.gateway is not None:
            await self.gateway.rounds(failed)


def needed(reference: Reference) -> bool:
    """Whether any scheme is, was or will be settled by asking."""
    return any(terms.settles == "port" for dated in reference.schemes.rows.values() for _, terms in dated)


def made(running: Running) -> Gateway:
    """ValueError when the terminal's key is missing."""
    edge = Edge(bytes.fromhex(running.settings.secret(SECRET).decode("ascii")))
    decode = partial(state_of, SERVICE)
    return Gateway(
        LocalInsurer(),
        edge,
        store=running.store,
        decode=decode,
        publish=running.publish,
        changes=running.changes,
    )


desk = Desk()
run(SERVICE, desk.routes, beside=desk.rounds)

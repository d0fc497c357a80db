"""The HTTP server of a process."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI


def server_of(app: FastAPI, address: str) -> uvicorn.Server:
    """One that leaves it to the process when to stop. `address` is host:port."""
    host, _, port = address.rpartition(":")
    config = uvicorn.Config(
        app,
        host=host,
        port=int(port),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # The process decides when it stops.
    return server

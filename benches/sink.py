"""Takes spans and forgets them, as a child process, so that traces are exported as they would be anywhere.

`python -m benches.sink PORT`
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deploy.local.addresses import free_ports, says_ok
from deploy.local.child import Child
from deploy.local.jars import CHECKOUT


@asynccontextmanager
async def span_sink(folder: Path) -> AsyncIterator[str]:
    """Where to export to, as the setting `traces` takes it."""
    (port,) = free_ports(1)
    child = Child(
        name="sink",
        command=[sys.executable, "-m", "benches.sink", str(port)],
        log=folder / "sink.log",
        ready=lambda: says_ok(f"http://127.0.0.1:{port}/"),
        cwd=CHECKOUT,
    )
    await child.start()
    try:
        yield f"otlp:http://127.0.0.1:{port}/v1/traces"
    finally:
        await child.stop()


class _Forgetful(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Forgetful).serve_forever()

"""The services as child processes of one parent, each with a log file and an HTTP port of its own."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.addresses import free_ports, says_ok
from deploy.local.child import Child, ChildFailedError, all_run
from deploy.local.jars import CHECKOUT

GRACE = 40.0
"""Seconds a service may take to end: 15 for the calls in hand and 20 for its records, and some for a busy machine."""


class Processes:
    """`add` them, then `start` and `stop` all or some; `kill`, `pause` and `resume` one, as a fault would.

    Names are those of processes, such as `registration-1`. `urls` keeps each one's address through every restart.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs.absolute()
        self.children: dict[str, Child] = {}

    def add(self, name: str, module: str, environment: Mapping[str, str]) -> None:
        """A process that runs `python -m module` and answers /readyz on the address it is told in ONECARD_HTTP."""
        (port,) = free_ports(1)
        address = f"127.0.0.1:{port}"
        self.children[name] = Child(
            name=name,
            command=[sys.executable, "-m", module],
            log=self.logs / f"{name}.log",
            ready=lambda: says_ok(f"http://{address}/readyz"),
            address=f"http://{address}",
            environment={"PYTHONUNBUFFERED": "1", **environment, "ONECARD_HTTP": address},
            cwd=CHECKOUT,
            grace=GRACE,
        )

    def another(self, name: str) -> str:
        """One more process of the service that the named one is of, told the same but for its name. Its name."""
        service, first = name.rpartition("-")[0], self.children[name]
        count = sum(other.rpartition("-")[0] == service for other in self.children)
        added = f"{service}-{count + 1}"
        self.add(added, first.command[-1], {**first.environment, "ONECARD_INSTANCE": added})
        return added

    @property
    def urls(self) -> dict[str, str]:
        return {name: child.address for name, child in self.children.items()}

    async def start(self, *names: str) -> None:
        """Start the named ones, or all, side by side. Raises ChildFailedError for the first that does not get ready."""
        children = [self.children[name] for name in names or self.children]
        try:
            async with asyncio.TaskGroup() as tasks:
                for child in children:
                    tasks.create_task(child.start(), name=child.name)
        except* ChildFailedError as failures:
            raise failures.exceptions[0] from None

    async def stop(self, *names: str) -> None:
        """Let the named ones, or all, finish what they have in hand."""
        await asyncio.gather(*(self.children[name].stop() for name in names or self.children))

    def kill(self, name: str) -> None:
        self.children[name].kill()

    def pause(self, name: str) -> None:
        self.children[name].pause()

    def resume(self, name: str) -> None:
        self.children[name].resume()

    def check(self) -> None:
        """Raises ChildFailedError, with each one's exit code and the tail of its log, if any ended by itself."""
        all_run(self.children.values())

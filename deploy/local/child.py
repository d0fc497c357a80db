"""A program as a child process: started, found ready, paused, killed, stopped; it never outlives its parent.

Start children from a thread that lives as long as they should: Linux sends the parent-death signal when the thread that
started the child ends.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

TAIL = 30


class ChildFailedError(RuntimeError):
    """A child ended or did not answer; the message ends with the tail of its log."""


@dataclass(eq=False)
class Child:
    """`address` is where it serves. `ready` answers whether it does, and may raise OSError or TimeoutError until then.

    Times are seconds: `patience` to get ready in, `grace` to end in before it is killed.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]]
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    patience: float = 90.0
    grace: float = 15.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    wanted: bool = field(default=False, init=False)

    async def start(self) -> None:
        """Start it and wait until it serves. Raises ChildFailedError, and leaves nothing running, when it does not."""
        self.spawn()
        try:
            await self.until_ready()
        except BaseException:
            self.kill()
            raise

    def spawn(self) -> None:
        """Start it without waiting."""
        if self.running:
            raise ChildFailedError(f"{self.name} already runs as process {self.pid}")
        self.wanted = True
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # A session of its own keeps the terminal's Ctrl-C away: the parent stops its children in order.
            self.process = subprocess.Popen(
                [*dies_with_parent(), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                cwd=self.cwd,
                start_new_session=True,
            )

    async def until_ready(self) -> None:
        end = monotonic() + self.patience
        while True:
            if not self.running:
                raise ChildFailedError(f"{self.name} ended with {self.exit_code} before it was ready\n{self.tail()}")
            try:
                if await asyncio.wait_for(self.ready(), 5):
                    return
            except (OSError, TimeoutError):
                pass
            if monotonic() > end:
                raise ChildFailedError(f"{self.name} was not ready within {self.patience:.0f} s\n{self.tail()}")
            await asyncio.sleep(0.03)

    async def stop(self) -> None:
        """Ask it to end, and kill it when it has not done so in time. Nothing happens if it has ended already."""
        self.wanted = False
        self.resume()
        self.signal(signal.SIGTERM)
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self.process.wait, self.grace)
        self.kill()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def kill(self) -> None:
        """End it at once, as a power cut would, and wait until the system has taken it back."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def pause(self) -> None:
        """Make it stand still, as a hang would, and return when all of its threads do."""
        self.signal(signal.SIGSTOP)
        if self.process is not None and self.running:
            # The signal is only on its way: a thread that still runs could answer once more. One that ended instead is
            # no fault of the pause, and poll() tells of it.
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(number)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def failed(self) -> bool:
        """Whether it ended although nobody here ended it."""
        return self.wanted and not self.running

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.running else None

    @property
    def exit_code(self) -> int | None:
        """The code it ended with, negative for the signal that ended it; none while it runs or was never started."""
        return self.process.poll() if self.process is not None else None

    def tail(self, lines: int = TAIL) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join([f"--- {self.log}", *text.splitlines()[-lines:]])


def all_run(children: Iterable[Child]) -> None:
    """Raises ChildFailedError, with each one's exit code and the tail of its log, if any ended by itself."""
    failed = [child for child in children if child.failed]
    if failed:
        raise ChildFailedError(
            "\n".join(f"{child.name} ended with {child.exit_code}\n{child.tail()}" for child in failed)
        )


def dies_with_parent() -> list[str]:
    """Where util-linux is there, the kernel kills the child when its parent is gone, even by SIGKILL."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []

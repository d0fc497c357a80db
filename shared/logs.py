"""One JSON object per line on standard output, from the runtime and from every library alike. No values of events."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from time import monotonic

import structlog

QUIET = ("faststream", "aiokafka.consumer.subscription_state", "httpx", "uvicorn.error")

AGAIN = 10.0
"""Seconds in which a library says the same but once."""
MOST = 1_000


def configure(service: str) -> None:
    """Set up logging for one process. Libraries speak from warnings up; those that chatter, from errors up."""
    shared: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=lambda *_: _Careful(),
    )
    out = logging.StreamHandler(sys.stdout)
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, _of(service)],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    out.addFilter(Seldom())
    logging.basicConfig(level=logging.WARNING, handlers=[out], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    # That a topic is missing is said once, by /readyz; this says so ten times a second.
    logging.getLogger("aiokafka.cluster").setLevel(logging.CRITICAL)
    logging.getLogger("onecard.kafka").setLevel(logging.ERROR)


class Seldom(logging.Filter):
    """A line that a library has just said is left out, and counted when it comes again later: while a broker is away,
    aiokafka says so for every try of every connection."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self.clock = clock
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        line, now = (record.name, record.getMessage()), self.clock()
        at, left_out = self._said.get(line, (now - AGAIN, 0))
        if now - at < AGAIN:
            self._said[line] = at, left_out + 1
            return False
        if line not in self._said and len(self._said) >= MOST:
            self._said.clear()
        self._said[line] = now, 0
        if left_out:
            record.msg, record.args = f"{line[1]} (and {left_out} times before)", None
        return True


class _Careful:
    """Writes a line, or loses it: a full disk must not fail the work that the line is about."""

    def msg(self, message: str) -> None:
        try:
            print(message, flush=True)  # noqa: T201 - this is where lines go out
        except OSError:
            return

    log = debug = info = warn = warning = err = error = critical = exception = msg


def _of(service: str) -> structlog.types.Processor:
    def add(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event["service"] = service
        return event

    return add

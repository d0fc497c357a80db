"""One JSON object per line on standard output, from the runtime and from every library alike. No values of events."""

from __future__ import annotations

import logging
import sys

import structlog

QUIET = ("faststream", "aiokafka.consumer.subscription_state", "httpx", "uvicorn.error")


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
    logging.basicConfig(level=logging.WARNING, handlers=[out], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    # That a topic is missing is said once, by /readyz; this says so ten times a second.
    logging.getLogger("aiokafka.cluster").setLevel(logging.CRITICAL)
    logging.getLogger("onecard.kafka").setLevel(logging.ERROR)


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

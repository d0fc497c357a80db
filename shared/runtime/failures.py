"""Which failures pass by themselves, and how long to wait before the same records are tried again."""

from __future__ import annotations

import random

from shared.runtime.log import LogUnavailable
from shared.runtime.store import StoreUnavailable

TRANSIENT = (StoreUnavailable, LogUnavailable, TimeoutError, ConnectionError)

FIRST = 0.05
LONGEST = 5.0
"""Seconds; far below max_poll_interval_ms, so a waiting owner is not taken for a dead one."""


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, with jitter, bounded."""
    return min(LONGEST, FIRST * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)


def shown(error: BaseException) -> str:
    """An error as logs and health may show it: the words of one that passes by itself, of any other its type and place
    only, since its words may hold values."""
    if isinstance(error, (*TRANSIENT, LookupError)) and not isinstance(error, KeyError):
        return f"{type(error).__name__}: {error}"
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    at = f" at {last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}" if last else ""
    return f"{type(error).__name__}{at}"

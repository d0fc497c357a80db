"""How the interpreter is set for a service."""

from __future__ import annotations

import gc
import sys


def tune() -> None:
    """Before anything runs.

    A batch makes thousands of short-lived objects beside tens of thousands of kept ones; with the default limits the
    collector walks all of them again and again. Nothing here lives in cycles, so what was looked at once is looked at
    again rarely. New objects are looked at five thousand at a time, while they are still in the processor's cache: with
    ten times as many it costs a tenth more of all CPU, and each time stops everything for 15 ms.

    The store's thread needs the interpreter for an instant, several times a batch. A busy event loop would keep it
    waiting 5 ms each time, during which neither the disk nor the other core does anything.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 500, 50)
    sys.setswitchinterval(0.0005)

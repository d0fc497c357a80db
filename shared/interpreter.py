"""How the interpreter is set for a service."""

from __future__ import annotations

import gc
import sys


def tune() -> None:
    """Before anything runs.

    A batch makes thousands of short-lived objects beside tens of thousands of kept ones; with the default limits the
    collector walks all of them again and again. Little here lives in cycles (connections that ended, mostly), so what
    was looked at once is looked at again rarely, but not so rarely that memory grows by it. New objects are looked at
    five thousand at a time, while they are still in the processor's cache: with ten times as many it costs a tenth more
    of all CPU, and each time stops everything for 15 ms.

    The store's thread needs the interpreter for an instant, several times a batch. A busy event loop would keep it
    waiting 5 ms each time, during which neither the disk nor the other core does anything.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    sys.setswitchinterval(0.0005)

"""Versioned reference data: append-only files, every row with the day it is valid from.

Prices, sessions and insurance rules are chosen by the date the visit was opened for; clinical ranges by `ce_time`;
terminals, codes and spans by log time. A row is never changed, only followed by a later one, so history recomputes
the same after every change.
"""

from __future__ import annotations

from shared.reference.data import Reference, Span
from shared.reference.files import load, save
from shared.reference.places import NO_RULE, QueueRule, Ward
from shared.reference.rows import (
    CheckupItem,
    Entitlement,
    Examination,
    Institution,
    LabTest,
    Limits,
    Medicine,
    Package,
    Terminal,
)

__all__ = [
    "NO_RULE",
    "CheckupItem",
    "Entitlement",
    "Examination",
    "Institution",
    "LabTest",
    "Limits",
    "Medicine",
    "Package",
    "QueueRule",
    "Reference",
    "Span",
    "Terminal",
    "Ward",
    "load",
    "save",
]

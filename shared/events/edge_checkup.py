"""Requests of a check-up (体检): what a station found of one item of its package, and the doctor's conclusion."""

from __future__ import annotations

from typing import Literal

from shared.events.base import Code, DecimalText, FreeText, Unit
from shared.events.edge import Done

Declined = Literal["not_wanted", "unwell", "pregnant", "not_fasting", "done_elsewhere"]
"""Why a resident declines an item; shared/events/declined.py has the words."""


class CheckupItemRecorded(Done, by="edge"):
    """One item of the package: its value in its unit where it is measured, else what was found and whether that is
    abnormal; or why the resident `declined` it. Answered by CheckupItemDone, CheckupItemDeclined or
    CheckupItemIrregular."""

    item: Code
    value: DecimalText | None = None
    unit: Unit | None = None
    finding: FreeText = ""
    abnormal: bool = False
    declined: Declined | None = None


class CheckupConcluded(Done, by="edge"):
    """总检: what all items together mean, and what the resident should do. Answered by CheckupReported or
    CheckupReportIrregular."""

    conclusion: FreeText
    advice: FreeText = ""

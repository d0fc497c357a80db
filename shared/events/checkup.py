"""What checkup says: 体检."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import Code, DecimalText, Event, EventID, FreeText, Name, Unit
from shared.events.edge import Part
from shared.events.edge_checkup import CheckupConcluded, CheckupItemRecorded, Declined

Flag = Literal["normal", "low", "high", "abnormal", "unjudged"]
"""low, high: by the package's range. abnormal: by the word of who examined. unjudged: measured, and no range is set."""


class PackageItem(Part):
    """One item to be done; `unit`, `low` and `high` (both still normal) where it is measured."""

    item: Code
    display: Name
    kind: Literal["measured", "observed"]
    unit: Unit | None = None
    low: DecimalText | None = None
    high: DecimalText | None = None


class ItemTold(Part):
    """How one item of a report came out: flagged, with its value where it was measured, or declined."""

    item: Code
    display: Name
    value: DecimalText | None = None
    unit: Unit | None = None
    flag: Flag | None = None
    declined: Declined | None = None


class CheckupStarted(Event, by="checkup", archived="checkup"):
    """The package is cleared, or treated first: its stations may begin."""

    order: EventID
    package: Code
    display: Name
    items: Annotated[list[PackageItem], Field(min_length=1, max_length=60)]


class CheckupItemDone(Event, by="checkup", archived="checkup"):
    """One item was done; unit and range are the package's."""

    order: EventID
    item: Code
    display: Name
    value: DecimalText | None = None
    unit: Unit | None = None
    low: DecimalText | None = None
    high: DecimalText | None = None
    flag: Flag
    finding: FreeText = ""


class CheckupItemDeclined(Event, by="checkup", archived="checkup"):
    """The resident declined one item, and why."""

    order: EventID
    item: Code
    display: Name
    declined: Declined


class CheckupItemIrregular(Event, by="checkup", archived="irregular", irregular=True):
    """An item recorded outside the rules."""

    code: Code
    act: CheckupItemRecorded


class CheckupReported(Event, by="checkup", archived="checkup_report"):
    """体检报告: every item is done or declined, and this is what they mean."""

    order: EventID
    package: Code
    display: Name
    conclusion: FreeText
    advice: FreeText = ""
    items: Annotated[list[ItemTold], Field(min_length=1, max_length=60)]


class CheckupReportIrregular(Event, by="checkup", archived="irregular", irregular=True):
    """A conclusion outside the rules."""

    code: Code
    act: CheckupConcluded

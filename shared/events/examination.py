"""What examination says: 检查."""

from __future__ import annotations

from pydantic import AwareDatetime

from shared.events.base import Code, Event, EventID, FreeText, Name, Small
from shared.events.edge_rooms import (
    CriticalFindingAcknowledgementReported,
    ExaminationPerformed,
    ExaminationReportCorrected,
    ExaminationReportEntered,
)


class ExaminationScheduled(Event, by="examination", archived="appointment"):
    """The examination has a time; a later one of the same order takes its place."""

    order: EventID
    at: AwareDatetime
    room: Code | None = None


class ExaminationScheduleRefused(Event, by="examination", archived="refusal"):
    """The examination got no time, and why."""

    order: EventID
    code: Code


class ExaminationCompleted(Event, by="examination", archived="examination"):
    """A cleared examination was made; `code` and `display` are the order's."""

    order: EventID
    code: Code
    display: Name
    modality: Code
    image: Code | None = None


class ExaminationIrregular(Event, by="examination", archived="irregular", irregular=True):
    """An examination made outside the rules."""

    code: Code
    act: ExaminationPerformed


class ExaminationReported(Event, by="examination", archived="report"):
    """The first version of a report. `image` is the reference in the report, else the one of the examination."""

    order: EventID
    examination: Code
    display: Name
    modality: Code
    findings: FreeText
    conclusion: FreeText
    critical: Name | None = None
    image: Code | None = None


class ExaminationAmended(Event, by="examination", archived="report"):
    """A later version (2, 3, …); the earlier ones stay visible."""

    order: EventID
    examination: Code
    display: Name
    modality: Code
    version: Small
    findings: FreeText
    conclusion: FreeText
    critical: Name | None = None
    image: Code | None = None
    reason: FreeText


class ExaminationReportIrregular(Event, by="examination", archived="irregular", irregular=True):
    """A report or correction outside the rules."""

    code: Code
    act: ExaminationReportEntered | ExaminationReportCorrected


class CriticalFindingFlagged(Event, by="examination", archived="critical"):
    """危急值: a doctor must acknowledge it in time. `escalation` counts the deadlines that passed without one."""

    order: EventID
    finding: Name
    escalation: Small = 0


class CriticalFindingAcknowledged(Event, by="examination", archived="critical"):
    """A doctor read the critical finding and acted."""

    order: EventID
    action: FreeText


class FindingAcknowledgementIrregular(Event, by="examination", archived="irregular", irregular=True):
    """An acknowledgement of a critical finding that was never flagged, or was acknowledged before."""

    code: Code
    act: CriticalFindingAcknowledgementReported


class OrderCancelled(Event, by="examination", archived="order"):
    """The examination will not be made."""

    order: EventID


class CancellationRefused(Event, by="examination", archived="refusal"):
    """The examination stands, and why."""

    order: EventID
    code: Code

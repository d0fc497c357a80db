"""What lab says: 检验."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.events.base import Code, Event, EventID, FreeText, Small
from shared.events.edge import (
    Analyte,
    CriticalValueAcknowledgementReported,
    LabResultCorrected,
    LabResultEntered,
    SpecimenCollected,
)

Flag = Literal["normal", "low", "high", "critical_low", "critical_high", "unjudged"]


class Finding(Analyte):
    """A measured value and how it stands to its ranges: the laboratory's own, and the critical limits in force."""

    flag: Flag


Findings = Annotated[list[Finding], Field(min_length=1, max_length=60)]


class SpecimenAccepted(Event, by="lab", archived="specimen"):
    """A specimen of a cleared order."""

    order: EventID
    specimen: EventID
    kind: Code


class SpecimenIrregular(Event, by="lab", archived="irregular", irregular=True):
    """A specimen taken outside the rules."""

    code: Code
    act: SpecimenCollected


class LabResultReported(Event, by="lab", archived="result"):
    """The first version of a result."""

    order: EventID
    specimen: EventID
    test: Code
    findings: Findings


class LabResultAmended(Event, by="lab", archived="result"):
    """A later version (2, 3, …); the earlier ones stay visible."""

    order: EventID
    test: Code
    version: Small
    findings: Findings
    reason: FreeText


class LabResultIrregular(Event, by="lab", archived="irregular", irregular=True):
    """A result or correction outside the rules."""

    code: Code
    act: LabResultEntered | LabResultCorrected


class CriticalValueFlagged(Event, by="lab", archived="critical"):
    """危急值: a doctor must acknowledge it in time. `escalation` counts the deadlines that passed without one."""

    order: EventID
    findings: Findings
    escalation: Small = 0


class CriticalValueAcknowledged(Event, by="lab", archived="critical"):
    """A doctor read the critical value and acted."""

    order: EventID
    action: FreeText


class AcknowledgementIrregular(Event, by="lab", archived="irregular", irregular=True):
    """An acknowledgement of a critical value that was never flagged."""

    code: Code
    act: CriticalValueAcknowledgementReported


class OrderCancelled(Event, by="lab", archived="order"):
    """The lab test will not be done."""

    order: EventID


class CancellationRefused(Event, by="lab", archived="refusal"):
    """The lab test stands, and why."""

    order: EventID
    code: Code

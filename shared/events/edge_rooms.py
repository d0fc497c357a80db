"""Requests of the rooms a resident is sent to: the examination rooms (检查).

The image of an examination is named by the reference its archive gave it (a DICOM study's UID, say), kept as given.
"""

from __future__ import annotations

from pydantic import AwareDatetime

from shared.events.base import Code, EventID, FreeText, Name
from shared.events.edge import Ask, Done


class ExaminationScheduleRequested(Ask, by="edge"):
    """检查预约, or another time for what has one: `at`, and in which room. Answered by ExaminationScheduled or
    ExaminationScheduleRefused."""

    order: EventID
    at: AwareDatetime
    room: Code | None = None


class ExaminationPerformed(Done, by="edge"):
    """The examination was made, on a device of that modality (DICOM: CT, MR, US, DX, ECG, ES). Answered by
    ExaminationCompleted or ExaminationIrregular."""

    order: EventID
    modality: Code
    image: Code | None = None


class ExaminationReportEntered(Done, by="edge"):
    """检查报告: what was seen and what it means; `critical` names a finding a doctor must know of at once (危急值).
    Answered by ExaminationReported or ExaminationReportIrregular."""

    order: EventID
    findings: FreeText
    conclusion: FreeText
    critical: Name | None = None
    image: Code | None = None


class ExaminationReportCorrected(Done, by="edge"):
    """A report put right, whole. Answered by ExaminationAmended or ExaminationReportIrregular."""

    order: EventID
    findings: FreeText
    conclusion: FreeText
    critical: Name | None = None
    image: Code | None = None
    reason: FreeText


class CriticalFindingAcknowledgementReported(Done, by="edge"):
    """A critical finding read by a doctor. Answered by CriticalFindingAcknowledged or
    FindingAcknowledgementIrregular."""

    order: EventID
    action: FreeText

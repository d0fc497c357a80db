"""How a measured value stands to its ranges: the laboratory's own as reported, and the critical limits in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from shared.events import edge, lab
from shared.reference import Limits, Reference


def judged(analytes: Iterable[edge.Analyte], reference: Reference, made: datetime) -> list[lab.Finding]:
    """Every value with its flag; the critical limits are those in force when the result was made."""
    return [
        lab.Finding(**analyte.model_dump(), flag=_flag(analyte, reference.critical(analyte.code, analyte.unit, made)))
        for analyte in analytes
    ]


def only_critical(findings: Iterable[lab.Finding]) -> Sequence[lab.Finding]:
    """The findings a doctor must acknowledge."""
    return [finding for finding in findings if finding.flag in {"critical_low", "critical_high"}]


def _flag(analyte: edge.Analyte, limits: Limits | None) -> lab.Flag:
    value = Decimal(analyte.value)
    if limits is not None and limits.low is not None and value <= limits.low:
        return "critical_low"
    if limits is not None and limits.high is not None and value >= limits.high:
        return "critical_high"
    if analyte.low is None and analyte.high is None:
        # Not being critical is no proof of being normal.
        return "unjudged"
    if analyte.low is not None and value < Decimal(analyte.low):
        return "low"
    if analyte.high is not None and value > Decimal(analyte.high):
        return "high"
    return "normal"

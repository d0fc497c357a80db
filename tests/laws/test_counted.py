"""What is counted of the facts that were said."""

from __future__ import annotations

import pytest

from shared.envelope import Envelope
from shared.runtime.telemetry import Telemetry
from tests.support.spec import CARD, an_id


@pytest.mark.parametrize(
    ("type", "refusals"),
    [
        ("onecard.lab.sample-refused.v1", 1),
        ("onecard.lab.sample-refused.v2", 1),
        ("onecard.lab.sample-refused.v12", 1),
        ("onecard.lab.sample-taken.v1", 0),
        ("onecard.lab.refused-sample-kept.v1", 0),
    ],
)
def test_a_refusal_of_any_version_is_counted_by_its_reason(type: str, refusals: int) -> None:
    here = Telemetry("lab")
    here.said([Envelope(an_id(1), type, "2026-11-24T09:00:00+08:00", CARD, b'{"code":"not_open"}')])
    labels = {"code": "not_open"}
    assert (here.metrics.registry.get_sample_value("onecard_refused_total", labels) or 0) == refusals

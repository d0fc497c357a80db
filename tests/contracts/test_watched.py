"""Dashboard and alerts ask only for metrics that services export, and lead to runbooks that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector

from deploy.docs.metrics import names

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy/compose/grafana/onecard.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/compose/prometheus/alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

NAME = re.compile(r"\b(?:onecard|process)_[a-z_]+\b|\bup\b")
OTHERS = {"up"} | {
    sample.name for family in ProcessCollector(registry=CollectorRegistry()).collect() for sample in family.samples
}


def asked(expression: str) -> set[str]:
    """The metrics an expression names."""
    return set(NAME.findall(expression))


@pytest.mark.parametrize("panel", [pytest.param(panel, id=panel["title"]) for panel in PANELS])
def test_no_panel_is_dead(panel: dict[str, Any]) -> None:
    found = set[str]().union(*(asked(target["expr"]) for target in panel["targets"]))
    assert (bool(found), found - names() - OTHERS) == (True, set())


def test_every_metric_is_on_the_dashboard() -> None:
    shown = asked(json.dumps(DASHBOARD))
    missing = [name for name in names() if not any(other.startswith(_family(name)) for other in shown)]
    assert missing == []


def test_panels_do_not_lie_over_each_other() -> None:
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))


def test_times_lead_to_traces() -> None:
    assert {
        target["exemplar"] for panel in PANELS for target in panel["targets"] if "_seconds_bucket" in target["expr"]
    } == {True}


@pytest.mark.parametrize("alert", [pytest.param(alert, id=alert["alert"]) for alert in ALERTS])
def test_no_alert_is_dead(alert: dict[str, Any]) -> None:
    found = asked(alert["expr"])
    assert (bool(found), found - names() - OTHERS) == (True, set())


@pytest.mark.parametrize("alert", [pytest.param(alert, id=alert["alert"]) for alert in ALERTS])
def test_an_alert_leads_to_a_runbook(alert: dict[str, Any]) -> None:
    assert (ROOT / alert["annotations"]["runbook"]).is_file()


def _family(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)

"""deploy/compose/grafana/onecard.json: the dashboard that ships. `make docs` writes it.

Its links to traces need a datasource whose exemplars lead from `trace_id` to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from deploy.docs.panels import ROWS, WIDE, Panel

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def document() -> dict[str, Any]:
    """The dashboard as Grafana takes it."""
    return {
        "uid": "onecard",
        "title": "OneCard",
        "tags": ["onecard"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "refresh": "5s",
        "time": {"from": "now-30m", "to": "now"},
        "graphTooltip": 1,
        "templating": {"list": [_datasource(), _services()]},
        "panels": list(_panels()),
    }


def _panels() -> Iterator[dict[str, Any]]:
    numbers, y = count(1), 0
    for title, panels in ROWS.items():
        yield {
            "id": next(numbers),
            "type": "row",
            "title": title,
            "gridPos": {"x": 0, "y": y, "w": WIDE, "h": 1},
            "panels": [],
        }
        x, y, height = 0, y + 1, 4 if panels[0].kind == "stat" else 8
        for panel in panels:
            if x + panel.width > WIDE:
                x, y = 0, y + height
            yield _panel(panel, next(numbers), {"x": x, "y": y, "w": panel.width, "h": height})
            x += panel.width
        y += height


def _panel(panel: Panel, id: int, place: dict[str, int]) -> dict[str, Any]:
    steps = [{"color": "green", "value": None}]
    steps += [{"color": color, "value": at} for at, color in zip(panel.steps, ("orange", "red"), strict=False)]  # type: ignore[dict-item]
    return {
        "id": id,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.words,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "options": {"colorMode": "background"} if panel.kind == "stat" else {},
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": SOURCE,
                "expr": query,
                "legendFormat": legend or "__auto",
                "exemplar": panel.links,
                "instant": panel.kind == "table",
                **({"format": "table"} if panel.kind == "table" else {}),
            }
            for n, (query, legend) in enumerate(panel.queries)
        ],
    }


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _services() -> dict[str, Any]:
    query = "label_values(onecard_ready, service)"
    return {
        "name": "service", "label": "Service", "type": "query", "datasource": SOURCE, "query": query,
        "definition": query, "refresh": 2, "sort": 1, "multi": True, "includeAll": True, "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip

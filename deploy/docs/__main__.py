"""`python -m deploy.docs` writes what docs/ says of the code, and parts of deploy/compose."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.docs import asyncapi, card_steps, compose, dashboard, events, metrics

DOCS = Path(__file__).parents[2] / "docs"


def documents() -> dict[str, str]:
    """Every generated document by its file name; the same text for the same code, always."""
    return {
        "events.md": events.document(),
        "metrics.md": metrics.document(),
        "card-steps.md": card_steps.document(),
        "../deploy/compose/grafana/onecard.json": _json(dashboard.document()),
        "../deploy/compose/services.yaml": compose.services(),
        "../deploy/compose/prometheus/prometheus.yaml": compose.prometheus(),
        "asyncapi.json": _json(asyncapi.document()),
    }


def main() -> None:
    """Write them all."""
    DOCS.mkdir(exist_ok=True)
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"wrote docs/{name}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    main()

"""`onecard metrics SERVICE`: what a service counts and measures, for whoever has no Prometheus at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from prometheus_client.parser import text_string_to_metric_families

from deploy.commands import shown
from deploy.commands.here import FOLDER, here
from deploy.commands.shown import AsJson
from deploy.commands.up import Folder
from deploy.http import client
from shared.events import SERVICES

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]


def metrics(service: Service, *, folder: Folder = FOLDER, json: AsJson = False) -> None:
    """Every metric of a service's first process that is not 0; docs/metrics.md says what they mean."""
    found = shown.run(_asked(folder, service))
    if json:
        shown.as_json(found)
        return
    rows = [(one["name"], one["labels"], one["value"]) for one in found]
    shown.table(f"{service}, since it started", ("metric", "of", "value"), rows, right=("value",))


async def _asked(folder: Path, service: str) -> list[dict[str, Any]]:
    urls = here(folder).urls
    if service not in urls:
        raise LookupError(f"{service} does not run here; one of {', '.join(urls)}")
    async with client() as asking:
        answer = (await asking.get(f"{urls[service]}/metrics")).raise_for_status()
    families = text_string_to_metric_families(answer.text)
    return [one for family in families if family.name.startswith("onecard_") for one in _lines(family)]


def _lines(family: Any) -> list[dict[str, Any]]:
    """Its samples; of a histogram, how many and the mean."""
    samples = {
        (one.name, ", ".join(one.labels.values())): one.value for one in family.samples if "le" not in one.labels
    }
    if family.type != "histogram":
        return [{"name": name, "labels": labels, "value": value} for (name, labels), value in samples.items() if value]
    found = []
    for (name, labels), count in samples.items():
        if name == f"{family.name}_count" and count:
            mean = samples[f"{family.name}_sum", labels] / count
            found += [{"name": f"{family.name} mean", "labels": labels, "value": float(f"{mean:.3g}")}]
            found += [{"name": name, "labels": labels, "value": count}]
    return found

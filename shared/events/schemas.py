"""The language as files: the JSON schema of every type and version, frozen beside the models.

`python -m shared.events.schemas` says where the models and `frozen/` differ, and ends with 1 if they do; with `--write`
it adds new types and new optional fields. It never writes over a change that breaks: what was said once stays readable.
The runtime's own types are one file each, with `<service>` where the sayer's name stands on the wire.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shared.events import TYPES
from shared.events.base import AnyEvent
from shared.events.evolution import breaks

FROZEN = Path(__file__).parent / "frozen"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
WHAT_TO_DO = (
    "A frozen type may only gain optional fields. Leave its model and its file as they were, declare the changed model "
    "as a new version (`version=2`), and add an upcaster that reads the old version as the new one."
)

Schema = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Exit code 0 when every model and its file agree (after writing, if asked to)."""
    problems, stale = compared(FROZEN, schemas())
    if problems:
        sys.stderr.write("\n".join([*problems, WHAT_TO_DO, ""]))
        return 1
    if "--write" in arguments:
        FROZEN.mkdir(exist_ok=True)
        for name in stale:
            (FROZEN / f"{name}.json").write_text(rendered(schemas()[name]), encoding="utf-8")
            sys.stdout.write(f"froze {name}\n")
        return 0
    for name in stale:
        sys.stderr.write(f"{name}: new, or with new optional fields; freeze it with --write\n")
    return 1 if stale else 0


def compared(folder: Path, now: Mapping[str, Schema]) -> tuple[list[str], list[str]]:
    """What breaks, in words, and the names of the types whose file is missing or lacks optional fields."""
    problems: list[str] = []
    stale: list[str] = []
    frozen = read_frozen(folder)
    for name in sorted(frozen.keys() | now.keys()):
        if name not in now:
            problems.append(f"{name}: its file is frozen, but no model has this type any more")
        elif name not in frozen:
            stale.append(name)
        elif found := [f"{name}: {what}" for what in breaks(frozen[name], now[name])]:
            problems.extend(found)
        elif frozen[name] != now[name]:
            stale.append(name)
    return problems, stale


def schemas() -> dict[str, Schema]:
    """The schema of every type, by its name on the wire (`<service>` in the runtime's own)."""
    return {name: schema(name, event) for name, event in sorted(named(TYPES.values()).items())}


def named(events: Iterable[type[AnyEvent]]) -> dict[str, type[AnyEvent]]:
    """Each type once, by the name its file has."""
    return {event.TYPE.format(service="<service>"): event for event in events}


def schema(name: str, event: type[AnyEvent]) -> Schema:
    """The bare shape: words about it belong in the models and in docs/events.md, where they may change."""
    return {"$schema": DIALECT, **_bare(event.model_json_schema()), "title": name}


def read_frozen(folder: Path = FROZEN) -> dict[str, Schema]:
    """The frozen schemas by name."""
    return {path.name.removesuffix(".json"): json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def rendered(schema: Schema) -> str:
    """The one text of a schema: sorted, two spaces, a line end at its end."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _bare(schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key not in ("title", "description")}
    for key, value in kept.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _bare(part) for name, part in value.items()}
        elif key == "items":
            kept[key] = _bare(value)
        elif key == "anyOf":
            kept[key] = [_bare(part) for part in value]
        elif key == "required":
            kept[key] = sorted(value)
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Rules of the house that neither types nor import contracts can state: who says what, and what a decision may know."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared.decider import Service
from shared.events import MODULES, REQUESTS, SERVICES, TYPES, runtime
from shared.events.edge import RESOLUTIONS
from shared.events.runtime import AnyDeadlinePassed
from shared.runtime.reading import heard_types

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"onecard\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*")

ROOMS = {"README.md", "__init__.py", "__main__.py", "service.py"}
CORE = ("state", "decider", "archive")
PURE = {"pydantic", "pydantic_core", "typing_extensions"} | sys.stdlib_module_names
IMPURE = {
    "asyncio",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
    "multiprocessing",
}
KNOWS = {"critical", "decider", "envelope", "events", "health_card", "personal", "reference", "signature", "unchanging"}
CLOCK_OR_CHANCE = {"now", "today", "utcnow", "time_ns", "uuid1", "uuid4", "uuid7"}

MOST_LINES = 200
LONG_FOR_A_REASON = {
    "deploy/demo/actors/stories.py": "the ways through a visit, one small function each",
    "shared/adapters/kafka.py": "one client, one class: its callbacks share the state of one consumer and producer",
    "shared/adapters/mongo.py": "the six calls of the store port, each with its own answer to a lost connection",
    "shared/events/base.py": "the kinds of events, and the values they are made of",
    "shared/events/codes.py": "the table of codes is one file",
    "shared/events/edge.py": "the requests of the language, one class each",
    "shared/runtime/documents.py": "everything one document holds, written and read side by side",
    "shared/runtime/engine.py": "the numbered steps, read from top to bottom",
    "shared/runtime/owner.py": "a batch's whole way from its poll to its commit, or back",
    "shared/step.py": "held requests, deadlines and irregular acts are one fixpoint",
}


def folders() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "services").glob("*/service.py"))


def deciders() -> list[Service[Any]]:
    modules = [import_module(f"services.{folder.name}.service") for folder in folders()]
    return [module.SERVICE for module in modules if hasattr(module, "SERVICE")]


def core(folder: Path) -> Iterator[Path]:
    """The modules a service decides by: its core rooms, and all of its own that those import."""
    waiting = [folder / f"{room}.py" for room in CORE if (folder / f"{room}.py").exists()]
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        own = f"services.{folder.name}"
        for name in imported(path):
            if name == own or name.startswith(f"{own}."):
                part = name.removeprefix(own).strip(".").partition(".")[0]
                waiting += [folder / f"{part}.py"] if (folder / f"{part}.py").exists() else []


def named(path: Path) -> Iterator[str]:
    """Every name in a module, as it stands after its last dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def imported(path: Path) -> Iterator[str]:
    """Full names: `from services.guide import told` is `services.guide.told`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


CORES = [pytest.param(path, folder, id=str(path.relative_to(ROOT))) for folder in folders() for path in core(folder)]


def test_every_type_is_said_by_the_one_service_it_is_named_after() -> None:
    said = [(event, service.name) for service in deciders() for event in service.says]
    assert [(event.__name__, name) for event, name in said if name != event.SAID_BY] == []
    own = {event for event in TYPES.values() if event.SAID_BY in SERVICES}
    assert Counter(event for event, _ in said) == Counter(own)


@pytest.mark.parametrize("service", [one for one in deciders() if not one.admits], ids=lambda one: one.name)
def test_a_core_knows_no_event_that_its_service_neither_hears_nor_says(service: Service[Any]) -> None:
    known = {event.__name__ for event in (*service.hears, *service.says, *runtime.kinds(AnyDeadlinePassed))}
    events = {event.__name__ for event in TYPES.values()}
    assert {name for path in core(ROOT / "services" / service.name) for name in named(path)} & events - known == set()


def test_every_request_is_heard_by_somebody_who_answers() -> None:
    answering = [service for service in deciders() if service.says and not service.admits]
    heard = {name for service in answering for name in heard_types(service)}
    # Where nobody hears of cards or queues, no act of theirs can be irregular.
    frames = {frame for service in answering for frame in service.frames}
    idle = {resolution.TYPE for frame, resolution in RESOLUTIONS.items() if frame not in frames}
    assert set(REQUESTS) - heard - idle == {"onecard.edge.card-presented.v1"}


def test_intake_admits_every_request() -> None:
    [intake] = [service for service in deciders() if service.admits]
    assert set(intake.hears) == set(REQUESTS.values())


def test_everything_heard_is_said_by_somebody() -> None:
    assert {name for service in deciders() for name in heard_types(service)} <= set(TYPES)


def test_every_wire_type_has_the_form_of_one() -> None:
    assert [name for name in TYPES if not NAME.fullmatch(name)] == []
    assert [name for name in TYPES if name.split(".")[1] not in (*SERVICES, "edge")] == []


def test_every_producer_has_a_module_of_the_language() -> None:
    says = {service.name for service in deciders() if service.says}
    # The requests are so many that edge has more modules than one.
    assert {module.__name__.rpartition(".")[2].partition("_")[0] for module in MODULES} == says | {"edge", "authority"}


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_every_service_has_the_same_rooms(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names >= ROOMS
    # A view that says nothing decides nothing; the archive is a fold without a state.
    assert {"state.py", "decider.py"} <= names or {"state.py", "told.py"} <= names or "archive.py" in names


@pytest.mark.parametrize(("path", "folder"), CORES)
def test_a_decision_imports_nothing_that_could_surprise_it(path: Path, folder: Path) -> None:
    for name in imported(path):
        first, second = (*name.split("."), "")[:2]
        known = first in PURE - IMPURE or (first, second) == ("services", folder.name)
        assert known or (first == "shared" and second in KNOWS), name


@pytest.mark.parametrize(("path", "folder"), CORES)
def test_a_decision_asks_no_clock_and_no_chance_and_waits_for_nothing(path: Path, folder: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.Global)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert name not in {*CLOCK_OR_CHANCE, "open", "print", "eval", "exec"}, f"{path.name}:{node.lineno}"


def test_files_are_short_but_for_those_that_say_why() -> None:
    files = [path for part in ("shared", "services", "deploy") for path in (ROOT / part).rglob("*.py")]
    long = {str(path.relative_to(ROOT)) for path in files if len(path.read_text().splitlines()) > MOST_LINES}
    assert sorted(long) == sorted(LONG_FOR_A_REASON)

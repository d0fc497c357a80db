"""A service can be understood from its README: it names every type the service says, and what it decides on."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared.decider import Service
from shared.events import SERVICES
from shared.runtime.archive import Archive

CHECKOUT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent.name for path in (CHECKOUT / "services").glob("*/service.py"))


def test_every_service_has_a_folder_and_every_folder_is_a_service() -> None:
    assert sorted(SERVICES) == FOLDERS


@pytest.mark.parametrize("name", FOLDERS)
def test_a_service_has_a_readme_that_names_every_type_it_says(name: str) -> None:
    words = named(name)
    assert [event.__name__ for event in says(name) if event.__name__ not in words] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_a_decider_has_a_readme_that_names_every_type_it_hears(name: str) -> None:
    words = named(name)
    assert [event.__name__ for event in heard(name) if event.__name__ not in words] == []


def named(name: str) -> set[str]:
    """The words of a service's README."""
    return set(re.findall(r"\w+", (CHECKOUT / "services" / name / "README.md").read_text(encoding="utf-8")))


def says(name: str) -> tuple[type, ...]:
    found = service(name)
    return () if isinstance(found, Archive) else found.says


def heard(name: str) -> tuple[type, ...]:
    """What a decider hears. Intake hears every request, and views hear everything: there is nothing to list."""
    found = service(name)
    return () if isinstance(found, Archive) or found.admits or not found.says else found.hears


def service(name: str) -> Service[Any] | Archive:
    module = import_module(f"services.{name}.service")
    found: Service[Any] | Archive = module.ARCHIVE if hasattr(module, "ARCHIVE") else module.SERVICE
    return found

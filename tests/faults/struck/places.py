"""Putting something else in the place of a part of the system, and failing loudly when that part is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def in_place_of(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Let `make`, given what stands there under this name, say what stands there from now on."""
    setattr(owner, name, make(getattr(owner, name)))

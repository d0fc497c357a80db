"""Values that never change: frozen for the type checker, plain at run time.

A frozen dataclass sets each field by a call that gets around its own lock, four times the price of an assignment. The
runtime and the states of deciders are a dozen such values for every event; who may not change them is known before
they run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def unchanging(cls: type[T]) -> type[T]:
    """A dataclass with slots, equality and a hash of its fields. Setting a field is an error of types."""
    return dataclass(slots=True, eq=True, unsafe_hash=True)(cls)

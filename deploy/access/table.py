"""The table of principals, and the rights that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

TABLE = Path(__file__).parent.parent / "principals.yaml"


@dataclass(frozen=True)
class Principal:
    """A Kafka user. `writes` and `reads` are topics, `group` the one it may be a member of, `watches` how the names of
    groups begin whose offsets it may see."""

    name: str
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    group: str = ""
    watches: str = ""


@dataclass(frozen=True, order=True)
class Right:
    """What Kafka calls an access control entry: it allows one operation on one thing (or all things so beginning)."""

    user: str
    operation: Literal["WRITE", "READ", "DESCRIBE"]
    kind: Literal["TOPIC", "GROUP"]
    name: str
    prefix: bool = False

    def __str__(self) -> str:
        return f"{self.user} may {self.operation} {self.kind.lower()} {self.name}{'*' if self.prefix else ''}"


def principals(file: Path = TABLE) -> list[Principal]:
    """The declared principals. TypeError for a word that means nothing there."""
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [_principal(name, entry) for name, entry in written.items()]


def rights(of: Iterable[Principal]) -> set[Right]:
    """All that is allowed. Whoever may write a topic may do so idempotently, and whoever may read or write a thing may
    ask what it is: Kafka sees to both."""
    found = set()
    for one in of:
        found |= {Right(one.name, "WRITE", "TOPIC", topic) for topic in one.writes}
        found |= {Right(one.name, "READ", "TOPIC", topic) for topic in one.reads}
        found |= {Right(one.name, "READ", "GROUP", one.group)} if one.group else set()
        found |= {Right(one.name, "DESCRIBE", "GROUP", one.watches, prefix=True)} if one.watches else set()
    return found


def _principal(name: str, entry: Mapping[str, Any]) -> Principal:
    told: dict[str, Any] = {word: tuple(one) if isinstance(one, list) else one for word, one in entry.items()}
    return Principal(name, **told)

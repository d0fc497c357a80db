"""What guide remembers of requests and of irregular acts. These names are the storage format; times are UTC text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AskedStatus = Literal["admitted", "held", "answered", "refused", "irregular"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what became of it: `by` are the types of all facts said for it, `other` the visit in its way,
    `open` what kept a visit open, as (kind, id), `service` the one that a resolution was reported to."""

    type: str = ""
    at: str = ""
    status: AskedStatus = "admitted"
    code: str = ""
    until: str = ""
    by: tuple[str, ...] = ()
    other: str = ""
    open: tuple[tuple[str, str], ...] = ()
    resolved: bool = False
    service: str = ""


@dataclass(frozen=True, slots=True)
class Irregular:
    """An act outside the rules that nobody has set right yet; `about` is the order, prescription, refund or item it
    names, `date` the day its own visit was opened for as it says, by which its service filed it."""

    service: str
    type: str
    code: str
    institution: str
    department: str
    terminal: str
    about: str
    at: str
    date: str = ""

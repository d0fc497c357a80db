"""The shapes of what guide tells of wards and of the ways to them, as its OpenAPI document shows them."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12


class OnwardTold(TypedDict):
    """Where the doctor sends the resident on to: into a `ward` of the same institution, with the `order` that an
    inpatient registration names, or (`referral`) to another institution."""

    kind: Literal["admission", "referral"]
    zh: str
    en: str
    institution: str
    department: str
    ward: str
    order: str
    reason: str
    at: str


class WardTold(TypedDict):
    """A ward after its `move`-th change: how many `beds` it has, the codes of those that are `free`, how many are
    taken, and how many patients wait for one. Move 0: nobody has wanted one yet, so nothing is known of its beds."""

    queue: str
    institution: str
    ward: str
    move: int
    beds: int
    free: list[str]
    taken: int
    waiting: int
    at: str

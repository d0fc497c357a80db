"""What follows from a consultation's record: the ids of its bill, its orders and its prescription."""

from __future__ import annotations

from typing import NamedTuple

from shared.events.base import derive


class Consulted(NamedTuple):
    """A consultation's own ids: they follow from its record's (services/consultation/README.md)."""

    record: str

    @property
    def bill(self) -> str:
        return derive(self.record, "bill")

    @property
    def test(self) -> str:
        return derive(self.record, "lab_test", 1)

    @property
    def examination(self) -> str:
        return derive(self.record, "examination", 1)

    @property
    def medicine(self) -> str:
        return derive(self.record, "medication", 1)

    @property
    def admission(self) -> str:
        return derive(self.record, "admission")

    @property
    def prescription(self) -> str:
        return derive(self.record, "prescription")

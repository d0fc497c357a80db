"""What the history bench measures with: residents who give every service something to hear and to keep."""

from __future__ import annotations

from benches.history_log import lived


async def test_no_service_is_without_a_history_to_be_measured_over() -> None:
    life = await lived(1)
    idle = {one.name for one in life.services if not (life.kept[one.name] and life.heard(one, 0))}
    assert not idle
    assert life.heard(None, 0)


async def test_whoever_asks_is_granted_what_they_ask_for() -> None:
    """A service that only waits or refuses would be measured on nothing."""
    life = await lived(1)
    said = [dict(record.headers)["ce_type"].decode().split(".")[2] for record in life.topics.all("onecard.events")]
    assert not [name for name in said if name.endswith(("-refused", "-irregular", "-overdue"))]
    assert {"patient-discharged", "checkup-reported", "bill-settled", "visit-closed", "card-issued"} <= set(said)

"""What the history bench measures with: residents who give every service something to hear and to keep."""

from __future__ import annotations

from benches.history_log import lived
from shared.envelope import Record


async def test_no_service_is_without_a_history_to_be_measured_over() -> None:
    life = await lived(1)
    idle = {one.name for one in life.services if not (life.kept[one.name] and life.heard(one, 0))}
    assert not idle
    assert life.heard(None, 0)


async def test_nobody_is_refused_for_want_of_a_number_or_a_bed() -> None:
    """A service that only waits or refuses would be measured on nothing. Three acts of these lives are out of turn."""
    life = await lived(1)
    said = {name_of(record) for record in life.topics.all("onecard.events")}
    no = {name for name in said if name.endswith(("-refused", "-irregular", "-overdue"))}
    assert no == {"checkup-item-irregular", "inpatient-service-irregular", "discharge-refused"}
    assert {"patient-discharged", "checkup-reported", "bill-settled", "visit-closed", "card-issued"} <= said


def name_of(record: Record) -> str:
    return (dict(record.headers)["ce_type"] or b"").decode().split(".")[2]

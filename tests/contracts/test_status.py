"""A status fits into a small terminal, and shows what matters whatever is the matter."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from deploy.commands.here import Here
from deploy.commands.status import well
from deploy.commands.status_shown import picture
from shared.events import SERVICES

HERE = Here("127.0.0.1:29092", "sqlite:/somewhere", dict.fromkeys(SERVICES, ""), "/somewhere")
MUTE = "LogUnavailable: the broker does not answer; is it running?"


def process(service: str, n: int = 1, **told: Any) -> dict[str, Any]:
    usual = {
        "service": service, "process": f"{service}-{n}", "ready": True, "version": "1", "lag": 0, "oldest_seconds": 0.0,
        "since": "2026-11-25T08:00:00+00:00", "parked": 0, "dead_letters": 0, "problems": {}, "partitions": 12,
        "by_partition": behind(0, 0.0),
    }  # fmt: skip
    return usual | told


def behind(lag: int, seconds: float) -> list[dict[str, Any]]:
    return [{"topic": "onecard.events", "partition": n, "lag": lag, "oldest_seconds": seconds} for n in range(12)]


WELL = [process(service) for service in SERVICES]
AWAY = [process(service, ready=False, problems={"broker": MUTE, "assignment": "no partition"}) for service in SERVICES]
WORST = [
    *(
        process(service, lag=1_234_567, oldest_seconds=90_000.0, by_partition=behind(99_999, 90_000.0))
        for service in SERVICES
    ),
    process("consultation", 2, parked=1000, dead_letters=1000, lag=-1, oldest_seconds=-1, since="", version=""),
]


def lines(found: list[dict[str, Any]], **how: Any) -> list[str]:
    console = Console(width=80, force_terminal=False)
    with console.capture() as captured:
        console.print(picture(HERE, found, **how))
    return captured.get().splitlines()


@pytest.mark.parametrize("partitions", [False, True])
@pytest.mark.parametrize("found", [WELL, AWAY, WORST[-9:]], ids=["well", "away", "worst"])
def test_it_fits_into_eighty_columns_and_twenty_four_lines(found: list[dict[str, Any]], partitions: bool) -> None:
    shown = lines(found, partitions=partitions)
    assert (max(map(len, shown)) <= 80, len(shown) <= 24 or partitions) == (True, True)


def test_no_number_is_cut() -> None:
    assert not [line for line in lines(WORST) if "…" in line]


def test_what_was_not_counted_to_its_end_says_so() -> None:
    assert [line for line in lines(WORST) if line.count("1,000+") == 2]


def test_what_is_wrong_with_all_is_said_once() -> None:
    assert len([line for line in lines(AWAY) if MUTE[:30] in line]) == 1


def test_what_waits_for_people_leads_to_the_next_command() -> None:
    assert [line for line in lines(WORST) if "onecard dead-letters list" in line]


def test_the_partitions_that_are_behind_are_named_oldest_first() -> None:
    at = [*behind(0, 0.0)[:10], behind(3, 7.0)[10], behind(5, 9.0)[11]]
    [line] = [line for line in lines([process("lab", by_partition=at)], partitions=True) if "lab" in line]
    assert "11: 5, 9.0 s; 10: 3, 7.0 s" in line


def test_lag_alone_is_no_reason_for_alarm_and_what_waits_for_people_is() -> None:
    assert (well(WORST[0]), well(WORST[-1])) == (True, False)

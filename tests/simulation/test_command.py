"""The command says what it found, and its status says whether anything was wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.simulation.fleet import Failure, Run
from tests.simulation.moves import Forget, Schedule, dump
from tests.simulation.report import as_json, print_run
from tests.simulation.schedule import schedule

RED = Run(failures=[Failure(7, ["facts: what lab said differs"], smallest=Schedule(7, 2, [Forget()]))])


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_seed_that_is_well_ends_with_status_0_and_one_json_document() -> None:
    ended = simulate("--seed", "1", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["failures"]) == (0, [])


def test_nobody_lives_on_when_it_is_killed() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--minutes", "5", "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            workers = at_work(psutil.Process(running.pid))
        finally:
            running.kill()
    assert psutil.wait_procs(workers, timeout=30)[1] == []


def at_work(command: psutil.Process) -> list[psutil.Process]:
    """The processes of a run, once one of them has begun to live."""
    while True:
        found: list[psutil.Process] = command.children(recursive=True)
        if any(one.cpu_times().user > 3 for one in found):
            return found
        psutil.wait_procs([command], timeout=0.1)


def test_a_schedule_is_lived_again_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(dump(schedule(1)))
    ended = simulate("--again", str(tmp_path / "one.jsonl"), "--json")
    assert (ended.returncode, json.loads(ended.stdout)["seeds"]) == (0, 1)


def test_what_is_no_schedule_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("{}")
    ended = simulate("--again", str(tmp_path / "none.jsonl"))
    assert (ended.returncode, "is no schedule" in ended.stderr) == (2, True)


def test_a_failing_seed_is_printed_with_its_schedule_and_how_to_live_it_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    print_run(RED, tmp_path)
    told = capsys.readouterr().out
    assert all(text in told for text in ("seed 7 is red", '["Forget"]', "--seed 7", f"--again {tmp_path}/seed-7.jsonl"))


def test_a_failing_seed_is_in_the_json_with_its_schedule() -> None:
    [failure] = json.loads(as_json(RED))["failures"]
    assert (failure["seed"], failure["schedule"][1]) == (7, '["Forget"]')

"""Run checkup where it can be struck."""

from tests.faults.struck.run import run

run("checkup")

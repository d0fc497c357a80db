"""Run the insurer's gateway where it can be struck."""

from tests.faults.struck.run import run

run("insurer")

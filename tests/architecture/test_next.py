"""The next version that tests/containers rolls out is made from this code; that it fits is seen without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
MEET = """
from deploy.check import visits
from services.consultation.service import SERVICE as consultation
from services.guide.service import SERVICE as guide
from services.registration.service import SERVICE as registration
from shared.events.registration import VisitClosed, VisitClosedAtFirst
both = [one.name for one in (consultation, guide) if {VisitClosed, VisitClosedAtFirst} <= set(one.hears)]
print(*both, *([registration.name] if VisitClosed in registration.says else ()), VisitClosed.TYPE)
"""


def test_the_next_version_fits_the_code_as_it_is(tmp_path: Path) -> None:
    for folder in ("shared", "services", "deploy"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    apply = CHECKOUT / "tests" / "containers" / "next" / "apply.py"
    subprocess.run([sys.executable, str(apply), str(tmp_path)], check=True)
    told = subprocess.run(
        [sys.executable, "-P", "-c", MEET],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.split() == ["consultation", "guide", "registration", "onecard.registration.visit-closed.v2"], (
        told.stderr
    )

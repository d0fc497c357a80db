"""Run inpatient: `python -m services.inpatient`."""

from __future__ import annotations

from services.inpatient.service import SERVICE
from shared.app import run

run(SERVICE)

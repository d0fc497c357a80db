"""Run lab: `python -m services.lab`."""

from __future__ import annotations

from services.lab.service import SERVICE
from shared.app import run

run(SERVICE)

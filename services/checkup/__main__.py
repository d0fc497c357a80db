"""Run checkup: `python -m services.checkup`."""

from __future__ import annotations

from services.checkup.service import SERVICE
from shared.app import run

run(SERVICE)

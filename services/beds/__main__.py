"""Run beds: `python -m services.beds`."""

from __future__ import annotations

from services.beds.service import SERVICE
from shared.app import run

run(SERVICE)

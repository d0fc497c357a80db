"""Run pharmacy: `python -m services.pharmacy`."""

from __future__ import annotations

from services.pharmacy.service import SERVICE
from shared.app import run

run(SERVICE)

"""Run registration: `python -m services.registration`."""

from __future__ import annotations

from services.registration.service import SERVICE
from shared.app import run

run(SERVICE)

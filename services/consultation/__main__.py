"""Run consultation: `python -m services.consultation`."""

from __future__ import annotations

from services.consultation.service import SERVICE
from shared.app import run

run(SERVICE)

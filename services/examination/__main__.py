"""Run examination: `python -m services.examination`."""

from __future__ import annotations

from services.examination.service import SERVICE
from shared.app import run

run(SERVICE)

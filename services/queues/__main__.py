"""Run queues: `python -m services.queues`."""

from __future__ import annotations

from services.queues.service import SERVICE
from shared.app import run

run(SERVICE)

"""Run records: `python -m services.records`."""

from __future__ import annotations

from services.records.api import router
from services.records.problem import install
from services.records.service import ARCHIVE
from shared.app import run

run(ARCHIVE, lambda running: router(running.store, running.journal, running.settings.readers), finish=install)

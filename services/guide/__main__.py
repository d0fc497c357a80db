"""Run guide: `python -m services.guide`."""

from __future__ import annotations

from functools import partial

from services.guide.api import router
from services.guide.service import SERVICE
from shared.app import run
from shared.runtime.documents import state_of

run(
    SERVICE,
    lambda running: router(
        running.store, running.changes, partial(state_of, SERVICE), readers=running.settings.readers
    ),
)

"""Run billing."""

from __future__ import annotations

from services.billing.service import SERVICE
from shared.app import run

if __name__ == "__main__":
    run(SERVICE)

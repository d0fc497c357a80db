"""`python -m services.intake`: run intake."""

from services.intake.service import SERVICE
from shared.app import run

run(SERVICE)

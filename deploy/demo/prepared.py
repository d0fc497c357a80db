"""The city of a platform on this machine: written before its first start, found again at every later one."""

from __future__ import annotations

from pathlib import Path

from deploy.demo.city import SECRETS, City, made_city, write_city
from deploy.local.platform import Local

SEED, CLINICS = 1, 600


def prepare(local: Local) -> None:
    """Write the city into the platform's folders, unless it is there."""
    if not (local.reference / "institutions.csv").exists():
        write_city(local.reference, local.secrets, seed=SEED, clinics=CLINICS)


def city_here(secrets: Path) -> City:
    """The city that `prepare` wrote, with its secrets. FileNotFoundError when there is none."""
    return made_city(SEED, CLINICS, {name: (secrets / name).read_bytes() for name in SECRETS})

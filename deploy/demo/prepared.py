"""The city of a platform on this machine: written before its first start, found again at every later one."""

from __future__ import annotations

from pathlib import Path

from deploy.demo.city import SECRETS, City, made_city, write_city
from deploy.local.platform import Local
from shared.reference.insurance import Settles

SEED, CLINICS = 1, 600


def prepare(local: Local, *, issued_only: bool = True, settles: Settles = "local") -> None:
    """Write the city into the platform's folders, unless it is there. Its residents need cards of its own authority."""
    if not (local.reference / "institutions.csv").exists():
        own = local.reference, local.secrets
        write_city(*own, seed=SEED, clinics=CLINICS, issued_only=issued_only, settles=settles)


def prepare_by_port(local: Local) -> None:
    """The same city, whose insurer settles every bill itself."""
    prepare(local, settles="port")


def prepare_open(local: Local) -> None:
    """The same city before that rule: cards from anywhere open visits."""
    prepare(local, issued_only=False)


def city_here(secrets: Path) -> City:
    """The city that `prepare` wrote, with its secrets. FileNotFoundError when there is none."""
    return made_city(SEED, CLINICS, {name: (secrets / name).read_bytes() for name in SECRETS})

"""The demo city's insurer: its institution and the terminal of its gateway, and whether schemes are settled by it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from deploy.demo.authority import write_secret
from deploy.demo.institutions import SEAT
from shared.reference import Institution, Terminal, save
from shared.reference.insurance import Settles

INSURER = Terminal("insurer-1", "insurer", "insurer")
"""The terminal of its gateway."""
INSURER_KEY = "insurer.key"
PLACE = Institution(INSURER.institution, "虚构医保中心", "Invented Insurer", "city", "agency", "public", SEAT)


def write_insurer(folder: Path, since: date, *, settles: Settles) -> None:
    """Its rows of the reference data, and how the schemes that are there already are settled."""
    save(folder, "institutions", [(since, *PLACE)])
    save(folder, "terminals", [(since, *INSURER)])
    for path in (folder / "insurance").glob("*.toml"):
        told = path.read_text(encoding="utf-8")
        path.write_text(told.replace('settles = "local"', f'settles = "{settles}"'), encoding="utf-8")


def write_insurer_secret(secrets: Path, terminal: bytes) -> None:
    """Its terminal's own key, in hex."""
    write_secret(secrets / INSURER_KEY, terminal.hex().encode())

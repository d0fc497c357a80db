"""The demo city's card authority: its institution and terminal, its secrets, and what cards entitle to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from deploy.demo.institutions import SEAT
from shared.reference import Institution, Terminal, save

AUTHORITY = Terminal("card-authority-1", "card-authority", "authority")
"""The terminal of its own edge."""
PLACE = Institution(AUTHORITY.institution, "虚构发卡中心", "Invented Card Authority", "city", "agency", "public", SEAT)
ENTITLEMENTS = (("treat-first", "先诊疗后付费", "Treat first, pay later"), ("five_free", "五项免费", "Five free"))


def write_authority(folder: Path, since: date, *, issued_only: bool) -> None:
    """Its rows of the reference data. `issued_only`: a card it did not issue gets no visit."""
    save(folder, "institutions", [(since, *PLACE)])
    save(folder, "terminals", [(since, *AUTHORITY)])
    save(folder, "entitlements", ((since, *one) for one in ENTITLEMENTS))
    save(folder, "rules", [(since, "issued-only", int(issued_only))])


def write_authority_secrets(secrets: Path, terminal: bytes, vault: bytes) -> None:
    """Its terminal's own key, in hex, and the first key of its vault."""
    write_secret(secrets / "card-authority.key", terminal.hex().encode())
    write_secret(secrets / "vault.keys", f"v1 {vault.hex()}\n".encode())


def write_secret(path: Path, secret: bytes) -> None:
    """A new file that its owner alone reads."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(secret)

"""Password files, one a user: drawn where there is none, readable by their owner alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from deploy.access.table import Principal


def password_file(folder: Path, user: str) -> Path:
    """Where the password of one user is."""
    return folder / f"{user}.password"


def drawn(folder: Path, of: Iterable[Principal]) -> None:
    """Draw a password for whoever has none: 256 bits, so nobody guesses it from its salted digest at the broker."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in of:
        file = password_file(folder, one.name)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(f"{secrets.token_urlsafe(32)}\n", encoding="utf-8")

"""The dynamic codes that commands took here, so that each is good once, whichever command it is shown to next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from shared.health_card.refusals import RefusalCode


class CodesTaken:
    """A file without content per code, named by when its window ends and its digest, until that moment has passed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def admit(self, code: bytes, *, terminal: str, now: datetime, until: datetime) -> RefusalCode | None:
        """None the first time a code is shown, then the reason to refuse it; all of them are shown to one terminal."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for path in self.folder.iterdir():
            if int(path.name.partition("-")[0]) <= now.timestamp():
                path.unlink(missing_ok=True)
        try:
            (self.folder / f"{int(until.timestamp())}-{code.hex()}").touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return "qr_replayed"
        return None

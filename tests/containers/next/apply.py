"""The next version of the language, applied to the code in an image: `visit-closed` gains a field that is required, so
it is a new version. Whoever hears the first one hears both; registration says the second alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path

SECOND = '''

VisitClosedAtFirst = VisitClosed


class VisitClosed(VisitClosedAtFirst, by="registration", archived="visit", version=2):
    """Everything in the visit is done and settled, and where that was asked for."""

    asked_at: Code
'''
LAST_LINE = "    open: Annotated[list[OpenItem], Field(max_length=200)] = []\n"
IMPORTED, BOTH = r"\bVisitClosed,", "VisitClosed, VisitClosedAtFirst,"
"""The first time a module names it is where it imports it."""
EITHER = "VisitClosedAtFirst as VisitClosed,"
HEARD = "        registration.VisitClosed,\n"
HEARD_BOTH = f"{HEARD}        registration.VisitClosedAtFirst,\n"
NEXT_FUNCTION = "def _refused(event: Ending, code: str, visit: OpenVisit | None = None) -> Event:\n"
ASKED = """def _asked(event: Ending) -> dict[str, str]:
    return {"asked_at": event.where.terminal} if isinstance(event, VisitCloseRequested) else {}


"""
CHANGES = {
    "shared/events/registration.py": [(LAST_LINE, LAST_LINE + SECOND)],
    "services/registration/decider.py": [
        ("(ended(**frame(event)), ", "(ended(**frame(event), **_asked(event)), "),
        (NEXT_FUNCTION, ASKED + NEXT_FUNCTION),
    ],
    "services/registration/state.py": [(IMPORTED, EITHER)],
    "services/consultation/service.py": [(HEARD, HEARD_BOTH)],
    "services/consultation/state.py": [(IMPORTED, EITHER)],
    "services/guide/state.py": [
        (IMPORTED, BOTH),
        ("    VisitClosed: _closed,\n", "    VisitClosed: _closed,\n    VisitClosedAtFirst: _closed,\n"),
    ],
    "services/guide/answers.py": [(HEARD, HEARD_BOTH)],
    "shared/events/answers.py": [
        ("(registration.VisitClosed, ", "(registration.VisitClosed, registration.VisitClosedAtFirst, ")
    ],
    "deploy/check/visits.py": [(IMPORTED, EITHER)],
}


def main(root: Path) -> None:
    """Apply all to the code there, or fail where it is not as it was."""
    for path, changes in CHANGES.items():
        file = root / path
        text = file.read_text(encoding="utf-8")
        for before, after in changes:
            pattern = before if before == IMPORTED else re.escape(before)
            text, found = re.subn(pattern, lambda _, after=after: after, text, count=1)  # type: ignore[misc]
            if not found:
                raise SystemExit(f"{path} has no {before!r}")
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

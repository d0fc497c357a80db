"""What a check found, in words a person understands: event ids, never a value of an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from deploy.check.uses import Uses
from deploy.check.words import WORDS

Standing = Literal["wrong", "held", "parked", "pending", "given_up"]

MOST = 1_000
"""So many findings of a standing are kept whole; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an operator must know. `events` are ids, the one it is about first; `partition` of `topic`, and where
    none is named of onecard.events (of onecard.requests for what is about a request that was never admitted); -1 when
    it has no one place."""

    code: str
    events: tuple[str, ...] = ()
    partition: int = -1
    offset: int = -1
    service: str = ""
    detail: str = ""
    standing: Standing = "wrong"
    topic: str = ""

    @property
    def words(self) -> str:
        """The code as a sentence."""
        return WORDS[self.code] + (f" ({self.detail})" if self.detail else "")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "words": self.words}


@dataclass
class Result:
    """wrong: the log or the archive breaks a promise. held: a request waits as it should. parked: records wait for
    people. pending: a service has not come so far yet, so nothing can be said. given_up: an operator took a record out
    of its stream for good, which is an answer too. `uses`: where visits took the card, if terminals are known."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[Finding] = field(default_factory=list)
    held: list[Finding] = field(default_factory=list)
    parked: list[Finding] = field(default_factory=list)
    pending: list[Finding] = field(default_factory=list)
    given_up: list[Finding] = field(default_factory=list)
    uses: Uses | None = None

    def add(self, findings: Iterable[Finding]) -> None:
        """Count every finding, and keep the first of them."""
        for finding in findings:
            self.counts[finding.standing] += 1
            kept: list[Finding] = getattr(self, finding.standing)
            if len(kept) < MOST:
                kept.append(finding)

    @property
    def status(self) -> int:
        """What the command ends with: 0 all is well; 1 something is wrong; 3 nothing is wrong, but something waits."""
        if self.wrong:
            return 1
        return 3 if self.held or self.parked or self.pending else 0

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        lists = ("wrong", "held", "parked", "pending", "given_up")
        return {
            "status": self.status,
            "counts": dict(sorted(self.counts.items())),
            "card": self.uses.as_json() if self.uses else None,
            **{name: [finding.as_json() for finding in getattr(self, name)] for name in lists},
        }

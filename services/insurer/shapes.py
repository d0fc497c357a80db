"""What an insurer is asked, and what it may say. Money is integer fen; no person, only the card's key."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple


class Share(NamedTuple):
    """One charge of a bill: what it costs, and what the insurer and its major-illness insurance pay of it; what of it
    went into the deductible of the admission, and what counts towards the year's major illness."""

    charge: str
    amount: int
    insurer: int = 0
    major_illness: int = 0
    deductible: int = 0
    counted: int = 0


class Claim(NamedTuple):
    """A bill to be settled, split as the local rules would. `bill` is its one name with the insurer, for ever."""

    bill: str
    card: str
    visit: str
    day: date
    institution: str
    scheme: str
    category: Literal["outpatient", "inpatient"]
    level: str
    shares: tuple[Share, ...]


class Reversal(NamedTuple):
    """A charge of a bill that was settled under a reference, and is to be taken back. `charge` is its one name."""

    bill: str
    charge: str
    card: str
    institution: str
    insurer: int
    major_illness: int
    reference: str


class Settled(NamedTuple):
    """The insurer pays this, a share for every charge of the claim. A pre-settlement may have no reference yet."""

    reference: str
    shares: tuple[Share, ...]


class Reversed(NamedTuple):
    """The insurer took its settlement of the charge back."""

    reference: str


class Refused(NamedTuple):
    """The insurer pays nothing, or does not take its settlement back; by its own code of the reason."""

    reason: str


class Unknown(NamedTuple):
    """Nobody knows what has become of it: it is asked again, under the same name."""

    reason: str


NoAnswer = Refused | Unknown


def fits(claim: Claim, settled: Settled) -> bool:
    """Whether there is a share for every charge, and no payer pays more than it costs."""
    costs = {share.charge: share.amount for share in claim.shares}
    return [share.charge for share in settled.shares] == list(costs) and all(
        share.amount == costs[share.charge] and share.insurer + share.major_illness <= share.amount
        for share in settled.shares
    )

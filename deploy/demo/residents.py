"""Invented residents, with cards worked out by the real arithmetic.

Nobody can be meant: surnames that say they are made up, and identity numbers of the area 999999, which does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from shared.health_card import CardKey, CardNumber, card_key, card_number, main_index

ID_CARD = "01"
NOWHERE = "999999"
SURNAMES = "虚构拟例假设"
GIVEN = "松柳荷梅桂竹岭溪湾坡晴云禾帆山星岚霁"
OLDEST = 92
TODAY = date(2026, 11, 24)
"""The demo's idea of now, so that the same seed gives the same birthdays."""


@dataclass(frozen=True, slots=True)
class Resident:
    """One invented person. The demo's roster and the card authority hold the name or the number; all others see `key`.

    `document` is the identity number, where the demo still knows it.
    """

    name: str = field(repr=False)
    sex: str
    born: date
    number: CardNumber
    key: CardKey
    document: str = field(default="", repr=False, compare=False)

    def age(self, on: date = TODAY) -> int:
        """Whole years."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


def residents(n: int, seed: int, secrets: Mapping[str, bytes]) -> Iterator[Resident]:
    """n residents; the same for the same seed and secrets (`security.key`, `pseudonym.key`)."""
    rng = Random(seed)
    for serial in range(n):
        name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, 2))
        sex = rng.choice(("female", "male"))
        born = TODAY - timedelta(days=rng.randrange(365 * OLDEST))
        # A letter where an identity number has its check character: no check sum makes it a real one.
        id_number = f"{NOWHERE}{born:%Y%m%d}{serial:07d}V"
        index = main_index(id_type=ID_CARD, id_number=id_number, name=name)
        number = card_number(index, secrets["security.key"], ID_CARD, id_number)
        yield Resident(name, sex, born, number, card_key(number, secrets["pseudonym.key"]), id_number)

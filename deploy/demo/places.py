"""Where the demo's visits go: twelve institutions of all four levels, and from each the one it refers up to."""

from __future__ import annotations

from deploy.demo.city import City
from shared.reference import Institution

PLACES = (("city", "public", 2), ("county", "public", 3), ("county", "private", 1), ("township", "public", 3),
          ("village", "public", 3))  # fmt: skip
"""How many places of each level and ownership the demo's visits go to."""
UP = {"village": "county", "township": "county", "county": "city"}
"""The level that each level refers to."""


def places(city: City) -> list[Institution]:
    """Twelve institutions: all four levels, both ownerships."""
    found: list[Institution] = []
    for level, ownership, count in PLACES:
        of_kind = [one for one in city.institutions if (one.level, one.ownership) == (level, ownership)]
        found += of_kind[:: max(1, len(of_kind) // count)][:count]
    return found


def referred_to(city: City, institution: str) -> Institution | None:
    """The place of the next level up, in the same county if there is one; None: there is none above."""
    here = next(place for place in city.institutions if place.code == institution)
    above = [place for place in places(city) if place.level == UP.get(here.level)]
    return min(above, key=lambda place: place.county != here.county, default=None)


def way_up(city: City, institution: str) -> list[Institution]:
    """The place itself and every one a resident may be referred to from it, in order."""
    here = next(place for place in city.institutions if place.code == institution)
    above = referred_to(city, institution)
    return [here, *way_up(city, above.code)] if above else [here]

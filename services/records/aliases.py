"""Cards of one person read as one: which other cards a card is merged with, told by its own entries when it is read.

An entry stays under the key it came under, so nothing is copied at a merge, and an unmerge gives back what was there.
"""

from __future__ import annotations

from pydantic_core import from_json

from services.records.archive import split
from services.records.queries import ENTRIES, Place
from shared.events.cards import CardsMerged, CardsUnmerged
from shared.runtime.store import Document, Store

KIND = CardsMerged.KIND
_PAGE = 200


async def aliases_of(store: Store, card: str) -> list[str]:
    """The card, and every other one that is merged with it, over any number of merges, the nearest first."""
    found = [card]
    for one in found:
        found += [other for other in await _merged_with(store, one) if other not in found]
    return found


async def _merged_with(store: Store, card: str) -> list[str]:
    """The cards that a card is merged with itself: of each the last word on the log counts, whatever happened when."""
    last: dict[str, tuple[int, bool]] = {}
    for entry in await _entries(store, card):
        head, body = split(entry.body)
        other, place = from_json(body)["other"], head["offset"]
        if other not in last or place > last[other][0]:
            last[other] = place, head["type"] != CardsUnmerged.TYPE
    return [other for other, (_, merged) in last.items() if merged]


async def _entries(store: Store, card: str) -> list[Document]:
    entries: list[Document] = []
    after: Place | None = None
    while True:
        found = await store.find(ENTRIES.name, "by_kind", (card, KIND), after=after, limit=_PAGE)
        entries += found
        if len(found) < _PAGE:
            return entries
        after = found[-1].index["happened"], found[-1].id

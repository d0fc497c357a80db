"""Cards of one person read as one archive, and after an unmerge each as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.records.aliases import aliases_of
from services.records.archive import Entry, entry
from services.records.queries import ENTRIES, archive_of
from shared.adapters.memory import MemoryStore
from shared.envelope import Envelope, to_ms
from shared.events.base import Where
from shared.events.cards import CardIssued, CardReplaced, CardsMerged, CardsUnmerged
from shared.runtime.store import Document
from tests.support.spec import START, an_id

CARDS = tuple(letter * 64 for letter in "abcde")
WHERE = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
CARD = st.sampled_from(CARDS)
MOVES = st.lists(
    st.tuples(st.sampled_from(["live", "live", "merge", "unmerge"]), CARD, CARD, st.integers(0, 5)), max_size=20
)
laws = settings(max_examples=150, deadline=None, derandomize=True)


class Lives:
    """Some cards, each with a log of its own, and the archive of what is on them."""

    def __init__(self) -> None:
        self.store, self.said = MemoryStore(), 0
        self.into: dict[str, str] = {}
        self.entries: list[Entry] = []

    def say(self, kind: type[Any], card: str, at: int, **fields: Any) -> None:
        self.said += 1
        body = kind(card=card, where=WHERE, request=an_id(self.said), **fields).model_dump_json(exclude_none=True)
        happened = START + timedelta(seconds=at)
        envelope = Envelope(
            an_id(self.said), kind.TYPE, happened.isoformat(), card, body.encode(), partition=CARDS.index(card),
            offset=self.said, time_ms=to_ms(START) + self.said,
        )  # fmt: skip
        made = entry(envelope)
        assert isinstance(made, Entry)
        self.entries.append(made)

    def live(self, moves: list[Any]) -> None:
        for verb, card, other, at in moves:
            match verb:
                case "live":
                    self.say(CardReplaced, card, at, issue=2)
                case "merge" if card not in self.into and card not in self.above(other):
                    self.into[card] = other
                    self.both(CardsMerged, card, other, at)
                case "unmerge" if card in self.into:
                    self.both(CardsUnmerged, card, self.into.pop(card), at)

    def both(self, kind: type[Any], card: str, other: str, at: int) -> None:
        self.say(kind, card, at, other=other, side="retired")
        self.say(kind, other, at, other=card, side="kept")

    def above(self, card: str) -> list[str]:
        """The card and all it was merged into."""
        found = [card]
        while found[-1] in self.into:
            found.append(self.into[found[-1]])
        return found

    def tree(self, card: str) -> set[str]:
        root = self.above(card)[-1]
        return {one for one in CARDS if self.above(one)[-1] == root}

    async def read(self, card: str, limit: int = 200) -> list[str]:
        """The ids of all entries of the archive a card is asked for, page by page."""
        await self.store.open((ENTRIES,))
        await self.store.insert("entries", [Document(made.id, 1, made.body, made.fields) for made in self.entries])
        cards, found, after = await aliases_of(self.store, card), list[str](), None
        while True:
            page = await archive_of(self.store, cards, kind=None, since=None, until=None, after=after, limit=limit)
            found += [document.id for document in page.documents]
            after = page.next
            if after is None:
                return found

    def plainly(self, cards: set[str]) -> list[str]:
        mine = [made for made in self.entries if made.fields["card"] in cards]
        return [made.id for made in sorted(mine, key=lambda made: (str(made.fields["happened"]), made.id))]


@laws
@given(MOVES, CARD, st.integers(1, 7))
async def test_merged_cards_read_as_one_from_any_of_them(moves: list[Any], card: str, limit: int) -> None:
    lives = Lives()
    lives.live(moves)
    assert await lives.read(card, limit) == lives.plainly(lives.tree(card))


@laws
@given(MOVES, CARD, CARD)
async def test_merged_and_unmerged_archives_are_what_they_were(moves: list[Any], card: str, other: str) -> None:
    """But for the entries of the merge and the unmerge themselves."""
    before, after = Lives(), Lives()
    before.live(moves)
    after.live(moves)
    count = len(after.entries)
    after.live([("merge", card, other, 9), ("unmerge", card, other, 9)] if card not in after.into else [])
    own = {made.id for made in after.entries[count:]}
    for one in CARDS:
        assert [id for id in await after.read(one) if id not in own] == await before.read(one)


async def test_what_was_said_last_counts_whatever_happened_first() -> None:
    lives = Lives()
    lives.say(CardIssued, CARDS[0], 0, standing="formal")
    lives.both(CardsMerged, CARDS[0], CARDS[1], 50)
    lives.both(CardsUnmerged, CARDS[0], CARDS[1], 10)
    assert await lives.read(CARDS[1]) == lives.plainly({CARDS[1]})

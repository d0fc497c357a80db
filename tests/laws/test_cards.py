"""Cards under any requests in any order, each card as far behind the others as it may be: aliases form a forest."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cards.service import SERVICE
from shared.envelope import Envelope
from shared.events import authority
from shared.events.base import Where
from shared.reference import Reference
from tests.support.plain import DAY, Plain
from tests.support.spec import START, an_id

CARDS = tuple(letter * 64 for letter in "abcd")
WHERE = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
CARD = st.sampled_from(CARDS)
MOVES = st.one_of(
    st.tuples(st.just("merge"), CARD, CARD),
    st.tuples(st.just("merge"), CARD, CARD),
    st.tuples(st.just("unmerge"), CARD, CARD),
    st.tuples(st.just("suspend"), CARD, CARD),
    st.tuples(st.just("restore"), CARD, CARD),
    st.tuples(st.just("hear"), st.integers(1, 4), st.just("")),
    st.tuples(st.just("wait"), st.sampled_from([1000, 31_000]), st.just("")),
)
laws = settings(max_examples=300, deadline=None, derandomize=True)


class City:
    """The cards of a city on one log, all issued."""

    def __init__(self) -> None:
        self.plain = Plain([SERVICE], Reference())
        self.said = 0
        for card in CARDS:
            self.ask(authority.CardApplicationMade, card, standing="formal")
        self.plain.settle()

    def ask(self, kind: type[Any], card: str, **fields: Any) -> None:
        self.said += 1
        asked = kind(card=card, where=WHERE, good_until=START + timedelta(days=1), **fields)
        body = asked.model_dump_json(exclude_none=True).encode()
        self.plain.say(Envelope(an_id(self.said), kind.TYPE, START.isoformat(), card, body, topic="onecard.events"))

    def live(self, moves: list[Any]) -> None:
        for verb, one, other in moves:
            match verb:
                case "merge":
                    self.ask(authority.CardMergeRequested, one, into=other)
                case "unmerge":
                    self.ask(authority.CardUnmergeRequested, one)
                case "suspend":
                    self.ask(authority.CardSuspensionRequested, one, reason="lost")
                case "restore":
                    self.ask(authority.CardRestorationRequested, one)
                case "hear":
                    self.plain.hear("cards", one)
                case _:
                    self.plain.wait(one)
            assert_forest(self.into())
        self.plain.settle()
        self.plain.wait(DAY)
        self.plain.settle()

    def into(self) -> dict[str, str]:
        streams = self.plain.folds["cards"].streams
        return {card: streams[f"{card}/card"].state.into for card in CARDS}

    def facts(self) -> list[tuple[str, str, str]]:
        """Type, key and cause of all that was said."""
        records = self.plain.heard("cards")
        heads = [(dict(record.headers), (record.key or b"").decode()) for record in records]
        return [
            ((head["ce_type"] or b"").decode(), key, (head.get("ce_causationid") or b"").decode())
            for head, key in heads
        ]


def assert_forest(into: dict[str, str]) -> None:
    for start in into.values():
        seen, card = set(), start
        while card:
            assert card not in seen, "a card was merged into itself, by a circle"
            seen.add(card)
            card = into[card]


@laws
@given(st.lists(MOVES, max_size=14))
def test_aliases_form_a_forest_at_every_moment(moves: list[Any]) -> None:
    city = City()
    city.live(moves)
    assert_forest(city.into())


@laws
@given(st.lists(MOVES, max_size=14))
def test_a_merge_is_said_on_both_keys_or_on_none(moves: list[Any]) -> None:
    city = City()
    city.live(moves)
    for name in ("cards-merged", "cards-unmerged"):
        causes = Counter(cause for type, _, cause in city.facts() if type == f"onecard.cards.{name}.v1")
        assert set(causes.values()) <= {2}


@laws
@given(st.lists(MOVES, max_size=14))
def test_every_request_is_answered_once(moves: list[Any]) -> None:
    city = City()
    city.live(moves)
    answers = ("issued", "suspended", "restored", "merged", "unmerged", "refused")
    answered = Counter(
        cause for type, _, cause in set(city.facts()) if type.split(".")[2].rpartition("-")[2] in answers
    )
    # A merge is said on two keys, for one request.
    said = {id: n for id, n in answered.items() if n != 1}
    doubled = {cause for type, _, cause in city.facts() if type.endswith("merged.v1")}
    assert set(said) <= doubled
    assert len(answered) == city.said

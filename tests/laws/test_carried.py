"""Years of cards that are merged and parted, each card as far behind the others as it may be: no fen of a payer's year
is lost, counted twice or kept after the cards are two again."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.service import SERVICE as BILLING
from services.billing.settlement import Year
from services.billing.shapes import State
from services.cards.service import SERVICE as CARDS_SERVICE
from shared.envelope import Envelope, read
from shared.events import TYPES, AnyEvent, authority, lab
from shared.events.base import Visit, Where, derive
from shared.events.billing import CapIrregular, CapPassed, YearCarried
from shared.events.consultation import ConsultationAccepted, LabTestOrdered
from shared.events.registration import VisitRegistered
from shared.reference import Reference
from shared.reference.data import Dated
from tests.laws.test_cards import assert_forest
from tests.support.insured import A, C, insured
from tests.support.plain import DAY, Plain
from tests.support.spec import START, an_id, fact

CARDS = tuple(letter * 64 for letter in "abcd")
AUTHORITY = Where(institution="card-authority", terminal="card-authority-1", channel="authority")
YEARS = (2026, 2027)
CAP = 4_000
REFERENCE = insured(
    Reference(prices=Dated.of([("test", date(2026, 1, 1), 2_500), ("reg:outpatient", date(2026, 1, 1), 0)])),
    {"test": A, "reg:outpatient": C},
)
CARD = st.sampled_from(CARDS)
MOVES = st.one_of(
    st.tuples(st.just("merge"), CARD, CARD),
    st.tuples(st.just("merge"), CARD, CARD),
    st.tuples(st.just("unmerge"), CARD, CARD),
    st.tuples(st.just("bill"), CARD, st.integers(0, 3)),
    st.tuples(st.just("bill"), CARD, st.integers(0, 3)),
    st.tuples(st.just("cancel"), CARD, st.integers(0, 3)),
    st.tuples(st.sampled_from(["billing", "cards"]), st.integers(1, 6), st.just(0)),
)
STORIES = st.lists(MOVES, min_size=6, max_size=24)
laws = settings(max_examples=100, deadline=None, derandomize=True)


class City:
    """Four issued cards on one log, with bills in two years; billing and cards hear when the story says."""

    def __init__(self) -> None:
        self.plain, self.said = Plain([BILLING, CARDS_SERVICE], REFERENCE), 0
        for card in CARDS:
            self.ask(authority.CardApplicationMade, card, standing="formal")
        self.plain.settle()

    def live(self, moves: list[Any]) -> City:
        for verb, one, other in moves:
            match verb:
                case "merge":
                    self.ask(authority.CardMergeRequested, one, into=other)
                case "unmerge":
                    self.ask(authority.CardUnmergeRequested, one)
                case "bill":
                    self.bill(one, other)
                case "cancel":
                    self.tell(lab.OrderCancelled, one, other, order=order(one, other))
                case "billing" | "cards":
                    self.plain.hear(verb, one)
        self.plain.settle()
        return self

    def part(self) -> City:
        """Every card is its own again."""
        for card in CARDS:
            self.ask(authority.CardUnmergeRequested, card)
        self.plain.settle()
        self.plain.wait(DAY)
        self.plain.settle()
        return self

    def bill(self, card: str, n: int) -> None:
        """A visit with one test, in one of the two years."""
        slot: dict[str, Any] = {"kind": "outpatient", "department": "D", "session": "morning", "date": day(n)}
        test: dict[str, Any] = {"consultation": seen(card, n), "code": "test", "display": "test", "specimen": "BLD"}
        self.tell(VisitRegistered, card, n, **slot, treat_first=True)
        self.tell(LabTestOrdered, card, n, order=order(card, n), **test, treat_first=True)
        self.tell(ConsultationAccepted, card, n, consultation=seen(card, n), orders=[order(card, n)])

    def tell(self, kind: type[AnyEvent], card: str, n: int, /, **fields: Any) -> None:
        self.say(fact(kind, card=card, visit=Visit(id=visit(card, n), date=day(n)), **fields))

    def ask(self, kind: type[Any], card: str, **fields: Any) -> None:
        self.say(kind(card=card, where=AUTHORITY, good_until=START + timedelta(days=1), **fields))

    def say(self, event: AnyEvent) -> None:
        self.said += 1
        body, id = event.model_dump_json(exclude_none=True).encode(), an_id(self.said)
        self.plain.say(Envelope(id, event.TYPE, START.isoformat(), event.key, body, topic="onecard.events"))

    def year(self, card: str, year: int) -> State:
        stream = self.plain.folds["billing"].streams.get(f"{card}/{year}")
        return stream.state if stream else BILLING.initial

    def into(self) -> dict[str, str]:
        streams = self.plain.folds["cards"].streams
        return {card: streams[f"{card}/card"].state.into for card in CARDS}

    def facts(self, *types: type[AnyEvent]) -> list[tuple[Envelope, Any]]:
        read_ones = [one for record in self.plain.heard("billing") if isinstance(one := read(record), Envelope)]
        found = [(one, TYPES[one.type].model_validate_json(one.body)) for one in read_ones]
        return [(one, event) for one, event in found if isinstance(event, types)]


def day(n: int) -> date:
    return date(YEARS[n % 2], 3, 1 + n)


def visit(card: str, n: int) -> str:
    return derive(an_id(900), card, "visit", n)


def seen(card: str, n: int) -> str:
    return derive(visit(card, n), "seen")


def order(card: str, n: int) -> str:
    return derive(visit(card, n), "order")


def root(into: dict[str, str], card: str) -> str:
    while into[card]:
        card = into[card]
    return card


@laws
@given(STORIES)
def test_where_a_card_counts_in_the_end_its_own_bills_count_once(moves: list[Any]) -> None:
    city = City().live(moves)
    into = city.into()
    assert_forest(into)
    for year in YEARS:
        own = {card: city.year(card, year).year for card in CARDS}
        for kept in (card for card in CARDS if not into[card]):
            ones = [own[card] for card in CARDS if root(into, card) == kept]
            assert city.year(kept, year).total == Year().with_all(ones)


@laws
@given(STORIES)
def test_merged_and_parted_every_year_is_its_own_again(moves: list[Any]) -> None:
    city = City().live(moves).part()
    assert not any(city.into().values())
    for state in (city.year(card, year) for card in CARDS for year in YEARS):
        assert (state.total, state.carried, state.merged.into) == (state.year, {}, "")


@laws
@given(STORIES)
def test_what_is_carried_back_is_exactly_what_was_carried_over(moves: list[Any]) -> None:
    city = City().live(moves).part()
    there: dict[tuple[str, str, int], dict[str, int]] = {}
    for _, one in city.facts(YearCarried):
        place, amounts = (one.card, one.other, one.year), one.model_dump(include=set(Year._fields))
        if one.how == "back":
            assert there.pop(place) == amounts
        else:
            there[place] = amounts
    assert {place for place, amounts in there.items() if any(amounts.values())} == set()


@laws
@given(STORIES)
def test_a_merge_changes_no_bill_that_was_settled_before_it(moves: list[Any]) -> None:
    """Bills first, then merges: each year is what it is where nobody merges."""
    bills = [move for move in moves if move[0] == "bill"]
    merges = [move for move in moves if move[0] != "bill" and move[0] != "cancel"]
    alone, merged = City().live(bills), City().live(bills).live(merges)
    for card in CARDS:
        for year in YEARS:
            assert merged.year(card, year).year == alone.year(card, year).year


@laws
@given(STORIES)
def test_whoever_is_above_a_cap_in_the_end_has_it_recorded_as_irregular(moves: list[Any]) -> None:
    city = City().live(moves)
    passed = city.facts(CapPassed)
    recorded = Counter(one.causation for one, _ in city.facts(CapIrregular))
    assert recorded == Counter({one.id: 1 for one, _ in passed})
    told = {(one.card, one.year) for _, one in passed}
    for kept in (card for card, into in city.into().items() if not into):
        for year in YEARS:
            state = city.year(kept, year)
            assert state.year.outpatient <= CAP
            assert state.total.outpatient <= CAP or (kept, year) in told

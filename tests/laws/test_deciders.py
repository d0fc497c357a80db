"""What every decider must hold, whatever it hears, in whatever order and however often."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from services.beds.service import SERVICE as BEDS
from services.billing.service import SERVICE as BILLING
from services.cards.service import SERVICE as CARDS
from services.checkup.service import SERVICE as CHECKUP
from services.consultation.service import SERVICE as CONSULTATION
from services.examination.service import SERVICE as EXAMINATION
from services.guide.service import SERVICE as GUIDE
from services.inpatient.service import SERVICE as INPATIENT
from services.insurer.service import SERVICE as INSURER
from services.intake.service import SERVICE as INTAKE
from services.lab.service import SERVICE as LAB
from services.pharmacy.service import SERVICE as PHARMACY
from services.queues.service import SERVICE as QUEUES
from services.registration.service import SERVICE as REGISTRATION
from shared.decider import Hold, Overdue, Service
from shared.envelope import Envelope, Record
from shared.events import REQUESTS, AnyEvent, checkup, wire_type
from shared.events.runtime import AnyIrregularityResolved, AnyRequestHeld, kinds
from shared.runtime import documents
from shared.runtime.documents import Kept, Waiting
from shared.step import Stream
from tests.laws.strategies import REFERENCE, Act, acts, said, visits
from tests.support.plain import DAY, MINUTE, Fold, Plain

SERVICES: tuple[Service[Any], ...] = (
    INTAKE, REGISTRATION, CONSULTATION, BILLING, LAB, EXAMINATION, PHARMACY, INPATIENT, CHECKUP, BEDS,
    QUEUES, CARDS, INSURER, GUIDE,
)  # fmt: skip
LONG = os.environ.get("LAWS") == "long"
laws = settings(max_examples=400 if LONG else 15, deadline=None, derandomize=not LONG)

HEARING = st.tuples(st.just("hear"), st.integers(0, len(SERVICES) - 1), st.integers(1, 12))
WAITING = st.tuples(st.just("wait"), st.sampled_from([1000, 31_000, 11 * MINUTE, DAY + MINUTE, 3 * DAY]), st.just(0))
MOVES = st.one_of(acts(), visits(), HEARING, HEARING, WAITING, st.just("settle"))
STORIES = st.tuples(visits(), st.lists(MOVES, max_size=10))


def played(story: tuple[list[Act], list[Any]]) -> Plain:
    """The log a story leaves."""
    plain = Plain(SERVICES, REFERENCE)
    # In the end all that waits is overdue.
    for move in (story[0], *story[1], "settle", ("wait", DAY + MINUTE, 0), "settle", ("wait", 3 * DAY, 0), "settle"):
        match move:
            case Act():
                plain.say(said(move))
            case list():
                for act in move:
                    plain.say(said(act))
            case ("hear", which, most):
                plain.hear(SERVICES[which].name, most)
            case ("wait", ms, _):
                plain.wait(ms)
            case _:
                plain.settle()
    return plain


def folds(plain: Plain) -> Iterator[tuple[Service[Any], list[Record]]]:
    """Every service and what is on the log for it."""
    for service in SERVICES:
        note(service.name)
        yield service, plain.heard(service.name)


def told(service: Service[Any], records: list[Record]) -> tuple[Fold, list[Envelope]]:
    """A service after these records, and all it said."""
    fold = Fold(service, REFERENCE)
    return fold, [fact for record in records for fact in fold.hear(record)[1]]


@laws
@given(STORIES, st.randoms(use_true_random=False))
def test_it_answers_anything_it_hears_in_any_order(story: Any, random: Any) -> None:
    for service, records in folds(played(story)):
        random.shuffle(records)
        told(service, records)


@laws
@given(STORIES, st.data())
def test_copies_anywhere_later_change_no_state_and_add_no_fact(story: Any, data: st.DataObject) -> None:
    for service, records in folds(played(story)):
        doubled = list(records)
        for _ in range(4 if records else 0):
            copied = data.draw(st.integers(0, len(doubled) - 1))
            doubled.insert(data.draw(st.integers(copied + 1, len(doubled))), doubled[copied])
        once, twice = told(service, records), told(service, doubled)
        assert (once[0].streams, once[1]) == (twice[0].streams, twice[1])


@laws
@given(STORIES)
def test_a_stored_stream_is_the_stream_at_every_moment(story: Any) -> None:
    """So a fold may stop anywhere, be stored, and go on from what was stored."""
    for service, records in folds(played(story)):
        fold = Fold(service, REFERENCE)
        for record in records:
            id, facts = fold.hear(record)
            if id:
                outbox = tuple(Waiting(record.partition, record.offset, fact) for fact in facts)
                key, _, name = id.partition("/")
                fold.streams[id] = stored(service, Kept(key, name, record.partition, fold.streams[id], 0, outbox))
        assert fold.streams == told(service, records)[0].streams


def stored(service: Service[Any], kept: Kept[Any]) -> Stream[Any]:
    """The stream as it comes back from the store; all of the document must."""
    document = documents.encode(service, kept, "")
    back = documents.decode(service, document)
    assert back == replace(kept, version=1)
    assert documents.encode(service, replace(back, version=0), "") == document
    return back.stream


@laws
@given(STORIES)
def test_it_says_only_what_is_its_own_to_say(story: Any) -> None:
    for service, records in folds(played(story)):
        types: list[type[AnyEvent]] = [*service.says, *kinds(AnyRequestHeld), *kinds(AnyIrregularityResolved)]
        own = {wire_type(event, service.name) for event in types}
        allowed = own | set(REQUESTS) if service.admits else own if service.says else set()
        assert {fact.type for fact in told(service, records)[1]} <= allowed


@laws
@given(STORIES)
def test_an_overdue_request_is_never_held_again(story: Any) -> None:
    for service, records in folds(played(story)):
        fold = Fold(service, REFERENCE)
        for record in records:
            fold.hear(record)
            for stream in fold.streams.values():
                for wait in stream.held:
                    answer = service.decide(stream.state, Overdue(wait.event, wait.code), REFERENCE)
                    assert not isinstance(answer, Hold)
                    assert answer or fold.service.name == wait.event.service  # type: ignore[attr-defined]


@laws
@given(STORIES)
def test_the_same_log_gives_the_same_facts(story: Any) -> None:
    for service, records in folds(played(story)):
        facts = told(service, records)[1]
        assert facts == told(service, records)[1]
        assert len({fact.id for fact in facts}) == len(facts)


def test_the_stories_do_come_to_whole_check_ups() -> None:
    """So the laws above are of them, too."""
    facts = (
        checkup.CheckupItemDone,
        checkup.CheckupItemDeclined,
        checkup.CheckupItemIrregular,
        checkup.CheckupReported,
    )
    said: Counter[str] = Counter()

    @laws
    @given(STORIES)
    def play(story: Any) -> None:
        said.update((dict(record.headers)["ce_type"] or b"").decode() for record in played(story).heard("guide"))

    play()
    assert {wire_type(fact, "checkup") for fact in facts} <= said.keys()

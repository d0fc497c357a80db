"""What is wrong with what a city left behind: by its folds, by the accountant's check, and by rules of this suite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pydantic_core import from_json

from deploy.check.signatures import signatures
from deploy.check.sources import QUEUES
from deploy.check.tariff import Tariff
from shared import heard
from shared.decider import by_visit
from shared.envelope import Envelope, read
from shared.events import TYPES, Request
from shared.events.runtime import AnyDeadlinePassed, AnyRequestHeld
from shared.step import HELD, MOST_HELD
from tests.laws.strategies import SECRET
from tests.simulation.town import NAMES, Town
from tests.support.checked import checked, evidence
from tests.support.oracle import EVENTS, Left, wrong
from tests.support.waited_for import WAITED_FOR

SHARED_REFERENCES = "reference_across"  # The acts' cards pay under the same references.


def amiss(town: Town) -> Iterator[str]:
    """Everything that is wrong. Each begins with what it is about."""
    left = town.left()
    yield from wrong(left)
    yield from _judged(left, town.poison, town.tariff)
    yield from _poisoned(left, town.poison)
    yield from _refused_for_want(left)


def _judged(left: Left, poison: set[str], tariff: Tariff) -> Iterator[str]:
    """The check that operators run, over the same evidence; money and work are its matter."""
    result = checked(evidence(left), signatures(SECRET), tariff)
    for finding in (*result.wrong, *result.held, *result.parked, *result.pending):
        place = f"{finding.topic or EVENTS}/{finding.partition}/{finding.offset}"
        expected = finding.code == "unreadable" and place in poison
        if finding.code != SHARED_REFERENCES and not expected:
            yield f"check: {finding.code} of {finding.service} at {finding.partition}/{finding.offset} {finding.detail}"


def _poisoned(left: Left, poison: set[str]) -> Iterator[str]:
    """Dead letters are exactly the records that were poisoned, and later ones of an id with other bytes."""
    aside = {letter.id for name in NAMES for letter in left.letters(name)}
    expected = poison | set(_other_bytes(left, poison))
    for place in sorted(expected - aside):
        yield f"dead letters: {place} was poisoned, and nobody set it aside"
    for place in sorted(aside - expected):
        yield f"dead letters: {place} was set aside, and nothing is wrong with it"


def _other_bytes(left: Left, poison: set[str]) -> Iterator[str]:
    """Requests whose id intake heard with other bytes."""
    known: dict[tuple[str, bytes], bytes] = {}
    for id, kept in left.streams("intake").items():
        told = kept.stream.heard
        for at in range(0, len(told), heard.ENTRY):
            entry = told[at : at + heard.ENTRY]
            known[id.partition("/")[0], entry[:16]] = entry[16:]
    for record in left.topics.all("onecard.requests"):
        place, envelope = f"{record.topic}/{record.partition}/{record.offset}", read(record)
        if place in poison or not isinstance(envelope, Envelope):
            continue
        if known.get((envelope.key, heard.sixteen(envelope.id))) != heard.digest(envelope):
            yield place


def _refused_for_want(left: Left) -> Iterator[str]:
    """Nothing is refused (or irregular) for what may still come, unless its span ran out or no more could be held."""
    over: set[tuple[str, str, str]] = set()
    held: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    first: dict[tuple[str, str], Envelope] = {}
    # A ward's or queue's span runs out under its own key; what it then says of a visit stands under the card's.
    for one in (*left.events(QUEUES), *left.events()):
        first.setdefault((one.key, one.id), one)
    elsewhere = {id: key for key, id in first}
    for one in first.values():
        if not one.decided_by or issubclass(TYPES.get(one.type, Request), Request):
            continue
        who, body = one.decided_by.partition("/")[0], from_json(one.body)
        key = one.key if (one.key, one.causation) in first else elsewhere.get(one.causation, one.key)
        about = (who, key, one.causation)
        stream = held[who, key, one.subject if left.services[who].stream is by_visit else ""]
        event = TYPES[one.type]
        if issubclass(event, AnyRequestHeld):
            stream.add(one.causation)
        elif issubclass(event, AnyDeadlinePassed):
            if body["why"] == HELD:
                over.add((who, one.key, body["about"]))
        elif body.get("code") in WAITED_FOR and about not in over and len(stream - {one.causation}) < MOST_HELD:
            yield f"refused for want: {who} said {body['code']} to {one.causation}, whose span had not run out"
        if not issubclass(event, AnyRequestHeld | AnyDeadlinePassed):
            stream.discard(one.causation)

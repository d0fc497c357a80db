"""The question whether all services did what plain folds do, asked of nothing but what is durable."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic_core import from_json

from services.records.archive import Contradiction, fold
from shared import heard
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryTopics
from shared.decider import Service
from shared.envelope import Envelope, Record, headers, read
from shared.events import REQUESTS, cards, edge
from shared.reference import Reference
from shared.runtime import dead_letters, documents
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.documents import STREAMS, Kept
from shared.runtime.log import Place
from shared.step import Stream
from tests.support.archived import contents
from tests.support.plain import Fold

T = TypeVar("T")

EVERYTHING = 1 << 20
EVENTS, QUEUES = "onecard.events", "onecard.queues"
NOT_COMPARED = {"ce_decidedby", "traceparent"}
UNANSWERED = {edge.CardPresented.TYPE}
BESIDE_THE_ANSWER = tuple(
    f".{name}.v1"
    for name in (
        "request-held", "deadline-passed", "diagnosis-made", "allergy-noted", "vital-signs-measured", "referral-made",
        "lab-test-ordered", "examination-ordered", "medication-prescribed", "critical-finding-flagged",
        "critical-value-flagged", "queue-moved", "ticket-wanted", "ticket-withdrawn", "order-cleared", "refund-asked",
        "admission-ordered", "bed-wanted", "bed-vacated", "bed-released", "ward-moved", "discharge-ordered",
        "card-request-held", "queue-request-held", "card-deadline-passed", "queue-deadline-passed",
        "card-merge-proposed", "deposit-applied", "deposit-returned", "account-closed", "charge-reversed",
        "settlement-reversal-wanted",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Left:
    """What a city that came to rest has left behind. `parked` are the services some stream of which was ever parked:
    within such a service only a stream has an order. `came_home` are those a dead letter came home to: what it said
    stands where it came home."""

    topics: MemoryTopics
    stores: Mapping[str, MemoryStore]
    services: Mapping[str, Service[Any]]
    archive: Archive
    reference: Reference
    parked: Collection[str] = ()
    came_home: Collection[str] = ()

    def streams(self, name: str) -> dict[str, Kept[Any]]:
        """All documents of a service, by id."""
        found = self.stores[name].snapshot()[STREAMS].documents
        return {id: documents.decode(self.services[name], document) for id, document in found.items()}

    def letters(self, name: str, standing: str = "open") -> list[DeadLetter]:
        """What a service has set aside and nobody brought home; or what of it came home."""
        return at_once(dead_letters.standing(self.stores[name], standing, EVERYTHING))

    def events(self, topic: str = EVENTS) -> list[Envelope]:
        """Everything on the log (or another topic) that can be read."""
        return [one for record in self.topics.all(topic) if isinstance(one := read(record), Envelope)]


def wrong(left: Left) -> Iterator[str]:
    """What differs from what plain folds of the two topics say, keep and archive. Each begins with what it is about."""
    for name, service in left.services.items():
        yield from _as_a_fold(left, name, service)
    for (key, id), found in _contents_by_id(left.topics).items():
        if len(found) > 1:
            yield f"contents: id {id} of {key!r} stands on the log with {len(found)} contents"
    log = left.events()
    yield from _answers([*log, *left.events(QUEUES)])
    yield from _archive(left, log)


def _archive(left: Left, log: list[Envelope]) -> Iterator[str]:
    try:
        kept = sorted(fold(log), key=lambda one: one.fields["position"])
    except Contradiction as id:
        yield f"archive: {id}"
        return
    stored = at_once(contents(left.stores[left.archive.name]))
    if stored != [(one.id, one.body, dict(one.fields)) for one in kept]:
        yield f"archive: {len(stored)} entries are not the {len(kept)} that the log folds to"


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The answer of what never has to wait."""
    try:
        work.send(None)
    except StopIteration as answer:
        done: T = answer.value
        return done
    work.close()
    raise RuntimeError("this waits for something")


def _as_a_fold(left: Left, name: str, service: Service[Any]) -> Iterator[str]:
    plain, order = Fold(service, left.reference), defaultdict[Any, list[Any]](list)
    said_by: dict[str, tuple[str, int]] = {}
    for record in _as_came_home(left, name, [record for topic in service.reads for record in left.topics.all(topic)]):
        stream, facts = plain.hear(record)
        for fact in facts:
            said_by[fact.id] = stream, record.partition
            at = Place(fact.topic, left.topics.partition_of(fact.key.encode()))
            order[_lane(left, name, at, said_by[fact.id])].append(_content(_recorded(fact)))
    said, seen = defaultdict[Any, list[Any]](list), set[str]()
    for record in (record for topic in service.logs for record in left.topics.all(topic)):
        heads = dict(record.headers)
        by, id = heads.get("ce_decidedby") or b"", (heads.get("ce_id") or b"").decode()
        is_own = by.startswith(f"{name}/".encode()) and (heads["ce_type"] or b"").decode() not in service.deadline_types
        if is_own and id not in seen:
            seen.add(id)
            at = Place(record.topic, record.partition)
            said[_lane(left, name, at, said_by.get(id, ("", record.partition)))].append(_content(record))
    stored, streams = left.streams(name), plain.streams
    # A stream that heard nothing was fenced, when what came for it was set aside.
    ids = {id: one.stream for id, one in stored.items() if one.stream != Stream(service.initial)}
    home = name in left.came_home
    if home:
        said, order = _sorted(said), _sorted(order)
        ids, streams = _as_heard(ids), _as_heard(streams)
    if said != order:
        yield f"facts: what {name} said differs at {_first_difference(said, order)}"
    if ids != streams:
        yield f"streams: {name} keeps others than its fold, {sorted(_differing(ids, streams))[:3]}"
    if waiting := [id for id, one in stored.items() if one.parked or one.replaying]:
        yield f"parked: {name} still has {waiting}"
    if (aside := {(letter.id, letter.cause) for letter in left.letters(name)}) != plain.aside and not home:
        yield f"letters: {name} set aside {sorted(aside ^ plain.aside)} otherwise than its fold"


def _as_came_home(left: Left, name: str, records: list[Record]) -> list[Record]:
    """In log order, and behind it what was set aside and came home after a copy of it was refused as too late. What
    was admitted came home before any such copy was heard."""
    home = {letter.id for letter in left.letters(name, "home")}
    admitted = {one.id for topic in (EVENTS, QUEUES) for one in left.events(topic)} if home else set()

    def is_late(record: Record) -> bool:
        came = f"{record.topic}/{record.partition}/{record.offset}" in home
        return came and (dict(record.headers).get("ce_id") or b"").decode() not in admitted

    return sorted(records, key=is_late)


def _lane(left: Left, name: str, at: Place, said_by: tuple[str, int]) -> Any:
    """Within what the order must be the log's: what one partition brought about in another; for streams that were
    parked, what the stream did."""
    stream, partition = said_by
    return (at, stream) if name in left.parked or name in left.came_home else (at, partition)


def _sorted(lanes: Mapping[Any, list[Any]]) -> defaultdict[Any, list[Any]]:
    return defaultdict(list, {lane: sorted(facts, key=repr) for lane, facts in lanes.items()})


def _as_heard(streams: Mapping[str, Stream[Any]]) -> dict[str, Any]:
    """The streams, in whatever order each of them heard what it has."""
    return {id: (one.state, one.held, one.timers, _entries(one.heard)) for id, one in streams.items()}


def _entries(told: bytes) -> set[bytes]:
    return {told[at : at + heard.ENTRY] for at in range(0, len(told), heard.ENTRY)}


def _first_difference(said: Mapping[Any, list[Any]], order: Mapping[Any, list[Any]]) -> str:
    for lane in sorted({*said, *order}, key=str):
        ours, theirs = said.get(lane, []), order.get(lane, [])
        for n in range(max(len(ours), len(theirs))):
            if ours[n : n + 1] != theirs[n : n + 1]:
                there, due = (_named(facts[n : n + 1]) for facts in (ours, theirs))
                return f"{lane}, fact {n}: said {there}, folded {due}"
    return "nothing"


def _named(facts: list[Any]) -> str:
    if not facts:
        return "nothing"
    heads = dict(facts[0][3])
    return f"{(heads['ce_type'] or b'').decode()} {(heads['ce_id'] or b'').decode()}"


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {id for id in {*one, *other} if one.get(id) != other.get(id)}


def _answers(log: list[Envelope]) -> Iterator[str]:
    """Every admitted request has exactly one answer."""
    asked: dict[tuple[str, str], str] = {}
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    replaced = {(one.key, one.causation) for one in log if one.type == cards.CardReplaced.TYPE}
    for envelope in log:
        about = _asked_under(envelope), envelope.causation
        if envelope.type in REQUESTS and envelope.decided_by:
            asked[envelope.key, envelope.id] = envelope.type
        elif envelope.type == cards.CardRestored.TYPE and about in replaced:
            continue  # A lost card that is replaced is restored by the same word.
        elif envelope.causation and not envelope.type.endswith(BESIDE_THE_ANSWER):
            answers[about].add(envelope.id)
    amiss = Counter(
        (type, len(answers[id])) for id, type in asked.items() if type not in UNANSWERED and len(answers[id]) != 1
    )
    for (type, count), requests in amiss.items():
        yield f"answers: {requests} of {type} have {count}"


def _asked_under(fact: Envelope) -> str:
    """The key of what a fact answers: what is said on a card of a number or a bed was asked of its queue or ward."""
    of_a_queue = fact.type.startswith(("onecard.queues.", "onecard.beds.")) and fact.topic == EVENTS
    return str(from_json(fact.body)["queue"]) if of_a_queue else fact.key


def _contents_by_id(topics: MemoryTopics) -> dict[tuple[bytes | None, str], set[Any]]:
    found: dict[tuple[bytes | None, str], set[Any]] = defaultdict(set)
    for record in (*topics.all(EVENTS), *topics.all(QUEUES)):
        if id := dict(record.headers).get("ce_id"):
            found[record.key, id.decode()].add(_content(record))
    return found


def _recorded(envelope: Envelope) -> Record:
    return Record(envelope.topic, 0, 0, 0, envelope.key.encode(), envelope.body, headers(envelope))


def _content(record: Record) -> Any:
    """Everything of a record that may not differ between two copies."""
    heads = tuple(head for head in record.headers if head[0] not in NOT_COMPARED)
    return record.topic, record.key, record.value, heads

"""docs/events.md: every type, who says it, who hears it, what is in it; and the tables people look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from deploy.docs.fields import fields, parts, values
from deploy.docs.headers import HEADERS
from deploy.docs.language import answers, chapters, hearers, sayers
from shared.events import AnyEvent, CardEvent, Event, QueueEvent, Request
from shared.events.base import Visit, Where
from shared.events.causes import CAUSES
from shared.events.codes import REASONS

OPENING = """\
# The language

Everything that happens to a card is an event: a **request** that an edge (kiosk, phone, desk, hospital system) makes,
or a **fact** that a service decided. This page lists them all. It is made from the code by `python -m deploy.docs`; the
same for tools is [asyncapi.json](asyncapi.json), and the JSON schema of each type is in `shared/events/frozen/`.

How to read it:
- An edge writes requests on `onecard.requests`, signed by its terminal. Intake admits a request unchanged, refuses it
  with a [code](#codes), or sets it aside with a [cause](#causes).
- What is keyed on a card is on `onecard.events`, so everything about one card stands in one order; what is keyed on a
  queue or ward is on `onecard.queues`, in one order per queue. Requests admitted and facts go by the same rule.
- An **ask** has a person standing before it and may be refused; it is worth nothing after its `good_until`. What is
  reported as **done** is never dropped: outside the rules it is recorded as irregular, whole.
- A type is named `onecard.<who says it>.<name>.v<version>`. A version may only gain optional fields; any other change
  is a new version. Whoever reads an event ignores fields it does not know, and keeps them where it keeps the event.
- *Heard by* names the services that act on an event or show it; *archive* the kind under which records keeps it.
"""

RECORD = """\
## What every event has

An event is a Kafka record: CloudEvents 1.0 in binary mode. Its key is that of the card, queue or ward in its body, its
value the body as JSON in UTF-8 (a request up to 256 KiB, a fact up to 512 KiB), and the record's own timestamp, set by
the broker, is the log time.
"""

VALUES = """\
## Values

Texts and numbers are bounded, so that nothing said can be too large for a store. A day is `YYYY-MM-DD` in Shanghai; a
moment is RFC 3339 with its offset.
"""

CODES = """\
## Codes

Why a request is refused or held, or an act is irregular. A fact carries the code alone; whoever shows it takes the
words from here.
"""

CAUSES_ARE = """\
## Causes

Why a record is set aside for people: it is not proven, or it is nobody's fault yet. Only the cause is shown, never a
value; the record can be replayed once its cause is gone.
"""

BODY = """\
Every body has the fields of its kind, which the tables further down leave out, and its own. What belongs to a visit:
"""

KINDS: tuple[tuple[type[AnyEvent], str], ...] = (
    (CardEvent, "What happens to a card outside of visits:\n"),
    (QueueEvent, "What happens to a queue or ward:\n"),
)


def document() -> str:
    """The whole page."""
    return "\n".join([OPENING, *_contents(), RECORD, *_headers(), BODY, *_frame(), *_values(), *_types(), *_tables()])


def _contents() -> Iterator[str]:
    yield "## All types\n"
    yield from _table(
        ("type", "said by", "heard by", "archive"),
        (
            (_linked([event]), _names(sayers(event)), _names(hearers(event)), event.KIND or "–")
            for _, _, events in chapters()
            for _, event in events
        ),
    )


def _headers() -> Iterator[str]:
    yield from _table(("header", "on", "what it is"), ((f"`{h.name}`", h.on, h.words) for h in HEADERS))


def _frame() -> Iterator[str]:
    yield from _fields(Event, frozenset())
    for kind, words in KINDS:
        yield words
        yield from _fields(kind, frozenset())
    for part in (Visit, Where):
        yield from _part(part)


def _values() -> Iterator[str]:
    yield VALUES
    for value in values():
        yield f"### {value.name}\n\n{value.words} Bounds: {value.bounds}\n"
    yield "## Parts\n"
    events = (event for _, _, found in chapters() for _, event in found)
    for part in parts(iter(events)):
        if part not in (Visit, Where) and not issubclass(part, AnyEvent):
            yield from _part(part)


def _part(part: type[BaseModel]) -> Iterator[str]:
    yield f"### {part.__name__}\n\n{_words(part)}\n"
    yield from _fields(part, frozenset())


def _types() -> Iterator[str]:
    for name, words, events in chapters():
        yield f"## {name}\n\n{words.strip()}\n"
        for wire, event in events:
            yield from _type(wire, event)


def _type(wire: str, event: type[AnyEvent]) -> Iterator[str]:
    yield f"### {_title(event)}\n"
    yield f"`{wire}`: {_words(event)}\n"
    if issubclass(event, Request):
        yield f"- {'done' if event.DONE else 'ask'}; answered by: {_linked(answers(event))}"
    if not issubclass(event, Event):
        yield f"- about: {'a card, within no visit' if issubclass(event, CardEvent) else 'a queue or ward'}"
    yield f"- said by: {_names(sayers(event))}"
    yield f"- heard by: {_names(hearers(event))}"
    yield f"- archive: {event.KIND or 'not kept'}\n"
    yield from _fields(event, frozenset(event.FRAME))


def _tables() -> Iterator[str]:
    yield CODES
    rows = ((f"`{code}`", reason.zh, reason.en, _names(reason.said_by)) for code, reason in REASONS.items())
    yield from _table(("code", "中文", "English", "said by"), rows)
    yield CAUSES_ARE
    yield from _table(("cause", "中文", "English"), ((f"`{cause}`", zh, en) for cause, (zh, en) in CAUSES.items()))


def _fields(model: type[BaseModel], without: frozenset[str]) -> Iterator[str]:
    rows = [(f"`{field.name}`", field.type, field.absent) for field in fields(model, without)]
    if rows:
        yield from _table(("field", "type", "if left out"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _linked(events: Iterable[type[AnyEvent]]) -> str:
    links = (f"[{_title(event)}](#{_title(event).lower().replace(' ', '-')})" for event in events)
    return ", ".join(links) or "nothing"


def _title(event: type[AnyEvent]) -> str:
    """Its class's name, with the service where two services have a type of that name."""
    named = [other for _, _, events in chapters() for _, other in events if other.__name__ == event.__name__]
    return f"{event.__name__} of {event.SAID_BY}" if len(named) > 1 else event.__name__


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def _words(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())

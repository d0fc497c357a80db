"""What every event is made of: bounded values, the fields that say what it is about, and its name on the wire.

An event is keyed on a card (`Event` when it belongs to a visit, `CardEvent` when it does not) and is on
`onecard.events`, or on a queue or ward (`QueueEvent`) and is on `onecard.queues`.

These names, patterns and bounds are the published interface and the storage format: a version may only gain
optional fields; anything else is a new version.
"""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.events.queue_key import names_something

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

CardKeyText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The card key: a pseudonym, never the card's own number."""

QueueKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^(queue(:([A-Za-z0-9._-]|%2F|%3A){1,64}){3}:[0-9]{4}-[0-9]{2}-[0-9]{2}"
        r"|ward(:([A-Za-z0-9._-]|%2F|%3A){1,64}){2})$"
    ),
    AfterValidator(names_something),
]
"""The key of a queue (`queue:H01:D01:morning:2026-11-24`) or ward (`ward:H01:W03`), made by `queue_key` or
`ward_key`. No card key looks like it, and none of its parts runs into the next."""

EventID = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
"""A UUID in canonical lower-case text. A request's id is a UUIDv7 made when the request is made."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]
"""A code of some published or local table: an institution, a department, LOINC, ICD-10, ATC, a reason."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""How a code reads, as reported. Never a person's name."""

FreeText = Annotated[str, StringConstraints(max_length=4000)]
"""Words of a professional. Intake refuses what looks like an ID or phone number."""

Unit = Annotated[str, StringConstraints(pattern=r"^[ -~\u00b5\u03bc\u4e00-\u9fff]{1,32}$")]
"""A UCUM unit for measurements, a packing unit for medicines."""

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$")]
"""A decimal kept exactly as it was reported: "5.50" stays "5.50"."""

Fen = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
"""An amount of money in fen (1/100 yuan)."""

Small = Annotated[int, Field(ge=0, le=100_000)]
"""A count: a rank, a line, a version, a number of days."""


Number = Annotated[int, Field(ge=1, le=100_000)]
"""A ticket's number: 1, 2, 3 … in the order in which its queue gave them."""

Seconds = Annotated[int, Field(ge=0, le=86_400)]
"""A time of service, from call to served, by log time."""

Moves = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""How often a queue has moved."""


class Visit(BaseModel):
    """A visit: the id of the request that opened it, and the Shanghai day it was opened for."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, strict=True)
    id: EventID
    date: date


class Where(BaseModel):
    """Where it happened: codes only. `operator` is a staff code, never a name."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, strict=True)
    institution: Code
    department: Code | None = None
    terminal: Code
    channel: Code
    operator: Code | None = None


class Known(NamedTuple):
    """What the envelope knows of an event and its body does not."""

    id: str
    time: datetime
    log_time: datetime
    causation: str = ""


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class Exact(ModelMetaclass):
    """isinstance as plain classes have it. A decider asks it once per case of a `match`; pydantic's own also looks for
    virtual subclasses, which no event has, at ten times the cost."""

    __instancecheck__ = type.__instancecheck__


Keyed = Literal["card", "queue"]

TOPICS: dict[Keyed, str] = {"card": "onecard.events", "queue": "onecard.queues"}
"""The kept topic of what is keyed so. What edges ask for is on `onecard.requests` before, whatever its key."""


class AnyEvent(BaseModel, metaclass=Exact):
    """Something that was asked, reported or decided. Frozen; its body is the JSON of its fields.

    `id`, `time` (when it happened at the edge, with its offset) and `log_time` (when it got on the log) come with
    the envelope and are set by the runtime; a fact a decider has just made has none yet.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, strict=True, ser_json_inf_nan="null")

    TYPE: ClassVar[str] = ""
    SAID_BY: ClassVar[str] = ""
    ARCHIVED: ClassVar[bool] = False
    IRREGULAR: ClassVar[bool] = False
    KIND: ClassVar[str] = ""
    KEYED_ON: ClassVar[Keyed] = "card"
    FRAME: ClassVar[tuple[str, ...]] = ()
    """The fields that say what it is about, which a fact has in common with what it answers."""

    if TYPE_CHECKING:
        where: Where  # Declared by each kind of event itself, since it follows what the event is about in every body.

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls, *, by: str = "", archived: str = "", irregular: bool = False, version: int = 1, **kwargs: Any
    ) -> None:
        """`by` names the one service that says it; `archived` the kind under which the archive keeps it."""
        super().__pydantic_init_subclass__(**kwargs)
        if by:
            name = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
            cls.SAID_BY, cls.TYPE = by, f"onecard.{by}.{name}.v{version}"
            cls.IRREGULAR, cls.KIND, cls.ARCHIVED = irregular, archived, bool(archived)

    @property
    def key(self) -> str:
        """The record key, which is the first field of its frame: everything under one key stands in one order."""
        return str(getattr(self, self.FRAME[0]))

    @property
    def subject(self) -> str:
        """The visit's id; empty for what belongs to none."""
        return ""

    @property
    def id(self) -> str:
        return self._require().id

    @property
    def time(self) -> datetime:
        return self._require().time

    @property
    def log_time(self) -> datetime:
        return self._require().log_time

    @property
    def causation(self) -> str:
        """The id of the event this one answers; empty for a request."""
        return self._require().causation

    def known(self, id: str, time: datetime, log_time: datetime, causation: str = "") -> Self:
        """This event, knowing what its envelope knows. Set once, by whoever read the record.

        Kept beside the fields, as a cached property would be: no part of the body, of equality or of the schema. A
        private attribute would cost every event, also those never on the log, three Python calls.
        """
        self.__dict__["_known"] = Known(id, time, log_time, causation)
        return self

    def derive(self, *path: str | int) -> str:
        """An id of a thing this event brings into the world: the same for the same event and path, always."""
        return derive(self.id, *path)

    def _require(self) -> Known:
        known: Known | None = self.__dict__.get("_known")
        if known is None:
            raise LookupError(f"{type(self).__name__} was never on the log: it has no id or time")
        return known


class Event(AnyEvent):
    """What belongs to a visit. Keyed on its card."""

    FRAME: ClassVar[tuple[str, ...]] = ("card", "visit", "where")

    card: CardKeyText
    visit: Visit
    where: Where

    @property
    def key(self) -> str:
        return self.card

    @property
    def subject(self) -> str:
        return self.visit.id


class CardEvent(AnyEvent):
    """What happens to a card and belongs to no visit."""

    FRAME: ClassVar[tuple[str, ...]] = ("card", "where")

    card: CardKeyText
    where: Where


class QueueEvent(AnyEvent):
    """What happens to a queue or ward, and is keyed on it. One that concerns a visit has its card and visit among its
    own fields, as `card` and `visit`."""

    KEYED_ON: ClassVar[Keyed] = "queue"
    FRAME: ClassVar[tuple[str, ...]] = ("queue", "where")

    queue: QueueKey
    where: Where

    @property
    def subject(self) -> str:
        visit = self.__dict__.get("visit")
        return visit.id if isinstance(visit, Visit) else ""


def derive(id: str, *path: str | int) -> str:
    """uuid5 of an id and a path, as text."""
    return str(uuid.uuid5(uuid.UUID(id), "/".join(map(str, path))))


def package_order(visit: str) -> str:
    """The order that the package of a check-up visit is."""
    return derive(visit, "package")


def queue_key(institution: str, department: str, session: str, day: date) -> str:
    """The key of the queue of one clinic session of a department, on a day."""
    return ":".join(("queue", *map(_written, (institution, department, session)), day.isoformat()))


def ward_key(institution: str, ward: str) -> str:
    """The key of a ward."""
    return ":".join(("ward", _written(institution), _written(ward)))


def _written(code: str) -> str:
    """A code inside a key. A document is stored under `<key>/<stream>`, and a key's parts are joined by `:`."""
    return code.replace("/", "%2F").replace(":", "%3A")  # `%` is in no code.

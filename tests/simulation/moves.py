"""What may happen to a simulated city, as plain data: a schedule is a list of these, and any part of it is one too.

A move that finds nothing to do does nothing, so a failing schedule can be made smaller by leaving moves out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

from tests.laws.strategies import Act

Kind = Literal["crash", "refuse", "freeze", "adrift", "partly"]
"""crash: the process is gone. refuse: the port fails (after the effect: nobody knows). freeze: the process stops there
and others take over, until it wakes. adrift: the process is gone, and what it had sent takes effect much later.
partly: the port fails, and of what was sent together other partitions have it all."""
KINDS: tuple[Kind, ...] = get_args(Kind)


class Say(NamedTuple):
    """An edge asks. `late` seconds make it the same id with other bytes."""

    act: Act
    late: int = 0


class Go(NamedTuple):
    """A process goes on with the batch in hand, or takes one of at most `most` records (0: does what is due). It stops
    before its port call number `steps` (-1: at the end of the batch). `fault` strikes at the `at`-th point from then on
    before or after a `call`: a numbered step, a call to a port, or (empty) anything."""

    service: str
    slot: int = 0
    most: int = 500
    steps: int = -1
    fault: Kind | None = None
    call: str = ""
    at: int = 0


class Assign(NamedTuple):
    """A rebalance: which process of a service owns each partition. A patient one lets batches in hand finish."""

    service: str
    slots: tuple[int, ...]
    patient: bool = True


class Wait(NamedTuple):
    """Time passes."""

    ms: int


class Copy(NamedTuple):
    """A record comes again, at the end of its partition: a producer that repeats itself, or a very late copy."""

    topic: str
    partition: int
    back: int


class Spoil(NamedTuple):
    """A record that nobody can take for an event, or that nobody signed."""

    topic: str
    act: Act
    how: str


class Stop(NamedTuple):
    """A service is not run for long; `gently` it finishes what it has in hand."""

    service: str
    gently: bool = False


class Start(NamedTuple):
    """It runs again."""

    service: str


class Away(NamedTuple):
    """A service's store, or the `broker`, refuses everything until it is back."""

    what: str


class Back(NamedTuple):
    """It answers again."""

    what: str


class Wake(NamedTuple):
    """The oldest frozen process goes on, for so many port calls (-1: to its end)."""

    steps: int = -1


class Land(NamedTuple):
    """What is adrift takes effect."""


class Break(NamedTuple):
    """A decider raises at every event of one type."""

    service: str
    event: str


class Mend(NamedTuple):
    """No decider is broken any more, and an operator has everything that was parked or set aside tried again."""


class Forget(NamedTuple):
    """Intake is restarted with reference data that lacks every terminal, so that it sets aside what is proven."""


class Learn(NamedTuple):
    """Intake is restarted with its reference data whole."""


Move = (
    Say | Go | Assign | Wait | Copy | Spoil | Stop | Start | Away | Back | Wake | Land | Break | Mend | Forget | Learn
)
MOVES: dict[str, Any] = {move.__name__: move for move in get_args(Move)}


class Schedule(NamedTuple):
    """All that happens in one life of a city. `seed` is where it came from, and feeds the jitter of its retries.
    `promptly` stores say after every batch how far they are complete; otherwise once a second of the city's time.
    `by_call` an insurer settles bills, where its rules would."""

    seed: int
    partitions: int
    moves: Sequence[Move]
    promptly: bool = True
    by_call: bool = False


def dump(schedule: Schedule) -> str:
    """A schedule as text, one move a line."""
    head = json.dumps({name: value for name, value in schedule._asdict().items() if name != "moves"})
    return "\n".join([head, *(json.dumps([type(move).__name__, *move]) for move in schedule.moves)]) + "\n"


def load(lines: Iterable[str]) -> Schedule:
    """A schedule from its text. ValueError, KeyError or TypeError when it is none."""
    first, *rest = (line for line in lines if line.strip())
    return Schedule(**json.loads(first), moves=[_move(*json.loads(line)) for line in rest])


def _move(name: str, *cells: Any) -> Move:
    made: Move = MOVES[name](*(cells))
    match made:
        case Say() | Spoil():
            return made._replace(act=Act(*made.act))
        case Assign():
            return made._replace(slots=tuple(made.slots))
    return made

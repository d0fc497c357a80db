"""What beds says: 床位. Who lies in which bed, on the card of whom it concerns, and how a ward stands, on the ward."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.events.base import Code, Event, EventID, Moves, QueueEvent, QueueKey, Small

MOST_BEDS = 500


class BedAssigned(Event, by="beds"):
    """This bed of the ward is the visit's. `wish` is the wish it answers: a bed whose wish is over is given back."""

    queue: QueueKey
    bed: Code
    wish: EventID


class BedReleased(Event, by="beds"):
    """The visit has this bed no more."""

    queue: QueueKey
    bed: Code
    wish: EventID


class BedRefused(Event, by="beds"):
    """The ward gives no bed, and why."""

    queue: QueueKey
    code: Code


class WardMoved(QueueEvent, by="beds"):
    """The ward as it stands after its `move`-th change, and no card: how many beds it has, which are free, how many
    of them somebody lies in, and how many patients wait for one."""

    move: Moves
    beds: Small
    free: Annotated[list[Code], Field(max_length=MOST_BEDS)]
    taken: Small
    waiting: Small

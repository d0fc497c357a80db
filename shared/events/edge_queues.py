"""Requests about queues: what residents and desks ask of a queue of the terminal's own institution.

They are asks, and carry `good_until`: a call that comes too late calls nobody.
"""

from __future__ import annotations

from shared.events.base import CardKeyText, Number, Visit
from shared.events.edge import QueueAsk


class TicketRequest(QueueAsk):
    """An ask about the numbers of a queue; a ward has none."""


class CheckInRequested(TicketRequest, by="edge"):
    """签到: a number in a queue joined on arrival (laboratory, examination, pharmacy), or back into the line for
    a number that is out of it. Answered by TicketIssued or QueueRefused."""

    card: CardKeyText
    visit: Visit


class TicketCallRequested(TicketRequest, by="edge"):
    """叫号: the next number to this desk. Answered by TicketCalled or QueueRefused (nobody waits)."""


class TicketMissReported(TicketRequest, by="edge"):
    """过号: the number was called and nobody came. Answered by TicketMissed or QueueRefused."""

    number: Number


class TicketServeReported(TicketRequest, by="edge"):
    """The number has been seen. Answered by TicketServed or QueueRefused."""

    number: Number

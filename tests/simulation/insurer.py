"""The insurer's gateway in a simulated city: it asks beside the process that it belongs to, and forgets with it."""

from __future__ import annotations

from collections.abc import Sequence

from services.insurer.gateway import Gateway
from services.insurer.service import SERVICE
from services.insurer.state import WAITS
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryTopics
from shared.envelope import Envelope
from tests.simulation.member import Member
from tests.support.by_call import Fickle, gateway
from tests.support.oracle import at_once

NAME = SERVICE.name


class Asking:
    """The gateways of a city whose insurer settles by call, fails at first, refuses some bills and pays less of others.
    What they say goes straight on the log; that it comes twice or late is the schedule's matter."""

    def __init__(self, topics: MemoryTopics, store: MemoryStore) -> None:
        self._topics, self._store = topics, store
        self._insurer = Fickle()
        self._gateways: dict[int, tuple[Member, Gateway]] = {}

    async def round(self, member: Member, now_ms: int) -> None:
        """What this process's gateway asks now. Another process in its place knows nothing of what was asked when."""
        whose, asking = self._gateways.get(member.slot, (None, None))
        if asking is None or whose is not member:
            asking = gateway(self._insurer, self._store, self._publish)
            self._gateways[member.slot] = member, asking
        await asking.round(now_ms / 1000)

    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return bool(at_once(self._store.count("streams", WAITS, (WAITS,))))

    async def _publish(self, envelopes: Sequence[Envelope]) -> None:
        for one in envelopes:
            self._topics.say(one)

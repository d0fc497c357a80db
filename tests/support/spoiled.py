"""Records that nobody can take for what they say they are."""

from __future__ import annotations

from shared.adapters.memory_log import MemoryTopics
from shared.envelope import Record
from shared.events import REQUESTS, CardEvent
from tests.laws.strategies import Act, said

HOWS = ("unsigned", "garbage", "headless", "keyless")


def spoiled(topics: MemoryTopics, topic: str, act: Act, how: str) -> Record | None:
    """One poisoned record at the end of a topic; None for what would not be wrong there."""
    one = said(act)._replace(topic=topic)
    # Nobody who reads the queues' topic hears of cards, so nobody would look there into what says it is of one.
    passed_over = topic == "onecard.queues" and issubclass(REQUESTS[one.type], CardEvent)
    match how:
        case "unsigned" if topic == "onecard.requests":
            return topics.say(one._replace(signature=""))
        case "garbage" if not passed_over:
            return topics.say(one._replace(body=b"{", id=_other(one.id)))
        case "headless":
            return topics.append(topic, one.key.encode(), one.body, [])
        case "keyless" if not passed_over:
            return topics.append(topic, None, one.body, [("ce_type", one.type.encode())])
    return None


def _other(id: str) -> str:
    return id[:-1] + ("0" if id[-1] != "0" else "1")

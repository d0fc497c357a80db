"""Topics of a test's own on the shared broker, declared as the real ones are."""

import uuid
from dataclasses import dataclass, replace

from deploy.local.topics import declare, declared


@dataclass(frozen=True)
class OwnTopics:
    """Names of topics no other test uses."""

    requests: str
    events: str
    queues: str


async def own_topics(kafka: str, partitions: int = 3, *, replicas: int = 1) -> OwnTopics:
    mark = uuid.uuid4().hex[:12]
    topics = [replace(topic, name=f"{topic.name}.{mark}", partitions=partitions) for topic in declared()]
    await declare(kafka, topics, replicas=replicas)
    return OwnTopics(**{topic.name.split(".")[1]: topic.name for topic in topics})

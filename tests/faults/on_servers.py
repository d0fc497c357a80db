"""Faults of brokers, of the store server, and of the wire between a service and the brokers."""

from __future__ import annotations

from time import monotonic

from aiokafka.admin import AIOKafkaAdminClient

from deploy.check.sources import EVENTS
from deploy.local.child import Child
from tests.faults.field import Field
from tests.support.town import eventually


async def broker_killed(field: Field) -> tuple[str, bool]:
    """The broker, or of three the one that leads a partition of the log, is killed. Of three, the others go on."""
    nodes = field.town.struck.nodes
    if len(nodes) == 1:
        nodes[0].kill()
        return f"the only broker, {await _back(field, nodes[0])}", True
    partition, leader = await _leader(field)
    leader.kill()
    field.heals()
    await field.progressed(20)
    without = await field.caught_up()
    if without is None:
        raise TimeoutError
    told = f"{leader.name}, leader of {EVENTS}/{partition}, all had caught up without it after {without:.1f} s"
    return f"{told}, {await _back(field, leader)}", True


async def store_killed(field: Field) -> tuple[str, bool]:
    """The store's server is killed, and comes back when it was missed."""
    store = field.town.local.servers["store"]
    store.kill()

    async def missed() -> bool:
        return (await field.town.readiness("registration")).get("status") == 503

    await eventually(missed, 30)
    return f"the store's server, {await _back(field, store)}", True


async def _back(field: Field, server: Child) -> str:
    """A server that was killed runs again, and only then is the fault over."""
    begun = monotonic()
    await server.start()
    field.heals()
    return f"which took {monotonic() - begun:.1f} s to start again"


async def cut(field: Field) -> tuple[str, bool]:
    """Nothing passes between a service and the brokers until its group has given it up; then all of it arrives."""
    service, wire = field.rng.choice(sorted(field.town.struck.wires.items()))
    wire.cut()
    await field.missed(service, 40, 8)
    missed = await field.town.behind(service)
    wire.mend()
    field.heals()
    return f"{service}, {missed} records behind", missed > 0


async def slowed(field: Field) -> tuple[str, bool]:
    """Every packet between a service and the brokers takes a third of a second."""
    service, wire = field.rng.choice(sorted(field.town.struck.wires.items()))
    wire.delay = 0.3
    await field.progressed()
    wire.mend()
    field.heals()
    return service, True


async def torn(field: Field) -> tuple[str, bool]:
    """All connections between a service and the brokers are reset, three times."""
    service, wire = field.rng.choice(sorted(field.town.struck.wires.items()))
    for _ in range(3):
        wire.tear()
        await field.progressed(10)
    field.heals()
    return service, True


async def _leader(field: Field) -> tuple[int, Child]:
    admin = AIOKafkaAdminClient(bootstrap_servers=field.town.here.kafka.split(","))
    await admin.start()
    try:
        [topic] = await admin.describe_topics([EVENTS])
    finally:
        await admin.close()
    one = field.rng.choice(topic["partitions"])
    return one["partition"], field.town.local.servers[f"kafka-{one['leader']}"]

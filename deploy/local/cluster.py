"""Three real brokers on one machine: every record on each of them, and acknowledged only when two have it.

Each node is a broker and a controller; one of them may be killed, and all goes on.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from deploy.local.addresses import free_ports
from deploy.local.broker import Broker, Seat, Wire, new_id

NODES = 3


class Cluster:
    """`brokers` are children like any other. `kafka` is the address of all, with commas.

    `wires` are more ways in, for each node its own.
    """

    def __init__(self, folder: Path, *, wires: Sequence[Sequence[Wire]] = ((),) * NODES) -> None:
        cluster = new_id()
        # All at once, so that no port is given to two.
        ports = free_ports(2 * NODES)
        self.brokers = [
            Broker(
                folder / str(node),
                ports[node - 1],
                wires=wires[node - 1],
                seat=Seat(node, ports[NODES:], cluster),
            )
            for node in range(1, NODES + 1)
        ]
        self.kafka = ",".join(broker.kafka for broker in self.brokers)

    async def start(self) -> None:
        """Start all; none gets ready before another can be asked for its vote."""
        async with asyncio.TaskGroup() as tasks:
            for broker in self.brokers:
                tasks.create_task(broker.start())

    async def stop(self) -> None:
        """One after the other, in order. The last could hand over nothing, and would wait for the others' votes."""
        running = [broker for broker in self.brokers if broker.running]
        for broker in running[:-1]:
            await broker.stop()
        for broker in running[-1:]:
            broker.kill()

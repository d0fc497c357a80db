"""A broker and a store with users.

The broker has TLS everywhere, passwords for clients, and nobody may do what nobody gave him a right to. Of its three
listeners CLIENT takes users by password, INTERNAL the broker itself and the declarer by certificate, CONTROLLER the
broker alone. So no password of a client is in the broker's files or on any command line: the declarer brings them once
the broker runs.
"""

from __future__ import annotations

from pathlib import Path

from deploy.access.declare import declare_access
from deploy.access.passwords import drawn, password_file
from deploy.access.stores import ADMIN, declare_admin, declare_stores, store_address, store_file
from deploy.access.table import principals
from deploy.local.addresses import free_ports
from deploy.local.broker import Broker
from deploy.local.certificates import BROKER, CA, DECLARER, certified
from deploy.local.stores import Store
from deploy.local.topics import declare
from shared.adapters.kafka_access import KafkaAccess
from shared.events import SERVICES

KAFKA, STORE = "kafka", "store"
"""Where among a platform's secrets those of its broker and of its store are."""
SUPER = ("CN=broker", "CN=declarer")
"""Whoever may give rights may do anything, so the declarer is named where the broker is."""


class SecuredBroker(Broker):
    """As Broker. `secrets` is where the certificates are and, once drawn, the users' passwords."""

    def __init__(self, folder: Path, secrets: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self.secrets = secrets.absolute()
        internal = f"127.0.0.1:{free_ports(1)[0]}"
        controller = str(self.settings["controller.quorum.voters"]).rpartition("@")[2]
        self.settings |= secured(self.kafka, internal, controller, self.secrets)
        self.declarer = KafkaAccess(internal, ca=self.secrets / CA, certificate=self.secrets / DECLARER)

    async def start(self) -> None:
        certified(self.secrets)
        await super().start()

    async def declare(self) -> None:
        """The topics, and the users and rights of the table; whoever has no password yet is drawn one."""
        users = principals()
        drawn(self.secrets, users)
        await declare(self.declarer)
        await declare_access(self.declarer, users, self.secrets)


class SecuredStore(Store):
    """As Store. `secrets` gets the addresses of its users: the admin, who is the first, and one for each service."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        super().__init__(folder)
        self.secrets = secrets.absolute()
        self.open = self.command

    async def start(self) -> None:
        if not store_file(self.secrets, ADMIN).exists():
            # Who may be asked for a name must have been given one first.
            self.command = self.open
            await super().start()
            await declare_admin(self.url, self.secrets)
            await self.stop()
        self.command = [*self.open, "--auth"]
        await super().start()
        await declare_stores(store_address(self.secrets, ADMIN), self.secrets, SERVICES)


def kafka_access(kafka: str, secrets: Path, user: str, *, secured: bool) -> KafkaAccess:
    """How a user comes in to the broker of a platform with that folder of secrets."""
    if not secured:
        return KafkaAccess(kafka)
    return KafkaAccess(kafka, user, password_file(secrets / KAFKA, user), secrets / KAFKA / CA)


def kafka_told(kafka: str, secrets: Path, user: str, *, secured: bool) -> dict[str, str]:
    """The variables that tell a service the same."""
    one = kafka_access(kafka, secrets, user, secured=secured)
    told = {"ONECARD_KAFKA": one.servers}
    if secured:
        told["ONECARD_KAFKA_USER"] = one.user
        told |= {"ONECARD_KAFKA_PASSWORD_FILE": str(one.password), "ONECARD_KAFKA_CA_FILE": str(one.ca)}
    return told


def store_told(store: str, secrets: Path, user: str, *, secured: bool) -> dict[str, str]:
    """The variable that tells a service where its store is, or which file does."""
    if secured and store.startswith("mongodb:"):
        return {"ONECARD_STORE_FILE": str(store_file(secrets / STORE, user))}
    return {"ONECARD_STORE": store}


def secured(client: str, internal: str, controller: str, certificates: Path) -> dict[str, object]:
    """What replaces or joins a plain broker's settings; addresses are host:port."""
    listeners = {"CLIENT": client, "INTERNAL": internal, "CONTROLLER": controller}
    return {
        "listeners": ",".join(f"{name}://{address}" for name, address in listeners.items()),
        "advertised.listeners": f"CLIENT://{client},INTERNAL://{internal}",
        "inter.broker.listener.name": "INTERNAL",
        "listener.security.protocol.map": "CLIENT:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": certificates / BROKER,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": certificates / CA,
        "listener.name.internal.ssl.client.auth": "required",
        "listener.name.controller.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": ";".join(f"User:{name}" for name in SUPER),
    }

"""A broker with users: TLS everywhere, passwords for clients, and nobody may do what nobody gave him a right to.

Three listeners: CLIENT takes users by password, INTERNAL takes the broker itself and the declarer by certificate,
CONTROLLER the broker alone. So no password of a client is in the broker's files or on any command line: the declarer
brings them once the broker runs.
"""

from __future__ import annotations

from pathlib import Path

from deploy.access.passwords import password_file
from deploy.local.addresses import free_ports
from deploy.local.broker import Broker
from deploy.local.certificates import BROKER, CA, DECLARER, certified
from shared.adapters.kafka_access import KafkaAccess

KAFKA = "kafka"
"""Where among a platform's secrets those of its broker are."""
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


def access(kafka: str, secrets: Path, user: str) -> KafkaAccess:
    """How a user comes in to the secured broker of a platform with that folder of secrets."""
    return KafkaAccess(kafka, user, password_file(secrets / KAFKA, user), secrets / KAFKA / CA)


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

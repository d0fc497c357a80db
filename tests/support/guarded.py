"""A broker with users, and what somebody may try on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.access.declare import declare_access
from deploy.access.passwords import drawn, password_file
from deploy.access.table import principals
from deploy.local.addresses import free_ports
from deploy.local.certificates import CA, HERE, signed, signing, write
from deploy.local.secured import SecuredBroker
from shared.adapters.kafka_access import KafkaAccess

TEST_CA = "test-ca.pem"


class Guarded(SecuredBroker):
    """Beside the port for clients it has one whose certificate ran out yesterday, and one with somebody else's name."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "kafka", folder / "secrets")
        self.ran_out, self.other_name = (f"127.0.0.1:{port}" for port in free_ports(2))
        for name, at in (("RANOUT", self.ran_out), ("OTHERNAME", self.other_name)):
            self.listen(name, at)

    def listen(self, name: str, at: str) -> None:
        """One more port for clients, with a certificate of its own."""
        for setting in ("listeners", "advertised.listeners"):
            self.settings[setting] = f"{self.settings[setting]},{name}://{at}"
        protocols, own = "listener.security.protocol.map", f"listener.name.{name.lower()}"
        jaas = "scram-sha-512.sasl.jaas.config"
        self.settings[protocols] = f"{self.settings[protocols]},{name}:SASL_SSL"
        self.settings[f"{own}.ssl.keystore.type"] = "PEM"
        self.settings[f"{own}.ssl.keystore.location"] = self.secrets / f"{name}.pem"
        self.settings[f"{own}.{jaas}"] = self.settings[f"listener.name.client.{jaas}"]

    async def start(self) -> None:
        now, yesterday = datetime.now(UTC), timedelta(days=-1)
        signer = signing(now)
        self.secrets.mkdir(parents=True, exist_ok=True)
        write(self.secrets / "RANOUT.pem", signed(signer, "broker", HERE, now, yesterday))
        write(self.secrets / "OTHERNAME.pem", signed(signer, "broker", ("broker.example",), now))
        write(self.secrets / TEST_CA, signer.pem)
        await super().start()
        await self.declare()

    async def declared(self, *, take_away: bool = False) -> None:
        users = principals()
        drawn(self.secrets, users)
        await declare_access(self.declarer, users, self.secrets, take_away=take_away)

    def user(self, name: str, *, at: str = "", ca: str = CA, password: Path | None = None) -> KafkaAccess:
        """How somebody comes in, rightly or wrongly."""
        return KafkaAccess(at or self.kafka, name, password or password_file(self.secrets, name), self.secrets / ca)

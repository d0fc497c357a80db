"""As whom a process speaks to Kafka, and whom it believes: the one place that turns users and files into options.

A password stays in its file until a client is made of it, so nothing that holds or prints this value can show it.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from shared.runtime.log import LogUnavailable

MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """`servers` is host:port,… `password` and `ca` are files: the user's password, and the certificates, in PEM, of
    whoever signs for the brokers. Without them the listener is plaintext and anonymous, which is a laptop's loopback.
    Whoever declares rights has a `certificate` (and its key, in the same file) instead of a password.

    ValueError for a user who would be asked for a password that is not there, or would send it in the clear.
    """

    servers: str
    user: str = ""
    password: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None

    def __post_init__(self) -> None:
        if bool(self.user) != (self.password is not None):
            raise ValueError("a Kafka user has a password file, and a password file a user: name both or neither")
        if (self.user or self.certificate) and self.ca is None:
            raise ValueError("a Kafka user needs the brokers' CA file: no password goes out without TLS")

    @classmethod
    def of(cls, kafka: str | Self) -> Self:
        """An address alone means plaintext and anonymous."""
        return cls(kafka) if isinstance(kafka, str) else kafka

    def shown(self) -> dict[str, str]:
        """As texts, for a file or another process; `read` takes them back."""
        files = {"password": self.password, "ca": self.ca, "certificate": self.certificate}
        return {"servers": self.servers, "user": self.user} | {name: str(file or "") for name, file in files.items()}

    @classmethod
    def read(cls, shown: Mapping[str, str]) -> Self:
        password, ca, certificate = (
            Path(shown[one]) if shown[one] else None for one in ("password", "ca", "certificate")
        )
        return cls(shown["servers"], shown["user"], password, ca, certificate)

    def client(self) -> dict[str, Any]:
        """What every aiokafka client is told, its files read anew: a new client takes up a new password or CA."""
        told: dict[str, Any] = {"bootstrap_servers": self.servers.split(",")}
        if self.ca is not None:
            told |= {"security_protocol": "SSL", "ssl_context": trusting(self.ca, self.certificate)}
        if self.password is not None:
            told |= {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": MECHANISM,
                "sasl_plain_username": self.user,
                "sasl_plain_password": secret(self.password),
            }
        return told


def trusting(ca: Path, certificate: Path | None = None) -> ssl.SSLContext:
    """TLS that believes the signers in a file and nobody else, and asks for the name it called."""
    file = ca
    try:
        context = ssl.create_default_context(cafile=str(ca))
        if certificate is not None:
            file = certificate
            context.load_cert_chain(certificate)
    except OSError as error:  # Which an ssl.SSLError is too.
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise LogUnavailable(f"the certificate file {file} can't be used: {why}") from None
    return context


def secret(file: Path) -> str:
    """The one line of a secret file. Its words are never part of an error."""
    try:
        found = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise LogUnavailable(f"the password file {file} can't be read: {why}") from None
    if not found:
        raise LogUnavailable(f"the password file {file} is empty")
    return found

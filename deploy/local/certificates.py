"""Certificates for a platform on this machine: a signer of its own, the broker's certificate, and the declarer's.

The signer's key is used once and never written: what it signed is all it will ever have signed. Everything is made anew
when it is about to run out.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=30)
RENEWED = timedelta(days=7)
"""Made anew when less than this is left."""
HERE = ("127.0.0.1", "localhost")
CA, BROKER, DECLARER = "ca.pem", "broker.pem", "declarer.pem"


@dataclass(frozen=True)
class Signer:
    """Whoever signs. The key stays in memory."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def certified(folder: Path, now: datetime | None = None, *, hosts: Sequence[str] = HERE) -> Path:
    """The folder with `ca.pem` and, each with its key, `broker.pem` and `declarer.pem`; made anew if they are due.
    `hosts` are the names and addresses by which the broker is called."""
    now = now or datetime.now(UTC)
    if not (folder / CA).exists() or ends(folder / CA) - now < RENEWED:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        signer = signing(now)
        write(folder / BROKER, signed(signer, "broker", hosts, now))
        write(folder / DECLARER, signed(signer, "declarer", (), now))
        write(folder / CA, signer.pem)
    return folder


def signing(now: datetime, name: str = "OneCard on this machine") -> Signer:
    """A new signer."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(name, name, key, now, LASTS).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    return Signer(made.sign(key, hashes.SHA256()), key)


def signed(
    signer: Signer, name: str, hosts: Sequence[str], now: datetime, lasts: timedelta = LASTS - timedelta(minutes=5)
) -> bytes:
    """A key and its certificate in PEM, for TLS on these hosts and addresses, or for a client alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = signer.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    made = _certificate(name, str(issuer), key, now, lasts)
    made = made.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if hosts else [])]),
        critical=False,
    )
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([_named(host) for host in hosts]), critical=False)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = made.sign(signer.key, hashes.SHA256())
    return key.private_bytes(*plain) + certificate.public_bytes(serialization.Encoding.PEM) + signer.pem


def ends(file: Path) -> datetime:
    """When the first certificate in a file runs out."""
    return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc


def write(file: Path, content: bytes) -> None:
    """For this user only, from the first byte on."""
    file.unlink(missing_ok=True)
    with open(file, "wb", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, 0o600)) as opened:
        opened.write(content)


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + lasts) - timedelta(minutes=5))
        .not_valid_after(now + lasts)
    )


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)

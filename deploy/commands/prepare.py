"""`onecard prepare`: the folder a deployment is started with: certificates, passwords, tokens, keys and addresses.

Nothing that is there is drawn again, so it may be run before every start; certificates that soon run out are renewed.
"""

from __future__ import annotations

import hashlib
import json as text
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.access.passwords import drawn
from deploy.access.stores import ADMIN, password
from deploy.access.table import principals
from deploy.commands import shown
from deploy.commands.here import ELSEWHERE, NAME, Here
from deploy.commands.shown import AsJson, out
from deploy.demo.authority import AUTHORITY, write_authority_secrets
from deploy.demo.city import SECRETS, write_city, write_secrets
from deploy.demo.insurer import INSURER, INSURER_KEY, write_insurer_secret
from deploy.demo.issued import register
from deploy.demo.prepared import SEED
from deploy.demo.residents import residents
from deploy.local.certificates import HERE, certified, write
from deploy.local.secured import KAFKA, STORE
from services.cards.registry import POPULATION
from shared.adapters.stores import database
from shared.events import SERVICES
from shared.readers import OPERATOR
from shared.signature import terminal_key

READERS = {"records": (OPERATOR, "doctor"), "guide": (OPERATOR, "edge"), "others": (OPERATOR,)}
"""Who may ask which services over HTTP from the first day on; more are added in the files <services>.env."""

PEOPLE = 2000
"""Residents of the invented city in its population register."""

DemoCity = Annotated[
    bool, typer.Option("--demo-city", envvar="ONECARD_DEMO_CITY", help="Write the invented city's reference data too.")
]


def prepare(
    folder: Annotated[Path, typer.Argument(help="Folder for reference/, secrets/, here.json and more.")],
    *,
    host: Annotated[list[str], typer.Option(help="A name of the broker; the first is the services'.")],
    store: Annotated[str, typer.Option(help="mongodb://host:port/?… of the store, without a user.")],
    owner: Annotated[int | None, typer.Option(help="User id that the services run as; they alone may read.")] = None,
    store_owner: Annotated[int | None, typer.Option(help="User id that the store runs as.")] = None,
    demo_city: DemoCity = False,
    json: AsJson = False,
) -> None:
    """Draw what a deployment's parts must know of each other, and leave it in files for them, and for them alone."""
    found = shown.run(_prepare(folder, host, store, owner, store_owner, demo_city=demo_city))
    if json:
        shown.as_json(found)
    else:
        out.print(f"{folder}: {', '.join(f'{count} {what}' for what, count in found.items())}", soft_wrap=True)


async def _prepare(
    folder: Path, hosts: list[str], store: str, owner: int | None, store_owner: int | None, *, demo_city: bool
) -> dict[str, Any]:
    own, reference = folder / "secrets", folder / "reference"
    reference.mkdir(parents=True, exist_ok=True)
    own.mkdir(mode=0o700, exist_ok=True)
    if demo_city and not (reference / "institutions.csv").exists():
        write_city(reference, own)
    elif not (own / "terminal-master.key").exists():
        keys = write_secrets(own)
        write_authority_secrets(own, terminal_key(keys["terminal-master.key"], AUTHORITY.code), secrets.token_bytes(16))
    if not (own / INSURER_KEY).exists():
        master = (own / "terminal-master.key").read_bytes()
        write_insurer_secret(own, terminal_key(master, INSURER.code))
    population = own / POPULATION
    if not population.exists():
        # What is mounted has to be there. An empty register answers nobody, until it is the city's own.
        population.touch(mode=0o600)
        if demo_city:
            register(population, residents(PEOPLE, SEED, {name: (own / name).read_bytes() for name in SECRETS}))
    certified(own / KAFKA, hosts=(*HERE, *hosts))
    drawn(own / KAFKA, principals())
    _stores(own / STORE, store)
    _readers(folder, own / "readers")
    _announce(folder, hosts[0], store)
    _give(folder, owner, {"mongodb.key": store_owner, "admin.password": store_owner})
    readers = {reader for those in READERS.values() for reader in those}
    return {"users of the brokers": len(principals()), "users of the store": len(SERVICES), "readers": len(readers)}


def _stores(folder: Path, store: str) -> None:
    """Addresses of the store's users, each with its password; for the server, the first user's, and a key."""
    first = password(store, folder, ADMIN, ADMIN)
    for service in SERVICES:
        password(store, folder, service, database(service))
    for name, word in {"admin.password": first, "mongodb.key": secrets.token_hex(256)}.items():
        if not (folder / name).exists():
            write(folder / name, f"{word}\n".encode())


def _readers(folder: Path, tokens: Path) -> None:
    """A token for every reader, and for every service, by their digests, those who may ask it."""
    tokens.mkdir(mode=0o700, exist_ok=True)
    for asked, readers in READERS.items():
        digests = {reader: hashlib.sha256(_token(tokens, reader)).hexdigest() for reader in readers}
        (folder / f"{asked}.env").write_text(f"ONECARD_READERS={text.dumps(digests)}\n", encoding="utf-8")


def _token(folder: Path, reader: str) -> bytes:
    file = folder / f"{reader}.token"
    if not file.exists():
        write(file, f"{secrets.token_urlsafe(32)}\n".encode())
    return file.read_bytes().strip()


def _announce(folder: Path, kafka: str, store: str) -> None:
    """Tell the other commands where everything will be, for as long as the folder lasts."""
    urls = {service: f"http://{service}:8080" for service in SERVICES}
    there = Here(f"{kafka}:9092", store, urls, str(folder), secured=True, pid=ELSEWHERE)
    write(folder / NAME, f"{text.dumps(asdict(there), indent=2)}\n".encode())


def _give(folder: Path, owner: int | None, others: Mapping[str, int | None]) -> None:
    for path in (folder, *folder.rglob("*")):
        to = others.get(path.name) or owner
        if to is not None:
            os.chown(path, to, to)

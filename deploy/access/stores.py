"""A user of the document store for each service, with rights on that service's own databases and on nothing else.

The store is MongoDB or speaks its protocol. A service finds its address, with its password, in a file of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure

from deploy.local.certificates import write
from shared.adapters.mongo_failures import told
from shared.adapters.stores import database

ADMIN = "admin"
_THERE = 51003


def store_file(folder: Path, user: str) -> Path:
    """Where the address of one user is: a service's, or the admin's."""
    return folder / f"{user}.store"


def store_address(folder: Path, user: str) -> str:
    """The address in a user's file. FileNotFoundError when he has none."""
    return store_file(folder, user).read_text(encoding="utf-8").strip()


async def declare_stores(admin: str, folder: Path, services: Iterable[str]) -> None:
    """Give every service its user, with just its rights and the password in its file; drawn where there is none.

    `admin` is the address of whoever may make users. Once or many times, with the same result. StoreUnavailable says
    why the store refused.
    """
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(admin, timeoutMS=10_000)
    try:
        for service in services:
            own = database(service)
            roles = [{"role": "readWrite", "db": db} for db in (own, database(f"{service}_journal"))]
            with told():
                await _set(client[own], service, password(admin, folder, service, own), roles)
    finally:
        client.close()


async def declare_admin(store: str, folder: Path) -> None:
    """Give a store that has no users yet its first, who may make others."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(store, timeoutMS=10_000)
    try:
        with told():
            await _set(client[ADMIN], ADMIN, password(store, folder, ADMIN, ADMIN), [{"role": "root", "db": ADMIN}])
    finally:
        client.close()


def password(admin: str, folder: Path, user: str, source: str) -> str:
    """A user's password, from his file; written there, in the address he is to use, if he has none."""
    file = store_file(folder, user)
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(file, f"{_as_user(admin, user, secrets.token_urlsafe(32), source)}\n".encode())
    return urlsplit(store_address(folder, user)).password or ""


def _as_user(address: str, user: str, word: str, source: str) -> str:
    parts = urlsplit(address)
    hosts = parts.netloc.rpartition("@")[2]
    options = [one for one in parts.query.split("&") if one and not one.startswith("authSource=")]
    return urlunsplit(
        parts._replace(netloc=f"{user}:{word}@{hosts}", query="&".join([*options, f"authSource={source}"]))
    )


async def _set(database: Any, user: str, word: str, roles: list[dict[str, str]]) -> None:
    try:
        await database.command("createUser", user, pwd=word, roles=roles)
    except OperationFailure as error:
        if error.code != _THERE:
            raise
        await database.command("updateUser", user, pwd=word, roles=roles)

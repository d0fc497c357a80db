"""Loopback addresses: finding free ones and asking whether a server behind one is ready."""

import asyncio
import random
import socket
from itertools import cycle, islice

import httpx

from deploy.http import client

LOWEST, HIGHEST = 12_000, 32_000
_IN_TURN = cycle(random.Random().sample(range(LOWEST, HIGHEST), HIGHEST - LOWEST))
"""Each port once before any comes again: many are given out before whoever gets the first listens on it."""


def free_ports(count: int) -> list[int]:
    """Loopback ports nobody listens on, below the range the system gives to outgoing connections.

    A client that keeps trying a dead server's port from that range may be given this very port as its own, connect to
    itself and so keep the server from coming back.
    """
    return list(islice(filter(is_free, islice(_IN_TURN, HIGHEST - LOWEST)), count))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def says_ok(url: str) -> bool:
    """Whether a GET is answered with 200. Raises OSError while nobody listens."""
    async with client(timeout=3) as asking:
        try:
            return (await asking.get(url)).status_code == httpx.codes.OK
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error


async def listens(port: int) -> None:
    """Raises OSError while nobody listens. Asked before a client library is, which would log each refusal."""
    _, connection = await asyncio.open_connection("127.0.0.1", port)
    connection.close()
    await connection.wait_closed()

"""What deploy asks of the services over HTTP: a client, and everything a service has set aside or parked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

PAGE = 500
"""Dead letters or parked streams asked for at once: the most a service gives."""


def client(*, base_url: str = "", timeout: float = 10, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client of the platform on this machine; a proxy of the environment is for other machines. Seconds."""
    return httpx.AsyncClient(trust_env=False, base_url=base_url, timeout=timeout, headers=headers)


async def dead_letters(asking: httpx.AsyncClient, url: str, standing: str = "open") -> AsyncIterator[dict[str, Any]]:
    """All dead letters of the service at `url`, oldest first. Raises httpx.HTTPError when it does not tell."""
    page: dict[str, Any] = {"standing": standing, "limit": PAGE}
    while True:
        found = await _page(asking, f"{url}/operations/dead-letters", page)
        for letter in found:
            yield letter
        if len(found) < PAGE:
            return
        page |= {"since_ms": found[-1]["since_ms"], "after": found[-1]["id"]}


async def parked(asking: httpx.AsyncClient, url: str) -> AsyncIterator[dict[str, Any]]:
    """All parked streams of the service at `url`, by id. Raises httpx.HTTPError when it does not tell."""
    page: dict[str, Any] = {"limit": PAGE}
    while True:
        found = await _page(asking, f"{url}/operations/parked", page)
        for stream in found:
            yield stream
        if len(found) < PAGE:
            return
        page |= {"after": found[-1]["id"]}


def in_path(id: str) -> str:
    """The id of a dead letter or stream as the end of a URL's path, where the `%` of a queue's key would mislead."""
    return quote(id, safe="/:")


async def _page(asking: httpx.AsyncClient, url: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await asking.get(url, params=asked)).raise_for_status().json()
    return found

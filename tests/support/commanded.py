"""The `onecard` command, given to a town as an operator gives it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Collection
from typing import Any

from deploy.local.jars import CHECKOUT
from tests.support.town import Town


async def commanded(here: Town, *words: str, exits: Collection[int] = (0,)) -> str:
    """What it printed. AssertionError when it ends otherwise."""
    return await onecard(*words, "--folder", str(here.local.folder), exits=exits)


async def onecard(*words: str, exits: Collection[int] = (0,)) -> str:
    """The same, in no town."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", *words),
        cwd=CHECKOUT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert child.returncode in exits, (out + err).decode()
    return (out or err).decode()


async def rebuilt(here: Town, service: str, *words: str, exits: Collection[int] = (0,)) -> dict[str, Any]:
    """What `onecard rebuild` says; it fails unless the store was the one before."""
    [found] = json.loads(await commanded(here, "rebuild", service, *words, "--json", exits=exits))
    assert found["service"] == service
    return dict(found)

"""No number and no name of any resident is anywhere but in the demo's own roster."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.demo.residents import NOWHERE
from deploy.demo.roster import Roster, static_qr
from shared.events import SERVICES
from tests.telemetry.conftest import Traced

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

IDENTITY = re.compile(NOWHERE.encode() + rb"[0-9]{15}V", re.IGNORECASE)
PLACES = ("topics", "logs", "spans", "metrics", "databases")


@pytest.mark.parametrize("place", PLACES)
async def test_no_resident_is_named_there(traced: Traced, place: str) -> None:
    found = [name async for name, text in kept(traced, place) if named(traced, text)]
    assert found == []


@pytest.mark.parametrize("place", PLACES)
async def test_there_is_something_to_look_through(traced: Traced, place: str) -> None:
    assert sum([len(text) async for _, text in kept(traced, place)]) > 1000


async def test_the_roster_would_be_found(traced: Traced) -> None:
    assert named(traced, roster(traced).read_bytes())


def roster(traced: Traced) -> Path:
    return traced.here.local.folder / "roster.sqlite"


def named(traced: Traced, text: bytes) -> bool:
    """Whether any resident's card number, printed code, name or identity number is in it, however it is written."""
    lower = text.lower()
    for resident in Roster(roster(traced)):
        name, number = resident.name, resident.number.reveal().lower()
        spelled = (name.encode(), name.encode("unicode_escape"), name.encode("utf-16-le"))
        if any(one in text for one in spelled) or number.encode() in lower or static_qr(resident).encode() in text:
            return True
    return bool(IDENTITY.search(text))


async def kept(traced: Traced, place: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every byte of one kind, with where it is."""
    here = traced.here
    match place:
        case "topics":
            topics = ("onecard.requests", "onecard.events", "onecard.queues")
            for record in [one for topic in topics for one in await here.records(topic)]:
                heads = b" ".join(name.encode() + b"=" + (value or b"") for name, value in record.headers)
                whole = b" ".join((record.key or b"", record.value or b"", heads))
                yield f"{record.topic}/{record.partition}/{record.offset}", whole
        case "logs" | "databases":
            for path in files(here.local.folder, place):
                yield path.name, path.read_bytes()
        case "spans":
            answer = await here.http.get(f"{here.here.zipkin}/api/v2/traces", params={"limit": 10_000})
            yield "zipkin", answer.raise_for_status().content
        case "metrics":
            for service in SERVICES:
                yield service, (await here.http.get(f"{here.here.urls[service]}/metrics")).content


def files(folder: Path, place: str) -> list[Path]:
    """What processes wrote on the disk, but for the broker's own files: those are the topics."""
    if place == "databases":
        return sorted((folder / "sqlite").iterdir())
    return [path for path in folder.rglob("*.log") if "data" not in path.parts]

"""Anything at all at the doors of the archive, of guide and of operators, over stores with a story in them.

What is really there is among what is asked for: as examples, and drawn as often as anything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from fastapi import APIRouter, FastAPI
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.guide.api import router as guide_routes
from services.guide.service import SERVICE as GUIDE
from services.lab.service import SERVICE as LAB
from services.records import problem
from services.records.api import router as records_routes
from services.records.service import ARCHIVE
from shared.adapters.sqlite import SqliteStore
from shared.operations import operations
from shared.readers import OPERATOR
from shared.runtime.changes import Changes
from shared.runtime.documents import state_of
from tests.support.known import Rows, with_known
from tests.support.played import Named, played
from tests.support.spec import START

TOKEN = "a token of the tests"
READERS = {OPERATOR: sha256(TOKEN.encode()).hexdigest()}
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
few = settings(max_examples=25, deadline=None, derandomize=True)


def rows(named: list[Named], key: str, visit: str, id: str) -> Rows:
    """Ids that belong together, by the names parameters have for them."""
    return {key: [one.key for one in named], visit: [one.visit for one in named], id: [one.id for one in named]}


STORY = played()
PLACES: Rows = {
    "institution": ["H01"],
    "department": ["D01"],
    "ward": ["W1"],
    "desk": ["cashier"],
    "session": ["morning"],
    "day": [f"{START:%Y-%m-%d}"],
}
OF_VISITS = rows(STORY.requests, "card", "visit", "request")
OF_RECORDS: Mapping[str, Rows] = {"/": {**rows(STORY.entries, "card", "visit", "event"), "partition": [0, 1]}}
OF_GUIDE: Mapping[str, Rows] = {
    "/queues/": rows(STORY.to_queues, "queue", "visit", "request"),
    "/": {**OF_VISITS, **PLACES},
}
OF_OPERATORS: Mapping[str, Rows] = {
    "/": {**rows([STORY.held, *STORY.requests], "card", "visit", "request"), "id": STORY.aside}
}


def app_of(routes: APIRouter, known: Mapping[str, Rows]) -> FastAPI:
    """An application of these routes, whose document knows what is there."""
    app = FastAPI()
    app.include_router(routes)
    problem.install(app)
    with_known(app.openapi(), known)
    return app


def schema_of(app: FastAPI) -> BaseSchema:
    """What it says of itself; streams, which never end, are left out."""
    return schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path_regex="/stream$")


JOURNAL = SqliteStore(":memory:")
ARCHIVED = app_of(records_routes(STORY.stores["records"], JOURNAL, READERS), OF_RECORDS)
GUIDED = app_of(
    guide_routes(STORY.stores["guide"], Changes(), partial(state_of, GUIDE), readers=READERS, now=lambda: START),
    OF_GUIDE,
)
OPERATED = app_of(operations(LAB, STORY.stores[LAB.name], READERS), OF_OPERATORS)
RECORDS, DESKS, OPERATORS = schema_of(ARCHIVED), schema_of(GUIDED), schema_of(OPERATED)


@pytest.fixture(scope="module", autouse=True)
def _stores() -> Iterator[None]:
    asyncio.run(JOURNAL.open(ARCHIVE.journal))
    yield
    for store in (JOURNAL, *STORY.stores.values()):
        asyncio.run(store.close())


def answer(app: FastAPI, path: str, headers: Mapping[str, str] = WITH_TOKEN) -> httpx.Response:
    """One answer. TimeoutError when it has no end."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            async with asyncio.timeout(5):
                return await client.get(path, headers=dict(headers))

    return asyncio.run(ask())


def known_to(app: FastAPI, known: Mapping[str, Rows]) -> Iterator[Any]:
    """Every address of an application that asks for something, about the first that is known."""
    for path, operation in app.openapi()["paths"].items():
        if "get" not in operation or path.endswith("/stream"):
            continue
        first = {
            name: values[0] for name, values in next(of for at, of in known.items() if path.startswith(at)).items()
        }
        wanted = [
            one["name"] for one in operation["get"].get("parameters", ()) if one["in"] == "query" and one["required"]
        ]
        asked = "&".join(f"{name}={first[name]}" for name in wanted)
        yield pytest.param(app, f"{path.format(**first)}?{asked}", id=path)


@pytest.mark.parametrize(
    ("app", "path"),
    [*known_to(ARCHIVED, OF_RECORDS), *known_to(GUIDED, OF_GUIDE), *known_to(OPERATED, OF_OPERATORS)],
)
def test_what_is_known_is_there(app: FastAPI, path: str) -> None:
    found = answer(app, path)
    assert (found.status_code, len(found.content) > len("[]")) == (200, True), found.text


@pytest.mark.parametrize(
    "path",
    [
        "/cards/{bad}/visits/{visit}/stream",
        "/cards/{card}/visits/{bad}/stream",
        "/institutions/{bad}/work/cashier/stream",
        "/institutions/H01/work/{bad}/stream",
        "/institutions/{bad}/departments/D01/board/stream",
        "/institutions/H01/departments/{bad}/board/stream",
        "/institutions/H01/departments/D01/board/stream?session={bad}",
        "/institutions/H01/departments/D01/board/stream?day={bad}",
        "/institutions/H01/departments/D01/board/stream?other={bad}",
        "/institutions/{bad}/wards/W1/beds/stream",
        "/institutions/H01/wards/{bad}/beds/stream",
    ],
)
@pytest.mark.parametrize("bad", ["H 01", "\x00", "名", "a" * 65, "'; --", "%", "1" * 300 + " "])
def test_a_stream_of_what_nobody_can_mean_never_begins(path: str, bad: str) -> None:
    [one, *_] = STORY.requests
    found = answer(GUIDED, path.format(bad=quote(bad, safe=""), card=one.key, visit=one.visit))
    assert (found.status_code, found.json()["code"]) == (422, "bad_parameter")


def test_a_stream_that_goes_on_behind_a_place_too_long_to_be_one_never_begins() -> None:
    [one, *_] = STORY.requests
    path = f"/cards/{one.key}/visits/{one.visit}/stream"
    assert answer(GUIDED, path, {**WITH_TOKEN, "Last-Event-ID": "1" * 21}).status_code == 422


@RECORDS.parametrize()
@few
def test_the_archive_answers_as_it_says_and_never_with_its_own_fault(case: Case[Any]) -> None:
    # No schema can say which moments there are, or that a cursor is of the page before.
    case.call_and_validate(headers=WITH_TOKEN, excluded_checks=[positive_data_acceptance])


@DESKS.parametrize()
@few
def test_guide_answers_as_it_says_and_never_with_its_own_fault(case: Case[Any]) -> None:
    case.call_and_validate(headers=WITH_TOKEN, excluded_checks=[positive_data_acceptance])


@OPERATORS.parametrize()
@few
def test_operators_are_never_answered_with_a_fault_of_the_service(case: Case[Any]) -> None:
    case.call_and_validate(headers=WITH_TOKEN, checks=[not_a_server_error])

"""Anything at all at the doors of the archive, of guide and of operators, over a store as services keep it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

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
from services.queues.service import SERVICE as QUEUES
from services.records import problem
from services.records.api import router as records_routes
from services.records.service import ARCHIVE
from shared.adapters.sqlite import SqliteStore
from shared.operations import operations
from shared.readers import OPERATOR
from shared.runtime.changes import Changes
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import collection, state_of
from shared.runtime.store import Collection

TOKEN = "a token of the tests"
READERS = {OPERATOR: sha256(TOKEN.encode()).hexdigest()}
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
few = settings(max_examples=25, deadline=None, derandomize=True)


def schema_of(routes: APIRouter) -> BaseSchema:
    """What an application of these routes says of itself; streams, which never end, are left out."""
    app = FastAPI()
    app.include_router(routes)
    problem.install(app)
    return schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path_regex="/stream$")


STORES = {name: SqliteStore(":memory:") for name in ("records", "journal", "guide", "queues")}
COLLECTIONS: dict[str, Sequence[Collection]] = {
    "records": ARCHIVE.collections,
    "journal": ARCHIVE.journal,
    "guide": (collection(GUIDE),),
    "queues": (collection(QUEUES), DEAD_LETTERS),
}
RECORDS = schema_of(records_routes(STORES["records"], STORES["journal"], READERS))
DESKS = schema_of(guide_routes(STORES["guide"], Changes(), partial(state_of, GUIDE), readers=READERS))
OPERATORS = schema_of(operations(QUEUES, STORES["queues"], READERS))


@pytest.fixture(scope="module", autouse=True)
def _stores() -> Iterator[None]:
    for name, store in STORES.items():
        asyncio.run(store.open(COLLECTIONS[name]))
    yield
    for store in STORES.values():
        asyncio.run(store.close())


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

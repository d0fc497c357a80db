"""Anything at all at the card authority's door: schemathesis sends what its OpenAPI allows and what it does not.

Some cards are issued before, and their keys and one's code are among what is sent.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.cards import registrar
from services.cards.shapes import Problem
from shared.readers import OPERATOR
from tests.support.card_desk import CardDesk
from tests.support.known import with_known

TOKEN = "a token of the tests"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


async def opened() -> tuple[CardDesk, list[str], list[str]]:
    """A desk, the cards it issued, and codes of the last of them."""
    desk = await CardDesk(readers={OPERATOR: sha256(TOKEN.encode()).hexdigest()}).open()
    desk.http.headers.update(WITH_TOKEN)
    cards = [await desk.issued(n) for n in range(1, 7)]
    wanted = [{"kind": "static"}, {"kind": "dynamic"}]
    codes = [(await desk.http.post(f"/cards/{cards[-1]}/code", json=one)).json()["text"] for one in wanted]
    return desk, cards, codes


DESK, CARDS, CODES = asyncio.run(opened())
CHANGED, UNCHANGED = CARDS[:3], CARDS[3:]
"""What is asked about the first may suspend or retire them; the others stay in use."""
with_known(
    DESK.app.openapi(),
    {"/cards/{card}/requests": {"card": CHANGED}, "/": {"card": UNCHANGED}},
    {"into": CARDS, "proxy": CARDS, "code": CODES, "terminal": ["K1"], "entitlement": ["treat-first"]},
)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", DESK.app)
registrar.WITHIN = 0.0
# No schema can say that a name is printable, or that a code is one of the reference data.


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/cards/{card}", None),
        ("POST", "/cards/{card}/holder", None),
        ("POST", "/cards/{card}/code", {"kind": "static"}),
        ("POST", "/cards/{card}/requests", {"ask": "entitle", "entitlement": "treat-first"}),
        ("POST", "/verifications", {"code": CODES[0], "terminal": "K1"}),
    ],
)
def test_what_is_known_is_there(method: str, path: str, body: dict[str, str] | None) -> None:
    answer = asyncio.run(DESK.http.request(method, path.format(card=CARDS[0]), json=body))
    assert answer.status_code == 200, answer.text


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True)
def test_it_answers_as_it_says_and_never_with_its_own_fault(case: Case[Any]) -> None:
    answer = case.call_and_validate(headers=WITH_TOKEN, excluded_checks=[positive_data_acceptance])
    if answer.status_code >= 400:
        told = Problem.model_validate(answer.json())
        assert told.zh != told.en

"""Anything at all at the card authority's door: schemathesis sends what its OpenAPI allows and what it does not."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.cards import registrar
from services.cards.shapes import Problem
from shared.readers import OPERATOR
from tests.support.card_desk import CardDesk

TOKEN = "a token of the tests"
DESK = asyncio.run(CardDesk(readers={OPERATOR: sha256(TOKEN.encode()).hexdigest()}).open())
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", DESK.app)
registrar.WITHIN = 0.0
# No schema can say that a name is printable, or that a code is one of the reference data.


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True)
def test_it_answers_as_it_says_and_never_with_its_own_fault(case: Case[Any]) -> None:
    answer = case.call_and_validate(
        headers={"Authorization": f"Bearer {TOKEN}"}, excluded_checks=[positive_data_acceptance]
    )
    if answer.status_code >= 400:
        told = Problem.model_validate(answer.json())
        assert told.zh != told.en

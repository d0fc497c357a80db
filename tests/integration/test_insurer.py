"""A scheme that is settled by call, on a real broker: the gateway asks the local rules behind its port and reports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from pydantic_core import from_json

from deploy.demo.catalogue import TESTS
from deploy.demo.mischief.stage import TEST, Stage
from shared.envelope import Envelope, read
from shared.events.edge import OrderCancellationRequested
from tests.support.town import Town, assert_clean, eventually, town
from tests.support.whole_visit import somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SPANS = {"ask": 10.0, "done": 60.0, "lapse": 60.0, "critical": 60.0, "insurer": 60.0}
"""Nothing is overdue while a test looks at it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_call(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("by_call"), spans=SPANS, settles="port") as here:
        yield here


async def test_a_bill_is_settled_by_the_insurers_answer(by_call: Town) -> None:
    async with insured_in(by_call) as stage:
        await stage.opened()
        bill = (await stage.consulted(tests=1)).bill
        assert 0 < await stage.owed(bill) < TESTS[TEST].fen
        [told] = [one for one in await said(by_call, "bill-settled") if one["bill"] == bill]
        assert told["settlement"] == f"local:{bill}"
        await stage.paid(bill)


async def test_while_the_gateway_is_away_a_bill_waits_and_is_settled_when_it_comes_back(by_call: Town) -> None:
    processes = by_call.local.processes
    await processes.stop("insurer-1")
    async with insured_in(by_call) as stage:
        await stage.opened()
        bill = (await stage.consulted(tests=1)).bill
        await eventually(lambda: is_there(by_call, "settlement-wanted", bill))
        assert not await is_there(by_call, "bill-settled", bill)
        await processes.start("insurer-1")
        await eventually(lambda: is_there(by_call, "bill-settled", bill))
        await stage.paid(bill)


async def test_a_settled_bill_whose_order_is_cancelled_goes_back_to_the_insurer(by_call: Town) -> None:
    async with insured_in(by_call) as stage:
        seen = await stage.visited(tests=1)
        await stage.done(OrderCancellationRequested, kind="lab_test", order=seen.test)
        await eventually(lambda: is_there(by_call, "settlement-reversed", seen.bill))


async def test_all_of_it_checks_and_recomputes_clean(by_call: Town) -> None:
    await by_call.at_rest()
    assert_clean(await by_call.check())


@asynccontextmanager
async def insured_in(here: Town) -> AsyncIterator[Stage]:
    """A resident whom the scheme insures."""
    async with somebody_in(here) as stage:
        stage.payer = None
        yield stage


async def said(here: Town, name: str) -> list[Any]:
    """The bodies of every fact of a name on the log."""
    found = [one for record in await here.records() if isinstance(one := read(record), Envelope)]
    return [from_json(one.body) for one in found if one.type.split(".")[2] == name]


async def is_there(here: Town, name: str, bill: str) -> bool:
    """Whether this was said of a bill."""
    return any(one["bill"] == bill for one in await said(here, name))

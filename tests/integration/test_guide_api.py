"""guide over HTTP, on a store as its runtime writes it; its event streams on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from services.guide.api import router
from services.guide.desks import OVERDUE
from services.guide.state import INITIAL
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite import SqliteStore
from shared.events import edge, registration
from shared.events.base import Visit
from shared.runtime.changes import Changes
from shared.runtime.store import StoreUnavailable
from tests.support import guided as the
from tests.support.guide_desk import PATIENT, QUICK, Events, Guide, opened
from tests.support.guided import said
from tests.support.spec import CARD, START, VISIT, an_id
from tests.support.waiting import until

HERE = f"/cards/{CARD}/visits/{VISIT.id}"


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def guide(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Guide]:
    """guide that re-reads often, over each store."""
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "guide.sqlite")
    async with opened(store, QUICK) as guide:
        yield guide


@pytest_asyncio.fixture
async def told_only() -> AsyncIterator[Guide]:
    """guide that reads again only when it is told of a change."""
    async with opened(MemoryStore(), PATIENT) as guide:
        yield guide


class TestAVisit:
    async def test_that_nobody_has_seen_yet_is_a_problem_in_two_languages(self, guide: Guide) -> None:
        answer = await guide.get(HERE)
        assert (answer.status_code, answer.headers["content-type"], answer.json()["code"], answer.json()["zh"][:4]) == (
            404, "application/problem+json", "not_seen", "尚未收到",
        )  # fmt: skip

    async def test_stands_where_its_events_left_it(self, guide: Guide) -> None:
        await guide.hear(*the.ORDERED)
        told = (await guide.get(HERE)).json()
        assert (told["version"], told["owed"]["fen"], told["next"][0]["step"]) == (1, 2000, "pay")

    async def test_answers_for_a_request(self, guide: Guide) -> None:
        await guide.hear(*the.ORDERED, the.held)
        assert (await guide.get(f"{HERE}/requests/{the.FETCHED}")).json()["status"] == "held"

    async def test_does_not_answer_for_a_request_not_seen_yet(self, guide: Guide) -> None:
        await guide.hear(*the.ORDERED)
        assert (await guide.get(f"{HERE}/requests/{an_id(1)}")).json()["code"] == "not_seen"

    async def test_must_be_named_by_a_card_key(self, guide: Guide) -> None:
        answer = await guide.get(f"/cards/nobody/visits/{VISIT.id}")
        assert (answer.status_code, answer.json()["parameters"], "nobody" in answer.text) == (422, ["card"], False)

    async def test_can_not_be_looked_up_while_the_store_is_down(self, told_only: Guide) -> None:
        assert isinstance(told_only.store, MemoryStore)
        told_only.store.fail = StoreUnavailable("down")
        assert (await told_only.get(HERE)).json()["code"] == "store_unavailable"

    async def test_is_found_by_its_id_alone(self, guide: Guide) -> None:
        await guide.hear(*the.ORDERED)
        await guide.hear(*registered(an_id(200)), visit=an_id(200))
        (found,) = (await guide.get(f"/visits/{VISIT.id}")).json()
        assert found == {"card": CARD, "visit": VISIT.id, "standing": (await guide.get(HERE)).json()}

    async def test_that_another_card_named_too_is_found_for_both(self, guide: Guide) -> None:
        stranger = "d" * 64
        await guide.hear(*the.REGISTERED)
        await guide.hear(the.tendered, card=stranger)
        found = (await guide.get(f"/visits/{VISIT.id}")).json()
        assert [(one["card"], one["standing"]["visit"]["status"]) for one in found] == [
            (CARD, "registered"),
            (stranger, "not_seen"),
        ]

    async def test_that_nobody_has_seen_yet_is_found_for_no_card(self, guide: Guide) -> None:
        assert (await guide.get(f"/visits/{VISIT.id}")).json() == []


class TestAWorkList:
    async def test_names_visits_and_what_to_do_in_them(self, guide: Guide) -> None:
        await guide.hear(*the.CLEARED)
        (work,) = (await guide.get("/institutions/H01/work/lab_collect")).json()["work"]
        assert (work["visit"], [(item["order"], item["specimen_kind"]) for item in work["items"]]) == (
            VISIT.id,
            [(the.TEST, "blood")],
        )

    async def test_says_what_is_overdue(self, guide: Guide) -> None:
        await guide.hear(*the.CLEARED)
        guide.now = START + OVERDUE["lab_collect"] + timedelta(minutes=5)
        (work,) = (await guide.get("/institutions/H01/work/lab_collect")).json()["work"]
        assert work["items"][0]["overdue"]

    async def test_is_empty_for_a_desk_with_nothing_to_do(self, guide: Guide) -> None:
        await guide.hear(*the.CLEARED)
        assert (await guide.get("/institutions/H02/work/lab_collect")).json() == {"work": [], "cursor": None}

    async def test_is_read_a_page_at_a_time_without_losing_a_visit(self, guide: Guide) -> None:
        visits = [an_id(n) for n in range(200, 205)]
        for visit in visits:
            await guide.hear(*registered(visit), visit=visit)
        pages: list[list[str]] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = (await guide.get("/institutions/H01/work/consultation", limit=2, **more)).json()
            pages.append([work["visit"] for work in page["work"]])
            cursor = page["cursor"]
        assert pages == [visits[:2], visits[2:4], visits[4:]]

    @pytest.mark.parametrize(
        "parameters", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "~"}, {"cursor": "YQ=="}, {"more": 1}]
    )
    async def test_takes_no_other_parameters(self, told_only: Guide, parameters: dict[str, Any]) -> None:
        assert (await told_only.get("/institutions/H01/work/cashier", **parameters)).status_code == 422

    async def test_is_kept_for_known_desks_only(self, told_only: Guide) -> None:
        assert (await told_only.get("/institutions/H01/work/kitchen")).status_code == 422

    async def test_of_irregular_acts_names_the_act_and_its_service(self, guide: Guide) -> None:
        await guide.hear(*the.DONE, the.irregular)
        (work,) = (await guide.get("/irregular", institution="H01")).json()["work"]
        assert [(item["request"], item["service"]) for item in work["items"]] == [(the.HANDED, "pharmacy")]


class TestAVisitsStream:
    async def test_tells_the_standing_now_and_after_a_change(self, guide: Guide) -> None:
        await guide.hear(*the.REGISTERED)
        async with guide.serving() as client, client.stream("GET", f"{HERE}/stream") as response:
            events = Events(response)
            before = await events.next()
            await guide.hear(*the.ORDERED)
            after = await events.next()
        assert [(id, name, told["next"][0]["step"]) for id, name, told in (before, after)] == [
            ("1", "standing", "consultation"),
            ("2", "standing", "pay"),
        ]

    async def test_begins_before_the_visit_is_seen(self, told_only: Guide) -> None:
        async with told_only.serving() as client, client.stream("GET", f"{HERE}/stream") as response:
            events = Events(response)
            before = await events.next()
            await told_only.hear(the.requested)
            after = await events.next()
        assert [told["visit"]["status"] for _, _, told in (before, after)] == ["not_seen", "asked"]

    async def test_hears_of_what_another_process_saved(self, guide: Guide) -> None:
        await guide.hear(*the.REGISTERED)
        async with guide.serving() as client, client.stream("GET", f"{HERE}/stream") as response:
            events = Events(response)
            await events.next()
            await guide.hear(*the.ORDERED, tells=False)
            assert (await events.next())[0] == "2"

    async def test_does_not_repeat_what_the_client_has_seen(self, told_only: Guide) -> None:
        await told_only.hear(*the.REGISTERED)
        headers = {"last-event-id": "1"}
        async with told_only.serving() as client, client.stream("GET", f"{HERE}/stream", headers=headers) as response:
            await until(lambda: bool(told_only.changes._listeners))
            await told_only.hear(*the.ORDERED)
            assert (await Events(response).next())[0] == "2"

    async def test_is_not_silent_for_long(self, guide: Guide) -> None:
        await guide.hear(*the.REGISTERED)
        async with guide.serving() as client, client.stream("GET", f"{HERE}/stream") as response:
            events = Events(response)
            await events.next()
            await events.comment()

    async def test_goes_on_after_the_store_was_down(self) -> None:
        store = MemoryStore()
        async with opened(store, QUICK) as guide:
            await guide.hear(*the.REGISTERED)
            store.fail = StoreUnavailable("down")
            async with guide.serving() as client, client.stream("GET", f"{HERE}/stream") as response:
                events = Events(response)
                await events.comment()
                store.fail = None
                assert (await events.next())[0] == "1"

    async def test_ends_when_the_client_leaves(self, told_only: Guide) -> None:
        async with told_only.serving() as client:
            async with client.stream("GET", f"{HERE}/stream") as response:
                await Events(response).next()
            await until(lambda: not told_only.changes._listeners)


class TestADesksStream:
    async def test_begins_with_the_list(self, guide: Guide) -> None:
        await guide.hear(*the.CLEARED)
        async with guide.serving() as client, client.stream("GET", work_of("lab_collect")) as response:
            _, name, told = await Events(response).next()
        assert (name, [work["visit"] for work in told["work"]]) == ("all", [VISIT.id])

    async def test_tells_what_comes_and_what_is_done(self, guide: Guide) -> None:
        async with guide.serving() as client, client.stream("GET", work_of("lab_collect")) as response:
            events = Events(response)
            await events.next()
            await guide.hear(*the.CLEARED)
            comes = await events.next()
            await guide.hear(the.collected)
            done = await events.next()
        assert (comes[1], comes[2]["items"][0]["order"], done[1], done[2]) == (
            "work", the.TEST, "done", {"card": CARD, "visit": VISIT.id},
        )  # fmt: skip

    async def test_is_told_of_a_change_at_once(self, told_only: Guide) -> None:
        async with told_only.serving() as client, client.stream("GET", work_of("cashier")) as response:
            events = Events(response)
            await events.next()
            await told_only.hear(*the.ORDERED)
            assert (await events.next())[2]["items"][0]["fen"] == 2000

    async def test_hears_of_what_another_process_saved(self, guide: Guide) -> None:
        async with guide.serving() as client, client.stream("GET", work_of("cashier")) as response:
            events = Events(response)
            await events.next()
            await guide.hear(*the.ORDERED, tells=False)
            assert (await events.next())[1] == "work"

    async def test_does_not_repeat_work_when_something_else_of_the_visit_changed(self, told_only: Guide) -> None:
        await told_only.hear(*the.CLEARED)
        async with told_only.serving() as client, client.stream("GET", work_of("lab_collect")) as response:
            events = Events(response)
            await events.next()
            await told_only.hear(the.reviewed)
            await told_only.hear(the.collected)
            assert (await events.next())[1] == "done"

    async def test_does_not_call_done_what_is_only_out_of_sight(
        self, told_only: Guide, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.guide.streams.MOST_WORK", 1)
        later, earlier = an_id(301), an_id(300)
        await told_only.hear(*registered(later), visit=later)
        async with told_only.serving() as client, client.stream("GET", work_of("consultation")) as response:
            events = Events(response)
            await events.next()
            await told_only.hear(*registered(earlier), visit=earlier)
            _, name, told = await events.next()
            await told_only.hear(
                said(registration.VisitCancelled, 302, visit=Visit(id=later, date=VISIT.date)), visit=later
            )
            done = await events.next()
        assert (name, told["visit"], done[1:]) == ("work", earlier, ("done", {"card": CARD, "visit": later}))


@pytest.mark.parametrize(("token", "status"), [("right", 503), ("wrong", 401), ("", 401)])
async def test_where_readers_are_named_their_token_is_asked_for(token: str, status: int) -> None:
    app, readers = FastAPI(), {"edge": sha256(b"right").hexdigest()}
    app.include_router(router(MemoryStore(), Changes(), lambda _: INITIAL, readers=readers))
    shown = {"Authorization": f"Bearer {token}"} if token else {}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://guide") as client:
        # A store that was never opened can't answer: whoever hears of it was let in.
        assert (await client.get(HERE, headers=shown)).status_code == status


async def test_nobody_but_this_machine_may_read_where_nobody_is_named() -> None:
    app = FastAPI()
    app.include_router(router(MemoryStore(), Changes(), lambda _: INITIAL))
    elsewhere = ASGITransport(app, client=("192.0.2.1", 4711))
    async with AsyncClient(transport=elsewhere, base_url="http://guide") as client:
        assert (await client.get(HERE)).status_code == 403


async def test_every_route_documents_what_it_tells(told_only: Guide) -> None:
    documented = (await told_only.get("/openapi.json")).json()
    answers = documented["paths"]["/cards/{card}/visits/{visit}"]["get"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/VisitStanding"}


def registered(visit: str) -> list[Any]:
    """The events of a visit that was just registered; its number tells when."""
    n = int(visit[-12:])
    where: dict[str, Any] = {"visit": Visit(id=visit, date=VISIT.date)}
    slot: dict[str, Any] = {**the.SLOT, **where}
    return [said(edge.CardPresented, n, **where, **PRESENTED), said(registration.VisitRegistered, n, visit, **slot)]


PRESENTED: dict[str, Any] = {
    "step": "10101", "medical_type": "O", "terminal_class": "1", "channel_class": "1", "assurance": "high",
}  # fmt: skip


def work_of(desk: str) -> str:
    return f"/institutions/H01/work/{desk}/stream"

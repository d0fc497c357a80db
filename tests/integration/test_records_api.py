"""The archive over HTTP: all of it, once; only to readers; and never without a trace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
from fastapi import FastAPI

from services.records import problem, queries
from services.records.api import router
from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.adapters.sqlite import SqliteStore
from shared.events.billing import OrderCleared
from shared.runtime.store import Document, Store
from tests.support import guided
from tests.support.archived import OTHER_CARD, irregular, kept, logged, refusal, use
from tests.support.spec import CARD, an_id, fact

ARCHIVE_OF = f"/cards/{CARD}/archive"
TOKEN, OPERATORS = "a ward's token", "the operators' token"
READERS = {
    name: hashlib.sha256(token.encode()).hexdigest() for name, token in [("ward", TOKEN), ("operator", OPERATORS)]
}


@dataclass
class Desk:
    """An archive and its journal, and whoever reads them."""

    archive: Any
    journal: Any
    readers: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"
    token: str = ""

    async def get(self, path: str, method: str = "GET", **params: Any) -> httpx.Response:
        app = FastAPI()
        app.include_router(router(self.archive, self.journal, self.readers))
        problem.install(app)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(self.address, 5000))
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://records", headers=headers) as client:
            return await client.request(method, path, params=params or None)

    async def entries(self, **params: Any) -> list[dict[str, Any]]:
        """All entries, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = (await self.get(ARCHIVE_OF, **params)).json()
            found += page["entries"]
            if page["next"] is None:
                return found
            params["cursor"] = page["next"]

    async def journaled(self, card: str = CARD) -> list[dict[str, Any]]:
        found: list[Document] = await self.journal.find("reads", "by_card", (card,), limit=1000)
        return [json.loads(document.body) for document in found]


@pytest.fixture(params=["memory", "sqlite"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    sqlite = request.param == "sqlite"
    archive: Store = SqliteStore(tmp_path / "records.sqlite") if sqlite else MemoryStore()
    journal: Store = SqliteStore(tmp_path / "journal.sqlite") if sqlite else MemoryStore()
    await archive.open(ARCHIVE.collections)
    await journal.open(ARCHIVE.journal)
    yield Desk(archive, journal)
    await archive.close()
    await journal.close()


class TestPages:
    @pytest.mark.parametrize("limit", [7, 50, 120, 200])
    async def test_pages_show_every_entry_once_in_order(self, desk: Desk, limit: int) -> None:
        # Several happened at one moment, so that the order needs the log too.
        await kept(desk.archive, *(logged(use(), n, time=f"2026-11-24T09:{n // 7:02d}:00+08:00") for n in range(120)))
        await kept(desk.archive, logged(use(OTHER_CARD), 500, offset=500))
        assert [one["id"] for one in await desk.entries(limit=limit)] == [an_id(n) for n in range(120)]

    async def test_a_page_is_bounded_in_bytes(self, desk: Desk) -> None:
        large = b'{"card":"%b","x":"%b"}' % (CARD.encode(), b"x" * 400_000)
        await kept(desk.archive, *(logged(use(), n, body=large) for n in range(5)))
        page = (await desk.get(ARCHIVE_OF)).json()
        assert [len(page["entries"]), len(await desk.entries())] == [2, 5]

    async def test_a_kind_is_all_there_is(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1), logged(refusal(), 2), logged(use(), 3), logged(irregular(), 4))
        assert [one["id"] for one in await desk.entries(kind="use", limit=1)] == [an_id(1), an_id(3)]

    async def test_a_time_bounds_what_is_shown_whatever_its_offset(self, desk: Desk) -> None:
        await kept(desk.archive, *(logged(use(), n) for n in range(5)))
        found = await desk.entries(since="2026-11-24T01:00:01Z", until="2026-11-24T09:00:03+08:00", limit=1)
        assert [one["id"] for one in found] == [an_id(1), an_id(2)]

    @pytest.mark.parametrize("limit", [1, 2, 50])
    async def test_what_happened_at_one_moment_is_shown_in_log_order(self, desk: Desk, limit: int) -> None:
        moment, ids = "2026-11-24T09:30:00+08:00", [5, 3, 9, 1]
        await kept(desk.archive, *(logged(use(), n, time=moment, offset=8 + at) for at, n in enumerate(ids)))
        assert [one["id"] for one in await desk.entries(limit=limit)] == [an_id(n) for n in ids]

    async def test_what_happened_at_a_bound_is_in_from_it_and_not_until_it(self, desk: Desk) -> None:
        await kept(desk.archive, *(logged(use(), n, time=f"2026-11-24T09:00:0{n // 2}+08:00") for n in range(6)))
        found = await desk.entries(since="2026-11-24T01:00:01Z", until="2026-11-24T01:00:02Z", limit=1)
        assert [one["id"] for one in found] == [an_id(2), an_id(3)]

    async def test_a_cursor_of_reads_is_none_of_the_archive(self, desk: Desk) -> None:
        for _ in range(2):
            await desk.get(ARCHIVE_OF)
        cursor = (await desk.get(f"/cards/{CARD}/reads", limit=1)).json()["next"]
        assert _is_problem(await desk.get(ARCHIVE_OF, cursor=cursor), 422)

    async def test_an_entry_known_late_stands_where_it_happened(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1), logged(use(), 2, time="2026-11-20T09:00:00+08:00"))
        assert [one["id"] for one in await desk.entries()] == [an_id(2), an_id(1)]

    async def test_a_card_nobody_presented_has_an_empty_archive(self, desk: Desk) -> None:
        assert (await desk.get(ARCHIVE_OF)).json() == {"card": CARD, "cards": [CARD], "entries": [], "next": None}


class TestEntry:
    async def test_an_entry_shows_when_it_happened_and_when_it_was_known(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1))
        shown = (await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")).json()
        assert (shown["happened"], shown["known_at"]) == ("2026-11-24T09:00:01+08:00", "2026-11-24T11:00:00.001+08:00")

    async def test_a_refusal_says_why_in_both_languages(self, desk: Desk) -> None:
        await kept(desk.archive, logged(refusal(), 1))
        shown = (await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")).json()
        assert (shown["refused"], shown["irregular"], shown["reason"]["zh"]) == (True, False, "本时段该科室已挂号")

    async def test_a_bill_says_in_both_languages_by_which_rules_it_was_split(self, desk: Desk) -> None:
        await kept(desk.archive, logged(guided.insured, 1))
        shown = (await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")).json()
        assert [(one["rule"], one["zh"]) for one in shown["rules"]] == [
            ("class_a", "甲类，全部纳入报销"),
            ("insurer_outpatient", "门诊统筹支付"),
        ]

    async def test_what_is_no_bill_names_no_rules(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1))
        assert (await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")).json()["rules"] is None

    async def test_an_irregular_act_is_marked(self, desk: Desk) -> None:
        await kept(desk.archive, logged(irregular(), 1))
        shown = (await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")).json()
        assert (shown["refused"], shown["irregular"], shown["reason"]["code"]) == (False, True, "critical_not_seen")

    async def test_a_body_is_shown_byte_for_byte(self, desk: Desk) -> None:
        odd = b'{"card":"%b",  "value":5.50, "big":123456789012345678901234567890}' % CARD.encode()
        await kept(desk.archive, logged(use(), 1, body=odd))
        assert odd in (await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")).content

    async def test_an_entry_that_is_not_there_is_a_problem(self, desk: Desk) -> None:
        assert _is_problem(await desk.get(f"{ARCHIVE_OF}/{an_id(1)}"), 404)


class TestReaders:
    async def test_a_reader_shows_a_token(self, desk: Desk) -> None:
        desk.readers, desk.token = READERS, TOKEN
        assert (await desk.get(ARCHIVE_OF)).status_code == 200

    @pytest.mark.parametrize("token", ["", "another", READERS["ward"], "ward"])
    async def test_nobody_reads_without_one(self, desk: Desk, token: str) -> None:
        desk.readers, desk.token = READERS, token
        answer = await desk.get(ARCHIVE_OF)
        assert _is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        ("address", "status"),
        [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.7", 401), ("testclient", 401)],
    )
    async def test_where_nobody_is_named_only_the_loopback_reads(self, desk: Desk, address: str, status: int) -> None:
        desk.address = address
        assert (await desk.get(ARCHIVE_OF)).status_code == status

    @pytest.mark.parametrize("path", ["/entries?partition=0", "/digest"])
    async def test_what_is_for_operators_is_for_nobody_else(self, desk: Desk, path: str) -> None:
        desk.readers, desk.token = READERS, TOKEN
        assert _is_problem(await desk.get(path), 403)

    @pytest.mark.parametrize("digests", [{"ward": "A" * 64}, {"ward": "secret"}, {"loopback": "a" * 64}])
    def test_a_reader_that_could_not_be_told_is_an_error_at_the_start(self, digests: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="a reader has a name"):
            router(MemoryStore(), MemoryStore(), digests)


class TestStrictness:
    @pytest.mark.parametrize(
        "query",
        [
            "limit=0", "limit=201", "limit=5_0", "limit=%205", "limit=5.0", "limit=", "limit=1&limit=2", "page=2",
            "kind=secret", "since=1795507200", "since=2026-02-30T00:00:00Z", "since=2026-11-24", "cursor=x",
            "cursor=%E4", "until=0001-01-01T00:00:00%2B08:00", "cursor=MjAyNg",
        ],
    )  # fmt: skip
    async def test_what_is_not_quite_a_parameter_is_a_problem(self, desk: Desk, query: str) -> None:
        assert _is_problem(await desk.get(f"{ARCHIVE_OF}?{query}"), 422)

    @pytest.mark.parametrize("card", ["C" * 64, "c" * 63, "c" * 65, "c" * 64 + "%0A"])
    async def test_what_is_no_card_key_is_refused_and_shown_nowhere(self, desk: Desk, card: str) -> None:
        answer = await desk.get(f"/cards/{card}/archive")
        assert _is_problem(answer, 422)
        written = json.dumps([answer.json(), await desk.journaled("")]).lower()
        assert "c" * 40 not in written

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "PATCH"])
    async def test_the_archive_is_only_read(self, desk: Desk, method: str) -> None:
        answer = await desk.get(ARCHIVE_OF, method)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")

    @pytest.mark.parametrize("path", ["/nothing", f"/cards/{CARD}", f"{ARCHIVE_OF}/"])
    async def test_what_is_not_there_is_a_problem(self, desk: Desk, path: str) -> None:
        assert _is_problem(await desk.get(path), 404)

    async def test_an_answer_is_not_kept_on_the_way(self, desk: Desk) -> None:
        assert (await desk.get(ARCHIVE_OF)).headers["cache-control"] == "no-store"


class TestJournal:
    async def test_a_read_is_written_down(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1))
        await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")
        [read] = await desk.journaled()
        assert (read["reader"], read["what"], read["event"], read["status"]) == ("loopback", "entry", an_id(1), 200)

    @pytest.mark.parametrize(
        ("path", "method", "token", "status"),
        [
            (ARCHIVE_OF, "GET", "wrong", 401),
            (f"{ARCHIVE_OF}/{an_id(1)}", "GET", TOKEN, 404),
            (f"{ARCHIVE_OF}?limit=0", "GET", TOKEN, 422),
            (ARCHIVE_OF, "POST", TOKEN, 405),
        ],
    )
    async def test_a_refusal_is_written_down(self, desk: Desk, path: str, method: str, token: str, status: int) -> None:
        desk.readers, desk.token = READERS, token
        await desk.get(path, method)
        [read] = await desk.journaled()
        assert (read["reader"], read["status"]) == ("nobody" if token == "wrong" else "ward", status)

    async def test_a_resident_sees_who_read_the_newest_first(self, desk: Desk) -> None:
        await desk.get(ARCHIVE_OF)
        await desk.get(f"{ARCHIVE_OF}/{an_id(1)}")
        await desk.get(f"/cards/{OTHER_CARD}/archive")
        first = (await desk.get(f"/cards/{CARD}/reads", limit=1)).json()
        second = (await desk.get(f"/cards/{CARD}/reads", limit=1, cursor=first["next"])).json()
        # The first page of reads was a read itself, but a later one than the cursor.
        assert [one["what"] for one in first["reads"] + second["reads"]] == ["entry", "archive"]


class TestStoreDown:
    async def test_nothing_is_shown_when_the_read_cannot_be_written_down(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1))
        await desk.journal.close()
        answer = await desk.get(ARCHIVE_OF)
        assert _is_problem(answer, 503)
        assert an_id(1) not in answer.text

    @pytest.mark.parametrize("path", [ARCHIVE_OF, f"{ARCHIVE_OF}/{an_id(1)}", "/digest", "/entries?partition=0"])
    async def test_an_archive_that_is_down_is_a_problem_and_in_the_journal(self, desk: Desk, path: str) -> None:
        await desk.archive.close()
        assert _is_problem(await desk.get(path), 503)
        assert [one["status"] for one in await desk.journaled(CARD if CARD in path else "")] == [503]

    async def test_a_fault_of_ours_tells_nothing(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(*_args: Any, **_named: Any) -> None:
            raise RuntimeError("a secret")

        monkeypatch.setattr(queries, "archive_of", broken)
        answer = await desk.get(ARCHIVE_OF)
        assert _is_problem(answer, 500)
        assert "secret" not in answer.text


class TestOperators:
    async def test_the_lines_of_a_partition_are_all_there_in_order(self, desk: Desk) -> None:
        await kept(desk.archive, *(logged(use(), n, offset=n, partition=n % 2) for n in range(300)))
        lines = [json.loads(line) for line in (await desk.get("/entries", partition=1)).text.splitlines()]
        assert [one["offset"] for one in lines] == list(range(1, 300, 2))

    async def test_the_lines_go_on_after_an_offset(self, desk: Desk) -> None:
        await kept(desk.archive, *(logged(use(), n) for n in range(10)))
        lines = [json.loads(line) for line in (await desk.get("/entries", partition=0, after=3, limit=4)).text.split()]
        assert [(one["id"], one["kind"], one["card"]) for one in lines] == [
            (an_id(n), "use", CARD) for n in range(4, 8)
        ]

    async def test_an_empty_partition_has_no_lines(self, desk: Desk) -> None:
        assert (await desk.get("/entries", partition=11)).content == b""

    async def test_a_rebuilt_archive_has_the_digest_it_had(self, desk: Desk) -> None:
        log = [logged(use(), n, partition=n % 3) for n in range(120)]
        await kept(desk.archive, *log)
        scratch = Desk(MemoryStore(), desk.journal)
        await scratch.archive.open(ARCHIVE.collections)
        for partition in (2, 0, 1):
            await kept(scratch.archive, *(one for one in log if one.partition == partition))
        digest = (await desk.get("/digest")).json()
        assert digest["entries"] == 120
        assert digest == (await scratch.get("/digest")).json()

    async def test_another_archive_has_another_digest(self, desk: Desk) -> None:
        await kept(desk.archive, logged(use(), 1))
        before = (await desk.get("/digest")).json()["sha256"]
        await kept(desk.archive, logged(use(), 2), logged(fact(OrderCleared, order=an_id(9), how="paid"), 3))
        assert (await desk.get("/digest")).json()["sha256"] != before


async def test_answers_are_as_documented(desk: Desk) -> None:
    await kept(desk.archive, logged(use(), 1), logged(refusal(), 2), logged(irregular(), 3))
    document = (await desk.get("/openapi.json")).json()
    for path, shown in {
        ARCHIVE_OF: "ArchiveShown",
        f"{ARCHIVE_OF}/{an_id(2)}": "EntryShown",
        f"/cards/{CARD}/reads": "ReadsShown",
        "/digest": "DigestShown",
        f"{ARCHIVE_OF}?limit=0": "Problem",
    }.items():
        schema = {"$ref": f"#/components/schemas/{shown}", "components": document["components"]}
        jsonschema.validate((await desk.get(path)).json(), schema)


def _is_problem(answer: httpx.Response, status: int) -> bool:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["type"]) == (status, status, "about:blank")
    return True

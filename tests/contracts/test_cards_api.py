"""The card authority over HTTP: one card a person, real names, codes that are good once, and a reason for every no."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx
import pytest

from services.cards import registrar
from services.cards.refusals import words
from services.cards.sealed import Keyring
from services.cards.vault import ROWS, opened
from tests.support.card_desk import SECRETS, CardDesk, person


@pytest.fixture
async def desk() -> AsyncIterator[CardDesk]:
    made = await CardDesk().open()
    yield made
    await made.http.aclose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands at this desk waits for no outcome that is not there yet."""
    monkeypatch.setattr(registrar, "WITHIN", 0.0)


def no(answer: httpx.Response, code: str, status: int = 409) -> bool:
    """Whether it is a refusal with that code, in both languages."""
    told = answer.json()
    zh, en = words(code)
    return (answer.status_code, told["code"], told["zh"], told["en"]) == (status, code, zh, en) and zh != en


class TestApplications:
    async def test_a_person_the_register_knows_gets_a_card(self, desk: CardDesk) -> None:
        answer = await desk.http.post("/applications", json=person(1))
        assert (answer.status_code, answer.json()["code"]) == (201, "")

    async def test_another_name_for_the_document_is_refused(self, desk: CardDesk) -> None:
        assert no(await desk.http.post("/applications", json=person(1, name="虚构二")), "name_mismatch")

    async def test_a_wrong_name_is_not_told_that_there_is_a_card(self, desk: CardDesk) -> None:
        await desk.issued(1)
        assert no(await desk.http.post("/applications", json=person(1, name="虚构二")), "name_mismatch")

    async def test_nobody_unknown_gets_a_formal_card(self, desk: CardDesk) -> None:
        assert no(await desk.http.post("/applications", json=person(9000)), "person_unknown")

    async def test_who_is_unknown_may_have_a_temporary_card(self, desk: CardDesk) -> None:
        card = await desk.issued(9000, standing="temporary")
        assert (await desk.http.get(f"/cards/{card}")).json()["standing"] == "temporary"

    async def test_a_second_card_is_refused(self, desk: CardDesk) -> None:
        await desk.issued(1)
        assert no(await desk.http.post("/applications", json=person(1)), "card_exists")

    async def test_of_many_applications_at_once_one_gets_the_card(self, desk: CardDesk) -> None:
        answers = await asyncio.gather(*(desk.http.post("/applications", json=person(1)) for _ in range(20)))
        cards = {answer.json()["card"] for answer in answers if answer.status_code in {201, 202}}
        refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
        assert (len(cards), refused <= {"card_exists"}, len(desk.fold.streams)) == (1, True, 1)

    async def test_the_same_document_however_it_is_typed_is_one_person(self, desk: CardDesk) -> None:
        await desk.issued(1)
        typed = person(1, id_number=person(1)["id_number"].lower(), name="  虚构１ ")
        assert no(await desk.http.post("/applications", json=typed), "card_exists")

    async def test_a_register_that_is_away_refuses_nobody(self, desk: CardDesk) -> None:
        desk.register.away = True
        assert no(await desk.http.post("/applications", json=person(1)), "registry_unavailable", 503)

    async def test_a_document_finds_its_card(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        document = {name: person(1)[name] for name in ("id_type", "id_number")}
        assert (await desk.http.post("/lookups", json=document)).json()["card"] == card

    async def test_a_page_answers_each_application_by_itself(self, desk: CardDesk) -> None:
        await desk.issued(1)
        wrong: dict[str, Any] = {"id_type": "one", "name": ""}
        rows = [person(1), person(2), wrong, person(3, name="虚构四"), person(2)]
        answer = await desk.http.post("/applications/page", json={"applications": rows})
        codes = [one["code"] for one in answer.json()["answers"]]
        assert codes == ["card_exists", "pending", "bad_request", "name_mismatch", "pending"]


class TestWhatIsPending:
    @pytest.mark.usefixtures("impatient")
    async def test_it_is_in_the_vault_before_it_is_sent(self, desk: CardDesk) -> None:
        desk.away = True
        assert no(await desk.http.post("/applications", json=person(1)), "unavailable", 503)
        [rows] = [page async for page in desk.vault.pending("9")]
        assert len(rows) == 1

    @pytest.mark.usefixtures("impatient")
    async def test_it_is_sent_again_until_its_outcome_shows(self, desk: CardDesk) -> None:
        desk.away = True
        await desk.http.post("/applications", json=person(1))
        desk.away = False
        desk.later(120)
        await desk.courier.round(desk.now)
        assert await desk.courier.round(desk.now) == 0
        assert no(await desk.http.post("/applications", json=person(1)), "card_exists")

    @pytest.mark.usefixtures("impatient")
    async def test_sent_again_it_is_the_same_request(self, desk: CardDesk) -> None:
        desk.deaf = True
        assert (await desk.http.post("/applications", json=person(1))).status_code == 202
        desk.later(120)
        await desk.courier.round(desk.now)
        assert len(desk.sent) == 2
        assert desk.sent[0] == desk.sent[1]

    @pytest.mark.usefixtures("impatient")
    async def test_it_is_sent_again_once_a_minute_and_not_more_often(self, desk: CardDesk) -> None:
        desk.deaf = True
        await desk.http.post("/applications", json=person(1))
        desk.later(120)
        for _ in range(5):
            await desk.courier.round(desk.now)
        assert len(desk.sent) == 2

    @pytest.mark.usefixtures("impatient")
    async def test_one_request_about_a_card_at_a_time(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        desk.deaf = True
        assert (await desk.ask(card, "replace")).status_code == 202
        assert no(await desk.ask(card, "suspend", reason="lost"), "request_pending")

    @pytest.mark.usefixtures("impatient")
    async def test_an_application_that_came_too_late_is_made_anew(self, desk: CardDesk) -> None:
        desk.deaf = True
        await desk.http.post("/applications", json=person(1))
        [row] = (await desk.vault.of([])).values() or [(await anext(desk.vault.pending("9")))[0]]
        await desk.vault.save([row.settled("past_good_until")])
        desk.deaf = False
        assert (await desk.http.post("/applications", json=person(1))).status_code == 201


class TestChanges:
    async def test_a_card_is_suspended_replaced_and_in_use_again(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        assert (await desk.ask(card, "suspend", reason="lost")).status_code == 200
        assert (await desk.ask(card, "replace")).status_code == 200
        told = (await desk.http.get(f"/cards/{card}")).json()
        assert (told["suspended"], told["issue"]) == (None, 2)

    async def test_a_refusal_of_the_decider_is_told_with_its_words(self, desk: CardDesk) -> None:
        assert no(await desk.ask(await desk.issued(1), "restore"), "card_not_suspended")

    async def test_cards_are_merged_and_unmerged(self, desk: CardDesk) -> None:
        kept, retired = await desk.issued(1), await desk.issued(2)
        assert (await desk.ask(retired, "merge", into=kept)).status_code == 200
        assert (await desk.http.get(f"/cards/{kept}")).json()["merged"] == [retired]
        assert (await desk.ask(retired, "unmerge")).status_code == 200
        assert (await desk.http.get(f"/cards/{kept}")).json()["merged"] == []

    async def test_a_proxy_acts_until_revoked(self, desk: CardDesk) -> None:
        card, proxy = await desk.issued(1), await desk.issued(2)
        await desk.ask(card, "grant_proxy", proxy=proxy, relation="child")
        assert (await desk.http.get(f"/cards/{card}")).json()["proxies"] == {proxy: "child"}
        await desk.ask(card, "revoke_proxy", proxy=proxy)
        assert (await desk.http.get(f"/cards/{card}")).json()["proxies"] == {}

    async def test_a_proxys_own_card_is_in_use(self, desk: CardDesk) -> None:
        card, lost, retired, kept = [await desk.issued(n) for n in range(1, 5)]
        await desk.ask(lost, "suspend", reason="lost")
        await desk.ask(retired, "merge", into=kept)
        for proxy, code in ((lost, "card_suspended"), (retired, "card_merged")):
            assert no(await desk.ask(card, "grant_proxy", proxy=proxy, relation="child"), code)

    @pytest.mark.usefixtures("impatient")
    async def test_who_only_applied_for_a_card_is_nobodys_proxy(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        desk.deaf = True
        applied = (await desk.http.post("/applications", json=person(2))).json()["card"]
        assert no(await desk.ask(card, "grant_proxy", proxy=applied, relation="child"), "card_unknown", 404)

    async def test_an_entitlement_is_one_of_the_reference(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        assert no(await desk.ask(card, "entitle", entitlement="free_beer"), "unknown_entitlement")
        assert (await desk.ask(card, "entitle", entitlement="treat-first")).status_code == 200

    @pytest.mark.parametrize("until", [0, 1_795_000_000, "1795000000", "2026-12-31T00:00:00", "31.12.2026"])
    async def test_an_entitlement_ends_on_a_day_and_on_no_number(self, desk: CardDesk, until: str | int) -> None:
        path, asked = f"/cards/{await desk.issued(1)}/requests", {"ask": "entitle", "entitlement": "treat-first"}
        assert no(await desk.http.post(path, json={**asked, "until": until}), "bad_request", 422)
        assert (await desk.http.post(path, json={**asked, "until": "2026-12-31"})).status_code == 200

    async def test_a_temporary_card_is_formal_only_once_the_register_knows_the_holder(self, desk: CardDesk) -> None:
        card = await desk.issued(9000, standing="temporary")
        assert no(await desk.ask(card, "formalize"), "person_unknown")

    async def test_nothing_becomes_of_a_card_nobody_holds(self, desk: CardDesk) -> None:
        assert no(await desk.ask("0" * 64, "replace"), "card_unknown", 404)


class TestCodes:
    async def scanned(self, desk: CardDesk, text: str, terminal: str = "K1") -> httpx.Response:
        return await desk.http.post("/verifications", json={"code": text, "terminal": terminal})

    async def code(self, desk: CardDesk, card: str, kind: str) -> str:
        answer = await desk.http.post(f"/cards/{card}/code", json={"kind": kind})
        text: str = answer.json()["text"]
        return text

    async def test_a_dynamic_code_is_of_high_assurance(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        told = (await self.scanned(desk, await self.code(desk, card, "dynamic"))).json()
        assert (told["card"], told["assurance"]) == (card, "high")

    async def test_a_static_code_is_of_low_assurance(self, desk: CardDesk) -> None:
        text = await self.code(desk, await desk.issued(1), "static")
        assert (await self.scanned(desk, text)).json()["assurance"] == "low"

    async def test_a_dynamic_code_is_good_once(self, desk: CardDesk) -> None:
        text = await self.code(desk, await desk.issued(1), "dynamic")
        await self.scanned(desk, text)
        assert no(await self.scanned(desk, text), "qr_replayed")

    async def test_at_another_terminal_it_says_so(self, desk: CardDesk) -> None:
        text = await self.code(desk, await desk.issued(1), "dynamic")
        await self.scanned(desk, text)
        assert no(await self.scanned(desk, text, "K2"), "qr_used_elsewhere")

    async def test_of_many_readers_at_once_one_takes_it(self, desk: CardDesk) -> None:
        text = await self.code(desk, await desk.issued(1), "dynamic")
        answers = await asyncio.gather(*(self.scanned(desk, text, terminal) for terminal in ("K1", "K2") * 10))
        assert [answer.status_code for answer in answers].count(200) == 1

    async def test_after_a_minute_it_is_over(self, desk: CardDesk) -> None:
        text = await self.code(desk, await desk.issued(1), "dynamic")
        desk.later(60)
        assert no(await self.scanned(desk, text), "qr_expired")

    async def test_a_replaced_cards_old_static_code_is_refused(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        old = await self.code(desk, card, "static")
        await desk.ask(card, "replace")
        assert no(await self.scanned(desk, old), "qr_superseded")
        assert (await self.scanned(desk, await self.code(desk, card, "static"))).status_code == 200

    async def test_a_suspended_card_is_refused_and_gets_no_code(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        text = await self.code(desk, card, "static")
        await desk.ask(card, "suspend", reason="lost")
        assert no(await self.scanned(desk, text), "card_suspended")
        assert no(await desk.http.post(f"/cards/{card}/code", json={"kind": "static"}), "card_suspended")

    async def test_a_card_of_another_city_is_refused(self, desk: CardDesk) -> None:
        assert no(await self.scanned(desk, f"{'A' * 64}:1"), "qr_card_unknown")

    async def test_a_reader_nobody_registered_is_refused(self, desk: CardDesk) -> None:
        text = await self.code(desk, await desk.issued(1), "static")
        assert no(await self.scanned(desk, text, "K9"), "unknown_terminal")

    @pytest.mark.parametrize("text", ["", "x", "ü:1", "A" * 200])
    async def test_any_other_text_is_no_code(self, desk: CardDesk, text: str) -> None:
        assert no(await self.scanned(desk, text), "qr_malformed")

    @pytest.mark.parametrize(("format", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
    async def test_it_is_drawn(self, desk: CardDesk, format: str, begins: bytes) -> None:
        card = await desk.issued(1)
        answer = await desk.http.post(f"/cards/{card}/code", json={"kind": "static", "format": format})
        assert answer.content.startswith(begins)

    async def test_what_was_shown_is_forgotten_when_it_is_over(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        for _ in range(40):
            await self.scanned(desk, await self.code(desk, card, "dynamic"))
            desk.later(61)
        kept = await desk.journal.load("seen", [f"{n:02x}" for n in range(256)])
        assert max(document.body.count(b"K1") for document in kept.values()) <= 1 or len(kept) < 40


class TestTheVault:
    async def test_no_field_of_a_person_is_stored_in_the_open(self, desk: CardDesk) -> None:
        await desk.issued(1, phone="+86 999 0000 0000")
        stored = await desk.journal.find(ROWS.name, "by_key", limit=10)
        for text in (person(1)["id_number"], person(1)["name"], "999 0000"):
            assert text not in stored[0].body.decode()
            assert text not in str(stored[0].index)

    async def test_nothing_of_a_person_goes_on_the_wire(self, desk: CardDesk) -> None:
        await desk.issued(1)
        [row] = (await desk.vault.rows([(await desk.journal.find(ROWS.name, "by_key"))[0].id])).values()
        fields = opened(row, SECRETS)
        assert not any(text in str(envelope) for envelope in desk.sent for text in fields.values() if len(text) > 2)

    async def test_nothing_of_a_person_is_logged(self, desk: CardDesk, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        await desk.issued(1)
        assert person(1)["id_number"] not in caplog.text

    async def test_who_opens_a_holder_is_written_down(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        assert (await desk.http.post(f"/cards/{card}/holder")).json()["name"] == person(1)["name"]
        assert len(await desk.journal.find("opened", "by_card", (card,))) == 1

    async def test_keys_are_rotated_page_by_page_and_old_rows_still_read(self, desk: CardDesk) -> None:
        card = await desk.issued(1)
        both = replace(SECRETS, vault=Keyring({"v1": b"v" * 16, "v2": b"w" * 16}))
        after = await CardDesk(secrets=both, store=desk.store, journal=desk.journal).open()
        assert (await after.http.post(f"/cards/{card}/holder")).json()["name"] == person(1)["name"]
        assert [(await after.http.post("/rotation", json={})).json()["resealed"] for _ in range(2)] == [1, 0]
        only = replace(SECRETS, vault=Keyring({"v2": b"w" * 16}))
        last = await CardDesk(secrets=only, store=desk.store, journal=desk.journal).open()
        assert (await last.http.post(f"/cards/{card}/holder")).json()["name"] == person(1)["name"]

    async def test_a_field_moved_to_another_row_is_not_opened(self, desk: CardDesk) -> None:
        first, second = await desk.issued(1), await desk.issued(2)
        one, other = await desk.vault.of_card(first), await desk.vault.of_card(second)
        assert one is not None
        assert other is not None
        with pytest.raises(ValueError, match="seal is broken"):
            opened(replace(one, sealed=other.sealed), SECRETS)


class TestWhoAsks:
    async def test_who_shows_no_token_is_told_so(self) -> None:
        desk = await CardDesk(readers={"kiosk": sha256(b"token").hexdigest()}).open()
        assert no(await desk.http.post("/applications", json=person(1)), "unauthorized", 401)

    async def test_a_reader_issues_nothing(self) -> None:
        desk = await CardDesk(readers={"kiosk": sha256(b"token").hexdigest()}).open()
        desk.http.headers["Authorization"] = "Bearer token"
        assert no(await desk.http.post("/applications", json=person(1)), "forbidden", 403)

    async def test_a_body_that_is_too_large_is_refused(self, desk: CardDesk) -> None:
        assert no(await desk.http.post("/applications", content=b" " * (1024 * 1024 + 1)), "too_large", 413)

    async def test_a_bad_body_is_refused_without_a_value(self, desk: CardDesk) -> None:
        answer = await desk.http.post("/applications", json=person(1, id_type="no type"))
        assert no(answer, "bad_request", 422)
        assert person(1)["id_number"] not in answer.text
        assert "no type" not in answer.text

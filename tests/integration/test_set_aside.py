"""What waits for people comes home when its cause is gone; what comes again is met with silence; readers refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from deploy.demo.actors.reader import Reader
from deploy.demo.mischief.records import asked
from deploy.demo.residents import Resident, residents
from deploy.demo.roster import dynamic_qr, static_qr
from deploy.demo.scene import now
from shared.envelope import Envelope, headers
from shared.events.edge import RegistrationCancellationRequested
from shared.health_card import Refused
from shared.reference import save
from tests.support.town import Town, eventually, town
from tests.support.whole_visit import somebody_in

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SEED = 3
FAR = {"ask": 60.0, "done": 120.0, "lapse": 120.0, "critical": 60.0}
NUMBERS = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("aside"), spans=FAR) as found:
        yield found


async def test_a_request_of_an_unknown_terminal_comes_home_when_the_terminal_is_known(here: Town) -> None:
    async with somebody_in(here) as stage:
        terminal = f"{stage.place}-kiosk-998"
        where = stage.where().model_copy(update={"terminal": terminal})
        envelope = here.edges.sign(stage.made(RegistrationCancellationRequested, where=where))
        await here.edges.publish([envelope])
        [letter] = await eventually(lambda: letters(here, "unknown_terminal"))
        save(here.here.reference, "terminals", [(date(2020, 1, 1), terminal, stage.place, "kiosk")])
        await here.process("intake").restart()
        await here.replay("intake", letter["id"])
        assert (await stage.settled(envelope.id, ("held",)))["status"] == "held"
        assert letter["id"] in [one["id"] for one in await here.operations("intake", "dead-letters", standing="home")]


async def test_a_request_that_still_is_not_proven_stays_set_aside(here: Town) -> None:
    async with somebody_in(here) as stage:
        await here.edges.publish([asked(stage)._replace(signature="")])
        [letter] = await eventually(lambda: letters(here, "signature_missing"))
        await here.replay("intake", letter["id"])
        await eventually(lambda: is_refused_again(here, letter["id"]))
        assert [one["id"] for one in await letters(here, "signature_missing")] == [letter["id"]]


async def test_the_same_request_again_is_met_with_silence(here: Town) -> None:
    async with somebody_in(here) as stage:
        envelope = asked(stage)
        await here.edges.publish([envelope] * 3)
        await stage.settled(envelope.id)
        await here.edges.publish([envelope])
        await here.at_rest()
        assert sorted(await archived(here, stage.resident)) == ["bill-settled", "charge-raised", "visit-registered"]


async def test_one_id_under_two_cards_stands_under_both(here: Town) -> None:
    async with somebody_in(here) as first, somebody_in(here) as second:
        second.visit = first.visit
        await here.edges.publish([asked(first), asked(second)])
        statuses = [(await stage.settled(first.visit.id))["status"] for stage in (first, second)]
        assert statuses == ["answered", "answered"]


async def test_a_version_nobody_can_read_parks_its_own_stream_alone(here: Town) -> None:
    async with somebody_in(here) as stage, somebody_in(here) as neighbour:
        await stage.opened()
        neighbour.resident = in_the_same_partition(here, stage.resident)
        future = admitted(asked(stage))._replace(type="onecard.edge.registration-cancellation-requested.v9")
        await say_on_the_log(here, future)
        readiness = await eventually(lambda: unready(here, "registration"))
        assert list(readiness["problems"]) == ["parked"]
        await neighbour.opened()
        [parked] = await here.operations("registration", "parked")
        assert parked["id"] == f"{stage.resident.key}/card"


class TestACode:
    """A reader that takes no code leaves nothing on any topic: it has no request to make."""

    async def test_that_is_malformed_is_refused(self, here: Town) -> None:
        assert read(here, "https://example.invalid/pay") == "qr_malformed"

    async def test_that_has_expired_is_refused(self, here: Town) -> None:
        assert read(here, shown(here, now() - timedelta(minutes=2))) == "qr_expired"

    async def test_that_was_shown_before_is_refused(self, here: Town) -> None:
        reader, code = reader_of(here), shown(here, now())
        assert (read(here, code, reader), read(here, code, reader)) == ("", "qr_replayed")

    async def test_that_is_printed_is_taken(self, here: Town) -> None:
        assert read(here, static_qr(somebody(here))) == ""


def reader_of(here: Town) -> Reader:
    return Reader(here.city.secrets["pseudonym.key"], here.city.secrets["protection.key"])


def read(here: Town, code: str, reader: Reader | None = None) -> str:
    """Why the reader refuses it, in a code that has words in both languages; "" when it is taken."""
    found = (reader or reader_of(here)).read(code, terminal="T", now=now())
    return found.code if isinstance(found, Refused) and found.zh and found.en else ""


def somebody(here: Town) -> Resident:
    return next(residents(1, 99, here.city.secrets))


def shown(here: Town, at: Any) -> str:
    return dynamic_qr(somebody(here), at, here.city.secrets["protection.key"])


async def letters(here: Town, cause: str) -> list[dict[str, Any]]:
    return [one for one in await here.operations("intake", "dead-letters") if one["cause"] == cause]


async def is_refused_again(here: Town, id: str) -> bool:
    return not any(one["replay_asked"] for one in await here.operations("intake", "dead-letters") if one["id"] == id)


async def unready(here: Town, service: str) -> dict[str, Any] | None:
    found = await here.readiness(service)
    return found if found and found["status"] == 503 else None


async def archived(here: Town, resident: Resident) -> list[str]:
    """The types of a card's entries."""
    return [one["type"].split(".")[2] for one in await here.archive(resident.key)]


def admitted(envelope: Envelope) -> Envelope:
    """As intake of a later version would say it."""
    return envelope._replace(topic="onecard.events", decided_by="intake/9")


async def say_on_the_log(here: Town, envelope: Envelope) -> None:
    await here.edges._producer.send_and_wait(
        "onecard.events", envelope.body, key=envelope.key.encode(), headers=headers(envelope)
    )


def in_the_same_partition(here: Town, resident: Resident) -> Resident:
    """Somebody else whose events come after this resident's."""
    partition = partition_of(resident.key)
    many = residents(1000, 77, here.city.secrets)
    return next(one for one in many if partition_of(one.key) == partition and one.key != resident.key)


def partition_of(key: str) -> int:
    from aiokafka.partitioner import murmur2

    return int((murmur2(key.encode()) & 0x7FFFFFFF) % 12)

"""What nobody may do on a broker with users, tried on a real one; and the words with which it is refused."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.access.declare import AccessRefusedError, declare_access
from deploy.access.passwords import password_file
from deploy.access.table import Principal, principals
from deploy.access.wire import BrokerRefusedError
from deploy.edges import Edges
from deploy.local.broker import Broker
from deploy.local.jars import CHECKOUT
from deploy.local.topics import Topic, TopicRefusedError, declare
from shared.adapters.kafka import KafkaLog
from shared.adapters.kafka_access import KafkaAccess
from shared.envelope import Envelope, Record
from shared.events import SERVICES
from shared.runtime.log import LogRefused, LogUnavailable, Place, next_offsets
from tests.support.guarded import TEST_CA, Guarded
from tests.support.spec import CARD, an_id
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REQUESTS, EVENTS = "onecard.requests", "onecard.events"
DECLARE_IT = "the table of principals must say so"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    broker = Guarded(tmp_path_factory.mktemp("guarded"))
    await broker.start()
    await write(broker.user("edge"), REQUESTS)
    await write(broker.user("intake"), EVENTS)
    yield broker
    await broker.stop()


class TestNobodyReads:
    @pytest.mark.parametrize(
        ("user", "topic"),
        [("edge", REQUESTS), ("edge", EVENTS), ("registration", REQUESTS), ("records", REQUESTS), ("intake", EVENTS)],
    )
    async def test_a_topic_that_is_not_for_him(self, guarded: Guarded, user: str, topic: str) -> None:
        with pytest.raises(LogRefused, match=rf"user {user} has no right to that on topic {topic}; .*{DECLARE_IT}"):
            await read(guarded.user(user), topic)

    @pytest.mark.parametrize(
        ("user", "group"), [("lab", "onecard-pharmacy"), ("edge", "onecard-edge"), ("operator", "onecard-records")]
    )
    async def test_in_a_group_that_is_not_his(self, guarded: Guarded, user: str, group: str) -> None:
        topic = REQUESTS if user == "edge" else EVENTS
        with pytest.raises(LogRefused, match=rf"user {user} has no right to be in group {group}"):
            await join(guarded.user(user), group, topic)

    async def test_what_he_does_not_hear_as_a_member_of_his_own_group(self, guarded: Guarded) -> None:
        with pytest.raises(LogRefused, match=rf"user registration has no right to that on topic {REQUESTS}"):
            await join(guarded.user("registration"), "onecard-registration", REQUESTS)


class TestNobodyWrites:
    @pytest.mark.parametrize(
        ("user", "topic"), [("edge", EVENTS), ("intake", REQUESTS), ("lab", REQUESTS), ("lab", "onecard.queues")]
    )
    async def test_a_topic_that_is_not_for_him(self, guarded: Guarded, user: str, topic: str) -> None:
        with pytest.raises(
            LogRefused, match=rf"did not acknowledge: user {user} has no right to that on topic {topic}"
        ):
            await write(guarded.user(user), topic)

    @pytest.mark.parametrize("user", ["guide", "records", "operator"])
    async def test_anything_if_he_says_nothing(self, guarded: Guarded, user: str) -> None:
        with pytest.raises(LogRefused, match=rf"user {user} has no right to write any topic"):
            await write(guarded.user(user), EVENTS)

    async def test_a_request_but_an_edge(self, guarded: Guarded) -> None:
        async with Edges(guarded.user("lab"), lambda _: b"") as edges:
            with pytest.raises(LogRefused, match="the request was not sent: user lab has no right to that on topic"):
                await edges.publish([envelope(REQUESTS)])

    @pytest.mark.parametrize("user", [*SERVICES, "edge", "operator"])
    async def test_a_new_topic(self, guarded: Guarded, user: str) -> None:
        with pytest.raises(
            TopicRefusedError, match=r"onecard.another was refused by the broker .* Authorization failed"
        ):
            await declare(guarded.user(user), [Topic("onecard.another", 1)])

    async def test_a_right_for_himself(self, guarded: Guarded) -> None:
        with pytest.raises(BrokerRefusedError, match="refused to show its rights: only the declarer may ask"):
            await declare_access(guarded.user("edge"), [Principal("edge", reads=(EVENTS,))], None)


class TestNobodyComesIn:
    async def test_without_tls(self, guarded: Guarded) -> None:
        with pytest.raises(LogRefused, match="it asks for TLS and a user, and this process has none"):
            await read(KafkaAccess(guarded.kafka), EVENTS)

    async def test_without_a_name(self, guarded: Guarded) -> None:
        with pytest.raises(LogRefused, match="it asks for a user, and this process has none"):
            await read(KafkaAccess(guarded.kafka, ca=guarded.declarer.ca), EVENTS)

    @pytest.mark.parametrize("user", ["lab", "nobody"])
    async def test_with_a_wrong_password(self, guarded: Guarded, tmp_path: Path, user: str) -> None:
        wrong = tmp_path / "wrong.password"
        wrong.write_text("wrong")
        with pytest.raises(LogRefused, match=rf"refused user {user}: check the password in {wrong}"):
            await read(guarded.user(user, password=wrong), EVENTS)

    async def test_to_send_requests_with_a_wrong_password(self, guarded: Guarded, tmp_path: Path) -> None:
        wrong = tmp_path / "wrong.password"
        wrong.write_text("wrong")
        with pytest.raises(LogRefused, match="refused user edge: check the password"):
            async with Edges(guarded.user("edge", password=wrong), lambda _: b""):
                pass

    async def test_by_the_port_of_the_brokers_without_a_certificate(self, guarded: Guarded) -> None:
        with pytest.raises(LogUnavailable, match="closed the connection: is it the port for clients"):
            await read(guarded.user("lab", at=guarded.declarer.servers), EVENTS)


class TestNobodyBelieves:
    async def test_a_broker_that_another_ca_has_signed_for(self, guarded: Guarded) -> None:
        with pytest.raises(
            LogRefused, match=rf"is signed by nobody in .*{TEST_CA}: a wrong CA file, or not our broker"
        ):
            await read(guarded.user("lab", ca=TEST_CA), EVENTS)

    async def test_a_certificate_that_has_run_out(self, guarded: Guarded) -> None:
        with pytest.raises(LogRefused, match=rf"the certificate of {guarded.ran_out} has run out: renew it"):
            await read(guarded.user("lab", at=guarded.ran_out, ca=TEST_CA), EVENTS)

    async def test_a_certificate_for_another_name(self, guarded: Guarded) -> None:
        with pytest.raises(LogRefused, match=rf"the certificate of {guarded.other_name} is for other names"):
            await read(guarded.user("lab", at=guarded.other_name, ca=TEST_CA), EVENTS)

    async def test_a_broker_without_tls(self, guarded: Guarded, broker: Broker) -> None:
        with pytest.raises(LogRefused, match="does not speak TLS: is it the port for clients"):
            await read(guarded.user("lab", at=broker.kafka), EVENTS)


class TestLeaving:
    async def test_while_the_broker_waits_for_records_keeps_nobody_waiting(self, guarded: Guarded) -> None:
        waiting = AIOKafkaConsumer(**guarded.user("lab").client(), fetch_max_wait_ms=30_000)
        await waiting.start()
        waiting.assign([TopicPartition(EVENTS, 0)])
        await waiting.seek_to_end()
        await waiting.getmany(timeout_ms=500)
        async with asyncio.timeout(5):
            await waiting.stop()


class TestDeclaring:
    async def test_again_changes_nothing(self, guarded: Guarded) -> None:
        await guarded.declared()
        await write(guarded.user("lab"), EVENTS)

    async def test_refuses_a_right_that_the_table_has_not(self, guarded: Guarded) -> None:
        await self.given(guarded, Principal("edge", writes=(REQUESTS,), reads=(EVENTS,)))
        with pytest.raises(AccessRefusedError, match=r"edge may READ topic onecard.events.*--take-away"):
            await guarded.declared()
        await guarded.declared(take_away=True)

    async def test_takes_away_what_the_table_has_not(self, guarded: Guarded) -> None:
        await self.given(guarded, Principal("edge", writes=(REQUESTS,), reads=(EVENTS,)))
        await guarded.declared(take_away=True)
        with pytest.raises(LogRefused, match="no right"):
            await read(guarded.user("edge"), EVENTS)

    async def test_refuses_a_user_that_the_table_has_not_and_takes_it_away(
        self, guarded: Guarded, tmp_path: Path
    ) -> None:
        known = password_file(tmp_path, "stranger")
        known.write_text("known")
        await declare_access(guarded.declarer, [Principal("stranger")], tmp_path, take_away=True)
        with pytest.raises(AccessRefusedError, match="a user stranger"):
            await declare_access(guarded.declarer, principals(), None)
        await guarded.declared(take_away=True)
        with pytest.raises(LogRefused, match="refused user stranger"):
            await read(guarded.user("stranger", password=known), EVENTS)

    async def test_a_new_password_ends_the_old_one(self, guarded: Guarded, tmp_path: Path) -> None:
        file, old = password_file(guarded.secrets, "records"), tmp_path / "old.password"
        old.write_text(file.read_text())
        file.write_text("a new password\n")
        await guarded.declared()
        await read(guarded.user("records"), EVENTS)
        with pytest.raises(LogRefused, match="refused user records"):
            await read(guarded.user("records", password=old), EVENTS)

    async def given(self, guarded: Guarded, one: Principal) -> None:
        """Somebody gives a right past the table."""
        others = [other for other in principals() if other.name != one.name]
        await declare_access(guarded.declarer, [*others, one], None)

    async def test_is_a_command(self, guarded: Guarded) -> None:
        at = ["--kafka", guarded.declarer.servers, "--ca", guarded.declarer.ca, "--secrets", guarded.secrets]
        assert await onecard("declare", *at, "--certificate", guarded.declarer.certificate) == (0, "")

    async def test_is_refused_to_whoever_has_no_certificate(self, guarded: Guarded) -> None:
        at = ["--kafka", guarded.declarer.servers, "--ca", guarded.declarer.ca, "--secrets", guarded.secrets]
        status, words = await onecard("declare", *at)
        assert (status, "it asks for a user, and this process has none" in words) == (2, True), words


class TestARightThatIsTakenAway:
    async def test_stops_the_reader_which_says_so_and_goes_on_with_every_record_when_it_is_given_back(
        self, guarded: Guarded
    ) -> None:
        without_lab = [one for one in principals() if one.name != "lab"] + [Principal("lab", writes=(EVENTS,))]
        log, taken = KafkaLog(guarded.user("lab"), "onecard-lab", EVENTS), list[Record]()

        async def take(records: Sequence[Record]) -> None:
            taken.extend(records)
            await log.commit(next_offsets(records))

        await log.start(take, nothing)
        try:
            await write(guarded.user("billing"), EVENTS, "before")
            await until(lambda: b"before" in [record.value for record in taken], 20)
            await declare_access(guarded.declarer, without_lab, None, take_away=True)
            await write(guarded.user("billing"), EVENTS, "meanwhile")
            assert f"user lab has no right to that on topic {EVENTS}" in await refusal(log)
            await guarded.declared()
            # A fetch that already waits was allowed: it may still bring what was written meanwhile.
            await write(guarded.user("billing"), EVENTS, "afterwards")
            await until(lambda: {b"meanwhile", b"afterwards"} <= {record.value for record in taken}, 30)
            assert len({(record.partition, record.offset) for record in taken}) == len(taken)
            assert log.damaged() == {}
            await log.ping()
        finally:
            await log.stop()


async def onecard(*arguments: object) -> tuple[int, str]:
    """The status of a command, and the words of its refusal."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", *map(str, arguments), "--json"),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, words = await child.communicate()
    return child.returncode or 0, " ".join(words.decode().split())


async def refusal(log: KafkaLog) -> str:
    """The words with which the broker is said to refuse, as soon as it does."""
    async with asyncio.timeout(30):
        while True:
            try:
                await log.ping()
            except LogRefused as refused:
                return str(refused)
            except LogUnavailable:
                pass
            await asyncio.sleep(0.05)


async def read(access: KafkaAccess, topic: str) -> None:
    """Ask where a topic ends, and for its first record."""
    log = KafkaLog(access, "nobody", topic)
    [first, *_] = [place for place, end in (await log.ends(topic)).items() if end]
    await log.read(Place(topic, first), 0)


async def join(access: KafkaAccess, group: str, topic: str) -> None:
    log = KafkaLog(access, group, topic)
    try:
        await log.start(lambda _: nothing(), nothing)
    finally:
        await log.stop()


async def write(access: KafkaAccess, topic: str, body: str = "{}") -> None:
    log = KafkaLog(access, "nobody", topic)
    try:
        await log.publish([envelope(topic, body)])
    finally:
        await log.stop()


def envelope(topic: str, body: str = "{}") -> Envelope:
    return Envelope(
        id=an_id(1), type="onecard.lab.order-cancelled.v1", time="2026-11-24T09:00:00+08:00", key=CARD,
        body=body.encode(), topic=topic,
    )  # fmt: skip


async def nothing() -> None:
    return None

"""What a deployment's own people do, since nobody here can stop or start a container: they are told, and it is seen."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NoError, for_code

from deploy.commands.here import ELSEWHERE, Here
from shared.adapters.kafka_access import KafkaAccess
from shared.adapters.kafka_words import FAILED, explained


class NotStoppedError(RuntimeError):
    """A service of a deployment still runs, or has to be stopped or started where its containers are."""


def here_alone(running: Here, instead: str) -> None:
    """Raises NotStoppedError with what to do instead where the platform is a deployment."""
    if running.pid == ELSEWHERE:
        raise NotStoppedError(f"this platform is a deployment, whose containers stop and start: `{instead}`")


async def stopped(running: Here, service: str) -> None:
    """Raises NotStoppedError while any process of a deployment's service is in its group. On this machine whoever has
    ordered it to stop knows that it has."""
    if running.pid == ELSEWHERE and (members := await _members(running.access("operator"), f"onecard-{service}")):
        raise NotStoppedError(
            f"{service} still runs ({members} in its group); nothing was changed. Stop it: `docker compose stop "
            f"{service}`, and start it afterwards. One that has just ended may be counted for 10 s more"
        )


async def _members(access: KafkaAccess, group: str) -> int:
    admin = AIOKafkaAdminClient(**access.client())
    try:
        await admin.start()
        [answer] = await admin.describe_consumer_groups([group])
        code, _, _, _, _, members, *_ = answer.groups[0]
        if (refused := for_code(code)) is not NoError:
            raise refused
    except FAILED as error:
        raise await explained(error, access, f"whether anybody is in {group} can't be told") from error
    finally:
        await admin.close()
    return len(members)

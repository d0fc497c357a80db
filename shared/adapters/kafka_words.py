"""What went wrong between a process and Kafka, in words a person can act on: who may not do what, or why nobody got in.

aiokafka says only that it could not connect; so whoever is kept out asks once more, by hand, and is told the cause.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from aiokafka import errors
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from shared.adapters.kafka_access import KafkaAccess
from shared.runtime.log import LogRefused, LogUnavailable

NO_RIGHT = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
)
FAILED = (errors.KafkaError, OSError, TimeoutError, LogUnavailable)
ASKING_SECONDS = 2.0
MISSING = "there is no topic {}; `onecard up` or `onecard declare` declares it"
TABLE = "if it should, the table of principals must say so and be declared"

# OpenSSL's own numbers of what is wrong with a certificate.
_RAN_OUT, _NOT_YET, _OTHER_HOST, _OTHER_ADDRESS = 10, 9, 62, 64


async def explained(error: BaseException, access: KafkaAccess, what: str) -> LogUnavailable:
    """The error to raise for one of FAILED. `what` says what was not done, such as `the broker did not acknowledge`."""
    match error:
        case LogUnavailable():
            return error
        case _ if isinstance(error, NO_RIGHT):
            return LogRefused(f"{what}: {_who(access)} has no right {_to(error)}; {TABLE}")
        case errors.UnknownTopicOrPartitionError():
            return LogUnavailable(f"{what}: {MISSING.format(_named(error) or 'of this name')}")
        case errors.KafkaConnectionError() | OSError() | TimeoutError():
            return await _asked(access) or LogUnavailable(f"{what}: {type(error).__name__}; is the broker running?")
        case _:
            return LogUnavailable(f"{what}: {type(error).__name__}")


async def _asked(access: KafkaAccess) -> LogUnavailable | None:
    """What keeps this process out of every server, or nothing when one of them lets it in."""
    client = access.client()
    why: LogUnavailable | None = None
    for server in client.pop("bootstrap_servers"):
        why = await _kept_out(access, server, client)
        if why is None:
            return None
    return why


async def _kept_out(access: KafkaAccess, server: str, client: dict[str, Any]) -> LogUnavailable | None:
    host, _, port = server.rpartition(":")
    connection: AIOKafkaConnection | None = None
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            connection = await create_conn(host, int(port), **client)
            await connection.send(MetadataRequest([]))
    except (errors.KafkaError, OSError, TimeoutError, ValueError) as error:
        return _cause(error, access, server)
    finally:
        if connection is not None:
            connection.close()
    return None


def _cause(error: Exception, access: KafkaAccess, server: str) -> LogUnavailable:
    match error:
        case errors.SaslAuthenticationFailed():
            return LogRefused(
                f"{server} refused user {access.user}: check the password in {access.password}, "
                "and that this user was declared with it"
            )
        case errors.UnsupportedSaslMechanismError() | errors.IllegalSaslStateError():
            return LogRefused(f"{server} takes no passwords of this kind: is it the port for clients?")
        case ssl.SSLCertVerificationError():
            return LogRefused(_certificate(error.verify_code, access, server))
        case ssl.SSLError() if "CERTIFICATE_REQUIRED" in str(error.reason):
            return LogRefused(f"{server} asks for a certificate: it is not the port for clients")
        case ssl.SSLError() | ConnectionResetError() if access.ca is not None:
            return LogRefused(f"{server} does not speak TLS: is it the port for clients?")
        case errors.KafkaConnectionError() if access.ca is None:
            return LogRefused(f"{server} closed the connection: it asks for TLS and a user, and this process has none")
        case errors.KafkaConnectionError() if not access.user:
            return LogRefused(f"{server} closed the connection: it asks for a user, and this process has none")
        case errors.KafkaConnectionError():
            return LogUnavailable(
                f"{server} closed the connection: is it the port for clients, and is the broker well?"
            )
        case TimeoutError():
            return LogUnavailable(f"{server} takes connections and does not answer; look at its log")
        case _:
            return LogUnavailable(f"nobody answers at {server}; is the broker running, and is this its address?")


def _certificate(code: int, access: KafkaAccess, server: str) -> str:
    if code == _RAN_OUT:
        return f"the certificate of {server} has run out: renew it"
    if code == _NOT_YET:
        return f"the certificate of {server} is not valid yet: compare this machine's clock with the signer's"
    if code in (_OTHER_HOST, _OTHER_ADDRESS):
        return f"the certificate of {server} is for other names: call the broker by one of them, or renew it"
    return f"the certificate of {server} is signed by nobody in {access.ca}: a wrong CA file, or not our broker"


def _who(access: KafkaAccess) -> str:
    return f"user {access.user}" if access.user else "an anonymous process"


def _to(error: BaseException) -> str:
    match error:
        case errors.TopicAuthorizationFailedError():
            return f"to that on topic {_named(error)}"
        case errors.GroupAuthorizationFailedError():
            return f"to be in group {_named(error)}"
        case _:
            return "to write any topic"


def _named(error: BaseException) -> str:
    """The topics or groups an error is about."""
    named = error.args[0] if error.args else ""
    return ", ".join(sorted(named)) if isinstance(named, (set, frozenset, list, tuple)) else str(named)

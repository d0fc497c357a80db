"""The table of principals gives each service what it declares about itself, and nobody anything more."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from deploy.access.table import Principal, principals, rights
from deploy.local.topics import declared
from shared.decider import Service
from shared.events import SERVICES
from shared.runtime.archive import Archive

TABLE = {one.name: one for one in principals()}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_principal_with_just_the_rights_it_needs(name: str) -> None:
    assert TABLE.get(name) == needed(service(name))


def test_everybody_else_is_an_edge_or_an_operator() -> None:
    assert TABLE.keys() - set(SERVICES) == {"edge", "operator"}


def test_an_edge_may_write_requests_and_nothing_else() -> None:
    assert TABLE["edge"] == Principal("edge", writes=("onecard.requests",))


def test_an_operator_may_only_look() -> None:
    assert {right.operation for right in rights([TABLE["operator"]])} == {"READ", "DESCRIBE"}
    assert TABLE["operator"].group == ""


def test_of_all_services_only_intake_reads_requests_and_only_those_with_an_edge_write_them() -> None:
    services = [TABLE[name] for name in SERVICES]
    assert [one.name for one in services if "onecard.requests" in one.reads] == ["intake"]
    assert [one.name for one in services if "onecard.requests" in one.writes] == ["cards", "insurer"]


def test_no_two_principals_may_be_in_one_group() -> None:
    groups = [one.group for one in TABLE.values() if one.group]
    assert len(groups) == len(set(groups))


def test_every_right_is_on_a_declared_topic_or_on_a_group() -> None:
    topics = {topic.name for topic in declared()}
    named = {right.name for right in rights(TABLE.values()) if right.kind == "TOPIC"}
    assert named <= topics


def test_nobody_may_create_alter_or_delete_anything() -> None:
    assert {right.operation for right in rights(TABLE.values())} == {"READ", "WRITE", "DESCRIBE"}


def needed(one: Service[Any] | Archive) -> Principal:
    """What a service declares it reads and says on."""
    writes = one.logs if isinstance(one, Service) else ()
    if isinstance(one, Service) and one.edge:
        writes = (*writes, "onecard.requests")
    return Principal(one.name, writes=writes, reads=one.reads, group=f"onecard-{one.name}")


def service(name: str) -> Service[Any] | Archive:
    module = import_module(f"services.{name}.service")
    found: Service[Any] | Archive = module.ARCHIVE if hasattr(module, "ARCHIVE") else module.SERVICE
    return found

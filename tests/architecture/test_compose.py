"""The compose files forget no service, open no port to the world, and give nobody another's secret. Read, not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.access.table import principals
from deploy.docs.compose import SECRETS
from services.cards.registry import POPULATION
from shared.adapters.kafka_access import MECHANISM
from shared.events import SERVICES

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose"
LAYERS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in COMPOSE.glob("*.yaml")}
PARTS = [(layer, name) for layer, found in LAYERS.items() for name in found["services"]]
ROOT = {"prepare"}
"""Files are given away there; it has no network."""
FIXED = re.compile(r"(\$\{\w+:-)?[a-z0-9./-]+:(local|v?[0-9]+\.[0-9]+\.[0-9]+)\}?")


def part(layer: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = LAYERS[layer]["services"][name]
    return found


def mounted(name: str, layer: str = "services") -> Iterator[str]:
    """What of the deployment's folder a part sees."""
    for volume in part(layer, name).get("volumes", []):
        yield re.sub(r"^\$\{[^}]*\}/?", "", volume).partition(":")[0]


def test_every_service_is_deployed_and_nothing_else_is_one() -> None:
    assert list(LAYERS["services"]["services"]) == list(SERVICES)


def test_every_service_is_watched_under_its_name() -> None:
    (job,) = yaml.safe_load((COMPOSE / "prometheus/prometheus.yaml").read_text(encoding="utf-8"))["scrape_configs"]
    (lookup,) = job["dns_sd_configs"]
    assert (job["job_name"], lookup["names"], lookup["port"]) == ("onecard", list(SERVICES), 8080)
    assert job["relabel_configs"] == [{"source_labels": ["__meta_dns_name"], "target_label": "service"}]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_sees_its_own_secrets_and_no_others(name: str) -> None:
    own = {"reference", "secrets/kafka/ca.pem", f"secrets/kafka/{name}.password", f"secrets/store/{name}.store"}
    assert set(mounted(name)) == own | {f"secrets/{secret}" for secret in SECRETS.get(name, ())}


def test_the_master_of_all_terminals_is_known_to_intake_alone() -> None:
    assert [name for name in SERVICES if "secrets/terminal-master.key" in mounted(name)] == ["intake"]


def test_who_lives_in_the_city_is_known_to_the_card_authority_alone() -> None:
    whole = {"", "secrets", f"secrets/{POPULATION}"}
    assert {name for layer, name in PARTS if whole & set(mounted(name, layer))} == {"cards", "prepare"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_known_to_the_brokers_by_its_name(name: str) -> None:
    assert part("services", name)["environment"]["ONECARD_KAFKA_USER"] == name
    assert name in {one.name for one in principals()}


@pytest.mark.parametrize(("layer", "name"), PARTS)
def test_ports_are_on_loopback(layer: str, name: str) -> None:
    assert [port for port in part(layer, name).get("ports", []) if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize(("layer", "name"), [one for one in PARTS if one[0] != "tests"])
def test_a_part_has_no_special_power_and_an_image_of_a_fixed_version(layer: str, name: str) -> None:
    found = part(layer, name)
    assert (found["cap_drop"], found["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert "privileged" not in found
    assert found.get("user") != "0:0" or name in ROOT
    assert FIXED.fullmatch(found["image"]), found["image"]


@pytest.mark.parametrize(("layer", "name"), [one for one in PARTS if one[0] != "tests" and one[1] != "store"])
def test_a_part_changes_nothing_it_runs(layer: str, name: str) -> None:
    assert part(layer, name)["read_only"] is True


@pytest.mark.parametrize(("layer", "name"), PARTS)
def test_no_shell_puts_what_a_file_holds_into_an_argument(layer: str, name: str) -> None:
    found = part(layer, name)
    told = [found.get("entrypoint"), found.get("command"), found.get("healthcheck", {}).get("test")]
    assert [text for text in texts(told) if re.search(r"\$\(|`|\bxargs\b", text)] == []


def texts(told: Any) -> Iterator[str]:
    """Every text of what is written as one or as a list of them."""
    if isinstance(told, list):
        for one in told:
            yield from texts(one)
    elif told is not None:
        yield str(told)


def test_whoever_is_root_has_no_network() -> None:
    assert {part("prepare", name)["network_mode"] for name in ROOT} == {"none"}


def test_exemplars_are_kept_and_lead_to_traces() -> None:
    assert "--enable-feature=exemplar-storage" in part("observability", "prometheus")["command"]
    sources = yaml.safe_load((COMPOSE / "grafana/provisioning/datasources/onecard.yaml").read_text(encoding="utf-8"))
    prometheus, jaeger = sources["datasources"]
    leads = prometheus["jsonData"]["exemplarTraceIdDestinations"]
    assert leads == [{"name": "trace_id", "datasourceUid": jaeger["uid"]}]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_that_is_mounted_ships(layer: str) -> None:
    volumes = [volume for found in LAYERS[layer]["services"].values() for volume in found.get("volumes", [])]
    files = [volume.partition(":")[0] for volume in volumes if volume.startswith("./")]
    assert [file for file in files if not (COMPOSE / file).exists()] == []


def test_clients_of_the_broker_come_with_passwords_over_tls() -> None:
    lines = (COMPOSE / "kafka/server.properties").read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert told["sasl.enabled.mechanisms"] == MECHANISM
    ways = dict(way.split(":") for way in told["listener.security.protocol.map"].split(","))
    assert ways == {"CLIENT": "SASL_SSL", "OUTSIDE": "SASL_SSL", "INTERNAL": "SSL", "CONTROLLER": "SSL"}
    assert told["allow.everyone.if.no.acl.found"] == "false"

"""What follows from the list of services in deploy/compose: one container each, and one place to be watched at.

`make docs` writes both files, so a new service is deployed and watched as soon as it is in `shared.events.SERVICES`.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.cards.registry import POPULATION
from shared.events import SERVICES

FOLDER = "${ONECARD_FOLDER:-../../.onecard/deployment}"
OUTSIDE = {"guide": 8081, "records": 8082}
"""Whom people outside may ask, each with its own readers, and the port on loopback unless told otherwise."""

# Only whoever proves requests may know the secret that terminals' keys follow from, and only the card authority what a
# person's number, codes and sealed row are made with, and the register of who lives in the city; the key of
# the insurer's terminal is its gateway's alone.
SECRETS = {
    "intake": ("terminal-master.key",),
    "cards": (
        "card-authority.key",
        "vault.keys",
        "security.key",
        "pseudonym.key",
        "protection.key",
        "blind.key",
        POPULATION,
    ),
    "insurer": ("insurer.key",),
}

SERVICES_HEAD = """\
# Written by `make docs` from shared.events.SERVICES: every service out of one image, each with its own secrets alone.
# It belongs to platform.yaml. More processes of one service: docker compose … up -d --scale lab=2
version: "3.8"

x-service: &service
  image: ${ONECARD_IMAGE:-onecard:local}
  read_only: true
  tmpfs: [/tmp]
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  restart: unless-stopped
  # 15 s for the calls in hand, 25 s to finish the batch and leave the group.
  stop_grace_period: 45s
  mem_limit: ${ONECARD_MEMORY:-512m}
  depends_on:
    topics: {condition: service_completed_successfully}
    stores: {condition: service_completed_successfully}

x-told: &told
  ONECARD_KAFKA: kafka:9092
  ONECARD_KAFKA_PASSWORD_FILE: /run/secrets/password
  ONECARD_KAFKA_CA_FILE: /run/secrets/ca.pem
  ONECARD_STORE_FILE: /run/secrets/store
  ONECARD_REFERENCE: /reference
  ONECARD_SECRETS: /run/secrets
  ONECARD_TRACES: ${ONECARD_TRACES:-}
  ONECARD_TRACE_RATIO: ${ONECARD_TRACE_RATIO:-0.01}

services:
"""

PROMETHEUS_HEAD = """\
# Written by `make docs` from shared.events.SERVICES. A name is looked up, so every process of it is found.
global:
  scrape_interval: 5s
  evaluation_interval: 5s

rule_files: [alerts.yaml]

scrape_configs:
  - job_name: onecard
    dns_sd_configs:
      - type: A
        port: 8080
        refresh_interval: 5s
        names:
"""

PROMETHEUS_TAIL = """\
    relabel_configs:
      - source_labels: [__meta_dns_name]
        target_label: service
"""


def services() -> str:
    """deploy/compose/services.yaml."""
    return SERVICES_HEAD + "\n".join("\n".join(_service(name)) + "\n" for name in SERVICES)


def prometheus() -> str:
    """deploy/compose/prometheus/prometheus.yaml."""
    return PROMETHEUS_HEAD + "".join(f"          - {name}\n" for name in SERVICES) + PROMETHEUS_TAIL


def _service(name: str) -> Iterator[str]:
    yield f"  {name}:"
    yield "    <<: *service"
    yield f"    command: [services.{name}]"
    yield f"    environment: {{<<: *told, ONECARD_KAFKA_USER: {name}}}"
    yield f'    env_file: ["{FOLDER}/{name if name in OUTSIDE else "others"}.env"]'
    if name in OUTSIDE:
        yield f'    ports: ["127.0.0.1:${{ONECARD_{name.upper()}_PORT:-{OUTSIDE[name]}}}:8080"]'
    yield "    volumes:"
    for file, place in _files(name).items():
        yield f"      - {FOLDER}/{file}:{place}:ro"


def _files(name: str) -> dict[str, str]:
    found = {
        "reference": "/reference",
        "secrets/kafka/ca.pem": "/run/secrets/ca.pem",
        f"secrets/kafka/{name}.password": "/run/secrets/password",
        f"secrets/store/{name}.store": "/run/secrets/store",
    }
    return found | {f"secrets/{secret}": f"/run/secrets/{secret}" for secret in SECRETS.get(name, ())}

"""What `onecard prepare` leaves is what the compose files mount, and a second run changes none of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from deploy.commands.here import here
from deploy.commands.prepare import prepare
from deploy.demo.issued import register
from deploy.demo.prepared import city_here
from deploy.demo.residents import ID_CARD, Resident, residents
from services.cards.person import Person
from services.cards.registry import POPULATION, LocalRegistry, RegistryUnavailableError
from shared.events import SERVICES

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose"
OURS = re.compile(r"^\$\{ONECARD_FOLDER:-[^}]*\}/([^:]+):")
REBUILT = "${ONECARD_REBUILD:-lab}"


def prepared(folder: Path, *, demo_city: bool = False) -> Path:
    prepare(folder, host=["kafka", "localhost"], store="mongodb://store:27017", demo_city=demo_city)
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared for a city that brings its own reference data."""
    return prepared(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared for the invented city."""
    return prepared(tmp_path_factory.mktemp("invented"), demo_city=True)


def mounted() -> set[str]:
    """Everything of the deployment's folder that any part sees, whichever service is to be rebuilt."""
    layers = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in COMPOSE.glob("*.yaml")]
    parts = [part for layer in layers for part in layer["services"].values()]
    volumes = [volume for part in parts for volume in part.get("volumes", [])]
    found = [OURS.match(volume.replace(REBUILT, service)) for volume in volumes for service in SERVICES]
    return {file.group(1) for file in found if file}


def person(one: Resident) -> Person:
    return Person(id_type=ID_CARD, id_number=one.document, name=one.name)


def known(folder: Path) -> list[Resident]:
    return list(residents(3, 1, city_here(folder / "secrets").secrets))


@pytest.mark.parametrize("file", sorted(mounted()))
def test_what_a_part_mounts_is_there_before_it_starts(own: Path, file: str) -> None:
    # An engine makes a folder of what is not there.
    assert (own / file).exists()


def test_the_operator_is_told_where_everything_will_be(own: Path) -> None:
    assert here(own).urls["cards"] == "http://cards:8080"


@pytest.mark.parametrize("demo_city", [False, True])
def test_nothing_is_drawn_again(tmp_path: Path, demo_city: bool) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    prepared(tmp_path, demo_city=demo_city)
    before = files()
    prepared(tmp_path, demo_city=demo_city)
    assert files() == before


def test_secrets_are_read_by_nobody_else(own: Path) -> None:
    files = [path for path in (own / "secrets").rglob("*") if path.is_file()]
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


async def test_a_city_that_gave_no_register_refuses_nobody_for_it(own: Path) -> None:
    with pytest.raises(RegistryUnavailableError):
        await LocalRegistry(own / "secrets" / POPULATION).check([person(known(own)[0])])


async def test_the_invented_citys_residents_are_in_its_register(invented: Path) -> None:
    found = await LocalRegistry(invented / "secrets" / POPULATION).check([person(one) for one in known(invented)])
    assert found == ["match", "match", "match"]


async def test_a_register_may_be_filled_in_later(own: Path, tmp_path: Path) -> None:
    file = tmp_path / POPULATION
    file.write_bytes((own / "secrets" / POPULATION).read_bytes())
    registry, someone = LocalRegistry(file), known(own)[0]
    register(file, [someone])
    assert await registry.check([person(someone)]) == ["match"]

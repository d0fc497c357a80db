"""What a process is told: secrets come as files and are not shown; what can't be is said before anything starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.demo.city import INSURANCE
from deploy.local.jars import CHECKOUT
from shared.adapters.kafka_access import KafkaAccess
from shared.runtime.log import LogUnavailable
from shared.settings import MISCONFIGURED, Settings

PASSWORD = "correct-horse"


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "kafka-lab.password"
    file.write_text(f"{PASSWORD}\n")
    return file


def test_an_address_alone_is_plaintext_and_anonymous() -> None:
    assert KafkaAccess.of("one:1,two:2").client() == {"bootstrap_servers": ["one:1", "two:2"]}


def test_a_user_goes_nowhere_without_tls(password: Path) -> None:
    with pytest.raises(ValueError, match="no password goes out without TLS"):
        KafkaAccess("broker:1", "lab", password)


@pytest.mark.parametrize(("user", "file"), [("lab", None), ("", Path("password"))])
def test_a_user_has_a_password_file_and_a_password_file_a_user(user: str, file: Path | None) -> None:
    with pytest.raises(ValueError, match="name both or neither"):
        KafkaAccess("broker:1", user, file, Path("ca.pem"))


def test_an_access_shows_names_of_files_and_never_what_is_in_them(password: Path) -> None:
    access = KafkaAccess("broker:1", "lab", password, Path("ca.pem"))
    assert PASSWORD not in f"{access!r} {access} {access.shown()}"


def test_an_access_is_the_same_after_it_was_shown_to_another_process(password: Path) -> None:
    for access in (KafkaAccess("broker:1"), KafkaAccess("broker:1", "lab", password, Path("ca.pem"))):
        assert KafkaAccess.read(access.shown()) == access


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe", "it is not text")]
)
def test_a_password_file_of_no_use_is_named(tmp_path: Path, content: bytes | None, why: str) -> None:
    from shared.adapters.kafka_access import secret

    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LogUnavailable, match=rf"{file}.*{why}"):
        secret(file)


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), ("no certificate", "holds no certificate")])
def test_a_ca_file_of_no_use_is_named(tmp_path: Path, content: str | None, why: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(LogUnavailable, match=rf"{file}.*{why}"):
        KafkaAccess("broker:1", ca=file).client()


def test_the_address_of_a_store_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "store-lab"
    file.write_text(f"mongodb://lab:{PASSWORD}@store:27017/\n")
    settings = Settings(store_file=file)
    assert settings.store_address() == f"mongodb://lab:{PASSWORD}@store:27017/"
    assert PASSWORD not in repr(settings)


def test_a_store_whose_address_carries_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ValidationError, match="belongs in a file") as refused:
        Settings(store=f"mongodb://lab:{PASSWORD}@store:27017/")
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"ONECARD_KAFKA_USER": "lab"}, "name both or neither"),
        ({"ONECARD_STORE": f"mongodb://lab:{PASSWORD}@store/"}, "belongs in a file, named in ONECARD_STORE_FILE"),
        ({"ONECARD_STORE_FILE": "/no/such/file"}, "the store file /no/such/file can't be read"),
        ({"ONECARD_TRACE_RATIO": "much"}, "ONECARD_TRACE_RATIO"),
        ({"ONECARD_TRACES": "somewhere"}, "ONECARD_TRACES is zipkin:<url> or otlp:<url>"),
        ({"ONECARD_STORE": "postgres:"}, "misconfigured: a store is sqlite:<folder>"),
    ],
)
def test_a_process_that_is_told_what_cannot_be_says_so_and_ends_with_a_status_of_its_own(
    told: dict[str, str], says: str
) -> None:
    ended = lab(told)
    assert (ended.returncode, says in ended.stderr) == (MISCONFIGURED, True)
    assert PASSWORD not in ended.stderr + ended.stdout


def test_a_service_whose_rules_have_a_gap_says_where_in_two_languages_and_ends_the_same(tmp_path: Path) -> None:
    shutil.copytree(INSURANCE, tmp_path / INSURANCE.name)
    rules = tmp_path / INSURANCE.name / "resident.toml"
    rules.write_text(rules.read_text("utf-8").replace("above = 20_000_000", "above = 20_000_001"), "utf-8")
    line = 1 + rules.read_text("utf-8").splitlines().index("above = 20_000_001")
    ended = lab({"ONECARD_REFERENCE": str(tmp_path)})
    words = "断档：上一段止于 20000000 gap: the bracket before ends at 20000000"
    assert (ended.returncode, ended.stderr) == (MISCONFIGURED, f"misconfigured: resident.toml line {line}: {words}\n")


def test_a_service_whose_reference_data_is_no_text_names_the_file_and_ends_the_same(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(b"\xff\xfe")
    ended = lab({"ONECARD_REFERENCE": str(tmp_path)})
    assert (ended.returncode, ended.stderr) == (MISCONFIGURED, "misconfigured: prices.csv is not text in UTF-8\n")


def lab(told: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """How it ends, told this."""
    return subprocess.run(
        [sys.executable, "-m", "services.lab"],
        env={**os.environ, **told},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

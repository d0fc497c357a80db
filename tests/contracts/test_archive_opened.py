"""`onecard archive` opens an archive by card key or by a dynamic code, and by nothing else."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deploy.commands.archive import key_of
from deploy.commands.here import Here
from shared.events.base import SHANGHAI
from shared.health_card import CardNumber, card_key, dynamic_code, static_code

NUMBER = CardNumber("5A" * 32)
PSEUDONYM, PROTECTION = b"p" * 32, b"k" * 16
KEY = card_key(NUMBER, PSEUDONYM)


@pytest.fixture
def running(tmp_path: Path) -> Here:
    """A platform, as far as it is asked whose code was shown."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "pseudonym.key").write_bytes(PSEUDONYM)
    (secrets / "protection.key").write_bytes(PROTECTION)
    return Here("", "", {}, str(tmp_path))


def opened(running: Here, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The card whose archive is opened when this is shown."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))
    return key_of(running, "-")


def dynamic(ago: float = 0) -> str:
    return dynamic_code(NUMBER, datetime.now(SHANGHAI) - timedelta(seconds=ago), PROTECTION)


def test_a_card_key_opens_it(running: Here) -> None:
    assert key_of(running, KEY) == KEY


def test_a_dynamic_code_opens_it(running: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(running, dynamic(), monkeypatch) == KEY


def test_a_dynamic_code_opens_it_once(running: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    code = dynamic()
    opened(running, code, monkeypatch)
    with pytest.raises(LookupError, match="used already"):
        opened(running, code, monkeypatch)


def test_the_next_dynamic_code_opens_it_again(running: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(running, dynamic(5), monkeypatch)
    assert opened(running, dynamic(), monkeypatch) == KEY


def test_a_code_that_is_over_is_refused_and_nothing_is_kept_of_it(
    running: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LookupError, match="expired"):
        opened(running, dynamic(90), monkeypatch)
    assert not list(Path(running.folder).glob("codes-taken/*"))


def test_what_is_kept_of_codes_goes_with_their_minute(running: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Path(running.folder) / "codes-taken" / "1700000000-00"
    old.parent.mkdir()
    old.touch()
    opened(running, dynamic(), monkeypatch)
    assert (old.exists(), len(list(old.parent.iterdir()))) == (False, 1)


@pytest.mark.parametrize("issue", [1, 2])
def test_a_printed_code_opens_nothing_and_says_what_does(
    running: Here, monkeypatch: pytest.MonkeyPatch, issue: int
) -> None:
    with pytest.raises(ValueError, match=r"请出示动态二维码.*show a dynamic one.*card key"):
        opened(running, static_code(NUMBER, issue), monkeypatch)


def test_a_number_alone_is_no_code(running: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="not a health card code"):
        opened(running, NUMBER.reveal(), monkeypatch)


@pytest.mark.parametrize(
    "shown", [NUMBER.reveal(), static_code(NUMBER), dynamic()], ids=["number", "static", "dynamic"]
)
def test_a_number_in_an_argument_is_refused_and_not_repeated(running: Here, shown: str) -> None:
    with pytest.raises(ValueError, match="never by a number") as refusal:
        key_of(running, shown)
    assert NUMBER.reveal() not in str(refusal.value)

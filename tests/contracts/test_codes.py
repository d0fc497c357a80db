"""Every code a service says has its words, in both languages, and the service among those that may say it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import services
from shared.events import SERVICES
from shared.events.causes import CAUSES
from shared.events.codes import REASONS
from shared.events.rules import RULES
from shared.events.schemas import read_frozen

FOLDER = Path(services.__file__).parent
SAID_BY_THE_RUNTIME = {"irregularity_not_seen"}
SAYERS = (
    "intake",
    "registration",
    "consultation",
    "billing",
    "lab",
    "examination",
    "pharmacy",
    "queues",
    "inpatient",
    "checkup",
    "beds",
    "cards",
)
OWN_DOOR = {"cards": ("decider.py", "state.py")}
"""Where a service's other files say codes that never reach the log."""


@pytest.mark.parametrize("service", SAYERS)
def test_a_service_says_no_code_that_the_table_does_not_give_it(service: str) -> None:
    known = CAUSES.keys() | RULES.keys() | chosen()
    assert {
        text for text in texts(service) - known if text not in REASONS or service not in REASONS[text].said_by
    } == set()


@pytest.mark.parametrize("service", SAYERS)
def test_the_table_gives_a_service_no_code_it_never_says(service: str) -> None:
    given_to_it = {reason.code for reason in REASONS.values() if service in reason.said_by}
    assert given_to_it - SAID_BY_THE_RUNTIME - texts(service) == set()


@pytest.mark.parametrize("reason", REASONS.values(), ids=lambda reason: reason.code)
def test_a_code_has_words_in_both_languages_and_somebody_who_says_it(reason: Any) -> None:
    assert re.search("[\u4e00-\u9fff]", reason.zh)
    assert re.fullmatch("[ -~]+[.!?]", reason.en)
    assert reason.said_by
    assert set(reason.said_by) <= set(SERVICES)


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_a_cause_has_words_in_both_languages(cause: str) -> None:
    zh, en = CAUSES[cause]
    assert re.search("[\u4e00-\u9fff]", zh)
    assert re.fullmatch("[ -~]+[.!?]", en)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_of_a_bill_has_words_in_both_languages(rule: Any) -> None:
    assert re.search("[\u4e00-\u9fff]", rule.zh)
    assert re.fullmatch("[ -~]+", rule.en)


def texts(service: str) -> set[str]:
    """Every text in the service's code that reads like a code: words in lower case, joined by underscores."""
    found = (
        node.value
        for path in (FOLDER / service).rglob("*.py")
        if path.name in OWN_DOOR.get(service, (path.name,))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in found if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text)}


def chosen() -> set[str]:
    """Every text that is one of a field's choices anywhere in the language."""

    def walk(schema: Any) -> Iterator[str]:
        match schema:
            case {"enum": choices}:
                yield from choices
            case dict():
                for part in schema.values():
                    yield from walk(part)
            case list():
                for part in schema:
                    yield from walk(part)

    return {text for schema in read_frozen().values() for text in walk(schema)}

"""Whatever a command tells of the language, it tells in words: no entry and no request is shown by its bare name."""

from __future__ import annotations

import pytest

from deploy.commands.sentences import KINDS, SAYS, sentence
from deploy.commands.steps import STEPS
from deploy.commands.visit import ATTENDED
from shared.events import REQUESTS, TYPES
from shared.events.edge import Kind

ARCHIVED = {name: event for name, event in TYPES.items() if event.ARCHIVED}


def test_every_entry_of_the_archive_has_a_sentence() -> None:
    assert {name.split(".")[-2] for name in ARCHIVED} - SAYS.keys() == set()


def test_every_kind_of_entry_has_a_word() -> None:
    assert {event.KIND for event in ARCHIVED.values()} - KINDS.keys() == set()


def test_every_request_has_words_and_no_others_do() -> None:
    assert STEPS.keys() == {name.split(".")[-2] for name in REQUESTS}


def test_no_two_requests_read_the_same() -> None:
    assert len(set(STEPS.values())) == len(STEPS)


def test_every_kind_of_visit_has_a_word() -> None:
    assert ATTENDED.keys() == set(Kind.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (("10101", "O"), "刷卡（挂号）"),
        (("10104", "O"), "刷卡（检验、检查）"),
        (("0", "I"), "刷卡（住院）"),
        (("0", "O"), "刷卡（其他）"),
    ],
)
def test_a_reading_is_told_by_its_step(codes: tuple[str, str], told: str) -> None:
    body = {"step": codes[0], "medical_type": codes[1]}
    entry = {"type": "onecard.edge.card-presented.v1", "body": body, "refused": False}
    assert sentence(entry).plain == told

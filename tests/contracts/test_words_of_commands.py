"""Whatever a command tells of the language, it tells in words: no entry and no request is shown by its bare name."""

from __future__ import annotations

import pytest

from deploy.commands.sentences import KINDS, SAYS, sentence
from deploy.commands.steps import STEPS
from deploy.commands.visit import ATTENDED
from shared.events import REQUESTS, TYPES
from shared.events.edge import Kind
from tests.support import guided

ARCHIVED = {name: event for name, event in TYPES.items() if event.ARCHIVED}


def test_every_entry_of_the_archive_has_a_sentence() -> None:
    assert {name.split(".")[-2] for name in ARCHIVED} - SAYS.keys() == set()


def test_every_kind_of_entry_has_a_word() -> None:
    assert {event.KIND for event in ARCHIVED.values()} - KINDS.keys() == set()


def test_a_bill_is_told_line_by_line_with_the_rules_that_made_it() -> None:
    entry = {"type": guided.insured.TYPE, "body": guided.insured.model_dump(mode="json"), "refused": False}
    assert sentence(entry).plain.split("\n") == [
        "共 ¥12.00，医保 ¥7.20，本人应付 ¥4.80",
        (
            "1. ¥12.00：甲类，全部纳入报销 Class A: all of it is covered ¥12.00；"
            "门诊统筹支付 Insurance pays for outpatients ¥12.00 × 0.6 = ¥7.20；本人 Yours ¥4.80"
        ),
    ]


def test_a_bill_that_names_no_rules_is_told_by_its_sums() -> None:
    entry = {"type": guided.settled.TYPE, "body": guided.settled.model_dump(mode="json"), "refused": False}
    assert sentence(entry).plain == "共 ¥20.00，本人应付 ¥20.00"


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

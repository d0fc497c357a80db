"""A dependency is kept for a reason, and the reason is written down."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\S+) \| (.+) \|$", re.MULTILINE)
REASONS = dict(ROW.findall((ROOT / "docs/dependencies.md").read_text(encoding="utf-8")))
HEADS = {"package", "---"}


def direct() -> list[str]:
    """The names in both requirements files and in the one package.json."""
    lines = [
        line
        for name in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-r"))
    ]
    node = json.loads((ROOT / "tests/asyncapi/package.json").read_bytes())["devDependencies"]
    return [*(re.split(r"[\[<>=~ ]", line)[0] for line in lines), *node]


@pytest.mark.parametrize("name", direct())
def test_each_direct_dependency_has_one_sentence_of_reason(name: str) -> None:
    assert re.fullmatch(r"[A-Z].+\S\.", REASONS[name])


def test_no_reason_is_kept_for_what_is_not_a_dependency() -> None:
    assert REASONS.keys() - HEADS - set(direct()) == set()

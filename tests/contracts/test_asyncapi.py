"""docs/asyncapi.json is an AsyncAPI document in the eyes of AsyncAPI's own parser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from deploy.docs.__main__ import DOCS

NODE = Path(__file__).parents[1] / "asyncapi"
NEWER_VERSIONS = "asyncapi-latest-version"
"""The parser's hint that a later AsyncAPI came out says nothing about this document."""


def test_the_parser_finds_nothing_wrong_with_the_document() -> None:
    assert found_in((DOCS / "asyncapi.json").read_text(encoding="utf-8")) == []


def test_the_parser_finds_a_message_that_no_channel_has() -> None:
    document = json.loads((DOCS / "asyncapi.json").read_bytes())
    document["channels"]["onecard.requests"]["messages"].popitem()
    assert [what for what in found_in(json.dumps(document)) if what["path"].startswith("operations.")]


def found_in(document: str) -> list[dict[str, Any]]:
    """What the parser has to say: errors, warnings and hints alike."""
    assert (NODE / "node_modules").is_dir(), "make test installs the parser (npm ci in tests/asyncapi)"
    ended = subprocess.run(
        ["node", "check.js"], cwd=NODE, input=document, capture_output=True, text=True, timeout=120, check=True
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    return [what for what in found if what["code"] != NEWER_VERSIONS]

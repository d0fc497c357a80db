"""The codes of what may still come: every code that a decider holds a request for, as the deciders' own text has it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from deploy.local.jars import CHECKOUT

LAST_WORD_TOO = {"ticket_not_issued"}
"""Held for, and also said at once, of a queue that refuses for a reason of its own: nothing follows from hearing it."""


def _held() -> Iterator[str]:
    for path in chain((CHECKOUT / "services").rglob("*.py"), [CHECKOUT / "shared" / "step.py"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Hold" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


WAITED_FOR = frozenset(_held()) - LAST_WORD_TOO

"""How the archive's entries of a check-up read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.text import Text

from shared.events.declined import declined_words

Body = Mapping[str, Any]

MARKS = {"low": "↓", "high": "↑", "abnormal": "（异常）"}


def _item(body: Body) -> Text:
    found = f"{body['value']} {body['unit']}" if body.get("value") else body["finding"]
    return Text.assemble(f"体检 {body['display']}：{found}", (MARKS.get(body["flag"], ""), "yellow"))


def _report(body: Body) -> str:
    unusual = sum(one.get("flag") in MARKS for one in body["items"])
    counts = f"{len(body['items'])} 项，异常 {unusual} 项"
    return f"{body['display']}报告（{counts}）：{body['conclusion']}{body.get('advice', '')}"


SAYS: dict[str, Callable[[Body], str | Text]] = {
    "checkup-started": lambda b: f"开始体检：{b['display']}（{len(b['items'])} 项）",
    "checkup-item-done": _item,
    "checkup-item-declined": lambda b: f"放弃体检项目 {b['display']}：{declined_words(b['declined'])[0]}",
    "checkup-reported": _report,
}

"""Money as a person reads it: an amount, and a bill with the rules that made its split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.events import rules

Body = Mapping[str, Any]


def bill(body: Body) -> str:
    """A bill as a receipt reads: the sums, then each line with the rules that made its split."""
    lines = body["lines"]
    payers = (("insurer", "医保"), ("major_illness", "大病保险"), ("waiver", "减免"))
    taken = [(zh, sum(line.get(name) or 0 for line in lines)) for name, zh in payers]
    sums = [f"共 {yuan(body['total'])}", *(f"{zh} {yuan(fen)}" for zh, fen in taken if fen)]
    told = [
        f"{n}. {yuan(line['amount'])}：{costs(line['why'], line['own_share'])}"
        for n, line in enumerate(lines, 1)
        if line.get("why")
    ]
    return "\n".join(["，".join([*sums, f"本人应付 {yuan(body['own_share'])}"]), *told])


def costs(why: Sequence[Body], own_share: int) -> str:
    """Why one line of a bill costs the resident so many fen, rule by rule, in both languages."""
    return "；".join([*map(_rule, why), f"本人 Yours {yuan(own_share)}"])


def yuan(fen: int) -> str:
    """An amount of fen as people write it."""
    return f"¥{fen // 100}.{fen % 100:02d}"


def _rule(one: Body) -> str:
    zh, en = rules.words(one["rule"])
    by_share = f"{yuan(one['base'])} × {one['share']} = " if one.get("share") else ""
    return f"{zh} {en} {by_share}{yuan(one['amount'])}"

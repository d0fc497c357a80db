"""The folder `insurance/` of a reference: one TOML file per scheme, and `waivers.toml`.

Read and proven at start: a file that does not add up is refused with its name, the line and what is wrong there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

from shared.reference.insurance import (
    CATEGORIES,
    LEVELS,
    Bracket,
    Category,
    Level,
    MajorIllness,
    Terms,
    Waiver,
)
from shared.reference.toml_lines import Path as At
from shared.reference.toml_lines import Wrong
from shared.reference.toml_values import Table, fen, is_table, only, read, share, table, versions, whole

FOLDER, WAIVERS = "insurance", "waivers"
YEAR = 366


def schemes(folder: Path) -> Iterator[tuple[str, date, Terms]]:
    """Every version of every scheme. ValueError names the file and line."""
    for path in sorted((folder / FOLDER).glob("*.toml")):
        if path.stem != WAIVERS:
            yield from ((terms.scheme, terms.since, terms) for terms in read(path, _scheme))


def waivers(folder: Path, items: Collection[str]) -> Iterator[tuple[str, date, tuple[Waiver, ...]]]:
    """Every version of the waivers. `items` are what has a price: a waiver of anything else is a slip of the pen."""
    path = folder / FOLDER / f"{WAIVERS}.toml"
    if path.exists():
        yield from read(path, lambda _, told: [(WAIVERS, *one) for one in _waivers(told, items)])


def _scheme(name: str, told: Table) -> list[Terms]:
    only((), told, {"scheme", "zh", "en", "sample", "version"})
    if told.get("scheme") != name:
        raise Wrong(
            ("scheme",), f"文件名为 {name}，scheme 应为 {name}", f"the file is named {name}, so its scheme is {name}"
        )
    return [_terms(at, name, since, version) for at, since, version in versions(told)]


def _terms(at: At, scheme: str, since: date, told: Table) -> Terms:
    only(at, told, {"valid_from", "settles", "referral_days", "major_illness", *CATEGORIES})
    settles = told.get("settles")
    if settles not in ("local", "port"):
        raise Wrong(
            (*at, "settles"),
            "settles 应为 local（按本文件结算）或 port（由医保方结算）",
            "settles is local (by these rules) or port (by asking the insurer)",
        )
    return Terms(
        scheme=scheme,
        since=since,
        settles=settles,
        levels={category: _levels((*at, category), category, table(at, told, category)) for category in CATEGORIES},
        caps={category: fen((*at, category), table(at, told, category), "cap") for category in CATEGORIES},
        referral_days=whole(at, told, "referral_days", YEAR),
        major_illness=_major_illness((*at, "major_illness"), table(at, told, "major_illness")),
    )


def _levels(at: At, category: Category, told: Table) -> dict[str, Level]:
    only(at, told, {"cap", *LEVELS})
    return {level: _level((*at, level), category, table(at, told, level)) for level in LEVELS}


def _level(at: At, category: Category, told: Table) -> Level:
    if category == "outpatient":
        only(at, told, {"share"})
        return Level(share(at, told))
    only(at, told, {"share", "deductible", "referred"})
    level = Level(share(at, told), fen(at, told, "deductible"), fen(at, told, "referred"))
    if level.referred > level.deductible:
        raise Wrong(
            (*at, "referred"),
            f"转诊患者的起付线不得高于 {level.deductible}",
            f"who was referred up may not bear more than the deductible of {level.deductible}",
        )
    return level


def _major_illness(at: At, told: Table) -> MajorIllness:
    only(at, told, {"cap", "first_share_counts", "bracket"})
    counts = told.get("first_share_counts")
    if not isinstance(counts, bool):
        raise Wrong(
            (*at, "first_share_counts"),
            "first_share_counts 应为 true 或 false",
            "first_share_counts is true or false",
        )
    rows = told.get("bracket")
    if not isinstance(rows, list) or not rows:
        raise Wrong(at, "大病保险至少要有一个 [[…bracket]]", "major_illness has at least one [[…bracket]]")
    brackets = tuple(_bracket((*at, "bracket", number), row) for number, row in enumerate(rows))
    for number, (lower, upper) in enumerate(pairwise(brackets), start=1):
        if upper.above != lower.up_to:
            raise _apart((*at, "bracket", number, "above"), lower, upper)
    if brackets[-1].up_to is not None:
        last = (*at, "bracket", len(brackets) - 1, "up_to")
        raise Wrong(last, "断档：最后一段不得有 up_to", "gap: the last bracket has no up_to")
    return MajorIllness(fen(at, told, "cap"), counts, brackets)


def _apart(at: At, lower: Bracket, upper: Bracket) -> Wrong:
    """What is wrong where one bracket does not begin where the one before ends."""
    if lower.up_to is None:
        return Wrong(at, "重叠：上一段没有上限", "overlap: the bracket before has no end")
    if upper.above > lower.up_to:
        return Wrong(at, f"断档：上一段止于 {lower.up_to}", f"gap: the bracket before ends at {lower.up_to}")
    return Wrong(at, f"重叠：上一段止于 {lower.up_to}", f"overlap: the bracket before ends at {lower.up_to}")


def _bracket(at: At, told: Table) -> Bracket:
    is_table(at, told)
    only(at, told, {"above", "up_to", "share"})
    above = fen(at, told, "above")
    up_to = fen(at, told, "up_to") if "up_to" in told else None
    if up_to is not None and up_to <= above:
        raise Wrong((*at, "up_to"), f"up_to 应大于 above 的 {above}", f"up_to is more than above, {above}")
    return Bracket(above, up_to, share(at, told))


def _waivers(told: Table, items: Collection[str]) -> Iterator[tuple[date, tuple[Waiver, ...]]]:
    only((), told, {"zh", "en", "sample", "version"})
    for at, since, version in versions(told):
        only(at, version, {"valid_from", "waiver"})
        rows = version.get("waiver", [])
        if not isinstance(rows, list):
            raise Wrong((*at, "waiver"), "waiver 应为 [[…waiver]]", "waivers are [[…waiver]]")
        found = tuple(_waiver((*at, "waiver", number), row, items) for number, row in enumerate(rows))
        codes = [one.code for one in found]
        for number, code in enumerate(codes):
            if code in codes[:number]:
                raise Wrong((*at, "waiver", number, "code"), f"{code} 出现了两次", f"{code} is there twice")
        yield since, found


def _waiver(at: At, told: Table, known: Collection[str]) -> Waiver:
    is_table(at, told)
    only(at, told, {"code", "items", "groups"})
    code, items, groups = told.get("code"), told.get("items"), told.get("groups")
    if not isinstance(code, str) or not code:
        raise Wrong((*at, "code"), "code 应为文本", "code is a text")
    for name, texts in (("items", items), ("groups", groups)):
        if not isinstance(texts, list) or not texts or not all(isinstance(one, str) for one in texts):
            raise Wrong((*at, name), f"{name} 应为文本列表", f"{name} is a list of texts")
    for item in items or ():
        if item not in known:
            raise Wrong((*at, "items"), f"{item} 没有价格", f"{item} has no price")
    return Waiver(code, frozenset(items or ()), frozenset(groups or ()))

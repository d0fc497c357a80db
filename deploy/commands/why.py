"""`onecard visit ID --why`: what a visit waits for: held for what, owed what, parked where."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.commands import shown
from deploy.commands.bills import costs, yuan
from deploy.commands.here import here
from deploy.http import client
from shared.envelope import at_ms
from shared.events.base import SHANGHAI
from shared.events.codes import words


async def why(folder: Path, visit: str) -> list[dict[str, Any]]:
    """Per card that names this visit (one, unless somebody named another's): its standing and who keeps what."""
    running = here(folder)
    async with client(headers=running.shows) as asking:
        found: list[dict[str, Any]] = await shown.get(asking, f"{running.urls['guide']}/visits/{visit}")
        if not found:
            raise LookupError(f"no visit {visit} was seen; is it the id of its registration request?")
        for one in found:
            one["kept"] = [
                {"service": service, **stream}
                for service, url in running.urls.items()
                for stream in await shown.get(asking, f"{url}/operations/held", card=one["card"], visit=visit)
                if stream["held"] or stream["parked"] or stream["irregular"]
            ]
    return found


def print_why(found: list[dict[str, Any]]) -> None:
    """In words: where the visit stands, what comes next, and everything that keeps it."""
    for one in found:
        standing = one["standing"]
        shown.say((f"{standing['visit']['zh']} {standing['visit']['en']}", "bold"), f"  card {one['card'][:12]}…")
        rows = [("next", f"{step['zh']} {step['en']}", step["where_zh"]) for step in standing["next"]]
        for bill in standing["owed"]["bills"]:
            rows += [("owed", yuan(bill["fen"]), bill["bill"]), *_because(bill["lines"])]
        for stream in one["kept"]:
            rows += [("held", _held(wait), f"{stream['service']}: {wait['type']}") for wait in stream["held"]]
            rows += [("parked", pointer["cause"], _at(stream, pointer)) for pointer in stream["parked"]]
            rows += [
                ("irregular", "待核对 to be reconciled", f"{stream['service']}: {act}") for act in stream["irregular"]
            ]
        rows += [("refund", yuan(refund["fen"]), refund["refund"]) for refund in standing["refunds"]]
        shown.table("What it waits for", ("what", "in words", "where"), rows or [("nothing", "没有等待的事项", "")])


def _because(lines: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """A row per line of a bill: why it costs what it does, and what it is for."""
    return [("because", costs(line["why"], line["fen"]), line["display"]) for line in lines]


def _held(wait: dict[str, Any]) -> str:
    left = (at_ms(wait["due_ms"]) - datetime.now(SHANGHAI)).total_seconds()
    zh, en = words(wait["code"])
    return f"{zh} {en} ({left:.0f} s left)" if left > 0 else f"{zh} {en} (the deadline is being said)"


def _at(stream: dict[str, Any], pointer: dict[str, Any]) -> str:
    return f"{stream['service']}: {pointer['topic']}/{pointer['partition']}/{pointer['offset']}"

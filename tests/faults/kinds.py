"""Every kind of fault by name, and which of them a seed draws, in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random

from tests.faults.field import Field
from tests.faults.on_records import copied, poisoned, unproven
from tests.faults.on_servers import broker_killed, cut, slowed, store_killed, torn
from tests.faults.on_services import (
    broken_decider,
    each_killed,
    killed_at,
    killed_while_its_store_hangs,
    stopped_for_long,
    storm,
    terminated,
    zombie,
)
from tests.faults.struck.points import POINTS

Strike = Callable[[Field], Awaitable[tuple[str, bool]]]

CRASHES: dict[str, Strike] = {f"killed at: {point}": partial(killed_at, point=point) for point in POINTS}
OTHERS: dict[str, Strike] = {
    "stopped for long": stopped_for_long,
    "zombie saves": partial(zombie, point="before save"),
    "zombie publishes": partial(zombie, point="before publish"),
    "rebalance storm": storm,
    "SIGTERM": terminated,
    "store hangs": killed_while_its_store_hangs,
    "broken decider": broken_decider,
    "broker killed": broker_killed,
    "wire cut": cut,
    "wire slow": slowed,
    "wire torn": torn,
    "copies": copied,
    "poison": poisoned,
    "unproven": unproven,
}
ON_SERVER: dict[str, Strike] = {"store killed": store_killed}
OF_ALL: dict[str, Strike] = {"each killed": each_killed}
"""Strikes that leave nobody out, and so are nothing to draw."""
KINDS = {**CRASHES, **OTHERS, **ON_SERVER, **OF_ALL}

SHORT = (
    "killed at: before publish", "stopped for long", "copies", "killed at: publish half-way", "broken decider",
    "zombie saves", "store hangs", "poison", *OF_ALL,
)  # fmt: skip
"""The short run: at least one fault for every protection that a negative control takes away; then each service."""

REVEALED_BY: dict[str, tuple[str, ...]] = {
    "auto_commit": ("killed at: before publish", "killed at: before publish"),
    "commit_first": ("killed at: before publish", "killed at: before publish"),
    "no_outbox": ("killed at: before publish", "killed at: before publish"),
    "no_compare_and_set": ("zombie saves", "zombie saves"),
    "heard_off": ("copies", "copies"),
    "replay_forgets": ("broken decider",),
    "silence_for_no": ("stopped for long",),
    "archive_overwritten": ("copies", "copies"),
}
"""The part of the short run that each negative control must turn red. Twice, where a strike may meet nothing that
shows it: a deadline that was being said is said again by itself, a visit a zombie had in hand may have been at its end,
a copied record may be of a type nobody keeps."""


def drawn(seed: int, store: str, faults: int) -> list[str]:
    """So many faults, every kind once before any comes again; the same for the same seed."""
    rng, found = Random(f"{seed}/{store}"), list[str]()
    kinds = [*CRASHES, *OTHERS, *(ON_SERVER if store == "mongodb" else ())]
    while len(found) < faults:
        rng.shuffle(kinds)
        found += kinds
    return found[:faults]

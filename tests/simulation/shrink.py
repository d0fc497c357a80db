"""A failing schedule made smaller: moves are left out for as long as something is still wrong (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from tests.simulation.moves import Go, Move, Schedule

M = TypeVar("M")

MOST_TRIES = 600


def shrunk(schedule: Schedule, is_red: Callable[[Schedule], bool], tries: int = MOST_TRIES) -> Schedule:
    """The smallest schedule found that is still red: no single move of it can be left out, if the tries last."""
    left = iter(range(tries))

    def still_red(moves: list[Move]) -> bool:
        return next(left, None) is not None and is_red(schedule._replace(moves=moves))

    moves = _fewest(list(schedule.moves), still_red)
    for n, move in enumerate(moves):
        for plainer in _plainer(move):
            if still_red([*moves[:n], plainer, *moves[n + 1 :]]):
                moves[n] = plainer
                break
    return schedule._replace(moves=moves)


def _fewest(moves: list[M], is_red: Callable[[list[M]], bool]) -> list[M]:
    """Zeller's ddmin, over complements alone: chunks are left out, ever smaller ones."""
    chunk = max(1, len(moves) // 2)
    while moves:
        at, smaller = 0, False
        while at < len(moves):
            rest = moves[:at] + moves[at + chunk :]
            if is_red(rest):
                moves, smaller = rest, True
            else:
                at += chunk
        if chunk == 1 and not smaller:
            break
        chunk = chunk if smaller and chunk == 1 else max(1, chunk // 2)
    return moves


def _plainer(move: Move) -> Iterator[Move]:
    """The same move with less to it."""
    if isinstance(move, Go):
        yield Go(move.service, move.slot, min(move.most, 1) * 500)
        if move.fault is not None:
            yield move._replace(fault=None, call="", at=0)
        yield move._replace(steps=-1)

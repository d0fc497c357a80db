"""Who wants to know when a document changed: listeners by key, told after a save. Bounded: a listener only
remembers that something changed, never what."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager


class Listener:
    """Waits for the next change under one key."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        self._event.set()

    async def changed(self, within: float) -> bool:
        """Whether something changed since the last call, waiting at most `within` seconds for it."""
        try:
            async with asyncio.timeout(within):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


def _unsure() -> bool:
    return False


class Changes:
    """Keys are document ids and the text values of their index fields (an institution, a visit). `whole` answers
    whether this process alone changes the documents, so that whoever listens is told of everything."""

    def __init__(self, whole: Callable[[], bool] = _unsure) -> None:
        self.whole = whole
        self._listeners: dict[str, set[Listener]] = defaultdict(set)

    @contextmanager
    def listen(self, key: str) -> Iterator[Listener]:
        """A listener for one key, for as long as the block lasts."""
        listener = Listener()
        self._listeners[key].add(listener)
        try:
            yield listener
        finally:
            self._listeners[key].discard(listener)
            if not self._listeners[key]:
                del self._listeners[key]

    def tell(self, keys: Iterable[str]) -> None:
        """Something under these keys changed."""
        if not self._listeners:
            return
        for key in keys:
            for listener in self._listeners.get(key, ()):
                listener.tell()

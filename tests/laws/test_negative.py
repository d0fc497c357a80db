"""The laws can turn red: each part of the runtime taken away is noticed by the very stories that prove it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import pytest

from services.records.service import ARCHIVE
from shared import heard
from shared.adapters.memory import MemoryStore
from shared.runtime import documents
from shared.runtime.engine import Engine
from shared.runtime.log import Place
from shared.runtime.store import Document
from tests.laws.strategies import REFERENCE
from tests.laws.test_deciders import SERVICES
from tests.laws.test_runtime import come_home, is_home, live
from tests.support.city import City
from tests.support.process import Trouble

Sabotage = Callable[[pytest.MonkeyPatch], None]
FAR = dict.fromkeys(range(4), 1 << 60)


def without_heard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(heard, "find", lambda _heard, _id: None)


def without_outbox(patch: pytest.MonkeyPatch) -> None:
    encode = documents.encode
    patch.setattr(documents, "encode", lambda service, kept, token: encode(service, replace(kept, outbox=()), token))


def with_commit_before_publish(patch: pytest.MonkeyPatch) -> None:
    publish = Engine._publish

    async def committed_first(self: Engine, done: Any, after: Mapping[int, int]) -> None:
        await self.log.commit({Place(self.service.source, partition): offset for partition, offset in after.items()})
        await publish(self, done, after)

    patch.setattr(Engine, "_publish", committed_first)


def without_compare_and_set(patch: pytest.MonkeyPatch) -> None:
    async def save(self: MemoryStore, collection: str, written: Sequence[Document]) -> set[str]:
        for document in written:
            self._tables[collection].put(document)
        return set()

    patch.setattr(MemoryStore, "save", save)


def with_all_of_an_outbox_published_at_once(patch: pytest.MonkeyPatch) -> None:
    publish, remember = Engine._publish, Engine._remember
    patch.setattr(Engine, "_publish", lambda self, done, _after: publish(self, done, FAR))
    patch.setattr(Engine, "_remember", lambda self, done, _after: remember(self, done, FAR))


def without_parking_a_letter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Engine, "_park", Engine.handle)


@pytest.mark.parametrize(
    ("sabotage", "kind"),
    [
        (without_heard, "crash"),
        (without_outbox, "crash"),
        (with_commit_before_publish, "crash"),
        (without_compare_and_set, "sleep"),
        (with_all_of_an_outbox_published_at_once, "crash"),
    ],
)
def test_the_troubled_story_turns_red(sabotage: Sabotage, kind: Literal["crash", "sleep"]) -> None:
    troubles = [Trouble(kind, at) for at in range(1, 8)]
    assert any(_is_red(sabotage, partial(live, name="lab", trouble=one), City.check) for one in troubles)


def test_the_dead_letters_story_turns_red() -> None:
    troubles = [Trouble("refuse", at) for at in range(24)]
    assert any(_is_red(without_parking_a_letter, partial(come_home, trouble=one), is_home) for one in troubles)


def _is_red(sabotage: Sabotage, live_it: Callable[[City], None], check: Callable[[City], None]) -> bool:
    """Lived under sabotage, judged without it."""
    city = City(SERVICES, ARCHIVE, REFERENCE)
    try:
        with pytest.MonkeyPatch.context() as patch:
            sabotage(patch)
            live_it(city)
        check(city)
    except AssertionError:
        return True
    else:
        return False
    finally:
        city.close()

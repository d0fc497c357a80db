"""A seed's schedule: whole visits, whose requests come while processes go on, stop, die and are replaced.

Not every seed has every fault. Each draws which it has and how often, so that some cities know crashes alone, some
little but rebalances, and some all of it: faults hide each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from shared.runtime.seldom import EVERY_MS
from tests.laws.checkup_acts import CHECKUP, INTERRUPTED
from tests.laws.strategies import VERBS, WAYS, Act
from tests.simulation import moves
from tests.simulation.moves import KINDS, Go, Kind, Move, Schedule
from tests.simulation.town import EVENTS_OF, NAMES, SLOTS
from tests.support.plain import DAY, MINUTE
from tests.support.spoiled import HOWS

CARDS, VISITS = 4, 3
STORIES = (7, 9)
EVENTS_AT_LEAST = 200
AT_ONCE = 3
BY_CALL = 1 / 3
"""Of the cities: an insurer settles bills there."""
Way = Sequence[tuple[str, int] | tuple[str, int, int]]
PARTITIONS = 3
"""At most: a move that names one more than there are means another."""
TOPICS = ("onecard.requests", "onecard.events", "onecard.queues")
MEAN = {
    "": 8.0,
    "read": 1.0,
    "load": 1.0,
    "step": 4.0,
    "save": 1.0,
    "insert": 1.0,
    "publish": 4.0,
    "commit": 1.0,
    "find": 3.0,
    "compare": 1.0,
    "position": 0.5,
}
"""Where faults strike, and at which point of that kind on average: a batch publishes often, and saves once."""
CALLS = (*MEAN, "save", "publish")
AMID_REPLAY = (
    ("find", 5),
    ("load", 2),
    ("read", 1),
    ("save", 0),
    ("save", 1),
    ("save", 2),
    *(("publish", n) for n in range(4)),
)
"""Between the first look for what is to be replayed and the last look back."""


def schedule(seed: int, *, twice: bool = False) -> Schedule:
    """The same for the same seed, whatever was drawn before; `twice` with as many visits again behind it."""
    rng = Random(seed)
    drawn = Schedule(seed, rng.choice((2, 2, 3)), list(_Drawn(rng).moves()), rng.random() < 0.5)
    drawn = drawn._replace(by_call=Random(f"{seed} by call").random() < BY_CALL)
    return drawn._replace(moves=[*drawn.moves, *_Drawn(rng).moves()]) if twice else drawn


class _Drawn:
    """One seed's city, while it is drawn."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.kinds: list[Kind] = [kind for kind in KINDS if rng.random() < 0.6]
        self.rate = rng.choice((0.03, 0.1, 0.3)) if self.kinds else 0.0
        self.stops_amid = rng.choice((0.0, 0.1, 0.3))
        self.events: list[Callable[[], Iterator[Move]]] = [
            event
            for event in (
                self.rebalance, self.rebalance, self.copy, self.copy, self.spoil, self.stop, self.away, self.break_,
                self.time, self.time, self.forget, self.other_bytes,
            )
            if rng.random() < 0.6
        ]  # fmt: skip
        if self.forget in self.events and self.other_bytes in self.events:
            # Which of two contents counts is then a matter of which came home first: no plain fold can tell.
            self.events.remove(rng.choice((self.forget, self.other_bytes)))
        self.happens = rng.choice((0.15, 0.4)) if self.events else 0.0
        self.later: list[tuple[int, Move]] = []
        """What will end: services that stopped, stores that are away."""
        self.beat = 0

    def moves(self) -> Iterator[Move]:
        """Until every visit was asked for; one of them at least is a check-up."""
        places = self.rng.sample(
            [(card, visit) for card in range(CARDS) for visit in range(VISITS)], self.rng.randint(*STORIES)
        )
        ways = [self.rng.choice((CHECKUP, INTERRUPTED)), *(self.rng.choice(WAYS) for _ in places[1:])]
        self.rng.shuffle(ways)
        waiting = [self.story(*place, way) for place, way in zip(places, ways, strict=True)]
        while waiting:
            now = waiting[:AT_ONCE]
            for _ in range(self.rng.randint(1, 6)):
                story = self.rng.choice(now)
                if story:
                    yield moves.Say(story.pop(0))
            waiting = [story for story in waiting if story]
            self.beat += 1
            yield from (move for due, move in self.later if due == self.beat)
            self.later = [(due, move) for due, move in self.later if due > self.beat]
            yield from self.run()
            if self.rng.random() < self.happens:
                yield from self.rng.choice(self.events)()

    def story(self, card: int, visit: int, way: Way) -> list[Act]:
        """A visit as visits go, with some acts left out and some others in between."""
        rng = self.rng
        left_out = set(rng.sample(range(1, len(way)), rng.choice((0, 0, 1, 2))))
        acts = [Act(verb, card, visit, *how) for n, (verb, *how) in enumerate(way) if n not in left_out]
        for _ in range(rng.choice((0, 2, 4))):
            acts.insert(rng.randint(0, len(acts)), self.any_act(card, visit))
        return acts

    def any_act(self, card: int, visit: int) -> Act:
        """As likely as not out of turn."""
        how = self.rng.choice((0, 0, 1, 2, 3, 4))
        return Act(self.rng.choice(VERBS), card, visit, self.rng.randint(0, 3), how)

    def run(self) -> Iterator[Move]:
        """Processes go on: each once in some order, or some of them, some more often than others."""
        rng = self.rng
        for _ in range(rng.choice((1, 1, 2))):
            for name in rng.sample(NAMES, len(NAMES)) if rng.random() < 0.6 else rng.choices(NAMES, k=6):
                yield self.go(name)
        if rng.random() < 0.3:
            yield self.go(rng.choice(NAMES))._replace(most=0)
        if rng.random() < 0.3:
            yield moves.Wake(rng.choice((-1, 1, 2, 5)))
        if rng.random() < 0.15:
            yield moves.Land()

    def go(self, name: str) -> Go:
        """A batch of any size, that may stop anywhere, and may be struck anywhere."""
        rng = self.rng
        slot = 0 if rng.random() < 0.7 else rng.randrange(SLOTS)
        most = rng.choice((1, 2, 3, 5, 8, 13, 40, 500))
        steps = rng.randint(0, 9) if rng.random() < self.stops_amid else -1
        if rng.random() < self.rate:
            call = rng.choice(CALLS)
            return Go(name, slot, most, steps, rng.choice(self.kinds), call, int(rng.expovariate(1 / MEAN[call])))
        return Go(name, slot, most, steps)

    def rebalance(self) -> Iterator[Move]:
        slots = tuple(self.rng.randrange(SLOTS) for _ in range(PARTITIONS))
        yield moves.Assign(self.rng.choice(NAMES), slots, self.rng.random() < 0.5)

    def copy(self) -> Iterator[Move]:
        back = self.rng.choice((1, 3, 10, 40, 200))
        yield moves.Copy(self.rng.choice(TOPICS), self.rng.randrange(PARTITIONS), self.rng.randint(1, back))

    def spoil(self) -> Iterator[Move]:
        act = self.any_act(self.rng.randrange(CARDS), self.rng.randrange(VISITS))
        yield moves.Spoil(self.rng.choice(TOPICS), act, self.rng.choice(HOWS))

    def other_bytes(self) -> Iterator[Move]:
        yield moves.Say(self.any_act(self.rng.randrange(CARDS), self.rng.randrange(VISITS)), 1)

    def stop(self) -> Iterator[Move]:
        name = self.rng.choice(NAMES)
        self.until(10, 40, moves.Start(name))
        yield moves.Stop(name, self.rng.random() < 0.5)

    def away(self) -> Iterator[Move]:
        what = self.rng.choice((*NAMES, "broker"))
        self.until(1, 3, moves.Back(what))
        yield moves.Away(what)

    def break_(self) -> Iterator[Move]:
        name = self.rng.choice(list(EVENTS_OF))
        self.mend(self.rng.randint(3, 8), name)
        for event in EVENTS_OF[name] if self.rng.random() < 0.7 else (self.rng.choice(EVENTS_OF[name]),):
            yield moves.Break(name, event)

    def forget(self) -> Iterator[Move]:
        self.until(1, 3, moves.Learn())
        self.mend(self.rng.randint(4, 6), "intake")
        yield moves.Forget()

    def time(self) -> Iterator[Move]:
        yield moves.Wait(self.rng.choice((1000, 5000, 31_000, 31_000, 11 * MINUTE, 90 * MINUTE, DAY + MINUTE)))

    def mend(self, beats: int, name: str) -> None:
        """What an operator asks for is done by processes that are struck in the middle of it, while requests come."""
        self.later.append((self.beat + beats, moves.Mend()))
        for beat in range(self.beat + beats, self.beat + beats + 4):
            tick = self.go(name)._replace(most=0)
            if self.kinds and self.rng.random() < 0.8:
                call, at = self.rng.choice(AMID_REPLAY)
                tick = tick._replace(fault=self.rng.choice(self.kinds), call=call, at=at)
            self.later += [(beat, moves.Wait(EVERY_MS)), (beat, tick), (beat, self.go(name))]

    def until(self, fewest: int, most: int, end: Move) -> None:
        """Some beats from now on."""
        self.later.append((self.beat + self.rng.randint(fewest, most), end))

"""A simulated city: services as groups of processes over one log, and what a schedule does to them, move by move."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, assert_never

from services.records.service import ARCHIVE
from shared.adapters.memory import MemoryStore
from shared.adapters.memory_log import MemoryTopics
from shared.decider import Service
from shared.reference.data import Dated
from shared.runtime import documents
from shared.runtime.archive import Archive
from shared.runtime.dead_letters import DEAD_LETTERS
from shared.runtime.documents import STREAMS
from shared.runtime.log import Place
from shared.runtime.parking import ask_replay
from shared.runtime.positions import POSITIONS
from tests.laws.strategies import REFERENCE, said
from tests.laws.test_deciders import SERVICES
from tests.simulation import insurer, moves
from tests.simulation.clock import Clock
from tests.simulation.insurer import Asking
from tests.simulation.member import Fault, Member
from tests.simulation.moves import Assign, Go, Move
from tests.simulation.tally import Tally
from tests.support.by_call import BY_CALL, BY_CALL_TARIFF
from tests.support.checked import TARIFF
from tests.support.oracle import EVERYTHING, Left, at_once
from tests.support.process import Crash
from tests.support.spoiled import spoiled

NAMES = (*(service.name for service in SERVICES), ARCHIVE.name)
SLOTS = 2
EVENTS_OF = {service.name: tuple(event.__name__ for event in service.hears) for service in SERVICES}


class Group:
    """The processes of one service, and which of them owns each partition. One that died comes again in its place, with
    what it owned, as a static member of a Kafka group does."""

    def __init__(self, what: Service[Any] | Archive, partitions: int) -> None:
        self.what = what
        self.members: list[Member | None] = [None] * SLOTS
        self.slots = (0,) * partitions
        self.stopped = False

    def alive(self) -> list[Member]:
        return [member for member in self.members if member is not None]


class Town:
    """Topics and stores stay; processes come and go."""

    def __init__(self, clock: Clock, partitions: int, *, promptly: bool = True, by_call: bool = False) -> None:
        self.clock, self.tally, self.promptly = clock, Tally(), promptly
        self.reference, self.tariff = (BY_CALL, BY_CALL_TARIFF) if by_call else (REFERENCE, TARIFF)
        self.topics = MemoryTopics(clock.ms, partitions)
        self.services = {service.name: service for service in SERVICES}
        self.groups = {service.name: Group(service, partitions) for service in SERVICES}
        self.groups[ARCHIVE.name] = Group(ARCHIVE, partitions)
        self.stores = {name: MemoryStore() for name in NAMES}
        for name, store in self.stores.items():
            own = ARCHIVE.collections if name == ARCHIVE.name else (documents.collection(self.services[name]),)
            at_once(store.open((*own, DEAD_LETTERS, POSITIONS)))
        self.asking = Asking(self.topics, self.stores[insurer.NAME]) if by_call else None
        self.frozen: list[Member] = []
        self.adrift: list[Callable[[], Awaitable[Any]]] = []
        self.away: set[str] = set()
        self.broken: dict[str, set[str]] = defaultdict(set)
        self.ever_parked: set[str] = set()
        self.came_home: set[str] = set()
        self.poison: set[str] = set()
        self.knows_terminals = True

    def left(self) -> Left:
        """What is durable."""
        return Left(self.topics, self.stores, self.services, ARCHIVE, self.reference, self.ever_parked, self.came_home)

    async def do(self, move: Move) -> None:  # noqa: C901, PLR0912 - one case a move
        """One move of a schedule; nothing, when there is nothing it could do."""
        match move:
            case moves.Say(act, late):
                self.topics.say(said(act, late))
            case Go():
                await self.go(move)
            case Assign():
                await self.assign(move)
            case moves.Wait(ms):
                await self.pass_time(ms)
            case moves.Copy(topic, partition, back):
                self._copy(Place(topic, partition % self.topics.partitions), back)
            case moves.Spoil(topic, act, how):
                self._poisoned(spoiled(self.topics, topic, act, how))
            case moves.Stop(service, gently):
                await self._stop(self.groups[service], gently)
            case moves.Start(service):
                self.groups[service].stopped = False
            case moves.Away(what):
                self.away.add(what)
            case moves.Back(what):
                self.away.discard(what)
            case moves.Wake(steps):
                await self.wake(steps)
            case moves.Land():
                await self.land()
            case moves.Break(service, event):
                self.broken[service].add(event)
            case moves.Mend():
                self.mend()
            case moves.Forget() | moves.Learn():
                await self._restart_intake(isinstance(move, moves.Learn))
            case _:
                assert_never(move)

    async def pass_time(self, ms: int) -> None:
        """So many milliseconds of the city's own time."""
        await asyncio.sleep(ms / 1000)

    def waits_for_insurer(self) -> bool:
        """Whether a bill or a reversal still waits for its answer."""
        return self.asking is not None and self.asking.waits()

    def owned(self, member: Member) -> set[Place]:
        """The partitions of a member; none, once another has its place."""
        group = self.groups[member.name]
        if group.members[member.slot] is not member:
            return set()
        mine = [n for n, slot in enumerate(group.slots) if slot == member.slot]
        return {Place(topic, n) for topic in group.what.reads for n in mine}

    def raise_if_broken(self, service: str, event: Any) -> None:
        """What a bug in a decider does."""
        if type(getattr(event, "request", event)).__name__ in self.broken[service]:
            self.ever_parked.add(service)
            raise RuntimeError("this decider is broken")

    async def go(self, move: Go) -> None:
        group = self.groups[move.service]
        if group.stopped or move.slot not in group.slots:
            return
        member = group.members[move.slot] or self._begin(group, move.slot)
        await member.go(move.steps, Fault(move.fault, move.call, move.at) if move.fault else None, move.most)
        self._note(member)
        is_there = group.members[move.slot] is member and not self.away & {insurer.NAME, "broker"}
        if self.asking is not None and move.service == insurer.NAME and is_there:
            await self.asking.round(member, self.clock.ms())

    async def assign(self, move: Assign) -> None:
        """Every member lets go of all it owns, then each is given its part and goes on from what was committed."""
        group = self.groups[move.service]
        slots = (*move.slots, *group.slots)[: len(group.slots)]
        for member in group.alive():
            member.steps = -1 if member.task is None else member.steps
            revoking = asyncio.ensure_future(member.owner.revoked())
            if move.patient and member.task is not None:
                await member.go(-1, None, 0)
                self._note(member)
            await revoking
        group.slots = slots
        for member in group.alive():
            member.log.positions.clear()
        self.tally.befell("rebalance" if move.patient else "rebalance amid a batch")

    async def crash(self, group: Group) -> None:
        """All its processes are gone."""
        for member in group.alive():
            await member.crash()
            group.members[member.slot] = None
            if member.task is not None:
                member.task.exception()

    def _begin(self, group: Group, slot: int) -> Member:
        reference = self.reference
        if group.what.name == "intake" and not self.knows_terminals:
            reference = replace(self.reference, terminals=Dated())
        group.members[slot] = member = Member(self, group.what, slot, reference)
        return member

    def _note(self, member: Member) -> None:
        """A process has come to a stop: at its end, dead, or frozen while another takes its place."""
        group, task = self.groups[member.name], member.task
        is_in_place = group.members[member.slot] is member
        if task is None or not task.done():
            if member.fenced and is_in_place:
                group.members[member.slot] = None
                self.frozen.append(member)
            return
        member.task = None
        died = task.exception()
        if died is not None and not isinstance(died, Crash):
            raise died
        if is_in_place and died is not None:
            group.members[member.slot] = None

    async def wake(self, steps: int) -> None:
        if self.frozen:
            member = self.frozen.pop(0)
            self.tally.befell("finished late")
            await member.go(steps, None, 0)
            self._note(member)
            if member.task is not None:
                self.frozen.append(member)

    async def land(self) -> None:
        landing, self.adrift = self.adrift, []
        for effect in landing:
            await effect()

    async def _stop(self, group: Group, gently: bool) -> None:
        if gently:
            for member in group.alive():
                if member.task is not None:
                    await member.go(-1, None, 0)
                    self._note(member)
        await self.crash(group)
        if not group.stopped:
            self.tally.befell("stopped for long")
        group.stopped = True

    async def _restart_intake(self, knows_terminals: bool) -> None:
        if knows_terminals != self.knows_terminals:
            self.knows_terminals = knows_terminals
            await self.crash(self.groups["intake"])
            self.tally.befell("restarted with other reference data")

    def mend(self) -> None:
        for name in NAMES:
            self.broken[name].clear()
            store, service = self.stores[name], self.services.get(name)
            letters = self.left().letters(name)
            parked = at_once(store.find(STREAMS, "parked", (), limit=EVERYTHING)) if service else []
            if any(letter.cause == "unknown_terminal" for letter in letters):
                self.came_home.add(name)
            for id in [letter.id for letter in letters] + [document.id for document in parked]:
                at_once(ask_replay(service, store, id))
                self.tally.befell("asked to be replayed")

    def _copy(self, place: Place, back: int) -> None:
        records = self.topics.records[place][-back:]
        if records:
            first = records[0]
            copy = self.topics.append(first.topic, first.key, first.value, first.headers, first.partition)
            if _id(first) in self.poison:
                self._poisoned(copy)
            self.tally.befell("copied record" if back <= 40 else "late copy")

    def _poisoned(self, record: Any) -> None:
        if record is not None:
            self.poison.add(_id(record))
            self.tally.befell("poisoned record")


def _id(record: Any) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"

"""What a resident can do in a visit: show the card, ask, pay; and what they remember of having done so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from deploy.demo.actors.reader import FETCH, PAY, REGISTER
from deploy.demo.actors.show import show_card
from deploy.demo.pictures import Picture
from deploy.demo.residents import Resident
from deploy.demo.scene import Scene, frame, good_until, now, reference
from services.guide.told import VisitStanding
from services.guide.told_money import BillTold
from services.guide.told_wards import OnwardTold
from shared.envelope import Envelope
from shared.events import Request
from shared.events.base import Visit, Where, queue_key
from shared.events.edge import (
    Kind,
    MedicationPickupRequested,
    PaymentTendered,
    RegistrationRequested,
    Session,
    VisitCloseRequested,
)
from shared.events.edge_inpatient import DepositTendered
from shared.events.edge_rooms import ExaminationScheduleRequested
from shared.health_card.steps import Step
from shared.uuid7 import uuid7

MOST_ASKED = 3
"""How often anything is asked for before somebody gives up."""
METHODS: tuple[Literal["wechat", "alipay", "unionpay"], ...] = ("wechat", "alipay", "unionpay")
DEPOSITS = (5_000, 50_000)
"""In fen: a day in bed costs more than the one and less than the other."""
QUEUED: tuple[Kind, ...] = ("outpatient", "emergency")
"""The kinds of visit that get a number."""
SESSIONS: tuple[Session, ...] = ("morning", "afternoon")


@dataclass
class Visitor:
    """One resident on one visit, and what they have asked for so far, by matter. `kind` is that of the visit, which
    follows the `admission` order or has the `package` it names; `onward` is where doctors sent them on to. `proxy` is
    the card of who registers for them; `waived` what waivers took over, in fen, and `treat_first` whether they may pay
    at the end, as guide tells it."""

    scene: Scene
    resident: Resident
    picture: Picture
    institution: str
    department: str
    story: str
    rng: Random
    kind: Kind
    visit: Visit | None = None
    admission: str | None = None
    package: str | None = None
    proxy: str | None = None
    session: Session = "morning"
    onward: list[OnwardTold] = field(default_factory=list)
    asked: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    sent: list[Envelope] = field(default_factory=list)
    copies: int = 1
    bill: BillTold | None = None
    waived: int = 0
    treat_first: bool = False

    @property
    def card(self) -> str:
        return self.resident.key

    @property
    def at(self) -> Visit:
        if self.visit is None:
            raise LookupError("nobody asks within a visit before asking for it")
        return self.visit

    async def register(self) -> str:
        """Show the card and ask for a visit; the request's id becomes the visit's."""
        where, id = self.terminal(), uuid7()
        self.visit = Visit(id=id, date=now().date())
        await self.show(where, REGISTER)
        return await self.say("register", self.registration(where), id=id)

    def registration(self, where: Where, until: datetime | None = None) -> RegistrationRequested:
        self.session = self.rng.choice(SESSIONS)
        if self.kind in QUEUED:
            self.scene.queues.add(queue_key(self.institution, self.department, self.session, self.at.date))
        return RegistrationRequested(
            **frame(self.card, self.at, where),
            good_until=until or good_until(),
            kind=self.kind,
            department=self.department,
            session=self.session,
            date=self.at.date,
            admission=self.admission,
            package=self.package,
            proxy=self.proxy,
        )

    def goes_on(self, *, kind: Kind, institution: str, department: str, admission: str | None = None) -> None:
        """Another visit is to follow: nothing is asked for in it yet."""
        self.kind, self.institution, self.department, self.admission = kind, institution, department, admission
        self.visit, self.bill, self.package = None, None, None
        self.asked, self.lines, self.onward = {}, {}, []

    async def pay(self, bill: BillTold, *, fen: int | None = None) -> PaymentTendered:
        """Pay at a kiosk, by phone, or at the cashier's."""
        where = self.terminal("cashier")
        await self.show(where, PAY)
        tender = PaymentTendered(
            **frame(self.card, self.at, where),
            bill=bill["bill"],
            amount=bill["fen"] if fen is None else fen,
            method=self.rng.choice(METHODS),
            reference=reference(self.rng),
        )
        await self.say(f"pay {bill['bill']}", tender)
        return tender

    async def deposit(self) -> str:
        """Pay a deposit for the stay: perhaps less than it will cost, perhaps more."""
        where = self.terminal("cashier")
        await self.show(where, PAY)
        tender = DepositTendered(
            **frame(self.card, self.at, where),
            amount=self.rng.choice(DEPOSITS),
            method=self.rng.choice(METHODS),
            reference=reference(self.rng),
        )
        return await self.say("deposit", tender)

    async def fetch(self, prescription: str) -> str:
        """Ask what may be fetched."""
        where = self.terminal("pharmacy_desk")
        await self.show(where, FETCH)
        asked = MedicationPickupRequested(
            **frame(self.card, self.at, where), good_until=good_until(), prescription=prescription
        )
        return await self.say(f"fetch {prescription}", asked)

    async def schedule(self, order: str) -> str:
        """Take the next time there is, at a kiosk or by phone."""
        at = now() + timedelta(seconds=1 + self.rng.uniform(1, 3) * self.scene.think)
        where = self.terminal()
        asked = ExaminationScheduleRequested(
            **frame(self.card, self.at, where), good_until=good_until(), order=order, at=at, room="E01"
        )
        return await self.say(f"schedule {order}", asked)

    async def close(self) -> str:
        where = self.scene.where(self.institution, "registration_desk", self.rng)
        asked = VisitCloseRequested(**frame(self.card, self.at, where), good_until=good_until(), proxy=self.proxy)
        return await self.say("close", asked)

    async def say(self, matter: str, request: Request, *, id: str | None = None) -> str:
        """Ask, and remember that it was asked for."""
        envelope = await self.scene.say(request, id=id, copies=self.copies)
        self.asked.setdefault(matter, []).append(envelope.id)
        self.sent.append(envelope)
        return envelope.id

    async def show(self, where: Where, step: Step) -> None:
        await show_card(self.scene, self.resident, self.at, where, step=step, kind=self.kind, rng=self.rng)

    def may_ask(self, matter: str, standing: VisitStanding) -> bool:
        """Never twice, but for what was refused; and not for ever."""
        before = self.asked.get(matter, [])
        refused = {one["request"] for one in standing["refused"]}
        return not before or (len(before) < MOST_ASKED and before[-1] in refused)

    def terminal(self, desk: str = "registration_desk", department: str | None = None) -> Where:
        """Where this step is done: a kiosk, the phone, or that desk."""
        kinds = self.scene.city.terminals[self.institution]
        usual = [kind for kind in ("kiosk", "kiosk", "kiosk", "phone_gateway", "phone_gateway") if kind in kinds]
        return self.scene.where(self.institution, self.rng.choice([*usual, desk]), self.rng, department)

    def remember(self, standing: VisitStanding) -> None:
        self.onward = standing["onward"]
        self.treat_first = standing["visit"]["treat_first"]
        self.waived = sum(receipt["waiver"] for receipt in standing["receipts"])
        for bill in standing["owed"]["bills"]:
            self.lines |= {line["order"]: line["display"] for line in bill["lines"]}

    def is_over(self, standing: VisitStanding) -> bool:
        """Nobody goes home while something of theirs waits for an answer, or money is on its way back."""
        ended = standing["visit"]["status"] in ("cancelled", "closed")
        return ended and not standing["held"] and not standing["refunds"]


def steps(standing: VisitStanding) -> Mapping[str, list[str]]:
    """What comes next, and what each step is about."""
    return {step["step"]: step["about"] for step in standing["next"]}

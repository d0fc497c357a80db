"""A card is issued once, retires only into one that agreed, and opens and does nothing while it may not be used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from deploy.check.result import Finding
from deploy.check.told import Card, Told
from shared.events import cards
from shared.events.checkup import CheckupItemDone
from shared.events.consultation import ConsultationAccepted
from shared.events.examination import ExaminationCompleted, ExaminationScheduled
from shared.events.inpatient import PatientAdmitted
from shared.events.lab import SpecimenAccepted
from shared.events.pharmacy import MedicationDispensed, PickupReleased
from shared.events.registration import VisitRegistered, VisitResumed, VisitSuspended

DONE = (
    ConsultationAccepted,
    PatientAdmitted,
    SpecimenAccepted,
    ExaminationScheduled,
    ExaminationCompleted,
    PickupReleased,
    MedicationDispensed,
    CheckupItemDone,
)


def standing(card: Card) -> Iterator[Finding]:
    """What is wrong with one card's own life, and with visits while it might not be used."""
    yield from _life(card)
    yield from _visits(card)
    yield from _steps(card)


def _life(card: Card) -> Iterator[Finding]:
    issued: Told | None = None
    agreed: set[tuple[str, str]] = set()
    for one in card.of(cards.CardIssued, cards.CardMergeConsidered, cards.CardsMerged):
        match one.event:
            case cards.CardIssued():
                if issued is not None:
                    yield card.finding("card_twice", one, issued)
                issued = issued or one
            case cards.CardMergeConsidered(code=None) as event:
                agreed.add((event.request, event.kept))
            case cards.CardsMerged(side="retired") as event if (event.request, event.other) not in agreed:
                yield card.finding("merge_not_agreed", one)


def _visits(card: Card) -> Iterator[Finding]:
    """Registration answers in the order of the log: what was asked after a suspension was decided after it."""
    why: dict[str, Told] = {}
    hindered: dict[str, Told] = {}
    for one in card.told:
        match one.event:
            case cards.CardSuspended():
                why["suspended"] = one
            case cards.CardRestored():
                why.pop("suspended", None)
            case cards.CardsMerged(side="retired"):
                why["merged"] = one
            case cards.CardsUnmerged(side="retired"):
                why.pop("merged", None)
            case VisitRegistered() if one.cause in hindered:
                yield card.finding("while_suspended", one, hindered[one.cause])
        if why:
            hindered[one.id] = next(iter(why.values()))


def _steps(card: Card) -> Iterator[Finding]:
    """The same of every step of a visit, from where its suspension stands."""
    suspended: dict[str, Told] = {}
    asked: dict[str, dict[str, Told]] = defaultdict(dict)
    for one in card.told:
        visit = one.envelope.subject
        match one.event:
            case VisitSuspended():
                suspended[visit] = one
            case VisitResumed():
                suspended.pop(visit, None)
            case event if isinstance(event, DONE) and one.cause in asked[visit]:
                yield card.finding("while_suspended", one, asked[visit][one.cause])
        if visit in suspended:
            asked[visit][one.id] = suspended[visit]

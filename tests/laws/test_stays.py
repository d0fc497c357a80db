"""What beds and inpatient hold together, however far behind each is: one patient a bed, one bed a patient."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.edges import signed
from services.beds.service import SERVICE as BEDS
from services.billing.service import SERVICE as BILLING
from services.cards.service import SERVICE as CARD_AUTHORITY
from services.consultation.service import SERVICE as CONSULTATION
from services.guide.service import SERVICE as GUIDE
from services.inpatient.service import SERVICE as INPATIENT
from services.intake.service import SERVICE as INTAKE
from services.registration.service import SERVICE as REGISTRATION
from shared.envelope import Envelope, to_ms
from shared.events import TYPES, AnyEvent, Request, authority, beds, billing, edge, inpatient, registration
from shared.events.base import Visit, Where, derive, ward_key
from shared.events.edge_inpatient import (
    BedRequested,
    DischargeRequested,
    DischargeSummary,
    InpatientServiceGiven,
    TransferRequested,
)
from shared.reference import Ward
from shared.reference.data import Dated
from shared.signature import terminal_key
from shared.step import fact_id
from tests.laws.more_acts import AUTHORITY
from tests.laws.strategies import EPOCH, REFERENCE, SECRET
from tests.support.plain import DAY, MINUTE, Plain
from tests.support.spec import START

SERVICES = (INTAKE, REGISTRATION, CONSULTATION, BILLING, INPATIENT, BEDS, GUIDE, CARD_AUTHORITY)
CARDS = tuple(letter * 64 for letter in "abc")
WARDS = ("W1", "W2")
THERE = Where(institution=AUTHORITY.institution, terminal=AUTHORITY.code, channel="authority")
HERE = Where(institution="H01", department="D02", terminal="T01", channel="window")
SUMMARY = DischargeSummary(
    diagnoses=[edge.Diagnosis(code="J18.9", display="Pneumonia")], course="Antibiotics.", instructions="Rest."
)
PRICES = {"reg:emergency": 0, "reg:inpatient": 0, "ward:bed-day": 4000}
CITY = replace(
    REFERENCE,
    prices=Dated.of((item, EPOCH, fen) for item, fen in PRICES.items()),
    wards=Dated.of((f"H01|{code}", EPOCH, Ward("H01", code, code, code, ("01",))) for code in WARDS),
)
LONG = os.environ.get("LAWS") == "long"
laws = settings(max_examples=600 if LONG else 40, deadline=None, derandomize=not LONG)


class Move(NamedTuple):
    """One thing asked for a patient; `again` tells one asking from the next."""

    verb: str
    card: int
    ward: int = 0
    again: int = 0


VERBS = ("admit", "bed", "bed", "bed", "give", "move", "discharge", "pay", "leave", "lose", "find")
MOVES = st.builds(Move, st.sampled_from(VERBS), st.integers(0, 2), st.integers(0, 1), st.integers(0, 1))
HEARING = st.tuples(st.just("hear"), st.integers(0, len(SERVICES) - 1), st.integers(1, 6))
STORIES = st.lists(
    st.one_of(MOVES, MOVES, HEARING, st.just("settle"), st.just("settle"), st.just("wait")), min_size=4, max_size=40
)


def played(story: list[Any]) -> Plain:
    """The log a story leaves, once nothing waits any more. Everybody was told by a doctor to go into hospital."""
    plain = Plain(SERVICES, CITY)
    for card in range(len(CARDS)):
        plain.say(said(Move("issue", card)))
        plain.say(said(Move("register", card)))
        plain.say(said(Move("consult", card)))
    for move in (*story, "settle", "wait", "settle", "wait", "settle"):
        match move:
            case Move():
                plain.say(said(move))
            case ("hear", which, most):
                plain.hear(SERVICES[which].name, most)
            case "wait":
                plain.wait(DAY + MINUTE)
            case _:
                plain.settle()
    return plain


def id_of(move: Move) -> str:
    """A UUIDv7 of the start that follows from the move."""
    bits = uuid.uuid5(uuid.NAMESPACE_OID, repr(move)).int
    kept = bits & ~(0xFFFF_FFFF_FFFF << 80 | 0xF << 76 | 0b11 << 62)
    return str(uuid.UUID(int=to_ms(START) << 80 | 7 << 76 | 0b10 << 62 | kept))


def said(move: Move) -> Envelope:
    request = _of_card(move) or _request(move)
    return signed(request, terminal_key(SECRET, request.where.terminal), id=id_of(move), at=START)


def _of_card(move: Move) -> Request | None:
    ask: dict[str, Any] = {"card": CARDS[move.card], "where": THERE, "good_until": START + timedelta(days=1)}
    match move.verb:
        case "issue":
            return authority.CardApplicationMade(**ask, standing="formal")
        case "lose":
            return authority.CardSuspensionRequested(**ask, reason="lost")
        case "find":
            return authority.CardRestorationRequested(**ask)
        case _:
            return None


def _request(move: Move) -> Request:
    card = CARDS[move.card]
    came, stay = id_of(Move("register", move.card)), id_of(Move("admit", move.card))
    clinic: dict[str, Any] = {"card": card, "visit": Visit(id=came, date=START.date()), "where": HERE}
    ward: dict[str, Any] = {**clinic, "visit": Visit(id=stay, date=START.date())}
    until: dict[str, Any] = {"good_until": START + timedelta(days=1)}
    slot: dict[str, Any] = {"department": "D02", "session": "morning", "date": START.date()}
    match move.verb:
        case "register":
            return edge.RegistrationRequested(**clinic, **until, **slot, kind="emergency")
        case "consult":
            main = edge.Diagnosis(code="J18.9", display="Pneumonia")
            wanted = edge.AdmissionWanted(ward=WARDS[move.card % 2], reason="")
            return edge.ConsultationRecorded(**clinic, diagnoses=[main], admission=wanted)
        case "admit":
            order = derive(id_of(Move("consult", move.card)), "admission")
            return edge.RegistrationRequested(
                **{**ward, "visit": Visit(id=id_of(move), date=START.date())}, **until, **slot, kind="inpatient",
                admission=order,
            )  # fmt: skip
        case "bed":
            return BedRequested(**ward, **until, queue=ward_key("H01", WARDS[move.ward]))
        case "move":
            return TransferRequested(**ward, **until, ward=WARDS[move.ward])
        case "give":
            return InpatientServiceGiven(
                **ward, kind="nursing", item="ward:bed-day", display="Nursing", quantity="1", unit="day",
                day=START.date(),
            )  # fmt: skip
        case "discharge":
            return DischargeRequested(**ward, **until, summary=SUMMARY)
        case "pay":
            leaving = id_of(Move("discharge", move.card, move.ward, move.again))
            bill = derive(fact_id(leaving, card, "inpatient", 1), "bill")
            return edge.PaymentTendered(**ward, bill=bill, amount=4000, method="cash", reference=f"R{id_of(move)}")
    return edge.RegistrationCancellationRequested(**ward, **until)


def log(plain: Plain) -> Iterator[Any]:
    """What stands on the cards' log, in its order."""
    for record in plain.heard("registration"):
        headers = dict(record.headers)
        kind: type[AnyEvent] = TYPES[(headers["ce_type"] or b"").decode()]
        assert record.value is not None
        yield kind.model_validate_json(record.value)


@laws
@given(STORIES)
def test_a_bed_is_never_two_patients_and_no_patient_is_in_two_beds_of_a_ward(story: list[Any]) -> None:
    taken: dict[tuple[str, str], str] = {}
    for event in log(played(story)):
        match event:
            case beds.BedAssigned():
                assert (event.queue, event.bed) not in taken
                assert (event.queue, event.visit.id) not in {(bed[0], visit) for bed, visit in taken.items()}
                taken[event.queue, event.bed] = event.visit.id
            case beds.BedReleased():
                assert taken.pop((event.queue, event.bed)) == event.visit.id


@laws
@given(STORIES)
def test_a_patient_lies_in_one_bed_from_the_admission_to_the_discharge(story: list[Any]) -> None:
    lies: dict[str, tuple[str, str]] = {}
    for event in log(played(story)):
        match event:
            case inpatient.PatientAdmitted():
                assert event.card not in lies
                lies[event.card] = event.ward, event.bed
            case inpatient.PatientTransferred():
                assert lies[event.card] == (event.from_ward, event.from_bed)
                lies[event.card] = event.ward, event.bed
            case inpatient.PatientDischarged():
                del lies[event.card]


@laws
@given(STORIES)
def test_in_the_end_the_wards_and_the_stays_agree_on_every_bed(story: list[Any]) -> None:
    plain = played(story)
    given_out = {
        (id.split("/")[0], bed, patient.visit)
        for id, stream in plain.folds["beds"].streams.items()
        for bed, patient in stream.state.taken.items()
    }
    lain_in = {
        (stream.state.bed.queue, stream.state.bed.bed, id.partition("/")[2])
        for id, stream in plain.folds["inpatient"].streams.items()
        if stream.state.bed
    }
    assert given_out == lain_in


@laws
@given(STORIES)
def test_nobody_is_admitted_by_a_bed_given_while_the_card_might_not_be_used(story: list[Any]) -> None:
    suspended: set[str] = set()
    given_then: set[str] = set()
    for event in log(played(story)):
        match event:
            case registration.VisitSuspended():
                suspended.add(event.visit.id)
            case registration.VisitResumed():
                suspended.discard(event.visit.id)
            case beds.BedAssigned() if event.visit.id in suspended:
                given_then.add(event.wish)
            case inpatient.PatientAdmitted():
                assert event.wish not in given_then


@laws
@given(STORIES)
def test_in_the_end_who_lies_in_a_bed_is_cared_for_and_who_waits_for_one_is_so_with_a_card_in_use(
    story: list[Any],
) -> None:
    plain = played(story)
    stood = {id.partition("/")[0]: stream.state.card for id, stream in plain.folds["registration"].streams.items()}
    for id, stream in plain.folds["inpatient"].streams.items():
        stay, hindered = stream.state, stood[id.partition("/")[0]].hindrance
        if stay.bed:
            assert not plain.folds["consultation"].streams[id].state.suspended
        elif stay.admission and not stay.ended:
            assert bool(stay.held) == bool(hindered) != bool(stay.wish)


@laws
@given(STORIES)
def test_nobody_goes_home_before_what_was_given_is_settled(story: list[Any]) -> None:
    open_: dict[str, set[str]] = {}
    for event in log(played(story)):
        match event:
            case inpatient.InpatientServiceRecorded():
                open_.setdefault(event.card, set()).add(event.order)
            case billing.OrderCleared():
                open_.get(event.card, set()).discard(event.order)
            case inpatient.PatientDischarged():
                assert not open_.get(event.card)


def test_a_stay_whose_card_was_lost_is_admitted_once_it_is_found() -> None:
    """The bed that is asked for meanwhile is not given."""
    lost = ["settle", Move("admit", 0), "settle", Move("lose", 0), "settle", Move("bed", 0), "settle"]
    found = [Move("find", 0), "settle", Move("bed", 0, 0, 1), "settle"]
    said_ = [[type(event) for event in log(played(story))] for story in (lost, [*lost, *found])]
    assert [kinds.count(inpatient.PatientAdmitted) for kinds in said_] == [0, 1]


def test_the_stories_do_come_to_beds_transfers_and_discharges() -> None:
    """So the laws above are of something."""
    usual = [
        *(
            "settle",
            Move("admit", 0),
            "settle",
            Move("bed", 0),
            "settle",
            Move("give", 0),
            Move("move", 0, 1),
            "settle",
        ),
        *(Move("bed", 0, 1), "settle", Move("discharge", 0), "settle", Move("pay", 0), "settle"),
    ]
    said_ = [type(event) for event in log(played(usual))]
    told = (inpatient.PatientAdmitted, inpatient.PatientTransferred, inpatient.PatientDischarged, beds.BedReleased)
    assert [said_.count(kind) for kind in told] == [1, 1, 1, 2]

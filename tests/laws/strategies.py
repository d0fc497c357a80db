"""Plausible random stories of a few cards: acts that know each other's ids, and the requests they become.

Every id and time follows from the act alone, so the same act drawn twice is the same request said twice.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from deploy.edges import signed
from shared.envelope import Envelope, to_ms
from shared.events import Request, edge, edge_queues, edge_rooms
from shared.events.base import Visit, Where, derive, queue_key, ward_key
from shared.reference import Examination, LabTest, Limits, Medicine, QueueRule, Terminal, load
from shared.reference.data import Dated
from shared.signature import terminal_key
from tests.laws import checkup_acts, more_acts
from tests.support.insured import INSURED_TOWN
from tests.support.spec import START

SECRET = b"a secret of the laws alone"
CARDS = tuple("c" * 63 + last for last in "cdefab")
TEST, IMAGE, DRUG, DEAR = "2823-3", "24627-2", "N02BE01", "A10BA02"
EPOCH = date(2026, 1, 1)

REFERENCE = replace(
    load(INSURED_TOWN),
    terminals=Dated.of(
        (one.code, EPOCH, one)
        for one in (Terminal("T01", "H01", "desk"), Terminal("T02", "H02", "desk"), more_acts.AUTHORITY)
    ),
    wards=more_acts.HAVE_BEDS,
    entitlements=more_acts.GRANTED,
    sessions=Dated.of((f"H01|{name}|morning|*", EPOCH, True) for name in ("D01", "D02", *checkup_acts.ROOMS)),
    queues=Dated.of(
        (f"H01|{place}|morning|*", EPOCH, QueueRule(check_in=place == "LAB", capacity=most))
        for place, most in (("D01", 2), ("LAB", None))
    ),
    tests=Dated.of([(TEST, EPOCH, LabTest(TEST, "钾", "Potassium", "serum"))]),
    examinations=Dated.of([(IMAGE, EPOCH, Examination(IMAGE, "胸部CT", "CT Chest", "CT"))]),
    medicines=Dated.of((code, EPOCH, Medicine(code, code, code, "box")) for code in (DRUG, DEAR)),
    checkup_items=checkup_acts.KNOWN,
    packages=checkup_acts.PACKAGES,
    limits=Dated.of([(f"{TEST}|mmol/L", EPOCH, Limits(TEST, "mmol/L", Decimal("2.5"), Decimal("6.5")))]),
    terminal_secret=SECRET,
)


class Act(NamedTuple):
    """One thing an edge asks or reports in one of the visits; `which` and `how` are read as the verb likes, 0 is usual.

    Visit 0 and 2 want the same slot and are insured, visit 1 is an emergency that pays alone. Consultation 0 orders a
    test, an examination no scheme covers and a medicine, 1 two medicines, 2 is held at another institution. How 3 is at
    another institution, 4 names the visit with another day. A visit may order a bed, and one stay follows it; a
    check-up is a visit beside it. What the card authority asks is about the card alone, or about it and the next.
    """

    verb: str
    card: int = 0
    visit: int = 0
    which: int = 0
    how: int = 0


PAID = (("register", 0), ("present", 0), ("tender", 3), ("consult", 0), ("tender", 0))
WAYS: tuple[tuple[tuple[str, int] | tuple[str, int, int], ...], ...] = (
    (
        *PAID, ("collect", 0), ("enter", 0), ("acknowledge", 0), ("correct", 0), ("schedule", 0), ("examine", 0),
        ("report", 0), ("read", 0), ("rewrite", 0), ("review", 0), ("pick up", 0), ("hand over", 0), ("close", 0),
    ),
    (
        *PAID, ("cancel", 0), ("cancel", 2), ("cancel", 3), ("examine", 0), ("refund", 1), ("refund", 2, 1),
        ("refund", 2), ("refund", 3), ("pick up", 0), ("close", 0),
    ),
    (*PAID, ("collect", 0, 1), ("resolve", 0, 1), ("cancel", 0), ("review", 0, 1), ("refund", 2), ("refund", 1, 2)),
    (("register", 0), ("tender", 3), ("leave", 0), ("refund", 0), ("consult", 0), ("resolve", 2), ("collect", 0)),
    (
        ("check in", 0), *PAID, ("call", 0), ("miss", 0), ("call", 1), ("serve", 0), ("check in", 1), ("call", 2),
        ("serve", 1), ("check in", 2), ("check in", 3), ("leave", 0),
    ),
    (*PAID, ("hand over", 0, 1), ("resolve", 1, 1), ("collect", 0), ("cancel", 0), ("refund", 0), ("resolve", 3)),
    # Twice, since much of a stay is refused where any bed is another's.
    *[(("issue", 0), ("register", 0), ("tender", 3), *more_acts.STAY)] * 2,
    (("issue", 0), ("register", 0), ("tender", 3), *more_acts.DEPOSITED),
    (
        ("issue", 0), ("issue", 2), *PAID, ("suspend", 0), ("consult", 1), ("collect", 0), ("replace", 0),
        ("collect", 0), ("suspend", 1), ("restore", 0), ("merge", 0), ("unmerge", 0), ("close", 0),
    ),
    checkup_acts.CHECKUP,
    checkup_acts.INTERRUPTED,
    checkup_acts.FREE_OF_CHARGE,
    checkup_acts.TREATED_FIRST,
    checkup_acts.CALLED_OFF,
)  # fmt: skip
VERBS = (*dict.fromkeys(act[0] for way in WAYS for act in way), "consult", "cancel", "refund")
ELSEWHERE = (*more_acts.VERBS_OF_STAYS, *more_acts.VERBS_OF_CARDS, *checkup_acts.VERBS)
PLACES = st.tuples(st.integers(0, 1), st.integers(0, 2))


def acts(places: st.SearchStrategy[tuple[int, int]] = PLACES) -> st.SearchStrategy[Act]:
    """Any act, as likely as not out of turn."""
    verbs = st.sampled_from(VERBS)
    return st.builds(lambda verb, place, *n: Act(verb, *place, *n), verbs, places, st.integers(0, 3), st.integers(0, 4))


@st.composite
def visits(draw: st.DrawFn) -> list[Act]:
    """A whole visit as visits go, with some acts left out and some others in between."""
    place, way = draw(PLACES), draw(st.sampled_from(WAYS))
    left_out = draw(st.sets(st.integers(0, len(way) - 1), max_size=2))
    story = [Act(verb, *place, *how) for n, (verb, *how) in enumerate(way) if n not in left_out]
    for at, act in draw(st.lists(st.tuples(st.integers(0, len(story)), acts(st.just(place))), max_size=6)):
        story.insert(at, act)
    return story


def said(act: Act, late: int = 0) -> Envelope:
    """The signed request of an act. Another `late` (seconds) is the same id with other bytes."""
    request, id = made(act)
    at = START + timedelta(seconds=int(id[-2:], 16) + late)
    return signed(request, terminal_key(SECRET, request.where.terminal), id=id, at=at)


def made(act: Act) -> tuple[Request, str]:
    """The request of an act, and its id."""
    match act.verb:
        case "register":
            act = Act("register", act.card, act.visit)
        case "consult":
            act = Act("consult", act.card, act.visit, act.which % 3)
        case "order bed" | "admit":
            act = Act(act.verb, act.card, act.visit)
        case "book":
            act = Act("book", act.card, act.visit, act.which % 3)
        case verb if verb in more_acts.VERBS_OF_CARDS:
            act = act._replace(visit=0)
    opened = id_of(Act("register", act.card, act.visit))
    where = Where(institution="H01", department="D01", terminal="T01", channel="window")
    if (act.verb == "consult" and act.which == 2) or act.how == 3:
        where = where.model_copy(update={"institution": "H02", "terminal": "T02"})
    day = START.date() + timedelta(days=act.how == 4)
    base = {"card": card_of(act.card), "visit": Visit(id=opened, date=day), "where": where}
    return _request(act, base, opened), id_of(act)


def card_of(number: int) -> str:
    """The key of a card; the first two are alike in all but a letter."""
    return CARDS[number] if number < len(CARDS) else hashlib.sha256(b"card %d" % number).hexdigest()


def id_of(act: Act) -> str:
    """A UUIDv7 of the start, all of whose other bits follow from the act."""
    bits = int.from_bytes(hashlib.blake2b(repr(act).encode(), digest_size=16).digest())
    kept = bits & ~(0xFFFF_FFFF_FFFF << 80 | 0xF << 76 | 0b11 << 62)
    return str(uuid.UUID(int=to_ms(START) << 80 | 7 << 76 | 0b10 << 62 | kept))


def _request(act: Act, base: dict[str, Any], opened: str) -> Request:  # noqa: C901, PLR0912 - one case a verb
    consulted = id_of(Act("consult", act.card, act.visit, act.which % 2))
    test, line = derive(consulted, "lab_test", 1), derive(consulted, "medication", 1)
    image = derive(consulted, "examination", 1)
    prescription, wrong = derive(consulted, "prescription"), act.how == 1
    ask = {**base, "good_until": START + (timedelta(minutes=2) if act.how == 2 else timedelta(days=1))}
    match act.verb:
        case verb if verb in ELSEWHERE:
            return _elsewhere(act, base, ask["good_until"])
        case "register":
            kind, room = ("emergency", "D02") if act.visit == 1 else ("outpatient", "D01")
            wanted: dict[str, Any] = {"kind": kind, "department": room, "session": "morning", "date": START.date()}
            return edge.RegistrationRequested(**ask, **wanted, payer="self" if act.visit == 1 else None)
        case "leave":
            return edge.RegistrationCancellationRequested(**ask)
        case "close":
            return edge.VisitCloseRequested(**ask)
        case "consult":
            return _consultation(act, base)
        case "tender":
            bill, owed = _bill(act, opened, consulted)
            paid: dict[str, Any] = {
                "amount": owed + wrong,
                "method": "cash",
                "reference": f"R{act.visit}.{act.which}.{act.how // 3}",
            }
            return edge.PaymentTendered(**base, bill=bill, **paid)
        case "refund":
            order = (opened, test, line, image)[act.which]
            refund = derive(derive(order, "charge"), "refund")
            outcome: Any = "failed" if wrong else "confirmed"
            return edge.RefundReported(**base, refund=refund, outcome=outcome, reference="R")
        case "cancel" if act.which == 3:
            return edge.OrderCancellationRequested(**ask, kind="examination", order=image)
        case "schedule":
            return edge_rooms.ExaminationScheduleRequested(**ask, order=image, at=START + timedelta(hours=2))
        case "examine":
            modality = "MR" if wrong else "CT"
            return edge_rooms.ExaminationPerformed(**base, order=image, modality=modality, image="1.2.840.1.1")
        case "report" | "rewrite":
            told: dict[str, Any] = {
                "findings": "",
                "conclusion": "肺栓塞",
                "critical": None if act.how == 2 else "肺栓塞",
            }
            if act.verb == "rewrite":
                return edge_rooms.ExaminationReportCorrected(**base, **told, order=image, reason="")
            return edge_rooms.ExaminationReportEntered(**base, **told, order=image)
        case "read":
            return edge_rooms.CriticalFindingAcknowledgementReported(**base, order=image, action="抗凝")
        case "cancel" if act.which < 2:
            return edge.OrderCancellationRequested(**ask, kind="lab_test", order=test)
        case "cancel":
            return edge.OrderCancellationRequested(**ask, kind="medication", order=line)
        case "check in" | "call" | "miss" | "serve":
            return _of_queue(act, ask)
        case "collect":
            kind = "urine" if wrong else "serum"
            return edge.SpecimenCollected(**base, order=test, specimen=derive(test, "label"), kind=kind)
        case "enter" | "correct":
            value = "4.10" if act.how == 2 else "7.10"
            analyte = edge.Analyte(code=TEST, display="Potassium", value=value, unit="mmol/L")
            if act.verb == "correct":
                return edge.LabResultCorrected(**base, order=test, analytes=[analyte], reason="")
            specimen = derive(test, "other" if wrong else "label")
            return edge.LabResultEntered(**base, order=test, specimen=specimen, analytes=[analyte])
        case "acknowledge":
            return edge.CriticalValueAcknowledgementReported(**base, order=test, action="复查")
        case "review":
            verdict: Any = "returned" if wrong else "passed"
            return edge.PrescriptionReviewed(**base, prescription=prescription, verdict=verdict)
        case "pick up":
            return edge.MedicationPickupRequested(**ask, prescription=prescription)
        case "hand over":
            handed = edge.HandedLine(order=line, quantity="9" if wrong else "2")
            return edge.MedicationHandedOver(**base, prescription=prescription, lines=[handed])
        case "resolve":
            service = ("lab", "pharmacy", "consultation", "billing")[act.which]
            verb = ("collect", "hand over", "consult", "refund")[act.which]
            irregular = id_of(Act(verb, act.card, act.visit, 0, 0 if verb == "consult" else act.how))
            return edge.IrregularityResolutionReported(
                **base, service=service, irregularity=irregular, resolution="核实"
            )
    return edge.CardPresented(
        **base, step="10101", medical_type="O", terminal_class="2", channel_class="2", assurance="low"
    )


def _elsewhere(act: Act, base: dict[str, Any], until: datetime) -> Request:
    if act.verb in checkup_acts.VERBS:
        booked = id_of(act if act.verb == "book" else Act("book", act.card, act.visit))
        room = checkup_acts.ROOMS[act.visit == 1]
        return checkup_acts.of_checkup(act.verb, act.which, act.how, base, booked=booked, room=room, until=until)
    if act.verb in more_acts.VERBS_OF_CARDS:
        return more_acts.of_card(act.verb, act.which, base["card"], card_of((act.card + 1) % 2), until)
    ordered, stay = (id_of(Act(verb, act.card, act.visit)) for verb in ("order bed", "admit"))
    first, second = (id_of(Act("discharge", act.card, act.visit, n)) for n in (0, 1))
    held = tuple(id_of(Act("deposit", act.card, act.visit, n)) for n in range(4))
    known: dict[str, Any] = {"ordered": ordered, "stay": stay, "discharges": (first, second), "deposits": held}
    return more_acts.of_stay(act.verb, act.which, base, **known, until=until)


def _of_queue(act: Act, ask: dict[str, Any]) -> Request:
    """A request to the queue of the visit's own session or, the third, of the laboratory; the fourth is of a ward."""
    room = "LAB" if act.which == 2 else "D02" if act.visit == 1 else "D01"
    key = ward_key("H01", "W01") if act.which == 3 else queue_key("H01", room, "morning", START.date())
    card, visit = ask.pop("card"), ask.pop("visit")
    match act.verb:
        case "check in":
            return edge_queues.CheckInRequested(**ask, queue=key, card=card, visit=visit)
        case "call":
            return edge_queues.TicketCallRequested(**ask, queue=key)
        case "miss":
            return edge_queues.TicketMissReported(**ask, queue=key, number=act.which + 1)
    return edge_queues.TicketServeReported(**ask, queue=key, number=act.which + 1)


def _consultation(act: Act, base: dict[str, Any]) -> Request:
    tests = [edge.LabTestWanted(code=TEST, display="Potassium", specimen="serum")] if act.which != 1 else []
    images = [edge.ExaminationWanted(code=IMAGE, display="胸部CT", modality="CT")] if act.which != 1 else []
    drugs = [(DRUG, "2"), (DEAR, "1.5")] if act.which == 1 else [(DRUG, "2")]
    medicines = [
        edge.MedicineWanted(code=code, display=code, quantity=quantity, unit="box", dosage="", days=3)
        for code, quantity in drugs
    ]
    main = edge.Diagnosis(code="E87.5", display="高钾血症")
    vital = edge.Measurement(code="8867-4", display="Heart rate", value="72", unit="/min")
    return edge.ConsultationRecorded(
        **base,
        diagnoses=[main],
        no_known_allergies=act.which == 0,
        vital_signs=[vital] if act.which else [],
        referral=edge.Referral(institution="H02", reason="") if act.which == 1 else None,
        tests=tests,
        examinations=images,
        medicines=medicines,
    )


def _bill(act: Act, opened: str, consulted: str) -> tuple[str, int]:
    """A bill of the visit, and what it asks for while its card's year has had no more than one other."""
    if act.which == 3:
        return derive(opened, "bill"), 500
    if act.visit == 1:
        return derive(consulted, "bill"), 2410 + 149 if act.which % 2 else 2550 + 1800 + 2410
    return derive(consulted, "bill"), 1400 if act.which % 2 else 2600 + 1800

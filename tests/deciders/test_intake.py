"""What bad input gets at intake: one outcome a test."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.intake.service import SERVICE
from shared.decider import SetAside
from shared.envelope import Envelope, to_ms
from shared.events import REQUESTS, TYPES, AnyEvent
from shared.events.base import SHANGHAI, queue_key, ward_key
from shared.events.causes import CAUSES
from shared.events.codes import REASONS
from shared.events.frames import read_frame
from shared.events.intake import AnyRequestRefused
from shared.reference import Institution, LabTest, Medicine, Reference, Terminal
from shared.reference.data import Dated
from shared.signature import sign_request, terminal_key
from shared.step import SameIdOtherBytes, Stream, step

SECRET = b"an invented terminal secret"
CARD, OTHER_CARD = "c" * 64, "d" * 64
LOG = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
SINCE = date(2026, 1, 1)
QUEUE = queue_key("H01", "0300", "morning", LOG.date())
# Digits that have the form of a mobile number and belong to nobody.
MOBILE = "13800000000"


def rows(*pairs: tuple[str, Any]) -> Dated[Any]:
    return Dated.of((key, SINCE, row) for key, row in pairs)


REFERENCE = Reference(
    institutions=rows(("H01", Institution("H01", "虚构医院", "Invented", "county", "secondary", "public", "371502"))),
    terminals=rows(("T01", Terminal("T01", "H01", "kiosk")), ("T02", Terminal("T02", "H02", "kiosk"))),
    prices=rows(("reg:outpatient", 500), ("58410-2", 2000), ("J01CA04", 1500), ("A02BC01", 1_000_000)),
    tests=rows(
        ("58410-2", LabTest("58410-2", "血常规", "CBC", "blood")), ("2345-7", LabTest("2345-7", "葡萄糖", "G", "blood"))
    ),
    medicines=rows(
        ("J01CA04", Medicine("J01CA04", "阿莫西林", "Amoxicillin", "盒")),
        ("A02BC01", Medicine("A02BC01", "奥美拉唑", "Omeprazole", "盒")),
    ),
    terminal_secret=SECRET,
)


def id_at(made: datetime, n: int = 1) -> str:
    ms = f"{to_ms(made):012x}"
    return f"{ms[:8]}-{ms[8:]}-7000-8000-{n:012d}"


def body(**fields: Any) -> dict[str, Any]:
    """The body of a RegistrationRequested that intake admits, with other fields."""
    return {
        "card": CARD,
        "visit": {"id": id_at(LOG), "date": "2026-11-24"},
        "where": {"institution": "H01", "department": "0300", "terminal": "T01", "channel": "kiosk"},
        "good_until": "2026-11-24T09:05:00+08:00",
        "kind": "outpatient",
        "department": "0300",
        "session": "morning",
        "date": "2026-11-24",
        **fields,
    }


def consultation(**fields: Any) -> dict[str, Any]:
    shared = {name: value for name, value in body().items() if name in ("card", "visit", "where")}
    return {**shared, "diagnoses": [{"code": "J06.9", "display": "急性上呼吸道感染"}], **fields}


def medicine(**fields: Any) -> dict[str, Any]:
    wanted = {"code": "J01CA04", "display": "阿莫西林", "quantity": "1", "unit": "盒", "dosage": "口服", "days": 3}
    return {**wanted, **fields}


def sent(
    fields: dict[str, Any] | bytes | None = None,
    *,
    type: str = "registration-requested.v1",
    by: str = "edge",
    id: str = "",
    time: datetime = LOG,
    key: str = CARD,
    secret: bytes = SECRET,
    **changes: Any,
) -> Envelope:
    """A signed request as it came off the topic; `changes` are made after signing."""
    raw = fields if isinstance(fields, bytes) else json.dumps(fields or body(), ensure_ascii=False).encode()
    name, id, text = f"onecard.{by}.{type}", id or id_at(LOG), time.isoformat()
    signer = terminal_key(secret, "T01" if b'"T02"' not in raw else "T02")
    signature = sign_request(signer, id=id, type=name, time=text, key_=key, body=raw)
    made = Envelope(id, name, text, key, raw, subject=id_at(LOG), signature=signature, time_ms=to_ms(LOG))
    return made._replace(**changes)


def outcome(*envelopes: Envelope, reference: Reference = REFERENCE) -> str:
    """What the last of these requests gets: admitted, silence, a cause to set it aside, or a code of refusal."""
    types, stream, answer = dict(REQUESTS), Stream(SERVICE.initial), ""
    for envelope in envelopes:
        event = SERVICE.read(envelope, types, reference)
        if isinstance(event, SetAside):
            assert event.cause in CAUSES
            answer = event.cause
            continue
        stream, said = step(SERVICE, stream, envelope, event, reference)
        answer = _told(envelope, said)
    return answer


def _told(envelope: Envelope, said: list[Envelope]) -> str:
    match said:
        case []:
            return "silence"
        case [fact] if fact.type not in REQUESTS:
            refused = TYPES[fact.type].model_validate_json(fact.body)
            assert isinstance(refused, AnyRequestRefused)
            assert refused.request == envelope.id
            assert REASONS[refused.code].said_by == ("intake",)
            return refused.code
        case [same]:
            body = read_frame(envelope.key, envelope.body)
            topic = "onecard.queues" if envelope.key.startswith("queue:") else "onecard.events"
            source = f"onecard/{body.where.channel}/{body.where.terminal}"
            assert same == envelope._replace(topic=topic, decided_by="intake/1", time_ms=0, source=source)
            return "admitted"
        case _:
            raise AssertionError("intake says one thing about a request")


def test_a_good_request_is_admitted_unchanged() -> None:
    assert outcome(sent()) == "admitted"


def test_what_the_source_header_claims_does_not_reach_the_log() -> None:
    assert outcome(sent(source="onecard/somebody/else")) == "admitted"


def test_a_request_that_names_a_cause_is_set_aside() -> None:
    assert outcome(sent(causation=sent().id)) == "malformed_headers"


def test_a_key_id_that_is_none_is_set_aside() -> None:
    assert outcome(sent(key_id="who knows")) == "malformed_headers"


def test_a_key_id_that_looks_personal_is_set_aside() -> None:
    assert outcome(sent(key_id=MOBILE)) == "malformed_headers"


def test_an_unproven_body_is_not_searched_for_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.reading.mentions_a_person", lambda _: pytest.fail("it was"))
    assert outcome(sent(signature="0" * 64)) == "signature_wrong"


def test_a_body_over_its_limit_is_not_even_read() -> None:
    assert outcome(sent(body=b"{" * (256 * 1024 + 1))) == "too_large"


def test_fields_that_no_type_knows_are_admitted_with_it() -> None:
    assert outcome(sent(body(later={"field": [1, "二", None, True]}))) == "admitted"


# Set aside


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"card":1}', b"[" * 5000, b'{"a":' * 300],
    ids=["empty", "cut", "list", "null", "not-utf8", "no-fields", "deep", "deep-objects"],
)
def test_what_is_no_body_of_its_type_is_set_aside(raw: bytes) -> None:
    assert outcome(sent(raw)) == "wrong_shape"


def test_bytes_that_are_not_utf8_in_an_unknown_field_are_set_aside() -> None:
    raw = json.dumps(body(later="?")).encode().replace(b"?", b"\xff")
    assert outcome(sent(raw)) == "wrong_shape"


def test_a_number_given_as_text_is_set_aside() -> None:
    raw = {**consultation(), "diagnoses": "J06.9"}
    assert outcome(sent(raw, type="consultation-recorded.v1")) == "wrong_shape"


def test_a_time_without_its_offset_is_set_aside() -> None:
    assert outcome(sent(body(good_until="2026-11-24T09:05:00"))) == "wrong_shape"


def test_a_subject_that_is_not_the_visit_is_set_aside() -> None:
    assert outcome(sent(subject=id_at(LOG, 2))) == "wrong_shape"


def test_a_key_that_is_not_the_card_is_set_aside() -> None:
    assert outcome(sent(key=OTHER_CARD)) == "key_is_not_the_card"


def test_a_body_over_256_kib_is_set_aside() -> None:
    assert outcome(sent(body(later="长" * 90_000))) == "too_large"


def test_a_body_of_just_256_kib_is_admitted() -> None:
    size = len(sent(body(later="")).body)
    assert outcome(sent(body(later="x" * (256 * 1024 - size)))) == "admitted"


def test_a_terminal_nobody_registered_is_set_aside() -> None:
    where = {"institution": "H01", "terminal": "T99", "channel": "kiosk"}
    assert outcome(sent(body(where=where))) == "unknown_terminal"


def test_a_terminal_registered_from_a_later_day_is_set_aside() -> None:
    later = Dated.of([("T01", date(2026, 11, 25), Terminal("T01", "H01", "kiosk"))])
    assert outcome(sent(), reference=replace(REFERENCE, terminals=later)) == "unknown_terminal"


def test_a_request_without_a_signature_is_set_aside() -> None:
    assert outcome(sent(signature="")) == "signature_missing"


def test_a_signature_under_another_secret_is_set_aside() -> None:
    assert outcome(sent(secret=b"some other invented secret")) == "signature_wrong"


def test_a_signature_that_is_no_signature_is_set_aside() -> None:
    assert outcome(sent(signature="签名")) == "signature_wrong"


def test_without_the_terminal_secret_everything_is_set_aside() -> None:
    assert outcome(sent(), reference=replace(REFERENCE, terminal_secret=b"")) == "no_terminal_secret"


@pytest.mark.parametrize("type", ["nothing-asked.v1", "registration-requested", "registration-requested.v1x", "v1"])
def test_an_unknown_type_is_set_aside(type: str) -> None:
    assert outcome(sent(type=type)) == "unknown_type"


def test_a_fact_on_the_request_topic_is_set_aside() -> None:
    assert outcome(sent(type="order-cleared.v1", by="billing")) == "unknown_type"


def test_an_unknown_version_is_set_aside() -> None:
    assert outcome(sent(type="registration-requested.v2")) == "unknown_version"


def test_an_id_that_is_no_uuid7_is_set_aside() -> None:
    assert outcome(sent(id="0193e5c0-0000-4000-8000-000000000001")) == "not_a_uuid7"


def test_an_id_made_over_90_days_ago_is_set_aside() -> None:
    assert outcome(sent(id=id_at(LOG - timedelta(days=90, milliseconds=1)))) == "id_too_old"


def test_an_id_made_just_90_days_ago_is_admitted() -> None:
    assert outcome(sent(id=id_at(LOG - timedelta(days=90)))) == "admitted"


def test_a_known_id_with_other_bytes_is_set_aside() -> None:
    with pytest.raises(SameIdOtherBytes):
        outcome(sent(), sent(body(department="0400")))


@pytest.mark.parametrize(
    "change",
    [
        {"id": id_at(LOG, 9)},
        {"type": "onecard.edge.other.v1"},
        {"time": "2026-11-24T09:00:01+08:00"},
        {"body": json.dumps(body(department="0400")).encode()},
    ],
    ids=["id", "type", "time", "body"],
)
def test_anything_changed_after_signing_is_set_aside(change: dict[str, Any]) -> None:
    assert outcome(sent()._replace(**change)) == "signature_wrong"


# Silence


def test_a_known_id_with_the_same_bytes_says_nothing() -> None:
    assert outcome(sent(), sent()) == "silence"


def test_a_refused_request_sent_again_says_nothing() -> None:
    early = sent(body(good_until="2026-11-24T08:59:59+08:00"))
    assert outcome(early, early) == "silence"


# Refused


def test_an_ask_on_the_log_after_its_good_until_is_refused() -> None:
    assert outcome(sent(body(good_until="2026-11-24T08:59:59+08:00"))) == "past_good_until"


def test_an_ask_on_the_log_just_at_its_good_until_is_admitted() -> None:
    assert outcome(sent(body(good_until="2026-11-24T01:00:00Z"))) == "admitted"


def test_a_done_act_never_comes_too_late() -> None:
    late = sent(consultation(), type="consultation-recorded.v1")._replace(time_ms=to_ms(LOG + timedelta(days=80)))
    assert outcome(late) == "admitted"


def test_an_id_made_over_five_minutes_ahead_is_refused() -> None:
    assert outcome(sent(id=id_at(LOG + timedelta(minutes=5, milliseconds=1)))) == "time_ahead"


def test_an_id_made_just_five_minutes_ahead_is_admitted() -> None:
    assert outcome(sent(id=id_at(LOG + timedelta(minutes=5)))) == "admitted"


def test_an_id_from_the_end_of_time_is_refused() -> None:
    assert outcome(sent(id="ffffffff-ffff-7fff-8000-000000000001")) == "time_ahead"


def test_a_time_over_five_minutes_ahead_is_refused() -> None:
    assert outcome(sent(time=LOG + timedelta(minutes=5, seconds=1))) == "time_ahead"


def test_an_insurers_answer_is_taken_from_its_own_kind_of_terminal_alone() -> None:
    where = {"institution": "H01", "terminal": "T01", "channel": "kiosk"}
    visit = {"id": id_at(LOG), "date": "2026-11-24"}
    answer = {"card": CARD, "visit": visit, "where": where, "bill": id_at(LOG, 9), "outcome": "refused"}
    gateway = replace(REFERENCE, terminals=rows(("T01", Terminal("T01", "H01", "insurer"))))
    asked = sent(answer, type="insurer-answered.v1")
    assert (outcome(asked), outcome(asked, reference=gateway)) == ("not_the_insurer", "admitted")


def test_a_terminal_of_another_institution_is_refused() -> None:
    where = {"institution": "H01", "terminal": "T02", "channel": "kiosk"}
    assert outcome(sent(body(where=where))) == "terminal_of_another_institution"


@pytest.mark.parametrize(
    "fields",
    [
        {"notes": f"家属电话 {MOBILE}"},
        {"notes": "电话１３８－００００－００００"},
        {"later": {"phone": MOBILE}},
        {"later": {"phone": int(MOBILE)}},
        {"later": [{MOBILE: 1}]},
        {"where": {"institution": "H01", "terminal": "T01", "channel": "desk", "operator": MOBILE}},
    ],
    ids=["notes", "wide-digits", "unknown-field", "number", "key", "operator"],
)
def test_text_that_looks_personal_is_refused(fields: dict[str, Any]) -> None:
    assert outcome(sent(consultation(**fields), type="consultation-recorded.v1")) == "looks_personal"


def test_a_mobile_number_behind_an_escape_is_refused() -> None:
    raw = json.dumps(consultation(notes=f"电{MOBILE}"), ensure_ascii=True).replace("138", "\\u003138").encode()
    assert outcome(sent(raw, type="consultation-recorded.v1")) == "looks_personal"


def test_a_mobile_number_under_a_doubled_key_is_refused() -> None:
    raw = json.dumps(consultation(), ensure_ascii=False)[:-1] + f', "notes": "{MOBILE}", "notes": ""}}'
    assert outcome(sent(raw.encode(), type="consultation-recorded.v1")) == "looks_personal"


def test_a_mobile_number_in_a_list_beside_the_word_amount_is_refused() -> None:
    raw = consultation(later=["amount", int(MOBILE)])
    assert outcome(sent(raw, type="consultation-recorded.v1")) == "looks_personal"


def test_an_amount_with_as_many_digits_is_admitted() -> None:
    shared = {name: value for name, value in body().items() if name in ("card", "visit", "where")}
    paid = {**shared, "bill": id_at(LOG), "amount": int(MOBILE), "method": "cash", "reference": "R-1"}
    assert outcome(sent(paid, type="payment-tendered.v1")) == "admitted"


def test_text_with_escapes_and_no_number_is_admitted() -> None:
    assert outcome(sent(consultation(notes='"咳嗽"\n三天\\'), type="consultation-recorded.v1")) == "admitted"


def test_an_institution_not_in_the_reference_is_refused() -> None:
    where = {"institution": "H02", "terminal": "T02", "channel": "kiosk"}
    assert outcome(sent(body(where=where))) == "unknown_code"


def test_a_kind_of_visit_without_a_price_is_refused() -> None:
    assert outcome(sent(body(kind="checkup"))) == "unknown_code"


@pytest.mark.parametrize(("payer", "what"), [("self", "admitted"), ("neighbour", "unknown_code")])
def test_only_the_resident_may_be_named_as_payer(payer: str, what: str) -> None:
    assert outcome(sent(body(payer=payer))) == what


@pytest.mark.parametrize("code", ["9999-9", "2345-7"], ids=["not-in-the-catalogue", "without-a-price"])
def test_a_test_nobody_can_charge_is_refused(code: str) -> None:
    tests = [{"code": code, "display": "检验", "specimen": "blood"}]
    assert outcome(sent(consultation(tests=tests), type="consultation-recorded.v1")) == "unknown_code"


@pytest.mark.parametrize(("to", "what"), [("H01", "admitted"), ("H99", "unknown_code")])
def test_a_referral_is_to_an_institution_of_the_reference(to: str, what: str) -> None:
    referral = {"institution": to, "reason": "进一步检查"}
    assert outcome(sent(consultation(referral=referral), type="consultation-recorded.v1")) == what


def test_a_medicine_not_in_the_catalogue_is_refused() -> None:
    medicines = [medicine(code="58410-2")]
    assert outcome(sent(consultation(medicines=medicines), type="consultation-recorded.v1")) == "unknown_code"


@pytest.mark.parametrize("service", ["intake", "records", "nobody"])
def test_an_irregularity_of_a_service_that_has_none_is_refused(service: str) -> None:
    shared = {name: value for name, value in body().items() if name in ("card", "visit", "where")}
    resolved = {**shared, "service": service, "irregularity": id_at(LOG), "resolution": "已核对"}
    assert outcome(sent(resolved, type="irregularity-resolution-reported.v1")) == "unknown_code"


def test_a_visit_over_a_year_away_is_refused() -> None:
    assert outcome(sent(body(visit={"id": id_at(LOG), "date": "2027-11-26"}))) == "out_of_bounds"


def test_an_act_over_a_year_ago_is_refused() -> None:
    assert outcome(sent(time=datetime(1, 1, 1, tzinfo=UTC))) == "out_of_bounds"


@pytest.mark.parametrize(
    "fields",
    [
        {"medicines": [medicine(quantity="0.00")]},
        {"medicines": [medicine(quantity="-1")]},
        {"medicines": [medicine(), medicine()]},
        {"medicines": [medicine(code="A02BC01", quantity=str(Decimal(10**9)))]},
        {"tests": [{"code": "58410-2", "display": "血常规", "specimen": "blood"}] * 2},
        {"diagnoses": [{"code": "J06.9", "display": "急性上呼吸道感染"}] * 2},
        {"allergies": [{"code": "J01CA04", "display": "阿莫西林"}], "no_known_allergies": True},
    ],
    ids=["nothing", "less", "line-twice", "beyond-money", "test-twice", "diagnosis-twice", "both"],
)
def test_a_consultation_out_of_bounds_is_refused(fields: dict[str, Any]) -> None:
    assert outcome(sent(consultation(**fields), type="consultation-recorded.v1")) == "out_of_bounds"


@pytest.mark.parametrize("quantities", [["0"], ["1", "1"]], ids=["nothing", "line-twice"])
def test_a_hand_over_out_of_bounds_is_refused(quantities: list[str]) -> None:
    shared = {name: value for name, value in body().items() if name in ("card", "visit", "where")}
    lines = [{"order": id_at(LOG), "quantity": quantity} for quantity in quantities]
    handed = {**shared, "prescription": id_at(LOG), "lines": lines}
    assert outcome(sent(handed, type="medication-handed-over.v1")) == "out_of_bounds"


def test_the_day_of_the_stream_is_the_shanghai_day_inside_the_id() -> None:
    event = SERVICE.read(sent(id=id_at(datetime(2026, 11, 23, 16, 0, tzinfo=UTC))), dict(REQUESTS), REFERENCE)
    assert not isinstance(event, SetAside)
    assert SERVICE.stream(event) == "2026-11-24"


def about_queue(**fields: Any) -> dict[str, Any]:
    """The body of an act about a queue, which names no visit."""
    act = {"service": "lab", "irregularity": id_at(LOG, 7), "resolution": "已补登"}
    return {"queue": QUEUE, "where": body()["where"], **act, **fields}


def to_queue(fields: dict[str, Any] | None = None, *, key: str = QUEUE, **changes: Any) -> Envelope:
    raw = fields or about_queue()
    return sent(raw, type="queue-irregularity-resolution-reported.v1", key=key, **{"subject": "", **changes})


def about_card(**fields: Any) -> dict[str, Any]:
    return {"card": CARD, **{name: value for name, value in about_queue().items() if name != "queue"}, **fields}


def to_card(fields: dict[str, Any] | None = None, **changes: Any) -> Envelope:
    raw = fields or about_card()
    return sent(raw, type="card-irregularity-resolution-reported.v1", **{"subject": "", **changes})


class TestWithoutAVisit:
    """Requests keyed on a queue, and on a card alone: the same verdicts, and the topic of their key."""

    def test_a_request_about_a_queue_is_admitted_to_the_topic_of_queues(self) -> None:
        request = to_queue()
        [admitted] = said(request)
        assert (admitted.topic, admitted.key, admitted.body) == ("onecard.queues", QUEUE, request.body)

    def test_a_request_about_a_card_is_admitted_to_the_topic_of_cards(self) -> None:
        [admitted] = said(to_card())
        assert (admitted.topic, admitted.key, admitted.subject) == ("onecard.events", CARD, "")

    def test_a_request_about_a_queue_sent_again_says_nothing(self) -> None:
        assert outcome(to_queue(), to_queue()) == "silence"

    def test_a_key_that_is_not_the_queue_is_set_aside(self) -> None:
        assert outcome(to_queue(key=ward_key("H01", "W01"))) == "key_is_not_the_queue"

    def test_a_card_in_place_of_a_queue_is_set_aside(self) -> None:
        assert outcome(to_queue(about_queue(queue=CARD), key=CARD)) == "wrong_shape"

    def test_a_subject_that_no_visit_stands_behind_is_set_aside(self) -> None:
        assert outcome(to_queue(subject=id_at(LOG))) == "wrong_shape"

    def test_a_queue_of_a_day_no_calendar_has_is_set_aside(self) -> None:
        queue = "queue:H01:0300:morning:2026-13-24"
        assert outcome(to_queue(about_queue(queue=queue), key=queue)) == "wrong_shape"

    def test_an_unknown_type_about_a_queue_is_set_aside(self) -> None:
        assert outcome(sent(about_queue(), type="queue-painted.v1", key=QUEUE, subject="")) == "unknown_type"

    def test_a_signature_of_another_queue_is_set_aside(self) -> None:
        other = queue_key("H01", "0300", "afternoon", LOG.date())
        raw = json.dumps(about_queue(queue=other), ensure_ascii=False).encode()
        assert outcome(to_queue(key=QUEUE)._replace(key=other, body=raw)) == "signature_wrong"

    def test_a_queue_of_another_institution_is_refused(self) -> None:
        queue = queue_key("H02", "0300", "morning", LOG.date())
        assert outcome(to_queue(about_queue(queue=queue), key=queue)) == "terminal_of_another_institution"

    def test_text_about_a_queue_that_looks_personal_is_refused(self) -> None:
        assert outcome(to_queue(about_queue(resolution=f"打电话 {MOBILE}"))) == "looks_personal"

    def test_a_queue_over_a_year_away_is_refused(self) -> None:
        queue = queue_key("H01", "0300", "morning", date(2028, 1, 1))
        assert outcome(to_queue(about_queue(queue=queue), key=queue)) == "out_of_bounds"

    def test_a_refusal_about_a_queue_is_said_to_the_queue(self) -> None:
        [refusal] = said(to_queue(about_queue(service="nobody")))
        assert (refusal.topic, refusal.key) == ("onecard.queues", QUEUE)

    def test_a_refusal_about_a_card_names_no_visit(self) -> None:
        [refusal] = said(to_card(about_card(service="nobody")))
        assert (refusal.type, refusal.subject) == ("onecard.intake.card-request-refused.v1", "")

    def test_the_stream_of_a_queue_is_its_day(self) -> None:
        event = SERVICE.read(to_queue(), dict(REQUESTS), REFERENCE)
        assert isinstance(event, AnyEvent)
        assert SERVICE.stream(event) == "2026-11-24"


def said(envelope: Envelope) -> list[Envelope]:
    """What intake says to one request."""
    event = SERVICE.read(envelope, dict(REQUESTS), REFERENCE)
    assert isinstance(event, AnyEvent)
    return step(SERVICE, Stream(SERVICE.initial), envelope, event, REFERENCE)[1]

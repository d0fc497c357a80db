"""A city whose runtime keeps its promises checks clean; take one promise away, and exactly that is found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from deploy.check.recompute import deciders
from deploy.check.signatures import signatures
from deploy.check.sources import EVENTS, QUEUES
from deploy.check.tariff import Tariff
from services.pharmacy.service import SERVICE as PHARMACY
from services.records.service import ARCHIVE
from shared.envelope import Envelope, read
from shared.events.base import derive
from shared.reference import Reference
from shared.reference.data import Dated
from shared.runtime.log import Place
from shared.step import fact_id
from tests.laws.checkup_acts import CHECKUP
from tests.laws.strategies import CARDS, REFERENCE, SECRET, WAYS, Act, acts, said, visits
from tests.laws.test_deciders import SERVICES
from tests.support.checked import TARIFF, Evidence, checked, codes, evidence, recompute, requests
from tests.support.city import City
from tests.support.process import Trouble
from tests.support.spec import START

LONG = os.environ.get("LAWS") == "long"
laws = settings(max_examples=200 if LONG else 10, deadline=None, derandomize=not LONG)
TROUBLES = st.none() | st.builds(Trouble, st.sampled_from(["crash", "refuse", "sleep"]), st.integers(0, 12))
SHARED_REFERENCES = "reference_across"  # The strategies' two cards pay under the same references.

STORY = [
    *(Act(verb, 0, 0, *how) for verb, *how in WAYS[0]),
    *(Act(verb, 1, 1, 1) for verb in ("register", "consult", "tender", "review", "hand over")),
    *(Act(verb, 1, 2, which) for verb, which in (("register", 0), ("tender", 3), ("leave", 0), ("refund", 0))),
    Act("tender", 1, 2, 2), Act("register", 0, 2), Act("hand over", 0, 1),
    *(Act(verb, 1, 1, *how) for verb, *how in CHECKUP),
]  # fmt: skip


def lived(
    story: list[Act],
    *,
    rest: bool = True,
    troubles: Sequence[Trouble | None] = (None,),
    reference: Reference = REFERENCE,
) -> Evidence:
    """What a city leaves behind that was asked all this, whatever befell its processes, and came to rest."""
    befalls = cycle(troubles)
    city = City(SERVICES, ARCHIVE, reference)
    try:
        for act in story:
            city.topics.say(said(act))
            for name in city.names:
                city.deliver(name, trouble=next(befalls))
        if rest:
            city.settle()
        else:
            for _ in range(20):
                for name in city.names:
                    city.deliver(name)
        return evidence(city.left())
    finally:
        city.close()


@pytest.fixture(scope="module")
def well() -> Evidence:
    return lived(STORY)


@pytest.fixture
def found(well: Evidence) -> Evidence:
    return well.copy()


def test_a_clean_story_checks_clean(found: Evidence) -> None:
    result = checked(found, signatures(SECRET))
    assert (result.status, result.as_json()["counts"].get("cards")) == (0, 2)


def test_a_clean_story_recomputes_clean(found: Evidence) -> None:
    assert recompute(found, deciders(), REFERENCE).status == 0


@given(st.lists(visits() | acts().map(lambda act: [act]), min_size=1, max_size=4), st.lists(TROUBLES, min_size=1))
@laws
def test_nothing_is_wrong_with_any_story(stories: list[list[Act]], troubles: list[Trouble | None]) -> None:
    left = lived([act for story in stories for act in story], troubles=troubles)
    result = checked(left, signatures(SECRET))
    wrong = [finding for finding in result.wrong if finding.code != SHARED_REFERENCES]
    assert (wrong, result.held, result.parked, result.pending) == ([], [], [], [])
    assert recompute(left, deciders(), REFERENCE).wrong == []


# What waits is not wrong.


def test_a_request_that_waits_is_held() -> None:
    left = lived([Act("register"), Act("consult"), Act("tender", which=3), Act("collect")], rest=False)
    result = checked(left)
    assert (codes(result), [finding.code for finding in result.held], result.status) == ([], ["held"], 3)


def test_what_a_service_has_not_come_to_is_pending(found: Evidence) -> None:
    for (service, place), _ in list(found.topics.committed.items()):
        if service == "pharmacy":
            found.topics.committed[service, place] = 0
    for one in found.events():
        if one.source == "onecard/pharmacy":
            found.remove(one)
    result = checked(found)
    assert (codes(result), {finding.code for finding in result.pending}) == ([], {"not_handled_yet"})


def test_a_repeat_of_a_request_and_of_a_fact_is_counted_and_fine(found: Evidence) -> None:
    found.add(found.the("medication-dispensed"))
    found.topics.say(said(STORY[0]))
    result = checked(found)
    assert (codes(result), result.counts["copies"]) == ([], 1)


# Negative controls: every kind of wrong, tampered with alone.


def other_bytes(found: Evidence) -> None:
    one = found.the("medication-dispensed")
    found.add(one._replace(body=one.body.replace(b'"2"', b'"1"')))


def a_missing_answer(found: Evidence) -> None:
    found.remove(found.the("pickup-released"))


def a_missing_fact_between_others(found: Evidence) -> None:
    found.remove(found.the("diagnosis-made"))


def a_doubled_answer(found: Evidence) -> None:
    one = found.the("medication-ready")
    found.add(one._replace(id=fact_id(one.causation, one.key, "pharmacy", 1)))


def a_made_up_id(found: Evidence) -> None:
    one = found.the("diagnosis-made")
    found.put(one, one._replace(id=derive(one.id, "made up")))


def another_sayer(found: Evidence) -> None:
    one = found.the("diagnosis-made")
    found.put(one, one._replace(source="onecard/lab", decided_by="lab/1"))


def a_lost_cause(found: Evidence) -> None:
    found.remove(found.the("card-presented"))


def a_fen_raised_too_much(found: Evidence) -> None:
    one = found.the("charge-raised")
    found.change(one, amount=from_json(one.body)["amount"] + 1)


def a_fen_more_on_a_bill(found: Evidence) -> None:
    one = found.the("bill-settled")
    found.change(one, own_share=from_json(one.body)["own_share"] + 1)


def insured_bill(found: Evidence) -> Any:
    return next(
        one for one in found.events() if one.type.endswith("bill-settled.v1") and b"insurer_outpatient" in one.body
    )


def a_fen_from_the_insurer_to_the_resident(found: Evidence) -> None:
    """Every sum of the bill still adds up, and so does what its lines explain."""
    one = insured_bill(found)
    body = from_json(one.body)
    line = body["lines"][0]
    line["insurer"] -= 1
    line["own_share"] += 1
    line["counted"] += 1
    next(rule for rule in line["why"] if rule["rule"] == "insurer_outpatient")["amount"] -= 1
    found.change(one, lines=body["lines"], own_share=body["own_share"] + 1)


def a_fen_from_one_line_to_another(found: Evidence) -> None:
    """The bill is the same; two lines are more than a fen away from their parts of it."""
    one = insured_bill(found)
    lines = from_json(one.body)["lines"]
    for line, fen in zip((line for line in lines if line["insurer"]), (2, -2), strict=True):
        line["insurer"] += fen
        line["own_share"] -= fen
        line["counted"] -= fen
        next(rule for rule in line["why"] if rule["rule"] == "insurer_outpatient")["amount"] += fen
    found.change(one, lines=lines)


def another_schemes_rules(found: Evidence) -> None:
    found.change(insured_bill(found), level="city")


def a_rule_that_is_told_wrong(found: Evidence) -> None:
    one = insured_bill(found)
    lines = from_json(one.body)["lines"]
    lines[0]["why"] = lines[0]["why"][:1]
    found.change(one, lines=lines)


def nobody_pays_for_the_insured(found: Evidence) -> None:
    """As if the resident had wanted to pay alone."""
    one = insured_bill(found)
    body = from_json(one.body)
    for line in body["lines"]:
        line |= {"insurer": 0, "own_share": line["amount"], "counted": None}
        line["why"] = [{"rule": "self_pay", "base": line["amount"], "amount": line["amount"]}]
    nobody: dict[str, Any] = {"scheme": None, "rules_of": None, "category": None, "level": None}
    found.change(one, lines=body["lines"], own_share=body["total"], **nobody)


def a_fen_less_received(found: Evidence) -> None:
    one = found.the("payment-received")
    found.change(one, amount=from_json(one.body)["amount"] - 1)


def a_fen_less_due_back(found: Evidence) -> None:
    one = found.the("refund-asked")
    found.change(one, amount=from_json(one.body)["amount"] - 1)


def a_refund_nobody_asked_for(found: Evidence) -> None:
    found.remove(found.the("refund-asked", 1))


def a_clearance_that_is_missing(found: Evidence) -> None:
    found.remove(found.the("order-cleared"))


def dispensed_twice(found: Evidence) -> None:
    one = found.the("medication-dispensed")
    again = next(other for other in found.events() if other.type.endswith("medication-handed-over.v1"))
    asked = again._replace(id=again.id[:-1] + ("0" if again.id[-1] != "0" else "1"))
    found.topics.say(asked._replace(topic="onecard.requests"))
    found.add(asked)
    found.add(one._replace(id=fact_id(asked.id, one.key, "pharmacy", 0), causation=asked.id))


def dispensed_more_than_prescribed(found: Evidence) -> None:
    one = found.the("medication-prescribed")
    found.change(one, quantity=str(Decimal(from_json(one.body)["quantity"]) - Decimal("0.5")))


def dispensed_unpaid(found: Evidence) -> None:
    line = from_json(found.the("medication-dispensed").body)["lines"][0]["order"]
    cleared = next(one for one in found.events() if one.type.endswith("order-cleared.v1") and line.encode() in one.body)
    found.change(cleared, order=from_json(cleared.body)["visit"]["id"])


def collected_unordered(found: Evidence) -> None:
    found.change(found.the("specimen-accepted"), order=derive(found.the("specimen-accepted").id, "order"))


def a_result_of_another_specimen(found: Evidence) -> None:
    one = found.the("lab-result-reported")
    found.change(one, specimen=derive(one.id, "specimen"))


def a_number_given_twice(found: Evidence) -> None:
    second = next(one for one in found.events() if one.type.endswith(".ticket-issued.v1") and b'"number":2' in one.body)
    found.change(second, number=1)


def registered_with_another_number(found: Evidence) -> None:
    registered = (one for one in found.events() if one.type.endswith(".visit-registered.v1"))
    found.change(next(one for one in registered if b'"ticket":1' in one.body), ticket=77)


def an_archive_without_an_entry(found: Evidence) -> None:
    entries = next(entries for entries in found.archive.values() if entries)
    del entries[len(entries) // 2]


def an_archive_with_one_more(found: Evidence) -> None:
    entries = next(entries for entries in found.archive.values() if entries)
    entries.insert(1, entries[0]._replace(id=derive(entries[0].id, "more")))


def an_archive_that_says_otherwise(found: Evidence) -> None:
    entries = next(entries for entries in found.archive.values() if entries)
    entries[0] = entries[0]._replace(digest="0" * 64)


def an_archive_that_misfiles(found: Evidence) -> None:
    entries = next(entries for entries in found.archive.values() if entries)
    entries[0] = entries[0]._replace(kind="result" if entries[0].kind != "result" else "use")


def a_request_that_vanished(found: Evidence) -> None:
    found.topics.say(said(Act("present", 1, 1, 2))._replace(topic="onecard.requests"))
    found.topics.committed |= {
        key: len(found.topics.records[key[1]]) for key in found.topics.committed if key[0] == "intake"
    }


def a_request_nobody_asked(found: Evidence) -> None:
    found.add(said(Act("present", 1, 1, 2))._replace(decided_by="intake/1"))


def a_request_past_intake(found: Evidence) -> None:
    one = found.the("card-presented")
    found.put(one, one._replace(decided_by=""))


def a_request_of_an_unproven_source(found: Evidence) -> None:
    one = found.the("card-presented")
    found.put(one, one._replace(source="onecard/somebody/else"))


WRONGS: list[tuple[Any, list[str]]] = [
    (other_bytes, ["other_bytes"]),
    (a_missing_answer, ["unanswered"]),
    (a_missing_fact_between_others, ["fact_missing"]),
    (a_doubled_answer, ["answered_twice"]),
    (a_made_up_id, ["foreign_id"]),
    (another_sayer, ["not_the_owner"]),
    (a_lost_cause, ["request_lost"]),
    (a_fen_raised_too_much, ["charge_amount", "line_amount"]),
    (a_fen_more_on_a_bill, ["bill_total"]),
    (a_fen_from_the_insurer_to_the_resident, ["bill_split", "payment_amount"]),
    (a_fen_from_one_line_to_another, ["bill_split"]),
    (another_schemes_rules, ["bill_rules"]),
    (a_rule_that_is_told_wrong, ["bill_why"]),
    (nobody_pays_for_the_insured, ["bill_rules", "payment_amount"]),
    (a_fen_less_received, ["payment_amount"]),
    (a_fen_less_due_back, ["refund_amount"]),
    (a_refund_nobody_asked_for, ["refund_missing"]),
    (a_clearance_that_is_missing, ["not_cleared"]),
    (dispensed_twice, ["dispensed_twice"]),
    (dispensed_more_than_prescribed, ["more_than_prescribed"]),
    (dispensed_unpaid, ["cleared_twice", "not_cleared", "unpaid"]),
    (collected_unordered, ["no_order", "no_specimen"]),
    (a_result_of_another_specimen, ["no_specimen"]),
    (a_number_given_twice, ["number_missing", "number_twice", "ticket_differs"]),
    (registered_with_another_number, ["ticket_differs"]),
    (an_archive_without_an_entry, ["archive_missing"]),
    (an_archive_with_one_more, ["archive_foreign"]),
    (an_archive_that_says_otherwise, ["archive_other"]),
    (an_archive_that_misfiles, ["archive_misfiled"]),
    (a_request_that_vanished, ["request_lost"]),
    (a_request_nobody_asked, ["never_asked"]),
    (a_request_past_intake, ["not_admitted_by_intake"]),
    (a_request_of_an_unproven_source, ["not_admitted_by_intake"]),
]


@pytest.mark.parametrize(("tamper", "wrong"), WRONGS, ids=lambda what: getattr(what, "__name__", ""))
def test_exactly_what_was_tampered_with_is_found(found: Evidence, tamper: Any, wrong: list[str]) -> None:
    tamper(found)
    result = checked(found)
    assert (codes(result), result.status) == (wrong, 1)


def priced(since: date, item: str, fen: int) -> Tariff:
    """The prices of the town, and one more row."""
    rows = [*TARIFF.prices[item], {"item": item, "fen": str(fen), "valid_from": since}]
    return replace(TARIFF, prices={**TARIFF.prices, item: rows})


@pytest.mark.parametrize(("days", "wrong"), [(-1, ["charge_price"]), (0, ["charge_price"]), (1, [])])
def test_a_charge_is_held_against_the_price_of_its_visits_day(found: Evidence, days: int, wrong: list[str]) -> None:
    since = START.date() + timedelta(days=days)
    assert codes(checked(found, tariff=priced(since, "reg:outpatient", 501))) == wrong


def test_a_price_that_billing_alone_knows_is_found_though_every_sum_adds_up() -> None:
    dearer = {**REFERENCE.prices.rows, "reg:outpatient": ((date(2026, 1, 1), 501),)}
    left = lived([Act("register"), Act("tender", which=3)], reference=replace(REFERENCE, prices=Dated(dearer)))
    assert codes(checked(left)) == ["charge_price"]


def test_what_no_row_prices_costs_nothing(found: Evidence) -> None:
    unpriced = replace(TARIFF, prices={item: rows for item, rows in TARIFF.prices.items() if item != "reg:emergency"})
    assert codes(checked(found, tariff=unpriced)) == []


def test_a_signature_that_is_not_the_terminals_is_found(found: Evidence) -> None:
    one = found.the("card-presented")
    found.put(one, one._replace(signature="0" * 64))
    assert codes(checked(found, signatures(SECRET))) == ["signature_wrong"]


def test_an_event_of_a_queue_among_those_of_cards_is_misplaced_and_no_card(found: Evidence) -> None:
    found.add(next(one for record in found.topics.all(QUEUES) if isinstance(one := read(record), Envelope)))
    assert codes(checked(found)) == ["misplaced"]


def test_a_number_that_was_served_need_not_be_given_back() -> None:
    left = lived([Act("register"), Act("call"), Act("serve"), Act("leave")])
    assert codes(checked(left)) == []


# Recomputing: the deciders themselves are the witness.


def test_another_decider_is_found_by_recomputing(found: Evidence) -> None:
    def stricter(state: Any, event: Any, reference: Any) -> Any:
        return PHARMACY.decide(replace(state, cancelled=True), event, reference)

    changed = [replace(PHARMACY, decide=stricter) if one.name == "pharmacy" else one for one in deciders()]
    assert codes(recompute(found, changed, REFERENCE)) == ["recompute_other"]


def test_other_bytes_of_a_fact_are_found_by_recomputing(found: Evidence) -> None:
    found.change(found.the("pickup-released"), card="e" * 64)
    assert codes(recompute(found, deciders(), REFERENCE)) == ["recompute_other"]


def test_a_fact_that_is_not_on_the_log_is_found_by_recomputing(found: Evidence) -> None:
    found.remove(found.the("pickup-released"))
    assert codes(recompute(found, deciders(), REFERENCE)) == ["recompute_lacking"]


def test_a_fact_nobody_says_is_found_by_recomputing(found: Evidence) -> None:
    one = found.the("medication-ready")
    found.add(one._replace(id=fact_id(one.causation, one.key, "pharmacy", 1)))
    assert codes(recompute(found, deciders(), REFERENCE)) == ["recompute_foreign"]


def test_a_copy_of_a_fact_is_no_difference(found: Evidence) -> None:
    found.add(found.the("medication-ready"))
    assert codes(recompute(found, deciders(), REFERENCE)) == []


def test_facts_of_records_that_a_service_has_not_committed_are_no_difference(found: Evidence) -> None:
    for key, offset in found.topics.committed.items():
        if key[0] == "billing":
            found.topics.committed[key] = offset // 2
    assert codes(recompute(found, deciders(), REFERENCE)) == []


# What is no fault of the runtime.


def test_a_record_nobody_can_read_waits_for_people(found: Evidence) -> None:
    place = next(iter(found.archive))
    found.topics.append(EVENTS, b"k", b"\xff", [], place)
    for key in found.topics.committed:
        found.topics.committed[key] = len(found.topics.records[key[1]])
    result = checked(found)
    assert ([finding.code for finding in result.parked], result.status) == (["unreadable"], 3)


def unknown(found: Evidence) -> Envelope:
    """A record on the log of a version nobody knows, which the archive set aside."""
    one = found.the("pickup-released")
    found.add(one._replace(id=derive(one.id, "unknown"), type=one.type.removesuffix("1") + "9"))
    last = found.topics.records[Place(EVENTS, one.partition)][-1]
    found.aside["records"] = {f"{EVENTS}/{last.partition}/{last.offset}": "open"}
    return one


def test_a_version_nobody_knows_waits_for_people(found: Evidence) -> None:
    unknown(found)
    result = checked(found)
    assert ([finding.code for finding in result.parked], result.status) == (["unreadable"], 3)


def test_a_version_nobody_knows_that_is_given_up_waits_no_more(found: Evidence) -> None:
    unknown(found)
    found.aside["records"] = dict.fromkeys(found.aside["records"], "given_up")
    result = checked(found)
    assert ([finding.code for finding in result.given_up], result.status) == (["given_up"], 0)


def test_a_version_nobody_knows_waits_as_long_as_a_stream_is_parked(found: Evidence) -> None:
    found.parked_cards["guide"] = [unknown(found).key]
    found.aside["records"] = dict.fromkeys(found.aside["records"], "given_up")
    assert ([finding.code for finding in checked(found).parked], checked(found).status) == (["unreadable"], 3)


def test_a_request_in_a_parked_stream_is_parked(found: Evidence) -> None:
    one = found.the("pickup-released")
    found.remove(one)
    found.parked_cards["pharmacy"] = [one.key]
    result = checked(found)
    assert (codes(result), [finding.code for finding in result.parked]) == ([], ["parked"])


def test_a_request_that_was_set_aside_need_not_be_answered(found: Evidence) -> None:
    a_request_that_vanished(found)
    found.aside["intake"] = {f"{one.topic}/{one.partition}/{one.offset}": "open" for one in requests(found)}
    assert codes(checked(found)) == []


def test_requests_that_retention_took_are_not_missed(found: Evidence) -> None:
    for place, records in found.topics.records.items():
        if place.topic == "onecard.requests":
            del records[:3]
    assert codes(checked(found)) == []


def test_one_reference_on_two_cards_is_found() -> None:
    left = lived([Act("register"), Act("register", 1), Act("tender", which=3), Act("tender", 1, which=3)])
    assert codes(checked(left)) == ["reference_across"]


def test_nothing_found_shows_a_value_of_an_event(found: Evidence) -> None:
    for tamper, _ in WRONGS:
        tamper(found)
    shown = str(checked(found).as_json())
    assert not any(card in shown for card in CARDS)

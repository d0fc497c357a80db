"""The demo city has the real one's shape, and nothing in it can be taken for a real person."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from deploy.demo.catalogue import ANALYTES, MEDICINES, TESTS, rows
from deploy.demo.city import SECRETS, City, size, write_city
from deploy.demo.pictures import PICTURES, Picture, draw, fitting, results
from deploy.demo.residents import NOWHERE, residents
from deploy.demo.roster import Roster, dynamic_qr, static_qr
from services.intake.reading import mentions_a_person
from services.intake.service import SERVICE
from shared.decider import Admit
from shared.envelope import Envelope, to_ms
from shared.events import REQUESTS
from shared.events.base import SHANGHAI, Visit, Where
from shared.events.edge import ConsultationRecorded, LabResultEntered
from shared.health_card import Scan, card_key, read_code
from shared.personal import looks_personal
from shared.reference import Reference, load
from shared.signature import sign_request

CARD, VISIT = "c" * 64, Visit(id="0193e5c0-0000-7000-8000-000000000001", date=datetime(2026, 11, 24).date())  # noqa: DTZ001
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
KEYS = {name: bytes(range(length)) for name, length in SECRETS.items()}
LOADING = """
import sys, time
from pathlib import Path
from shared.reference import load
started = time.process_time()
load(Path(sys.argv[1]))
print(time.process_time() - started)
"""
every_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=list(PICTURES))


def numbered() -> Callable[[int], bytes]:
    return lambda length: bytes(range(length))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, City]:
    folder = tmp_path_factory.mktemp("city")
    return folder, write_city(folder / "reference", folder / "secrets", draw_secret=numbered())


@pytest.fixture(scope="module")
def city(written: tuple[Path, City]) -> City:
    return written[1]


@pytest.fixture(scope="module")
def reference(written: tuple[Path, City]) -> Reference:
    return load(written[0] / "reference")


def consultation(picture: Picture, seed: int) -> ConsultationRecorded:
    where = Where(
        institution="371502H01", department=picture.department, terminal="371502H01-doctor_desk-1", channel="2"
    )
    fields = draw(picture, Random(seed), refer_to="371502H01")
    return ConsultationRecorded(card=CARD, visit=VISIT, where=where, **fields)


def test_it_has_34_public_and_4_private_hospitals_and_140_centres(city: City) -> None:
    shape = Counter((size(place), place.ownership) for place in city.institutions)
    assert shape == {
        ("hospital", "public"): 34,
        ("hospital", "private"): 4,
        ("centre", "public"): 140,
        ("clinic", "public"): 600,
    }


def test_every_county_has_hospitals_centres_and_clinics(city: City) -> None:
    assert len({(place.county, size(place)) for place in city.institutions}) == 8 * 3


def test_no_two_institutions_share_a_code_or_a_name(city: City) -> None:
    for names in zip(*((place.code, place.name_zh, place.name_en) for place in city.institutions), strict=True):
        assert len(set(names)) == len(names)


def test_every_name_says_that_it_is_invented(city: City) -> None:
    assert all("虚构" in place.name_zh and "Invented" in place.name_en for place in city.institutions)


def test_every_terminal_is_in_the_reference_with_its_institution(city: City, reference: Reference) -> None:
    written = [one for kinds in city.terminals.values() for of in kinds.values() for one in of]
    assert [reference.terminals.at(one.code, NOW) for one in written] == written


def test_every_department_holds_its_sessions(city: City, reference: Reference) -> None:
    assert all(
        reference.has_session(place, department, session, NOW.date())
        for place, departments in city.departments.items()
        for department in departments
        for session in ("morning", "afternoon")
    )


def test_the_reference_loads_fast(written: tuple[Path, City]) -> None:
    # In a process of its own, as a service loads it: here, the collector would walk what every other test has left.
    asked = subprocess.run(
        [sys.executable, "-c", LOADING, str(written[0] / "reference")], capture_output=True, text=True, check=True
    )
    assert float(asked.stdout) < 0.3


def test_the_same_seed_gives_the_same_city(written: tuple[Path, City], tmp_path: Path) -> None:
    folder, city = written
    assert write_city(tmp_path / "reference", tmp_path / "secrets", draw_secret=numbered()) == city
    files = [path for path in (folder / "reference").rglob("*") if path.is_file()]
    for file in files:
        assert (tmp_path / file.relative_to(folder)).read_bytes() == file.read_bytes()


def test_a_second_city_is_not_written_over_the_first(written: tuple[Path, City], tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        write_city(written[0] / "reference", tmp_path)


def test_secrets_are_random_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    write_city(tmp_path / "one", tmp_path / "one-keys", clinics=1)
    write_city(tmp_path / "two", tmp_path / "two-keys", clinics=1)
    for name, length in SECRETS.items():
        one, two = tmp_path / "one-keys" / name, tmp_path / "two-keys" / name
        assert one.stat().st_mode & 0o777 == 0o600
        assert len(one.read_bytes()) == length
        assert one.read_bytes() != two.read_bytes()


def test_the_city_shows_no_secret(city: City) -> None:
    assert "secrets" not in repr(city)


@every_picture
def test_all_a_picture_orders_is_in_the_catalogue_and_has_a_price(picture: Picture, reference: Reference) -> None:
    asked = consultation(picture, 1)
    assert all(reference.tests.at(test.code, NOW) for test in asked.tests)
    assert all(reference.medicines.at(medicine.code, NOW) for medicine in asked.medicines)
    assert all(reference.price(wanted.code, NOW.date()) for wanted in [*asked.tests, *asked.medicines])  # type: ignore[attr-defined]


@every_picture
def test_all_a_picture_orders_has_a_catalogue_class(picture: Picture, reference: Reference) -> None:
    asked = consultation(picture, 1)
    assert all(wanted.code in reference.classes.rows for wanted in [*asked.tests, *asked.medicines])  # type: ignore[attr-defined]


def test_everybody_in_the_city_is_insured_under_the_residents_scheme(reference: Reference) -> None:
    terms = reference.terms((), NOW.date())
    assert terms is not None
    assert terms.scheme == "resident"


@every_picture
def test_every_unusual_value_of_a_picture_is_measured_by_a_test_it_orders(picture: Picture) -> None:
    measured = {code for test in picture.tests for code in TESTS[test].analytes}
    assert set(picture.values) <= measured


@every_picture
def test_nothing_a_picture_sends_looks_personal(picture: Picture) -> None:
    for seed in range(20):
        asked = consultation(picture, seed)
        sent = [asked.model_dump_json().encode()]
        for test in picture.tests:
            entered = LabResultEntered(
                card=CARD,
                visit=VISIT,
                where=asked.where,
                order=VISIT.id,
                specimen=VISIT.id,
                analytes=results(picture, test, Random(seed)),
            )
            sent.append(entered.model_dump_json().encode())
        assert not any(mentions_a_person(body) for body in sent)


@every_picture
def test_intake_admits_what_a_picture_sends(picture: Picture, city: City, reference: Reference) -> None:
    asked = consultation(picture, 3)
    name, body = ConsultationRecorded.TYPE, asked.model_dump_json(exclude_none=True).encode()
    key = city.terminal_key(asked.where.terminal)
    id = f"{to_ms(NOW):012x}"
    id = f"{id[:8]}-{id[8:]}-7000-8000-000000000001"
    signature = sign_request(key, id=id, type=name, time=NOW.isoformat(), key_=CARD, body=body)
    sent = Envelope(id, name, NOW.isoformat(), CARD, body, subject=VISIT.id, signature=signature, time_ms=to_ms(NOW))
    known = replace(reference, terminal_secret=city.secrets["terminal-master.key"])
    event = SERVICE.read(sent, dict(REQUESTS), known)
    assert SERVICE.decide(SERVICE.initial, event, known) == (Admit(),)


@every_picture
def test_a_picture_is_the_same_for_the_same_seed(picture: Picture) -> None:
    assert consultation(picture, 7) == consultation(picture, 7)


def test_pictures_differ_from_seed_to_seed() -> None:
    assert consultation(PICTURES["diabetes"], 1) != consultation(PICTURES["diabetes"], 2)


def test_values_stay_inside_the_range_of_the_picture() -> None:
    kidney = PICTURES["kidney"]
    found = [one for seed in range(50) for one in results(kidney, "24362-6", Random(seed)) if one.code == "2823-3"]
    assert all(Decimal("6.30") <= Decimal(one.value) <= Decimal("7.40") for one in found)


@pytest.mark.parametrize("name", ["kidney", "infarction", "severe_anemia", "high_sugar", "few_platelets"])
def test_some_pictures_always_have_a_critical_value(name: str, reference: Reference) -> None:
    for seed in range(30):
        rng = Random(seed)
        found = [one for test in PICTURES[name].tests for one in results(PICTURES[name], test, rng)]
        assert any(_is_critical(Decimal(one.value), one.code, one.unit, reference) for one in found)


def _is_critical(value: Decimal, code: str, unit: str, reference: Reference) -> bool:
    limits = reference.critical(code, unit, NOW)
    if limits is None:
        return False
    return (limits.low is not None and value <= limits.low) or (limits.high is not None and value >= limits.high)


def test_critical_limits_are_in_the_units_the_laboratory_reports() -> None:
    assert all(ANALYTES[row["code"]].unit == row["unit"] for row in rows("limits"))


def test_every_resident_of_any_age_finds_a_picture_in_any_institution() -> None:
    for departments in (frozenset({"02"}), frozenset({"02", "07", "50"})):
        assert all(fitting(age, sex, departments) for age in range(93) for sex in ("female", "male"))


def test_medicine_is_prescribed_in_its_packing_unit() -> None:
    units = {
        medicine.code: medicine.unit for picture in PICTURES.values() for medicine in consultation(picture, 1).medicines
    }
    assert units == {code: MEDICINES[code].unit for code in units}


def test_residents_are_the_same_for_the_same_seed() -> None:
    assert list(residents(20, 3, KEYS)) == list(residents(20, 3, KEYS))


def test_no_two_residents_share_a_card() -> None:
    assert len({one.key for one in residents(500, 3, KEYS)}) == 500


def test_no_identity_number_of_the_invented_area_looks_like_a_persons() -> None:
    assert not looks_personal(f"{NOWHERE}198001010000001V")


def test_a_resident_in_print_shows_neither_name_nor_number() -> None:
    one = next(residents(1, 3, KEYS))
    assert one.name not in repr(one)
    assert one.number.reveal() not in repr(one)


def test_the_codes_of_a_resident_read_back_to_the_same_card(tmp_path: Path) -> None:
    roster = Roster(tmp_path / "roster.sqlite")
    roster.write(residents(3, 3, KEYS))
    one = next(iter(roster))
    for text in (static_qr(one), dynamic_qr(one, NOW, KEYS["protection.key"])):
        scan = read_code(text, now=NOW, protection_key=KEYS["protection.key"], seen=None, terminal="T01")
        assert isinstance(scan, Scan)
        assert card_key(scan.number, KEYS["pseudonym.key"]) == one.key


def test_the_roster_finds_a_resident_by_card_key(tmp_path: Path) -> None:
    roster, written = Roster(tmp_path / "roster.sqlite"), list(residents(3, 3, KEYS))
    roster.write(written)
    assert [roster.find(one.key) for one in written] == written

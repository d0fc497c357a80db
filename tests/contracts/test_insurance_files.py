"""Insurance rules are read with every figure exact; a file that does not add up is refused with its line."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.demo.city import INSURANCE
from shared.reference import Reference, load, save
from shared.reference.insurance import Bracket, Cover, Level
from shared.reference.toml_lines import line_of

ON = date(2026, 11, 24)
VERSION = "\n[[version]]"
IN_CHINESE = "[\u4e00-\u9fff]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(INSURANCE, tmp_path / INSURANCE.name)
    items = ("reg:outpatient", "reg:emergency", "57021-8", "14749-6")
    save(tmp_path, "prices", [(date(2020, 1, 1), item, 500) for item in items])
    save(tmp_path, "insured", [(date(2020, 1, 1), "*", "resident")])
    return tmp_path


def test_the_demos_rules_are_read_exactly(folder: Path) -> None:
    terms = load(folder).terms((), ON)
    assert terms is not None
    assert terms.levels["inpatient"]["county"] == Level(Decimal("0.70"), 50_000, 30_000)
    assert terms.major_illness.brackets[-1] == Bracket(20_000_000, None, Decimal("0.75"))


def test_an_insurer_is_asked_only_where_a_terminal_of_its_own_may_answer(folder: Path) -> None:
    path = folder / "insurance" / "resident.toml"
    path.write_text(path.read_text("utf-8").replace('settles = "local"', 'settles = "port"'), "utf-8")
    with pytest.raises(ValueError, match=r"resident\.toml settles by port, but terminals\.csv"):
        load(folder)
    save(folder, "terminals", [(date(2020, 1, 1), "insurer-1", "insurer", "insurer")])
    terms = load(folder).terms((), ON)
    assert terms is not None
    assert terms.settles == "port"


def test_a_later_version_leaves_earlier_days_as_they_were(folder: Path) -> None:
    before = load(folder).terms((), ON)
    path = folder / "insurance" / "resident.toml"
    text = path.read_text("utf-8")
    version = text[text.index("\n[[version]]") :].replace("2020-01-01", "2027-01-01").replace("cap = 50_000", "cap = 1")
    path.write_text(f"{text}\n{version}", "utf-8")
    later = load(folder).terms((), date(2027, 1, 1))
    assert load(folder).terms((), ON) == before
    assert later is not None
    assert later.caps["outpatient"] == 1


def test_an_entitlement_may_have_a_scheme_of_its_own(folder: Path) -> None:
    text = (folder / "insurance" / "resident.toml").read_text("utf-8")
    (folder / "insurance" / "staff.toml").write_text(text.replace('"resident"', '"staff"'), "utf-8")
    save(folder, "insured", [(date(2020, 1, 1), "employee", "staff")])
    found = [load(folder).terms(groups, ON) for groups in ((), ("employee",), ("other",))]
    assert [terms.scheme for terms in found if terms] == ["resident", "staff", "resident"]


def test_before_the_first_version_nobody_is_insured(folder: Path) -> None:
    assert load(folder).terms((), date(2019, 12, 31)) is None


def test_a_waiver_is_for_its_items_and_groups_alone(folder: Path) -> None:
    reference = load(folder)
    asked = [("57021-8", ["five_free"]), ("57021-8", ["other"]), ("14749-6", []), ("2823-3", ["five_free"])]
    assert [reference.waiver(item, groups, ON) for item, groups in asked] == ["blood_count", "", "", ""]


def test_what_no_row_classes_is_not_covered() -> None:
    assert Reference().cover("2823-3", ON) == Cover("C", Decimal(0))


WRONG: list[tuple[str, str, str, str]] = [
    ("no toml", "settles =", "settles", 'settles "local"'),
    ("a share over 1", "share = 0.65\n\n[version.outpatient.township]", "share = 1.65\n\n[version.outpatient.township]",
     "share = 1.65"),
    ("a share too fine", "share = 0.85", "share = 0.1234567", "share = 0.1234567"),
    ("a share that is no number", "share = 0.85", "share = nan", "share = nan"),
    ("an unknown category", "[version.outpatient.village]", "[version.dental.village]", "[version.dental.village]"),
    ("an unknown level", "[version.inpatient.county]", "[version.inpatient.country]", "[version.inpatient.country]"),
    ("a level that is missing", "[version.outpatient.city]\nshare = 0.40\n", "", "[version.outpatient]"),
    ("a gap between brackets", "above = 20_000_000", "above = 20_000_001", "above = 20_000_001"),
    ("brackets that overlap", "above = 10_000_000", "above = 9_999_999", "above = 9_999_999"),
    ("a bracket that is empty", "up_to = 10_000_000", "up_to = 1_000_000", "up_to = 1_000_000"),
    ("brackets that end", "above = 20_000_000", "above = 20_000_000\nup_to = 30_000_000", "up_to = 30_000_000"),
    ("a negative deductible", "deductible = 50_000", "deductible = -1", "deductible = -1"),
    ("relief above the deductible", "referred = 30_000", "referred = 50_001", "referred = 50_001"),
    ("an amount that is no number", "cap = 15_000_000", 'cap = "15_000_000"', 'cap = "15_000_000"'),
    ("a cap that is missing", "cap = 40_000_000\n", "", "[version.major_illness]"),
    ("a day that is none", "valid_from = 2020-01-01", 'valid_from = "soon"', 'valid_from = "soon"'),
    ("an unknown way to settle", 'settles = "local"', 'settles = "later"', 'settles = "later"'),
    ("another scheme's name", 'scheme = "resident"', 'scheme = "residents"', 'scheme = "residents"'),
    ("an unknown key", "referral_days = 30", "referral_days = 30\nreferal_days = 3", "referal_days = 3"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "becomes", "at"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_scheme_that_does_not_add_up_is_refused_with_its_line(folder: Path, was: str, becomes: str, at: str) -> None:
    path = folder / "insurance" / "resident.toml"
    text = path.read_text("utf-8").replace(was, becomes, 1)
    path.write_text(text, "utf-8")
    line = 1 + text.splitlines().index(at)
    with pytest.raises(ValueError, match=rf"^resident\.toml line {line}: .*{IN_CHINESE}.* [a-z]+"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("staff", 'scheme = "staff"\nversion = [1]\n', 2),
        ("staff", 'scheme = "staff"\nversion = 1\n', 1),
        ("waivers", "[[version]]\nvalid_from = 2020-01-01\nwaiver = 1\n", 3),
        ("waivers", "[[version]]\nvalid_from = 2020-01-01\nwaiver = [1]\n", 3),
    ],
)
def test_what_is_no_table_where_one_has_to_be_is_refused_with_its_line(
    folder: Path, name: str, text: str, line: int
) -> None:
    (folder / "insurance" / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=rf"^{name}\.toml line {line}: .*{IN_CHINESE}.* [a-z]+"):
        load(folder)


def test_brackets_that_are_no_tables_are_refused(folder: Path) -> None:
    path = folder / "insurance" / "resident.toml"
    text = path.read_text("utf-8")
    lines = [*text[: text.index("[[version.major_illness.bracket]]")].splitlines(), "bracket = [1]"]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match=rf"^resident\.toml line {len(lines)}: .*each bracket is a table"):
        load(folder)


def test_a_file_that_is_no_text_is_refused_by_its_name(folder: Path) -> None:
    (folder / "insurance" / "staff.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=rf"^staff\.toml {IN_CHINESE}+.* is not text"):
        load(folder)


def test_versions_that_overlap_are_refused_with_the_line(folder: Path) -> None:
    path = folder / "insurance" / "resident.toml"
    text = path.read_text("utf-8")
    path.write_text(f"{text}\n{text[text.index(VERSION) :]}", "utf-8")
    with pytest.raises(ValueError, match=rf"^resident\.toml line {len(text.splitlines()) + 4}: .*may not overlap"):
        load(folder)


@pytest.mark.parametrize(
    ("was", "becomes", "at"),
    [
        ('"14749-6"', '"14749-7"', 'items = ["14749-7"]'),
        ('code = "glucose"', 'code = "blood_count"', 'code = "blood_count"'),
        ('["five_free"]', "[]", "groups = []"),
    ],
)
def test_waivers_that_do_not_add_up_are_refused_with_the_line(folder: Path, was: str, becomes: str, at: str) -> None:
    path = folder / "insurance" / "waivers.toml"
    text = path.read_text("utf-8").replace(was, becomes, 1)
    path.write_text(text, "utf-8")
    lines = text.splitlines()
    line = len(lines) - lines[::-1].index(at)
    with pytest.raises(ValueError, match=rf"^waivers\.toml line {line}: "):
        load(folder)


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("classes", (date(2020, 1, 1), "57021-8", "D", ""), "classes.csv line 2"),
        ("classes", (date(2020, 1, 1), "57021-8", "A", "0.1"), "classes.csv line 2"),
        ("classes", (date(2020, 1, 1), "57021-8", "B", ""), "classes.csv line 2"),
        ("classes", (date(2020, 1, 1), "57021-8", "B", "1.1"), "classes.csv line 2"),
        ("insured", (date(2020, 1, 1), "employee", "staff"), "insured.csv line 3: there is no scheme staff"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_line(folder: Path, name: str, row: object, words: str) -> None:
    save(folder, name, [row])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=words):
        load(folder)


def test_a_line_is_found_by_its_path() -> None:
    text = "a = 1\n\n[[one]]\nb = 2\n[[one.two]]\nc = 3\n[[one.two]]\nc = 4\n[[one]]\n[one.three]\nc = 5\n"
    paths = [("a",), ("one", 0, "b"), ("one", 0, "two", 1, "c"), ("one", 1, "three", "c"), ("one", 1, "no")]
    assert [line_of(text, path) for path in paths] == [1, 4, 8, 11, 9]

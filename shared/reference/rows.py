"""The rows of the reference tables, as their files spell them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple


class Institution(NamedTuple):
    """A hospital, centre or clinic."""

    code: str
    name_zh: str
    name_en: str
    level: str
    grade: str
    ownership: str
    county: str


class Terminal(NamedTuple):
    """A kiosk, desk, phone gateway, analyser or hospital system that may sign requests."""

    code: str
    institution: str
    kind: str


class LabTest(NamedTuple):
    """A lab test that may be ordered: LOINC code, names, specimen kind."""

    code: str
    name_zh: str
    name_en: str
    specimen: str


class Examination(NamedTuple):
    """An examination that may be ordered: LOINC code, names, DICOM modality (CT, MR, US, DX, ECG, ES)."""

    code: str
    name_zh: str
    name_en: str
    modality: str


class CheckupItem(NamedTuple):
    """One thing of a check-up (体检项目): code and names; what is measured has a UCUM unit and perhaps a range, both of
    whose limits are normal, as text."""

    code: str
    name_zh: str
    name_en: str
    kind: Literal["measured", "observed"]
    unit: str | None
    low: str | None
    high: str | None


class Package(NamedTuple):
    """A check-up package (体检套餐): code, names, and the codes of its items in the order they are done."""

    code: str
    name_zh: str
    name_en: str
    items: tuple[str, ...]


class Medicine(NamedTuple):
    """A medicine that may be prescribed: ATC code, names, packing unit."""

    code: str
    name_zh: str
    name_en: str
    unit: str


class Limits(NamedTuple):
    """Critical limits of one analyte (LOINC) in one UCUM unit; a value at or beyond a limit is critical."""

    code: str
    unit: str
    low: Decimal | None
    high: Decimal | None


class Entitlement(NamedTuple):
    """What a card may entitle its holder to: 先诊疗后付费 (`treat-first`), or a group that waivers name (五项免费)."""

    code: str
    name_zh: str
    name_en: str

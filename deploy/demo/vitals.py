"""Vital signs of invented residents: what is measured at which age, and in which ranges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from random import Random

from shared.events.edge import Measurement

Range = tuple[float, float]
YOUNG = 14

# LOINC code, name, UCUM unit, decimals and the range where a picture names none.
VITALS: dict[str, tuple[str, str, str, int, Range]] = {
    "temperature": ("8310-5", "体温", "Cel", 1, (36.2, 36.9)),
    "pulse": ("8867-4", "心率", "/min", 0, (64, 88)),
    "breathing": ("9279-1", "呼吸频率", "/min", 0, (14, 20)),
    "systolic": ("8480-6", "收缩压", "mm[Hg]", 0, (108, 134)),
    "diastolic": ("8462-4", "舒张压", "mm[Hg]", 0, (66, 84)),
    "saturation": ("59408-5", "血氧饱和度", "%", 0, (96, 99)),
    "weight": ("29463-7", "体重", "kg", 1, (50, 82)),
}
ALWAYS = ("temperature", "pulse")
ADULTS = ("systolic", "diastolic")


def measured_at(age: int, unusual: Collection[str]) -> list[str]:
    """Which are measured at that age, beside the unusual ones."""
    usual = ALWAYS if age <= YOUNG else (*ALWAYS, *ADULTS)
    return [name for name in VITALS if name in usual or name in unusual]


def measured(name: str, ranges: Mapping[str, Range], rng: Random) -> Measurement:
    """One of them, in the range the picture names or the usual one."""
    code, display, unit, places, usual = VITALS[name]
    low, high = ranges.get(name, usual)
    return Measurement(code=code, display=display, value=text(low, high, places, rng), unit=unit)


def text(low: float, high: float, places: int, rng: Random) -> str:
    """A decimal between the two, mostly near the middle, as its instrument prints it."""
    return f"{rng.triangular(low, high):.{places}f}"

"""The invented institutions of the demo city: in its real counties, with names that nobody can take for real.

34 public and 4 private hospitals, 140 community and township health centres, and their village clinics.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from deploy.demo.catalogue import rows
from shared.reference import Institution

SEAT = "371502"
TOWNS_WITH_STREETS = ("371502", "371503", "371581")
INVENTED_PLACES = [
    (first[0] + second[0], (first[1] + second[1]).capitalize())
    for first, second in product(
        (("松", "song"), ("柳", "liu"), ("荷", "he"), ("梅", "mei"), ("桂", "gui"), ("竹", "zhu")),
        (("岭", "ling"), ("溪", "xi"), ("湾", "wan"), ("坡", "po")),
    )
]
OF_THE_CITY = (
    ("第一人民医院", "First People's Hospital", "tertiary"),
    ("第二人民医院", "Second People's Hospital", "tertiary"),
    ("中医医院", "Hospital of Chinese Medicine", "tertiary"),
    ("妇幼保健院", "Maternal and Child Hospital", "tertiary"),
    ("儿童医院", "Children's Hospital", "secondary"),
    ("康复医院", "Rehabilitation Hospital", "secondary"),
)
OF_EVERY_COUNTY = (
    ("人民医院", "People's Hospital", "secondary"),
    ("中医院", "Hospital of Chinese Medicine", "secondary"),
    ("妇幼医院", "Maternal and Child Hospital", "secondary"),
)
SECOND_ONES = ("371503", "371521", "371522", "371581")
PRIVATE = (
    ("371502", "晴空", "Qingkong"),
    ("371503", "云帆", "Yunfan"),
    ("371522", "青禾", "Qinghe"),
    ("371581", "远山", "Yuanshan"),
)


def institutions(clinics: int, rng: Random) -> Iterator[Institution]:
    """Hospitals (`…H01`), centres (`…C01`) and village clinics (`…V001`); the code begins with the county's."""
    counties = rows("counties")
    named = {row["code"]: row for row in counties}
    yield from _hospitals(named)
    centres = [centre for row in counties for centre in _centres(row, rng)]
    yield from centres
    villages = [centre for centre in centres if centre.name_zh.endswith("卫生院")]
    numbers = dict.fromkeys(named, 0)
    for n in range(clinics):
        centre = villages[n % len(villages)]
        numbers[centre.county] += 1
        number = n // len(villages) + 1
        yield Institution(
            f"{centre.county}V{numbers[centre.county]:03d}",
            f"{centre.name_zh.removesuffix('卫生院')}第{number}村卫生室",
            f"{centre.name_en.removesuffix(' Health Centre')} Village Clinic {number}",
            "village",
            "primary",
            "public",
            centre.county,
        )


def _hospitals(named: dict[str, dict[str, str]]) -> Iterator[Institution]:
    kinds = [(SEAT, zh, en, grade, "city", "public") for zh, en, grade in OF_THE_CITY]
    kinds += [(county, zh, en, grade, "county", "public") for county in named for zh, en, grade in OF_EVERY_COUNTY]
    second = ("第二人民医院", "Second People's Hospital", "secondary", "county", "public")
    kinds += [(county, *second) for county in SECOND_ONES]
    kinds += [(county, f"{zh}医院", f"{en} Hospital", "secondary", "county", "private") for county, zh, en in PRIVATE]
    numbers = dict.fromkeys(named, 0)
    for county, zh, en, grade, level, ownership in kinds:
        numbers[county] += 1
        # The city's own hospitals are named after no county, so the seat's hospitals differ from them.
        place_zh, place_en = ("市属", "Municipal") if level == "city" else (named[county]["zh"], named[county]["en"])
        yield Institution(
            f"{county}H{numbers[county]:02d}",
            f"{place_zh}虚构{zh}",
            f"{place_en} Invented {en}",
            level,
            grade,
            ownership,
            county,
        )


def _centres(row: dict[str, str], rng: Random) -> Iterator[Institution]:
    county = row["code"]
    places = rng.sample(INVENTED_PLACES, int(row["centres"]))
    for number, (zh, en) in enumerate(places, start=1):
        # Every third centre of a town stands in a street; all others in a township, with villages around them.
        street = county in TOWNS_WITH_STREETS and number % 3 == 0
        yield Institution(
            f"{county}C{number:02d}",
            f"{row['zh']}虚构{zh}{'社区卫生服务中心' if street else '镇卫生院'}",
            f"{row['en']} Invented {en} {'Community' if street else 'Township'} Health Centre",
            "township",
            "primary",
            "public",
            county,
        )

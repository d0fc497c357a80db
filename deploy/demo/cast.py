"""Who takes part in a run: residents with what brings them in, the places they go to, and the desks there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from deploy.demo.actors import cashier, doctor, lab, pharmacist, reconciler, rooms
from deploy.demo.actors.desk import Desk
from deploy.demo.actors.visitor import Visitor
from deploy.demo.city import City, size
from deploy.demo.pictures import EMERGENCY, PICTURES, Picture
from deploy.demo.residents import Resident
from deploy.demo.scene import Body, Scene
from shared.reference import Institution

DUTIES = {**doctor.DUTIES, **lab.DUTIES, **rooms.DUTIES, **pharmacist.DUTIES, **cashier.DUTIES, **reconciler.DUTIES}
PLACES = (("city", "public", 2), ("county", "public", 3), ("county", "private", 1), ("township", "public", 3),
          ("village", "public", 3))  # fmt: skip
"""How many places of each level and ownership the demo's visits go to."""

NEEDS_TESTS = ("test_cancelled", "specimen_before_paying")
NEEDS_EXAMINATIONS = ("examined", "examination_cancelled")
NEEDS_MEDICINES = ("medicine_cancelled", "pickup_before_paying")


def places(city: City) -> list[Institution]:
    """Twelve institutions: all four levels, both ownerships."""
    found: list[Institution] = []
    for level, ownership, count in PLACES:
        of_kind = [one for one in city.institutions if (one.level, one.ownership) == (level, ownership)]
        found += of_kind[:: max(1, len(of_kind) // count)][:count]
    return found


def desks(scene: Scene, institutions: Iterable[Institution], names: Iterable[str] = tuple(DUTIES)) -> list[Desk]:
    """Every desk of every place, or those of these names."""
    wanted = tuple(names)
    return [Desk(scene, place.code, name, DUTIES[name]) for place in institutions for name in wanted]


def visitors(
    scene: Scene,
    institutions: list[Institution],
    residents: Iterator[Resident],
    stories: list[str],
    *,
    rich: bool = False,
) -> Iterator[Visitor]:
    """One resident for every story, with something that brings them to a place that has a clinic for it; in a `rich`
    visit there is something to test and something to fetch."""
    rng = scene.chance("cast")
    for number, story in enumerate(stories):
        while True:
            resident = next(residents)
            if found := list(_fitting(resident, story, rich)):
                break
        picture = rng.choice(found)
        place = _place(picture, story, institutions, rng, number)
        scene.bodies[resident.key] = Body(resident, picture)
        department = picture.department_at(scene.city.departments[place.code])
        yield Visitor(scene, resident, picture, place.code, department, story, scene.chance("visitor", resident.key))


def _fitting(resident: Resident, story: str, rich: bool) -> Iterator[Picture]:
    for picture in PICTURES.values():
        emergency = picture.department == EMERGENCY
        if (
            picture.fits(resident.age(), resident.sex)
            and emergency == (story == "emergency")
            and (picture.tests or not (rich or story in NEEDS_TESTS))
            and (picture.examinations or story not in NEEDS_EXAMINATIONS)
            and (picture.medicines or not (rich or story in NEEDS_MEDICINES))
        ):
            yield picture


def _place(picture: Picture, story: str, institutions: list[Institution], rng: Random, number: int) -> Institution:
    """Emergencies, and whoever is to be examined, go to hospitals; what a kiosk kept comes from where there is one."""
    hospital = picture.department == EMERGENCY or story in NEEDS_EXAMINATIONS
    kiosk = story == "offline_kiosk"
    there = [
        place
        for place in institutions
        if (not hospital or size(place) == "hospital") and (not kiosk or size(place) != "clinic")
    ]
    return there[number % len(there)] if rng.random() < 0.5 else rng.choice(there)

"""Who takes part in a run: residents with what brings them in, the places they go to, and the desks there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from deploy.demo.actors import cashier, checkup, doctor, lab, pharmacist, reconciler, rooms, ward
from deploy.demo.actors.desk import Desk
from deploy.demo.actors.stories import STORIES, USUAL
from deploy.demo.actors.visitor import Visitor
from deploy.demo.catalogue import PACKAGES
from deploy.demo.city import size
from deploy.demo.pictures import EMERGENCY, PICTURES, Picture
from deploy.demo.residents import Resident
from deploy.demo.scene import Body, Scene
from deploy.demo.wards import other_than, ward_of
from shared.reference import Institution

DUTIES = {
    **doctor.DUTIES, **lab.DUTIES, **rooms.DUTIES, **pharmacist.DUTIES, **cashier.DUTIES, **reconciler.DUTIES,
    **ward.DUTIES, **checkup.DUTIES,
}  # fmt: skip

NEEDS_TESTS = ("test_cancelled", "specimen_before_paying")
NEEDS_EXAMINATIONS = ("examined", "examination_cancelled")
NEEDS_MEDICINES = ("medicine_cancelled", "pickup_before_paying")
NEEDS_WARDS = ("inpatient", "transferred")
REFERRED, CHECKUP = "referred", "checkup"


def desks(scene: Scene, institutions: Iterable[Institution], names: Iterable[str] = tuple(DUTIES)) -> list[Desk]:
    """Every desk of every place, or those of these names."""
    wanted = tuple(names)
    return [
        Desk(scene, place.code, name, DUTIES[name])
        for place in institutions
        for name in wanted
        if (name not in ward.DUTIES or size(place) == "hospital")
        and (name not in checkup.DUTIES or size(place) != "clinic")
    ]


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
        department = picture.department_at(scene.city.departments[place.code])
        scene.bodies[resident.key] = _body(resident, picture, story)
        chance = scene.chance("visitor", resident.key)
        kind = STORIES.get(story, USUAL).kind or picture.kind
        package = chance.choice(list(PACKAGES)) if kind == "checkup" else None
        department = checkup.DEPARTMENT if package else department
        yield Visitor(scene, resident, picture, place.code, department, story, chance, kind, package=package)


def _fitting(resident: Resident, story: str, rich: bool) -> Iterator[Picture]:
    for picture in PICTURES.values():
        emergency = picture.department == EMERGENCY
        if (
            picture.fits(resident.age(), resident.sex)
            and emergency == (story == "emergency")
            and (picture.tests or not (rich or story in NEEDS_TESTS))
            and (picture.examinations or story not in NEEDS_EXAMINATIONS)
            and (picture.referral or story != REFERRED)
            and (picture.medicines or not (rich or story in NEEDS_MEDICINES))
        ):
            yield picture


def _body(resident: Resident, picture: Picture, story: str) -> Body:
    """Who is ill enough for a bed, and who will need another ward's, is so from the beginning."""
    if story not in NEEDS_WARDS:
        return Body(resident, picture)
    ward = ward_of(picture.department)
    return Body(resident, picture, ward, other_than(ward) if story == "transferred" else "")


def _place(picture: Picture, story: str, institutions: list[Institution], rng: Random, number: int) -> Institution:
    """Emergencies, and whoever is to be examined or taken in, go to hospitals; who is referred begins in a township;
    what a kiosk kept, and who wants a check-up, comes from or goes to where there is more than a village clinic."""
    hospital = picture.department == EMERGENCY or story in (*NEEDS_EXAMINATIONS, *NEEDS_WARDS)
    kiosk = story in ("offline_kiosk", CHECKUP)
    there = [
        place
        for place in institutions
        if (not hospital or size(place) == "hospital")
        and (not kiosk or size(place) != "clinic")
        and (story != REFERRED or place.level == "township")
    ]
    return there[number % len(there)] if rng.random() < 0.5 else rng.choice(there)

"""beds, told by its events: one class per state a ward can be in, one outcome per test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.beds.service import SERVICE
from shared.events import AnyEvent, beds
from shared.reference import Reference, Ward
from shared.reference.data import Dated
from tests.support.spec import ANOTHER_DAY, START, Given, an_id, fact, given
from tests.support.stays import REFERENCE, WARD, WISH, bed_requested, vacated, wanted

OTHER = "d" * 64
OTHER_WISH = an_id(952)
THIRD, THIRD_WISH = "e" * 64, an_id(953)
wanted_by_other = wanted(4, card=OTHER, wish=OTHER_WISH)
requested_by_other = bed_requested(12, card=OTHER)


def after(*events: AnyEvent, reference: Reference = REFERENCE) -> Given:
    return given(SERVICE, *events, reference=reference)


def moved(move: int, free: list[str], taken: int, waiting: int, beds_: int = 2) -> Any:
    return fact(beds.WardMoved, queue=WARD, move=move, beds=beds_, free=free, taken=taken, waiting=waiting)


def given_bed(bed: str, **fields: Any) -> Any:
    return fact(beds.BedAssigned, **{"queue": WARD, "bed": bed, "wish": WISH, **fields})


def released(bed: str, **fields: Any) -> Any:
    return fact(beds.BedReleased, **{"queue": WARD, "bed": bed, "wish": WISH, **fields})


def refused(code: str, **fields: Any) -> Any:
    return fact(beds.BedRefused, queue=WARD, code=code, **fields)


class TestAWardNobodyWantsABedOf:
    def test_a_wish_is_counted(self) -> None:
        after().when(wanted()).then(moved(1, ["01", "02"], 0, 1))

    def test_a_request_waits_for_its_wish(self) -> None:
        after().when(bed_requested()).then_held("bed_not_wanted")

    def test_a_request_that_waited_gets_its_bed(self) -> None:
        after(bed_requested()).when(wanted()).then(
            moved(1, ["01", "02"], 0, 1), given_bed("01"), moved(2, ["02"], 1, 0)
        )

    def test_a_request_whose_wish_never_came_is_refused(self) -> None:
        after(bed_requested()).when_overdue().then(refused("bed_not_wanted"))

    def test_a_wish_that_is_over_and_was_never_said_changes_nothing(self) -> None:
        after().when(vacated()).then_nothing()


class TestAVisitThatWaits:
    def test_it_gets_the_first_free_bed(self) -> None:
        after(wanted()).when(bed_requested()).then(given_bed("01"), moved(2, ["02"], 1, 0))

    def test_it_gets_the_bed_that_is_named(self) -> None:
        after(wanted()).when(bed_requested(bed="02")).then(given_bed("02"), moved(2, ["01"], 1, 0))

    def test_it_gets_no_bed_the_ward_does_not_have(self) -> None:
        after(wanted()).when(bed_requested(bed="03")).then(refused("bed_unknown"))

    def test_it_gets_none_when_it_is_named_with_another_day(self) -> None:
        after(wanted()).when(bed_requested(visit=ANOTHER_DAY)).then(refused("visit_mismatch", visit=ANOTHER_DAY))

    def test_its_wish_said_again_changes_nothing(self) -> None:
        after(wanted()).when(wanted(5)).then_nothing()

    def test_it_waits_no_more_once_its_wish_is_over(self) -> None:
        after(wanted()).when(vacated()).then(moved(2, ["01", "02"], 0, 0))

    def test_a_request_after_its_wish_is_over_waits_for_another(self) -> None:
        after(wanted(), vacated()).when(bed_requested()).then_held("bed_not_wanted")

    def test_a_ward_that_has_no_beds_any_more_is_full(self) -> None:
        none = Dated.of([("H01|W1", START.date(), Ward("H01", "W1", "", "", ()))])
        after(wanted(), reference=replace(REFERENCE, wards=none)).when(bed_requested()).then(refused("ward_full"))


class TestABedThatIsTaken:
    lies = (wanted(), bed_requested())

    def test_nobody_else_gets_it(self) -> None:
        asks = bed_requested(12, card=OTHER, bed="01")
        after(*self.lies, wanted_by_other).when(asks).then(refused("bed_taken", card=OTHER))

    def test_somebody_else_gets_the_next(self) -> None:
        after(*self.lies, wanted_by_other).when(requested_by_other).then(
            given_bed("02", card=OTHER, wish=OTHER_WISH), moved(4, [], 2, 0)
        )

    def test_a_third_patient_of_two_beds_is_refused(self) -> None:
        third = wanted(5, card=THIRD, wish=THIRD_WISH)
        after(*self.lies, wanted_by_other, requested_by_other, third).when(bed_requested(13, card=THIRD)).then(
            refused("ward_full", card=THIRD)
        )

    def test_its_patient_gets_no_second_one(self) -> None:
        after(*self.lies).when(bed_requested(12)).then(refused("already_in_bed"))

    def test_its_patient_is_not_given_it_again(self) -> None:
        after(*self.lies).when(bed_requested(12, bed="01")).then(refused("already_in_bed"))

    def test_its_patient_may_have_another_instead(self) -> None:
        after(*self.lies).when(bed_requested(12, bed="02")).then(
            released("01"), given_bed("02"), moved(3, ["01"], 1, 0)
        )

    def test_it_is_free_once_its_wish_is_over(self) -> None:
        after(*self.lies).when(vacated(20)).then(released("01"), moved(3, ["01", "02"], 0, 0))

    def test_the_end_of_another_wish_leaves_it(self) -> None:
        after(*self.lies).when(vacated(20, wish=OTHER_WISH)).then_nothing()

    def test_the_end_of_its_wish_said_twice_frees_it_once(self) -> None:
        after(*self.lies, vacated(20)).when(vacated(21)).then_nothing()

    def test_a_bed_taken_out_of_use_is_nobodys_after_it_is_released(self) -> None:
        only = Dated.of([("H01|W1", START.date(), Ward("H01", "W1", "", "", ("02",)))])
        story = after(*self.lies)
        story.reference = replace(REFERENCE, wards=only)
        story.when(vacated(20)).then(released("01"), moved(3, ["02"], 0, 0, beds_=1))

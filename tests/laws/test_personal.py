"""What looks personal in free text and what must not. All numbers are invented: their counties (9999) do not exist."""

from datetime import date
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.personal import looks_personal

REGIONS = ["119999", "319999", "449999", "659999"]
FULL_WIDTH = str.maketrans("0123456789X-", "０１２３４５６７８９Ｘ－")
days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
serials = st.integers(0, 999).map("{:03d}".format)
surroundings = st.sampled_from(["", "患者", "电话：", "，请联系", "(", ") ", "ID", "\n", "。"])
gaps = st.sampled_from(["", " ", "-", "\u3000", " - ", "—", "\xa0", "\u200b"])


def checked(first_17: str) -> str:
    total = sum(2 ** (17 - place) * int(digit) for place, digit in enumerate(first_17))
    return first_17 + "0123456789X"[(12 - total % 11) % 11]


identities = st.builds(
    lambda region, day, serial: checked(f"{region}{day.year:04d}{day:%m%d}{serial}"),
    st.sampled_from(REGIONS),
    days,
    serials,
)
old_identities = st.builds(
    lambda region, day, serial: f"{region}{day:%y%m%d}{serial}",
    st.sampled_from(REGIONS),
    st.dates(date(1900, 1, 1), date(1999, 12, 31)),
    serials,
)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True, alphabet=st.characters(codec="ascii"))


class TestPersonal:
    @given(identities | old_identities | mobiles, surroundings, surroundings)
    def test_a_number_is_found_wherever_it_stands(self, number: str, before: str, after: str) -> None:
        assert looks_personal(before + number + after)

    @given(identities | old_identities | mobiles)
    def test_a_number_in_full_width_digits_is_found(self, number: str) -> None:
        assert looks_personal(number.translate(FULL_WIDTH))

    @given(identities, st.lists(gaps, min_size=18, max_size=18))
    def test_an_identity_number_is_found_in_any_grouping(self, number: str, between: list[str]) -> None:
        assert looks_personal("".join(gap + digit for gap, digit in zip(between, number, strict=True)))

    @given(identities)
    def test_a_small_check_letter_is_found(self, number: str) -> None:
        assert looks_personal(number.lower())

    @given(mobiles, gaps, st.sampled_from([(3, 7), (4, 8), (7, 7), (5, 5), (6, 6)]))
    def test_a_mobile_number_is_found_in_its_groupings(self, number: str, gap: str, cuts: tuple[int, int]) -> None:
        first, second = cuts
        groups = [number[:first], number[first:second], number[second:]]
        assert looks_personal(gap.join(group for group in groups if group))

    def test_a_mobile_number_in_two_groups_is_found(self) -> None:
        assert looks_personal("138 99999999")

    @given(mobiles, gaps)
    def test_a_mobile_number_is_found_digit_by_digit(self, number: str, gap: str) -> None:
        assert looks_personal(gap.join(number))

    @given(mobiles, st.sampled_from(["+86", "86", "0086", "+86 ", "86-", "(+86)"]))
    def test_a_mobile_number_is_found_behind_the_country(self, number: str, country: str) -> None:
        assert looks_personal(country + number)

    @given(mobiles)
    def test_a_mobile_number_beside_other_numbers_is_found(self, number: str) -> None:
        assert looks_personal(f"3 {number} 4")

    def test_a_check_letter_with_letters_behind_it_is_found(self) -> None:
        assert looks_personal("11999920000101000XID")

    @given(identities)
    def test_an_identity_number_beside_other_numbers_is_found(self, number: str) -> None:
        assert looks_personal(f"12 {number} 2026")


class TestClinical:
    @pytest.mark.parametrize(
        "text",
        [
            "20261124",
            "2026-11-24 08:30:00",
            "20261124083000",
            "20261124083000123",
            "1795507200000",
            "血压 138/90 mmHg，心率 76 次/分",
            "血钠 138 20261124",
            "身高 165 2026-11-24",
            "138 142 101 24 5.6 7.2",
            "白细胞 12.34×10^9/L 血小板 150 120 110 119 131",
            "0.16666666667",
            "1.3.12.2.1107.5.2.30.25245.13800000000",
            "3 x 4 x 5 cm",
            "标本 202611240001",
            "金额 1380000 分",
            "010-99999999",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "a13800000000bcde",
        ],
    )
    def test_numbers_of_the_clinic_pass(self, text: str) -> None:
        assert not looks_personal(text)

    @given(st.lists(st.uuids(), max_size=4))
    def test_order_ids_pass(self, ids: list[object]) -> None:
        assert not looks_personal("医嘱" + " ".join(map(str, ids)))

    def test_an_order_id_of_digits_alone_passes(self) -> None:
        assert not looks_personal("13800000-0000-4000-8000-138000000000")

    @given(st.lists(st.decimals(0, 9999, places=2), max_size=10), st.sampled_from([" ", "，", "/", "~", " mmol/L "]))
    def test_laboratory_values_pass(self, values: list[object], between: str) -> None:
        assert not looks_personal(between.join(map(str, values)))

    @given(st.lists(st.dates(), max_size=6), st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y年%m月%d日"]))
    def test_days_pass(self, given_days: list[date], form: str) -> None:
        assert not looks_personal("；".join(day.strftime(form) for day in given_days))

    @given(identities, st.integers(1, 9))
    def test_an_identity_number_with_one_wrong_digit_passes(self, number: str, by: int) -> None:
        wrong = number[:16] + str((int(number[16]) + by) % 10) + number[17]
        assert not looks_personal(wrong)

    @given(st.sampled_from(REGIONS), st.sampled_from(["20261301", "20260230", "18991231", "21000101"]), serials)
    def test_an_identity_number_without_a_day_of_birth_passes(self, region: str, day: str, serial: str) -> None:
        assert not looks_personal(checked(region + day + serial))

    @given(st.integers(20, 99), st.text("0123456789", min_size=9, max_size=9))
    def test_eleven_digits_that_are_no_mobile_number_pass(self, start: int, rest: str) -> None:
        assert not looks_personal(f"{start}{rest}")


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_an_answer(text: str) -> None:
    assert looks_personal(text) in {True, False}


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_text_without_digits_passes(text: str) -> None:
    assert not looks_personal(text)


HOSTILE = [
    "1 ", "1", "1---", "1    ", "１ ", "١", "13 ", "1 1 1 1 1 1 1 1 1 1 1\n", "1 2 0 1 1 ", "1 1 9 0 3 ", "119901",
    "x 1", "138 19900101\n", "119999 990230 001\n", "119999199002300010 ", "12345678901,", "1.1.1a ", "1.", "0.", "1 x",
    "0a", "00000000-0000-0000-0000-00000000000 ", "1 1 1 1 1 1 1 1 1 1    ",
]  # fmt: skip


@pytest.mark.parametrize("row", HOSTILE)
def test_the_work_grows_no_faster_than_the_text(row: str) -> None:
    """Eight times the text takes eight times the work; with its square it would take 64 times as much."""
    few, many = (_work(row, size) for size in (32 * 1024, 256 * 1024))
    assert many < 24 * few + 0.02


@pytest.mark.parametrize("row", HOSTILE)
def test_the_largest_text_takes_no_time_to_speak_of(row: str) -> None:
    assert _work(row, 256 * 1024) < 0.5


def _work(row: str, size: int) -> float:
    """Seconds this process worked on a text of so many characters that begins as a number might: the best of three."""
    text = f"12345678901 {row * (size // len(row))}a"
    return min(_seconds(text) for _ in range(3))


def _seconds(text: str) -> float:
    begun = process_time()
    looks_personal(text)
    return process_time() - begun

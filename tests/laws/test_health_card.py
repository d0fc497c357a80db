"""The card's arithmetic against its published vector, and what a reader makes of any text at all."""

import copy
import pickle
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.health_card import (
    REFUSALS,
    CardNumber,
    Refused,
    ReplayCache,
    Scan,
    card_key,
    card_number,
    dynamic_code,
    factor,
    hmac_sm3,
    main_index,
    read_code,
    static_code,
    user_key,
)
from shared.health_card.ciphers import sm3, sm4_decrypt, sm4_encrypt, zero_padded

# The specification's specimen, which names no one.
INDEX = "ABD17E7ED399EF68AB5660155D6E226D2C92EAC3254A4A66BED83AED0ADA1E9E"
SECURITY_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
SPECIMEN = "98FF9F2C05145CB9305E9D8A57E072BB51180CA49E5BE5E9D41BCE3A9A571928"

NUMBER = CardNumber("0123456789ABCDEF" * 4)
PROTECTION_KEY = b"protection key.."
PSEUDONYM_KEY = b"a pseudonym key of the tests"
NOON = datetime(2026, 11, 24, 4, 0, 0, tzinfo=UTC)
WINDOW = timedelta(seconds=60)

numbers = st.builds(
    CardNumber,
    st.integers(1, 2).flatmap(lambda n: st.binary(min_size=16 * n, max_size=16 * n)).map(lambda raw: raw.hex().upper()),
)
moments = st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def read(text: str, now: datetime = NOON, seen: ReplayCache | None = None, terminal: str = "K1") -> Scan | Refused:
    return read_code(text, now=now, protection_key=PROTECTION_KEY, seen=seen, terminal=terminal)


def refusal(reading: Scan | Refused) -> str:
    assert isinstance(reading, Refused)
    return reading.code


class TestArithmetic:
    def test_the_factor_is_the_published_one(self) -> None:
        assert factor(INDEX).hex().upper() == "92CDCE45A16799FD"

    def test_the_user_key_is_the_published_one(self) -> None:
        assert user_key(INDEX, SECURITY_KEY).hex().upper() == "86C63180C2806ED1F47B859DE501215B"

    def test_the_card_number_is_the_published_one(self) -> None:
        assert card_number(INDEX, SECURITY_KEY, "01", "11010020171225006X").reveal() == SPECIMEN

    def test_a_small_check_letter_gives_the_same_card(self) -> None:
        assert card_number(INDEX, SECURITY_KEY, "01", "11010020171225006x").reveal() == SPECIMEN

    @given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30))
    def test_the_document_can_be_read_back_under_the_user_key(self, document: str) -> None:
        number = bytes.fromhex(card_number(INDEX, SECURITY_KEY, "99", document).reveal())
        assert sm4_decrypt(user_key(INDEX, SECURITY_KEY), number).rstrip(b"\0").decode() == "99" + document.upper()

    def test_a_short_document_gives_a_short_number(self) -> None:
        assert len(card_number(INDEX, SECURITY_KEY, "03", "E00000000").reveal()) == 32

    @pytest.mark.parametrize("document", ["", "０００", "00 00", "0\0", "0" * 31, "证件"])
    def test_an_impossible_document_is_refused_without_being_quoted(self, document: str) -> None:
        with pytest.raises(ValueError, match=r"^an id number is 1 to 30 visible ASCII characters$"):
            card_number(INDEX, SECURITY_KEY, "01", document)

    @pytest.mark.parametrize("index", ["", INDEX.lower(), INDEX[:-1], INDEX + "\n"])
    def test_an_impossible_main_index_is_refused_without_being_quoted(self, index: str) -> None:
        with pytest.raises(ValueError, match=r"^a main index is 64 upper-case hexadecimal digits$"):
            user_key(index, SECURITY_KEY)

    def test_sm3_is_the_standard_one(self) -> None:
        assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

    @given(st.binary(min_size=16, max_size=100), st.binary(max_size=200))
    def test_hmac_sm3_agrees_with_its_definition(self, key: bytes, text: bytes) -> None:
        block = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
        inner = sm3(bytes(b ^ 0x36 for b in block) + text)
        assert hmac_sm3(key, text) == sm3(bytes(b ^ 0x5C for b in block) + inner)

    def test_an_empty_secret_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least 16 bytes"):
            hmac_sm3(b"", b"text")


class TestMainIndex:
    def test_it_has_the_published_size(self) -> None:
        assert factor(main_index(id_type="01", id_number="0", name="某某"))

    @pytest.mark.parametrize("name", ["ＡＩ • Ｂ", "ai·b", " Ai ‧B "])
    def test_spellings_of_one_name_give_one_index(self, name: str) -> None:
        expected = main_index(id_type="01", id_number="0", name="AI·B")
        assert main_index(id_type="01", id_number="0", name=name) == expected

    def test_fields_do_not_run_together(self) -> None:
        assert main_index(id_type="01", id_number="0", name="1甲") != main_index(
            id_type="01", id_number="01", name="甲"
        )

    @given(st.text(st.characters(exclude_categories=())))
    def test_any_name_has_an_index(self, name: str) -> None:
        assert len(main_index(id_type="01", id_number="0", name=name)) == 64


class TestNumber:
    @pytest.mark.parametrize(
        "show",
        [repr, str, format, "{0!r} {0}".format, "%s".__mod__, ascii],
        ids=["repr", "str", "format", "braces", "percent", "ascii"],
    )
    def test_it_is_never_shown(self, show: object) -> None:
        assert callable(show)
        assert NUMBER.reveal()[:8] not in show(NUMBER)

    def test_it_is_not_shown_by_what_holds_it(self) -> None:
        assert NUMBER.reveal() not in repr(Scan(NUMBER, "low", "static"))

    def test_it_stays_closed_when_its_holder_becomes_a_dict(self) -> None:
        assert asdict(Scan(NUMBER, "low", "static"))["number"] is NUMBER

    def test_it_is_not_pickled(self) -> None:
        with pytest.raises(TypeError):
            pickle.dumps(NUMBER)

    def test_it_does_not_change(self) -> None:
        with pytest.raises(AttributeError):
            NUMBER.text = "0"

    def test_a_copy_is_the_number_itself(self) -> None:
        assert copy.deepcopy([NUMBER])[0] is copy.copy(NUMBER) is NUMBER

    @given(numbers)
    def test_equal_text_is_an_equal_number(self, number: CardNumber) -> None:
        assert {CardNumber(number.reveal())} == {number}

    @given(st.text())
    def test_other_text_is_refused_without_being_quoted(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"^a card number is 32 or 64 upper-case hexadecimal digits$"):
            CardNumber(text)


class TestCardKey:
    @given(numbers)
    def test_it_is_hmac_sm3_of_the_number(self, number: CardNumber) -> None:
        assert card_key(number, PSEUDONYM_KEY) == hmac_sm3(PSEUDONYM_KEY, number.reveal().encode()).hex()

    def test_another_pseudonym_key_gives_another_name(self) -> None:
        assert card_key(NUMBER, PSEUDONYM_KEY) != card_key(NUMBER, PSEUDONYM_KEY + b"2")


class TestStaticCode:
    @given(numbers)
    def test_it_reads_back_with_low_assurance(self, number: CardNumber) -> None:
        assert read(static_code(number)) == Scan(number, "low", "static")

    def test_it_is_laid_out_as_published(self) -> None:
        assert static_code(CardNumber(SPECIMEN)) == f"{SPECIMEN}:1"

    @given(numbers, st.integers(2, 9999))
    def test_a_later_issue_is_read_back(self, number: CardNumber, issue: int) -> None:
        assert read(static_code(number, issue)) == Scan(number, "low", "static", issue)

    @pytest.mark.parametrize("end", ["1", "0", "02", "10000", "", "x"])
    def test_an_issue_has_one_spelling(self, end: str) -> None:
        assert refusal(read(f"{SPECIMEN}:1:{end}")) == "qr_malformed"

    def test_the_line_end_of_a_scanner_does_not_matter(self) -> None:
        assert read(static_code(NUMBER) + "\r\n") == Scan(NUMBER, "low", "static")


class TestDynamicCode:
    @given(numbers, moments, st.timedeltas(timedelta(0), WINDOW - timedelta(microseconds=1)))
    def test_it_reads_back_with_high_assurance_inside_its_window(
        self, number: CardNumber, at: datetime, later: timedelta
    ) -> None:
        code = dynamic_code(number, at, PROTECTION_KEY)
        assert read(code, at + later, ReplayCache()) == Scan(number, "high", "dynamic")

    @given(numbers)
    def test_it_fits_the_reader(self, number: CardNumber) -> None:
        assert len(dynamic_code(number, NOON, PROTECTION_KEY)) <= 130

    def test_its_block_is_local_time_in_digits(self) -> None:
        block = dynamic_code(NUMBER, NOON, PROTECTION_KEY).rsplit(":", 1)[1]
        assert sm4_decrypt(PROTECTION_KEY, bytes.fromhex(block)).hex() == "20261124120000" + "0" * 18

    def test_at_the_end_of_its_window_it_is_refused(self) -> None:
        assert refusal(read(dynamic_code(NUMBER, NOON, PROTECTION_KEY), NOON + WINDOW)) == "qr_expired"

    def test_before_its_second_it_is_refused(self) -> None:
        code = dynamic_code(NUMBER, NOON, PROTECTION_KEY)
        assert refusal(read(code, NOON - timedelta(microseconds=1))) == "qr_not_yet_valid"

    def test_under_another_key_it_is_refused(self) -> None:
        assert refusal(read(dynamic_code(NUMBER, NOON, b"another key 1234"))) == "qr_not_genuine"

    @pytest.mark.parametrize("bcd", ["20261324120000", "20260230120000", "00000101000000", "20261124120060"])
    def test_a_block_that_is_no_moment_is_refused(self, bcd: str) -> None:
        block = sm4_encrypt(PROTECTION_KEY, zero_padded(bytes.fromhex(bcd))).hex().upper()
        assert refusal(read(f"{NUMBER.reveal()}:0:{block}")) == "qr_not_genuine"

    def test_without_a_memory_it_is_worth_a_static_one(self) -> None:
        assert read(dynamic_code(NUMBER, NOON, PROTECTION_KEY)) == Scan(NUMBER, "low", "dynamic")

    def test_a_moment_without_a_zone_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            dynamic_code(NUMBER, NOON.replace(tzinfo=None), PROTECTION_KEY)


class TestReadingAnything:
    @given(st.text(st.characters(exclude_categories=())))
    def test_text_that_is_no_code_is_malformed(self, text: str) -> None:
        assert refusal(read(text)) == "qr_malformed"

    @given(st.from_regex(r"[0-9A-Fa-f]{32,64}:[01](:[0-9A-Fa-f]{32})?\s*"))
    def test_text_that_nearly_is_a_code_is_read_or_refused(self, text: str) -> None:
        reading = read(text)
        assert isinstance(reading, Scan) or reading.code in REFUSALS

    @given(st.integers(0, 98), st.characters())
    def test_a_damaged_dynamic_code_never_gives_another_moment(self, place: int, damage: str) -> None:
        code = dynamic_code(NUMBER, NOON, PROTECTION_KEY)
        reading = read(code[:place] + damage + code[place + 1 :])
        assert isinstance(reading, Scan) or reading.code in {"qr_malformed", "qr_not_genuine"}

    @pytest.mark.parametrize("kind", ["2", "", "1:", "0", "0:", "11"])
    def test_an_unknown_kind_is_malformed(self, kind: str) -> None:
        assert refusal(read(f"{NUMBER.reveal()}:{kind}")) == "qr_malformed"

    def test_a_small_letter_is_malformed(self) -> None:
        assert refusal(read(static_code(NUMBER).lower())) == "qr_malformed"

    @given(st.sampled_from(sorted(REFUSALS)))
    def test_every_refusal_speaks_both_languages(self, code: str) -> None:
        zh, en = REFUSALS[code]  # type: ignore[index]
        assert zh
        assert en.isascii()


class TestReplay:
    code = dynamic_code(NUMBER, NOON, PROTECTION_KEY)

    def test_a_code_is_good_once(self) -> None:
        seen = ReplayCache()
        read(self.code, seen=seen)
        assert refusal(read(self.code, seen=seen)) == "qr_replayed"

    def test_white_space_makes_no_other_code(self) -> None:
        seen = ReplayCache()
        read(self.code, seen=seen)
        assert refusal(read(self.code + "\n", seen=seen)) == "qr_replayed"

    def test_another_terminal_learns_that_a_code_was_used_elsewhere(self) -> None:
        seen = ReplayCache()
        read(self.code, seen=seen, terminal="K1")
        assert refusal(read(self.code, seen=seen, terminal="K2")) == "qr_used_elsewhere"

    def test_the_next_second_gives_a_new_code(self) -> None:
        seen, later = ReplayCache(), NOON + timedelta(seconds=1)
        read(self.code, seen=seen)
        assert read(dynamic_code(NUMBER, later, PROTECTION_KEY), later, seen) == Scan(NUMBER, "high", "dynamic")

    def test_another_card_in_the_same_second_is_another_code(self) -> None:
        seen, other = ReplayCache(), CardNumber("0" * 64)
        read(self.code, seen=seen)
        assert read(dynamic_code(other, NOON, PROTECTION_KEY), seen=seen) == Scan(other, "high", "dynamic")

    def test_a_refused_code_is_not_remembered(self) -> None:
        seen = ReplayCache()
        read(self.code, NOON - timedelta(seconds=1), seen)
        assert len(seen) == 0

    def test_a_full_memory_admits_nothing_rather_than_forget(self) -> None:
        seen = ReplayCache(capacity=1)
        read(self.code, seen=seen)
        other = dynamic_code(CardNumber("0" * 64), NOON, PROTECTION_KEY)
        assert refusal(read(other, seen=seen)) == "qr_reader_busy"

    def test_a_full_memory_still_names_a_replay(self) -> None:
        seen = ReplayCache(capacity=1)
        read(self.code, seen=seen)
        assert refusal(read(self.code, seen=seen)) == "qr_replayed"

    def test_memory_is_free_again_when_the_window_has_passed(self) -> None:
        seen, later = ReplayCache(capacity=1), NOON + WINDOW
        read(self.code, seen=seen)
        assert read(dynamic_code(NUMBER, later, PROTECTION_KEY), later, seen) == Scan(NUMBER, "high", "dynamic")

    @given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=40))
    def test_no_code_is_admitted_twice_however_often_it_is_shown(self, scans: list[tuple[int, int]]) -> None:
        seen = ReplayCache()
        admitted = [
            shown
            for clock, shown in sorted(scans)
            if isinstance(
                read(
                    dynamic_code(NUMBER, NOON + timedelta(seconds=shown), PROTECTION_KEY),
                    NOON + timedelta(seconds=clock),
                    seen,
                ),
                Scan,
            )
        ]
        assert len(admitted) == len(set(admitted))

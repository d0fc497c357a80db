"""A request's signature: bound to each of its five parts, to its terminal, and to nothing else."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.health_card import hmac_sm3
from shared.signature import sign_request, terminal_key, verify_request

MASTER = b"a master secret of the tests"
KEY = terminal_key(MASTER, "K1")
PARTS = ("id", "type", "time", "key_")

texts = st.text(st.characters(exclude_categories=()), max_size=40)
requests = st.fixed_dictionaries({**dict.fromkeys(PARTS, texts), "body": st.binary(max_size=80)})


@given(requests)
def test_a_signature_verifies(request_: dict[str, object]) -> None:
    assert verify_request(KEY, sign_request(KEY, **request_), **request_)  # type: ignore[arg-type]


@given(requests, requests)
def test_no_two_requests_share_a_signature(one: dict[str, object], other: dict[str, object]) -> None:
    assume(one != other)
    assert sign_request(KEY, **one) != sign_request(KEY, **other)  # type: ignore[arg-type]


@given(st.lists(st.sampled_from("ab\0"), max_size=6), st.data())
def test_moving_the_border_between_parts_changes_the_signature(letters: list[str], data: st.DataObject) -> None:
    text = "".join(letters)
    cut, other = (data.draw(st.integers(0, len(text))) for _ in range(2))
    assume(cut != other)
    first, second = (sign_request(KEY, id=text[:n], type=text[n:], time="", key_="", body=b"") for n in (cut, other))
    assert first != second


@given(requests, texts)
def test_any_other_text_is_no_signature(request_: dict[str, object], text: str) -> None:
    assert not verify_request(KEY, text, **request_)  # type: ignore[arg-type]


def test_another_terminal_cannot_sign_for_this_one() -> None:
    signature = sign_request(terminal_key(MASTER, "K2"), id="1", type="t", time="now", key_="c", body=b"{}")
    assert not verify_request(KEY, signature, id="1", type="t", time="now", key_="c", body=b"{}")


def test_the_signed_text_is_each_part_after_its_length() -> None:
    signed = b"\0\0\0\x011\0\0\0\x02tt\0\0\0\0\0\0\0\x03\xe5\x8d\xa1\0\0\0\x02{}"
    assert sign_request(KEY, id="1", type="tt", time="", key_="卡", body=b"{}") == hmac_sm3(KEY, signed).hex()


def test_a_terminal_key_follows_from_the_master_secret() -> None:
    assert terminal_key(MASTER, "K1") == hmac_sm3(MASTER, b"K1")


def test_an_unset_master_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        terminal_key(b"", "K1")

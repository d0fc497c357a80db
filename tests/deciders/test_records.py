"""The fold of the archive: what is kept of an event, what is left out, and what counts as the same."""

from __future__ import annotations

import pytest

from services.records.archive import Contradiction, Entry, digest, entry, fold, same, split
from shared.decider import SetAside
from shared.envelope import Envelope
from shared.events.billing import OrderCleared
from tests.support.archived import OTHER_CARD, irregular, logged, refusal, use
from tests.support.spec import CARD, an_id, fact


def entered(envelope: Envelope) -> Entry:
    made = entry(envelope)
    assert isinstance(made, Entry)
    return made


class TestKept:
    def test_a_use_record_is_kept(self) -> None:
        assert entered(logged(use(), 1)).fields["kind"] == "use"

    def test_a_refusal_is_kept_as_one(self) -> None:
        assert entered(logged(refusal(), 1)).fields["kind"] == "refusal"

    def test_an_irregular_act_is_kept_as_one(self) -> None:
        assert entered(logged(irregular(), 1)).fields["kind"] == "irregular"

    def test_what_is_not_archived_is_left_out(self) -> None:
        assert entry(logged(fact(OrderCleared, order=an_id(9), how="paid"), 1)) is None

    def test_the_id_names_the_card_and_the_event(self) -> None:
        assert entered(logged(use(), 7)).id == f"{CARD}/{an_id(7)}"

    def test_the_body_is_kept_byte_for_byte(self) -> None:
        odd = b'{ "card" : "%b", "new":1.50, "x":",\\"body\\":{}" }' % CARD.encode()
        assert split(entered(logged(use(), 1, body=odd)).body)[1] == odd

    def test_everything_said_of_it_is_kept(self) -> None:
        head, _ = split(entered(logged(use(), 3, subject='a ",id":" b', decided_by='",\n中')).body)
        assert head == {
            "partition": 0,
            "offset": 3,
            "known_at": logged(use(), 3).time_ms,
            "kind": "use",
            "key_id": "k1",
            "decided_by": '",\n中',
            "id": an_id(3),
            "type": "onecard.edge.card-presented.v1",
            "time": "2026-11-24T09:00:03+08:00",
            "subject": 'a ",id":" b',
            "causation": an_id(0),
        }

    def test_the_time_it_happened_sorts_across_offsets(self) -> None:
        times = ["2026-11-24T09:00:00.5+08:00", "2026-11-24T01:00:00Z", "2026-11-24T03:00:00.25+02:00"]
        found = [entered(logged(use(), 1, time=time)).fields["happened"] for time in times]
        fractions = ("000000", "250000", "500000")
        assert sorted(found) == [f"2026-11-24T01:00:00.{fraction}Z#000000000001" for fraction in fractions]

    def test_what_happened_at_one_moment_sorts_as_on_the_log(self) -> None:
        offsets = [999_999_999, 2, 10]
        moment = logged(use(), 1).time
        found = [entered(logged(use(), n, time=moment, offset=offset)).fields for n, offset in enumerate(offsets)]
        assert [one["position"] for one in sorted(found, key=lambda one: str(one["happened"]))] == sorted(offsets)


class TestSetAside:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"{}",
            b'{"card":"%b"' % CARD.encode(),
            b'{"card":"%b","x":"\xff"}' % CARD.encode(),
            b'{"card":"%b","x":NaN}' % CARD.encode(),
            b'{"card":"%b","x":-Infinity}' % CARD.encode(),
            b'{"card":"%b"},"more":{}' % CARD.encode(),
        ],
    )
    def test_a_body_that_is_no_json_of_a_card_is_set_aside(self, body: bytes) -> None:
        assert entry(logged(use(), 1, body=body)) == SetAside("wrong_shape")

    def test_a_body_of_another_card_is_set_aside(self) -> None:
        assert entry(logged(use(), 1, key=OTHER_CARD)) == SetAside("key_is_not_the_card")

    def test_a_time_outside_the_calendar_is_set_aside(self) -> None:
        assert entry(logged(use(), 1, time="0001-01-01T00:00:00+08:00")) == SetAside("malformed_headers")

    def test_a_text_that_speaks_of_infinity_is_kept(self) -> None:
        body = b'{"card":"%b","x":"NaN, Infinity"}' % CARD.encode()
        assert split(entered(logged(use(), 1, body=body)).body)[1] == body


class TestSame:
    @pytest.mark.parametrize(
        "changes",
        [
            {"offset": 99},
            {"partition": 4},
            {"time_ms": 5},
            {"decided_by": 'lab/2 ,"id":"'},
            {"trace": f"00-{'a' * 32}-{'b' * 16}-01"},
            {"key_id": "k2"},
        ],
    )
    def test_a_copy_may_differ_in_where_it_stands_and_who_decided_it(self, changes: dict[str, object]) -> None:
        first = logged(use(), 1)
        assert same(entered(first._replace(**changes)), entered(first).body)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "changes",
        [
            {"type": "onecard.registration.visit-closed.v1"},
            {"time": "2026-11-24T09:00:02+08:00"},
            {"subject": an_id(8)},
            {"causation": an_id(8)},
            {"body": use().model_dump_json(exclude_none=True).encode() + b" "},
        ],
    )
    def test_a_copy_that_says_something_else_is_not_the_same(self, changes: dict[str, object]) -> None:
        first = logged(use(), 1)
        assert not same(entered(first._replace(**changes)), entered(first).body)  # type: ignore[arg-type]

    def test_copies_have_one_digest(self) -> None:
        first = logged(use(), 1)
        assert digest(entered(first._replace(offset=50, decided_by="")).body) == digest(entered(first).body)


class TestFold:
    def test_the_first_copy_is_kept(self) -> None:
        assert [made.fields["position"] for made in fold([logged(use(), 1), logged(use(), 1, offset=9)])] == [1]

    def test_one_id_on_two_cards_is_two_entries(self) -> None:
        assert len(fold([logged(use(), 1), logged(use(OTHER_CARD), 1)])) == 2

    def test_one_id_with_two_contents_is_a_contradiction_that_names_ids_only(self) -> None:
        with pytest.raises(Contradiction) as raised:
            fold([logged(use(), 1), logged(refusal(), 1)])
        assert str(raised.value) == f"{CARD}/{an_id(1)} came again with other content"

"""发卡: one card from its application to its merge, a class per standing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.cards.service import SERVICE
from shared.events import authority, cards
from shared.events.base import CardEvent, Where
from shared.events.edge import CardAsk
from shared.events.intake import CardRequestRefused
from tests.support.spec import CARD, START, Given, an_id, given

OTHER, THIRD = "d" * 64, "e" * 64
WHERE = Where(institution="card-authority", terminal="card-authority-1", channel="authority")


def asked(kind: type[CardAsk], n: int, **fields: Any) -> Any:
    at = START + timedelta(seconds=n)
    made = kind(**{"card": CARD, "where": WHERE, "good_until": START + timedelta(days=1), **fields})
    return made.known(an_id(n), at, at)


def fact(kind: type[CardEvent], n: int, **fields: Any) -> Any:
    """A fact about the request number n."""
    return kind(**{"card": CARD, "where": WHERE, "request": an_id(n), **fields})


def heard(kind: type[CardEvent], n: int, about: int, **fields: Any) -> Any:
    """A fact of another card's stream, or of intake, on the log."""
    at = START + timedelta(seconds=n)
    return fact(kind, about, **fields).known(an_id(n), at, at, an_id(about))


APPLIED = asked(authority.CardApplicationMade, 1, standing="formal")
APPLIED_FOR_NOW = asked(authority.CardApplicationMade, 1, standing="temporary")
SUSPENDED = asked(authority.CardSuspensionRequested, 2, reason="ordered")
LOST = asked(authority.CardSuspensionRequested, 2, reason="lost")
RESTORED = asked(authority.CardRestorationRequested, 3)
REPLACED = asked(authority.CardReplacementRequested, 4)
FORMALIZED = asked(authority.CardFormalizationRequested, 5)
MERGE = asked(authority.CardMergeRequested, 6, into=OTHER)
TAKEN = heard(cards.CardMergeConsidered, 7, 6, kept=OTHER)
UNMERGE = asked(authority.CardUnmergeRequested, 8)
GRANT = asked(authority.ProxyGrantRequested, 9, proxy=OTHER, relation="child")
REVOKE = asked(authority.ProxyRevocationRequested, 10, proxy=OTHER)
ENTITLE = asked(authority.EntitlementGrantRequested, 11, entitlement="treat-first")
END = asked(authority.EntitlementEndRequested, 12, entitlement="treat-first")

LIVES_ON = (SUSPENDED, RESTORED, REPLACED, FORMALIZED, MERGE, UNMERGE, GRANT, REVOKE, ENTITLE, END)


def refused(n: int, code: str) -> Any:
    return fact(cards.CardRefused, n, code=code)


class TestNotIssued:
    def test_an_application_is_answered_with_the_first_issue(self) -> None:
        given(SERVICE).when(APPLIED).then(fact(cards.CardIssued, 1, standing="formal", issue=1))

    @pytest.mark.parametrize("request_", LIVES_ON, ids=lambda one: type(one).__name__)
    def test_whatever_else_is_asked_waits_for_the_card(self, request_: Any) -> None:
        given(SERVICE).when(request_).then_held("card_not_issued")

    def test_what_waited_is_answered_when_the_card_is_issued(self) -> None:
        after = given(SERVICE, LOST).when(APPLIED)
        after.then(fact(cards.CardIssued, 1, standing="formal"), fact(cards.CardSuspended, 2, reason="lost"))

    def test_what_waited_too_long_is_refused(self) -> None:
        given(SERVICE).when(LOST).when_overdue().then(refused(2, "card_not_issued"))

    def test_it_takes_no_other_card(self) -> None:
        proposed = heard(cards.CardMergeProposed, 20, 6, retiring=OTHER)
        considered = fact(cards.CardMergeConsidered, 6, card=OTHER, kept=CARD, code="other_card_not_issued")
        given(SERVICE).when(proposed).then(considered)

    def test_what_intake_refused_is_the_outcome(self) -> None:
        no = heard(CardRequestRefused, 20, 1, request_type=APPLIED.TYPE, code="past_good_until")
        assert given(SERVICE).when(no).then_nothing().stream.state.answers == {an_id(1): "past_good_until"}


class TestIssued:
    def issued(self) -> Given:
        return given(SERVICE, APPLIED)

    def test_a_second_application_is_refused(self) -> None:
        again = asked(authority.CardApplicationMade, 20, standing="formal")
        self.issued().when(again).then(refused(20, "card_exists"))

    def test_it_is_suspended(self) -> None:
        self.issued().when(LOST).then(fact(cards.CardSuspended, 2, reason="lost"))

    def test_a_card_in_use_is_not_restored(self) -> None:
        self.issued().when(RESTORED).then(refused(3, "card_not_suspended"))

    def test_a_replacement_is_the_next_issue(self) -> None:
        self.issued().when(REPLACED).then(fact(cards.CardReplaced, 4, issue=2))

    def test_a_formal_card_is_not_formalized_again(self) -> None:
        self.issued().when(FORMALIZED).then(refused(5, "already_formal"))

    def test_a_temporary_card_is_formalized(self) -> None:
        given(SERVICE, APPLIED_FOR_NOW).when(FORMALIZED).then(fact(cards.CardFormalized, 5))

    def test_the_newest_answers_are_known_by_their_requests(self) -> None:
        assert self.issued().when(RESTORED).stream.state.answers == {an_id(1): "", an_id(3): "card_not_suspended"}

    def test_only_so_many_answers_are_kept(self) -> None:
        many = (asked(authority.CardRestorationRequested, n) for n in range(20, 60))
        assert len(given(SERVICE, APPLIED, *many).stream.state.answers) == 8


class TestSuspended:
    def suspended(self) -> Given:
        return given(SERVICE, APPLIED, SUSPENDED)

    def test_it_is_not_suspended_twice(self) -> None:
        again = asked(authority.CardSuspensionRequested, 20, reason="lost")
        self.suspended().when(again).then(refused(20, "card_suspended"))

    def test_it_is_restored(self) -> None:
        self.suspended().when(RESTORED).then(fact(cards.CardRestored, 3))

    def test_a_lost_card_is_restored_by_its_replacement(self) -> None:
        given(SERVICE, APPLIED, LOST).when(REPLACED).then(
            fact(cards.CardReplaced, 4, issue=2), fact(cards.CardRestored, 4)
        )

    def test_a_card_suspended_by_order_is_not_replaced(self) -> None:
        self.suspended().when(REPLACED).then(refused(4, "card_suspended"))

    @pytest.mark.parametrize("request_", [GRANT, ENTITLE, FORMALIZED], ids=lambda one: type(one).__name__)
    def test_it_is_given_nothing_new(self, request_: Any) -> None:
        self.suspended().when(request_).then(refused(int(request_.id[-2:]), "card_suspended"))

    def test_a_proxy_can_still_be_revoked(self) -> None:
        given(SERVICE, APPLIED, GRANT, SUSPENDED).when(REVOKE).then(fact(cards.ProxyRevoked, 10, proxy=OTHER))

    def test_it_takes_no_other_card(self) -> None:
        proposed = heard(cards.CardMergeProposed, 20, 6, retiring=OTHER)
        considered = fact(cards.CardMergeConsidered, 6, card=OTHER, kept=CARD, code="other_card_suspended")
        self.suspended().when(proposed).then(considered)


class TestMerging:
    def merging(self) -> Given:
        return given(SERVICE, APPLIED, MERGE)

    def test_the_other_card_is_asked_first(self) -> None:
        story = given(SERVICE, APPLIED).when(MERGE)
        story.then(fact(cards.CardMergeProposed, 6, card=OTHER, retiring=CARD))
        assert story.stream.held[-1].code == "merge_undecided"

    def test_a_merge_is_said_once_on_each_key(self) -> None:
        self.merging().when(TAKEN).then(
            fact(cards.CardsMerged, 6, other=OTHER, side="retired"),
            fact(cards.CardsMerged, 6, card=OTHER, other=CARD, side="kept"),
        )

    def test_the_other_cards_no_is_the_answer(self) -> None:
        no = heard(cards.CardMergeConsidered, 7, 6, kept=OTHER, code="other_card_merged")
        self.merging().when(no).then(refused(6, "other_card_merged"))

    def test_after_a_no_the_card_lives_on(self) -> None:
        no = heard(cards.CardMergeConsidered, 7, 6, kept=OTHER, code="other_card_merged")
        self.merging().when(no).when(REPLACED).then(fact(cards.CardReplaced, 4, issue=2))

    def test_a_word_that_came_too_late_retires_nothing(self) -> None:
        self.merging().when_overdue().when(TAKEN).then_nothing()

    def test_it_takes_no_other_card_while_it_waits(self) -> None:
        proposed = heard(cards.CardMergeProposed, 20, 21, retiring=THIRD)
        considered = fact(cards.CardMergeConsidered, 21, card=THIRD, kept=CARD, code="other_card_merging")
        self.merging().when(proposed).then(considered)

    def test_what_else_is_asked_waits_for_the_word(self) -> None:
        self.merging().when(REPLACED).then_held("card_busy")

    def test_a_card_is_not_merged_with_itself(self) -> None:
        same = asked(authority.CardMergeRequested, 6, into=CARD)
        given(SERVICE, APPLIED).when(same).then(refused(6, "merge_with_itself"))

    def test_a_card_takes_another(self) -> None:
        proposed = heard(cards.CardMergeProposed, 20, 6, retiring=OTHER)
        story = given(SERVICE, APPLIED).when(proposed)
        story.then(fact(cards.CardMergeConsidered, 6, card=OTHER, kept=CARD))
        assert story.stream.state.kept == (OTHER,)


class TestMerged:
    def merged(self) -> Given:
        return given(SERVICE, APPLIED, MERGE, TAKEN)

    @pytest.mark.parametrize("request_", [LOST, RESTORED, REPLACED, FORMALIZED, GRANT, REVOKE, ENTITLE, END])
    def test_nothing_is_asked_of_a_retired_card(self, request_: Any) -> None:
        again = request_.model_copy().known(an_id(30), request_.time, request_.time)
        self.merged().when(again).then(refused(30, "card_merged"))

    def test_it_takes_no_other_card(self) -> None:
        proposed = heard(cards.CardMergeProposed, 20, 21, retiring=THIRD)
        considered = fact(cards.CardMergeConsidered, 21, card=THIRD, kept=CARD, code="other_card_merged")
        self.merged().when(proposed).then(considered)

    def test_an_unmerge_is_said_once_on_each_key(self) -> None:
        self.merged().when(UNMERGE).then(
            fact(cards.CardsUnmerged, 8, other=OTHER, side="retired"),
            fact(cards.CardsUnmerged, 8, card=OTHER, other=CARD, side="kept"),
        )

    def test_unmerged_it_is_what_it_was(self) -> None:
        before = given(SERVICE, APPLIED, GRANT, ENTITLE).stream.state
        after = given(SERVICE, APPLIED, GRANT, ENTITLE, MERGE, TAKEN, UNMERGE).stream.state
        known = ("standing", "issue", "suspended", "into", "merging", "kept", "proxies", "entitlements")
        assert [getattr(after, name) for name in known] == [getattr(before, name) for name in known]

    def test_a_card_that_is_its_own_is_not_unmerged(self) -> None:
        given(SERVICE, APPLIED).when(UNMERGE).then(refused(8, "card_not_merged"))


class TestProxies:
    def test_a_proxy_is_granted(self) -> None:
        given(SERVICE, APPLIED).when(GRANT).then(fact(cards.ProxyGranted, 9, proxy=OTHER, relation="child"))

    def test_a_proxy_is_granted_once(self) -> None:
        again = asked(authority.ProxyGrantRequested, 20, proxy=OTHER, relation="parent")
        given(SERVICE, APPLIED, GRANT).when(again).then(refused(20, "proxy_granted"))

    def test_nobody_is_their_own_proxy(self) -> None:
        own = asked(authority.ProxyGrantRequested, 20, proxy=CARD, relation="guardian")
        given(SERVICE, APPLIED).when(own).then(refused(20, "proxy_of_itself"))

    def test_only_so_many_may_act_for_one(self) -> None:
        many = [asked(authority.ProxyGrantRequested, 20 + n, proxy=f"{n:064x}", relation="child") for n in range(17)]
        given(SERVICE, APPLIED, *many[:-1]).when(many[-1]).then(refused(36, "too_many"))

    def test_a_proxy_nobody_granted_is_not_revoked(self) -> None:
        given(SERVICE, APPLIED).when(REVOKE).then(refused(10, "proxy_not_granted"))


class TestEntitlements:
    def test_one_is_granted(self) -> None:
        given(SERVICE, APPLIED).when(ENTITLE).then(fact(cards.EntitlementGranted, 11, entitlement="treat-first"))

    def test_the_same_is_not_granted_twice(self) -> None:
        again = asked(authority.EntitlementGrantRequested, 20, entitlement="treat-first")
        given(SERVICE, APPLIED, ENTITLE).when(again).then(refused(20, "already_entitled"))

    def test_another_last_day_is_a_new_grant(self) -> None:
        longer = asked(authority.EntitlementGrantRequested, 20, entitlement="treat-first", until=date(2027, 1, 1))
        given(SERVICE, APPLIED, ENTITLE).when(longer).then(
            fact(cards.EntitlementGranted, 20, entitlement="treat-first", until=date(2027, 1, 1))
        )

    def test_one_ends(self) -> None:
        given(SERVICE, APPLIED, ENTITLE).when(END).then(fact(cards.EntitlementEnded, 12, entitlement="treat-first"))

    def test_what_was_not_granted_does_not_end(self) -> None:
        given(SERVICE, APPLIED).when(END).then(refused(12, "not_entitled"))

"""Where a visit sends the resident on to: a ward that is to take them in, or another institution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.guide import words
from services.guide.keeping import change, put, utc
from services.guide.shapes import State
from services.guide.stay import Onward
from services.guide.told_wards import OnwardTold
from shared.events import AnyEvent, consultation


def admission_ordered(state: State, event: consultation.AdmissionOrdered) -> State:
    to = Onward("admission", event.where.institution, event.where.department or "", event.ward, event.order,
                event.reason, utc(event.log_time))  # fmt: skip
    return change(state, onward=put(state.onward, event.order, to))


def referred(state: State, event: consultation.ReferralMade) -> State:
    """A consultation refers to one institution, so its id is the referral's."""
    to = Onward("referral", event.institution, event.department or "", "", "", event.reason, utc(event.log_time))
    return change(state, onward=put(state.onward, event.consultation, to))


def onward(state: State) -> Iterator[OnwardTold]:
    """Every way on, as it was said. Whether it was gone is another visit's matter."""
    for to in state.onward.values():
        zh, en = words.ONWARD[to.kind]
        yield {
            "kind": to.kind,
            "zh": zh,
            "en": en,
            "institution": to.institution,
            "department": to.department,
            "ward": to.ward,
            "order": to.order,
            "reason": to.reason,
            "at": to.at,
        }


EVOLVE: dict[type[AnyEvent], Callable[[State, Any], State]] = {
    consultation.AdmissionOrdered: admission_ordered,
    consultation.ReferralMade: referred,
}

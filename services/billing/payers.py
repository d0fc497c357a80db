"""Who pays with the resident: whose rules a bill is settled by, and what is still open of them in the year."""

from __future__ import annotations

from datetime import timedelta

from services.billing.settlement import Payer
from services.billing.shapes import Attendance, State
from shared.events.base import Visit
from shared.reference import Reference
from shared.reference.insurance import LEVELS, Category, Terms

CATEGORY: dict[str, Category] = {"outpatient": "outpatient", "emergency": "outpatient", "inpatient": "inpatient"}
"""The category a kind of visit is insured in. A check-up is insured in none."""

SELF = "self"
"""What a registration says as its payer when the resident wants to pay alone."""

Found = tuple[Payer | None, str]
"""A payer; or none, and the rule that says why (empty where there is no insurance at all)."""


def payer(state: State, visit: Visit, reference: Reference) -> Found:
    """Whose rules settle a bill of this visit, by the date the visit was opened for."""
    attended = state.attended.get(visit.id)
    terms = reference.terms(attended.entitlements, visit.date) if attended else None
    if attended is None or terms is None:
        return None, ""
    if attended.payer == SELF:
        return None, "self_pay"
    level = level_of(attended.institution, visit, reference)
    category = CATEGORY.get(attended.kind)
    if category is None or level not in LEVELS:
        return None, "not_insured"
    full = terms.levels[category][level]
    referred = category == "inpatient" and is_referred(state, attended, visit, terms, reference)
    deductible = full.referred if referred else full.deductible
    left = max(0, deductible - state.deductibles.get(visit.id, 0))
    return Payer(terms, category, level, left, referred), ""


def is_referred(state: State, attended: Attendance, visit: Visit, terms: Terms, reference: Reference) -> bool:
    """Whether a lower level sent the resident here, not longer ago than the rules say, in the same year."""
    here = level_of(attended.institution, visit, reference)
    recent = timedelta(days=terms.referral_days)
    return any(
        one.to == attended.institution
        and one.day <= visit.date <= one.day + recent
        and is_below(level_of(one.away, visit, reference), here)
        for one in state.referrals
    )


def waived(state: State, item: str, visit: Visit, reference: Reference) -> bool:
    """Whether a waiver takes over what is left of this item in this visit."""
    attended = state.attended.get(visit.id)
    return attended is not None and bool(reference.waiver(item, attended.entitlements, visit.date))


def level_of(institution: str, visit: Visit, reference: Reference) -> str:
    """The level of an institution on the day the visit was opened for; empty for one nobody knows."""
    found = reference.institutions.at(institution, visit.date)
    return found.level if found else ""


def is_below(lower: str, upper: str) -> bool:
    return lower in LEVELS and upper in LEVELS and LEVELS.index(lower) < LEVELS.index(upper)

"""The table of words for why a resident declines an item of a check-up: facts carry the code alone."""

from __future__ import annotations

from collections.abc import Mapping

DECLINED: Mapping[str, tuple[str, str]] = {
    "not_wanted": ("本人不愿检查", "The resident does not want it."),
    "unwell": ("身体不适", "The resident does not feel well enough."),
    "pregnant": ("妊娠或备孕", "The resident is or may be pregnant."),
    "not_fasting": ("未空腹", "The resident has eaten."),
    "done_elsewhere": ("近期已在别处检查", "It was done elsewhere lately."),
}


def declined_words(code: str) -> tuple[str, str]:
    """Why, in Chinese and English; an unknown code speaks for itself."""
    return DECLINED.get(code, (code, code))

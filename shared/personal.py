"""Free text that carries an identity number or a mobile number, so that intake can refuse it before it reaches the log.

A net for slips of the keyboard, not for people who mean to smuggle: numbers written out in words pass. Where spaces or
dashes part the digits, only the groupings people use for such numbers count: laboratory values stand side by side too.
"""

import re
import unicodedata
from datetime import date
from operator import mul
from typing import Final

# At most three blanks, dashes or invisible marks between two digits; a line end parts numbers.
_GAP: Final = r"[-\t \xa0\u2000-\u2015\u202f\u205f\u2060\u2212\u3000\ufe63\uff0d\ufeff_]"
_ELEVEN_DIGITS: Final = re.compile(rf"[0-9](?:{_GAP}{{0,3}}[0-9]){{10}}")
_GAPS: Final = re.compile(rf"(?<=[0-9]){_GAP}{{1,3}}(?=[0-9xX])")
_OTHER_DIGIT: Final = re.compile(r"[^\D0-9]")
# Long digits that name no person: UUIDs, hexadecimal ids and digests, dotted identifiers (DICOM), decimal fractions.
_OPAQUE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}"
    r"|[0-9]+(?:\.[0-9]+){3,}|0\.[0-9]+)(?![0-9A-Za-z])",
    re.IGNORECASE,
)
# The provinces of GB/T 2260; 9 opens the number of a foreign permanent resident.
_PROVINCE: Final = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-8]"
_MOBILE: Final = "(?:(?:00)?86)?1[3-9][0-9]{9}"
_OLD_IDENTITY: Final = re.compile(
    rf"(?:{_PROVINCE})[0-9]{{4}}(?P<year>[0-9]{{2}})(?P<month>[01][0-9])(?P<day>[0-3][0-9])[0-9]{{3}}"
)


def _shaped(*shapes: tuple[int, ...]) -> str:
    return "|".join(" ".join(f"[0-9]{{{size}}}" for size in shape) for shape in shapes)


# Below, a single space parts the groups of a row, as `_GAPS` leaves them. A row ends with its last digit or its X.
_ROW_BEGINS: Final = "(?<![0-9])(?<![0-9] )"
_ROW_ENDS: Final = "(?! ?[0-9])(?! ?[xX](?![0-9A-Za-z]))"
_SPACED_PROVINCE: Final = rf"(?:{_PROVINCE.replace('[', ' ?[').replace('71', '7 ?1')})"
# The check character makes chance hits rare, so any grouping counts, beside whatever else stands in the row.
_IDENTITY: Final = re.compile(
    "(?<![0-9])(?=("
    rf"{_SPACED_PROVINCE} ?"
    + "[0-9] ?" * 4
    + "(?:1 ?9|2 ?0) ?[0-9] ?[0-9] ?[01] ?[0-9] ?[0-3] ?[0-9] ?"
    + "[0-9] ?" * 3
    + "(?:[0-9](?![0-9])|[xX])))[1-9]"
)
# Groupings that count beside other numbers, and those that count only where nothing else stands in the row.
_USUAL: Final = re.compile(rf"(?<![0-9])(?:{_MOBILE}|1[3-9][0-9] [0-9]{{4}} [0-9]{{4}})(?![0-9])")
_USUAL_OLD: Final = re.compile(rf"(?<![0-9]){_OLD_IDENTITY.pattern}(?![0-9])")
_POSSIBLE_MOBILE: Final = ((3, 8), (4, 4, 3), (7, 4), (5, 6), (6, 5), (2, 3, 4, 4), (2, 11), (5, 4, 4), (1,) * 11)
_POSSIBLE_OLD: Final = ((6, 6, 3), (6, 9), (12, 3), (4, 4, 4, 3), (1,) * 15)
_POSSIBLE: Final = re.compile(
    rf"{_ROW_BEGINS}(?:"
    rf"(?=(?:(?:0 ?0 ?)?8 ?6 ?)?1 ?[3-9])(?:{_shaped(*_POSSIBLE_MOBILE, *_POSSIBLE_OLD)})"
    rf"|(?={_SPACED_PROVINCE})(?:{_shaped(*_POSSIBLE_OLD)})){_ROW_ENDS}"
)
_DAY: Final = re.compile(r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[01][0-9])(?P<day>[0-3][0-9])")
_WHOLE_MOBILE: Final = re.compile(_MOBILE)
_WIDE_X: Final = str.maketrans("Ｘｘ", "Xx")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS: Final = ord("0") * sum(_WEIGHTS)


def looks_personal(text: str) -> bool:
    """Whether the text holds a Chinese identity number (18 characters, or 15 digits) or a mainland mobile number.

    Rules: GB 11643 (region, date of birth, check character), and eleven digits from 1[3-9] on, with +86 or without.
    Total, pure and without a clock: a date of birth is plausible from 1900 to 2099. Digits of any script count.
    The work grows with the length of the text and no faster, whatever it holds: each pattern is of bounded length,
    and only what has the form of a number costs more than a pattern's step.
    """
    plain = text if text.isascii() else _OTHER_DIGIT.sub(_ascii_digit, text).translate(_WIDE_X)
    if _ELEVEN_DIGITS.search(plain) is None:
        return False
    rows = _GAPS.sub(" ", _OPAQUE.sub("\n", plain))
    return (
        _USUAL.search(rows) is not None
        or any(_is_date(found, century=1900) for found in _USUAL_OLD.finditer(rows))
        or any(_is_identity(found[1]) for found in _IDENTITY.finditer(rows))
        or any(_is_alone(found[0]) for found in _POSSIBLE.finditer(rows))
    )


def _is_alone(row: str) -> bool:
    """Whether a whole row, in a grouping people use, is a number. A laboratory value beside a day is none."""
    if any(_is_date(_DAY.fullmatch(group), century=0) for group in row.split(" ")):
        return False
    number = row.replace(" ", "")
    return _WHOLE_MOBILE.fullmatch(number) is not None or _is_date(_OLD_IDENTITY.fullmatch(number), century=1900)


def _is_identity(row: str) -> bool:
    number = row.replace(" ", "")
    total = sum(map(mul, _WEIGHTS, number.encode())) - _ZEROS
    if "10X98765432"[total % 11] != number[17].upper():
        return False
    return _is_date(_DAY.fullmatch(number[6:14]), century=0)


def _is_date(match: re.Match[str] | None, *, century: int) -> bool:
    if match is None:
        return False
    try:
        date(century + int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return True


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))

"""Why a reader refuses a code: the code, and what it tells the person standing there."""

from dataclasses import dataclass
from typing import Final, Literal

RefusalCode = Literal[
    "qr_malformed",
    "qr_not_genuine",
    "qr_expired",
    "qr_not_yet_valid",
    "qr_replayed",
    "qr_used_elsewhere",
    "qr_reader_busy",
]

REFUSALS: Final[dict[RefusalCode, tuple[str, str]]] = {
    "qr_malformed": ("不是电子健康卡二维码", "This is not a health card code."),
    "qr_not_genuine": ("二维码校验未通过，请刷新后重试", "The code could not be verified; refresh it and scan again."),
    "qr_expired": ("二维码已过期，请刷新后重试", "The code has expired; refresh it and scan again."),
    "qr_not_yet_valid": (
        "二维码尚未生效，请核对时间后重试",
        "The code is not valid yet; check the clock and scan again.",
    ),
    "qr_replayed": ("二维码已使用过，请刷新后重试", "The code has been used already; refresh it and scan again."),
    "qr_used_elsewhere": (
        "二维码已在其他终端使用，请刷新后重试",
        "The code has been used at another terminal; refresh it and scan again.",
    ),
    "qr_reader_busy": ("读码终端繁忙，请一分钟后重试", "The reader is busy; try again in a minute."),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, in Chinese and in English; it never quotes what was scanned."""

    code: RefusalCode
    zh: str
    en: str


def refused(code: RefusalCode) -> Refused:
    return Refused(code, *REFUSALS[code])

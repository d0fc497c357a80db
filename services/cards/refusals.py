"""Why the authority's own door says no: codes that never reach the log, beside those of the language and of readers."""

from __future__ import annotations

from typing import Final

from shared.events.codes import REASONS
from shared.health_card import REFUSALS

OWN: Final[dict[str, tuple[str, str]]] = {
    "name_mismatch": ("姓名与证件号码不一致", "The name is not the one of this document."),
    "person_unknown": ("人口信息库中查无此人", "The population register does not know this document."),
    "card_unknown": ("未找到该卡", "There is no such card."),
    "request_pending": (
        "该卡有业务正在办理，请稍后再试",
        "Another request about this card is being decided; ask again soon.",
    ),
    "unknown_terminal": ("未登记的终端", "The terminal is not registered."),
    "unknown_entitlement": ("没有该项待遇", "There is no such entitlement."),
    "qr_superseded": ("该二维码已随补换卡失效", "The card was replaced; this code belongs to an older one."),
    "qr_card_unknown": ("该卡不是本市发放", "The card is not one of this city's."),
    "pending": ("已受理，正在办理", "It was taken in and is being decided."),
    "unauthorized": ("请出示访问凭证", "Send a reader's token: Authorization: Bearer <token>."),
    "forbidden": ("此操作限发卡机构人员", "This is for the authority's own staff."),
    "bad_request": ("请求内容缺失、未知或超出范围", "Something in the request is missing, unknown or out of bounds."),
    "too_large": ("请求内容过大", "The request is too large."),
    "not_found": ("没有该地址", "There is nothing here."),
    "not_allowed": ("不支持该方法", "This is not how this is asked."),
    "registry_unavailable": (
        "人口信息库暂不可用，请稍后再试",
        "The population register does not answer; nothing was done, ask again.",
    ),
    "unavailable": ("服务暂不可用，请稍后再试", "The service can't reach its store or the log; ask again."),
    "broken": ("服务内部错误", "Something went wrong here. The request is not at fault."),
}


def words(code: str) -> tuple[str, str]:
    """A code in Chinese and English, wherever it is kept; an unknown one speaks for itself."""
    if code in REASONS:
        return REASONS[code].zh, REASONS[code].en
    return OWN.get(code) or REFUSALS.get(code) or (code, code)  # type: ignore[call-overload]

"""The table of causes: why a record was set aside for people, in words an operator reads.

Set aside means not proven, or nobody's fault yet; `replay` brings a record home once its cause is gone. A cause never
holds a value of the record.
"""

from __future__ import annotations

CAUSES: dict[str, tuple[str, str]] = {
    # unreadable: no event can be made of the record
    "no_key": ("记录没有键", "The record has no key."),
    "no_body": ("记录没有正文", "The record has no body."),
    "headers_not_utf8": ("记录头或键不是 UTF-8", "A header or the key is not UTF-8."),
    "no_ce_id": ("缺少事件编号", "The header ce_id is missing."),
    "no_ce_type": ("缺少事件类型", "The header ce_type is missing."),
    "no_ce_time": ("缺少事件时间", "The header ce_time is missing."),
    "not_a_cloudevent": ("不是 CloudEvents 1.0 的 JSON 事件", "It is not a CloudEvents 1.0 event with a JSON body."),
    "malformed_headers": ("事件头格式错误", "A header is malformed, too long, or not a request's."),
    # not proven to be a request of a terminal of ours
    "wrong_shape": ("正文与事件类型不符", "The body is not what its type says."),
    "key_is_not_the_card": ("记录的键不是正文中的卡", "The record's key is not the card in its body."),
    "key_is_not_the_queue": ("记录的键不是正文中的队列", "The record's key is not the queue or ward in its body."),
    "too_large": ("正文超过 256 KiB", "The body is over 256 KiB."),
    "unknown_terminal": ("未登记的终端", "The terminal is not registered."),
    "no_terminal_secret": ("平台未配置终端主密钥", "The platform was started without its terminal secret."),
    "signature_missing": ("缺少终端签名", "The terminal's signature is missing."),
    "signature_wrong": ("终端签名不符", "The terminal's signature is wrong."),
    # proven, but nothing intake can take
    "unknown_type": ("未知的请求类型", "No request has this type."),
    "unknown_version": ("未知的请求版本", "The request has a version this platform does not know."),
    "not_a_uuid7": ("请求编号不是 UUIDv7", "The request's id is not a UUIDv7."),
    "id_too_old": ("请求编号生成于 90 天以前", "The request's id was made over 90 days ago."),
    "other_bytes": ("同一编号的内容不同", "The same id came before with other bytes."),
}


def cause_words(cause: str) -> tuple[str, str]:
    """A cause in Chinese and English; an unknown cause speaks for itself."""
    return CAUSES.get(cause, (cause, cause))

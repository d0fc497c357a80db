"""What guide says in words, Chinese and English: where a visit stands, what comes next, what became of a request."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    zh: str
    en: str


class Step(NamedTuple):
    """One step of the visit. `waits`: the resident has nothing to do but wait."""

    zh: str
    en: str
    where_zh: str
    where_en: str
    waits: bool = False


VISITS: dict[str, Words] = {
    "not_seen": Words("尚未收到本次就诊的信息", "Nothing is known of this visit yet."),
    "asked": Words("正在挂号", "Your registration is being decided."),
    "refused": Words("挂号未成功", "The registration was refused."),
    "registered": Words("已挂号", "You are registered."),
    "suspended": Words("该卡已停用，就诊暂停", "The card may not be used, so the visit waits."),
    "cancelled": Words("已退号", "The visit was cancelled."),
    "closed": Words("本次就诊已结束", "The visit is closed."),
}

ANSWERS: dict[str, Words] = {
    "not_seen": Words("尚未收到该请求", "This request has not been seen yet."),
    "admitted": Words("请求已受理", "The request was admitted."),
    "held": Words("请求正在等待", "The request waits."),
    "answered": Words("请求已完成", "The request was granted."),
    "refused": Words("请求未通过", "The request was refused."),
    "irregular": Words("已按异常记录，等待核实", "It was recorded as irregular and will be reconciled."),
}

DONE: dict[str, Words] = {
    "registered": Words("已挂号", "Registered"),
    "consultation": Words("已就诊", "Seen by the doctor"),
    "admitted": Words("已入院", "Admitted"),
    "discharged": Words("已出院", "Discharged"),
    "paid": Words("已交费", "Paid"),
    "collected": Words("已采样", "Specimen taken"),
    "reported": Words("已出结果", "Result ready"),
    "scheduled": Words("已预约检查", "Examination has a time"),
    "examined": Words("已检查", "Examined"),
    "exam_reported": Words("已出检查报告", "Report ready"),
    "checkup_item": Words("已做体检项目", "Check-up item done"),
    "checkup_declined": Words("已放弃体检项目", "Check-up item declined"),
    "checkup_reported": Words("已出体检报告", "Check-up report ready"),
    "dispensed": Words("已取药", "Medicine handed over"),
}

NEXT: dict[str, Step] = {
    "registering": Step("正在挂号，请稍候", "Your registration is being decided.", "", "", waits=True),
    "consultation": Step("请就诊", "See the doctor.", "诊室", "the department's clinic"),
    "bed": Step("等待床位", "A bed is being found for you.", "病区", "the ward", waits=True),
    "stay": Step("正在住院", "You are in hospital.", "病区", "the ward", waits=True),
    "pay": Step("请交费", "Please pay.", "自助机、手机或收费窗口", "a kiosk, your phone or the cashier"),
    "collect": Step("请采样", "Have your specimen taken.", "采样窗口", "the sampling desk"),
    "report": Step("等待检验结果", "Your result is being made.", "检验科", "the laboratory", waits=True),
    "critical": Step(
        "医生正在查看结果，请勿离开",
        "A doctor is reading your result; please stay.",
        "诊室",
        "the department's clinic",
        waits=True,
    ),
    "schedule": Step(
        "请预约检查",
        "Choose a time for your examination.",
        "自助机、手机或检查预约窗口",
        "a kiosk, your phone or the desk",
    ),
    "examine": Step("请按预约时间做检查", "Go to your examination at its time.", "检查室", "the examination room"),
    "exam_report": Step("等待检查报告", "Your report is being written.", "检查室", "the examination room", waits=True),
    "checkup": Step("请按项目体检", "Go to the stations of your check-up.", "体检科", "the check-up department"),
    "checkup_report": Step(
        "等待体检报告", "Your check-up report is being written.", "体检科", "the check-up department", waits=True
    ),
    "review": Step(
        "等待药师审方", "The pharmacist is reviewing your prescription.", "药房", "the pharmacy", waits=True
    ),
    "pickup": Step("请取药", "Fetch your medicine.", "药房窗口", "the pharmacy counter"),
    "settling": Step("正在结算，请稍候", "Your bill is being made.", "", "", waits=True),
    "insuring": Step("等待医保结算，请稍候", "Your insurer is settling your bill.", "", "", waits=True),
    "refund": Step("退款处理中", "Your refund is on its way.", "", "", waits=True),
    "finished": Step("本次就诊项目已全部完成", "Everything is done.", "", "", waits=True),
}

TICKETS: dict[str, Words] = {
    "waiting": Words("您的号码是 {number}，前面还有 {ahead} 人", "Your number is {number}; {ahead} before you."),
    "called": Words("请 {number} 号就诊", "Number {number}, it is your turn."),
    "out": Words("{number} 号已过号，请重新签到", "Number {number} was called and missed; please check in again."),
}

ONWARD: dict[str, Words] = {
    "admission": Words("请持住院证到住院处办理住院", "Register for your stay with this admission order."),
    "referral": Words("请到转诊医院挂号", "Register at the institution you are referred to."),
}

RECEIPTS: dict[str, Words] = {
    "paid": Words("已付清", "Paid in full."),
    "covered": Words("无需自付", "You owe nothing of it."),
}

REFUNDS: dict[str, Words] = {
    "asked": Words("退款已申请", "The refund was asked for."),
    "failed": Words("退款未成功，正在重新办理", "The refund failed and will be tried again."),
}

PROBLEMS: dict[str, Words] = {
    "not_seen": Words("尚未收到本次就诊的信息，请稍候", "Nothing is known of this yet; it may still come."),
    "no_such_queue": Words("该科室此时段没有排队", "There is no such queue."),
    "bad_parameter": Words("参数不正确", "A parameter is not what it must be."),
    "store_unavailable": Words("暂时无法查询，请稍后再试", "This can't be looked up just now; try again."),
}

"""One archive entry as a person reads it: a short Chinese and English sentence per event type. No jargon, no ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from deploy.commands import checkup_sentences
from deploy.commands.bills import bill, yuan
from shared.events.base import SHANGHAI
from shared.events.codes import words
from shared.health_card.steps import CROSSWALK

Body = Mapping[str, Any]

KINDS = {
    "use": "刷卡",
    "visit": "就诊登记",
    "refusal": "未办成",
    "diagnosis": "诊断",
    "allergy": "过敏",
    "vital_signs": "体征",
    "referral": "转诊",
    "order": "医嘱",
    "consultation": "接诊",
    "charge": "费用",
    "bill": "账单",
    "payment": "支付",
    "specimen": "标本",
    "result": "检验结果",
    "appointment": "检查预约",
    "examination": "检查",
    "report": "检查报告",
    "checkup": "体检",
    "checkup_report": "体检报告",
    "critical": "危急值",
    "prescription": "处方",
    "dispensing": "发药",
    "irregular": "异常",
    "card": "电子健康卡",
    "alias": "并卡",
    "stay": "住院",
    "care": "住院服务",
    "discharge": "出院",
}

FLAGS = {
    "low": ("↓", "yellow"),
    "high": ("↑", "yellow"),
    "critical_low": ("↓↓", "red bold"),
    "critical_high": ("↑↑", "red bold"),
}


def sentence(entry: Mapping[str, Any]) -> Text:
    """How one entry reads. An unknown type shows its reason or its name. What was written is told as it was written."""
    body, name = entry["body"], entry["type"].split(".")[-2]
    say = SAYS.get(name)
    text = Text.assemble(say(body) if say else "")
    if entry.get("reason") and (entry["refused"] or not text):
        zh, en = entry["reason"]["zh"], entry["reason"]["en"]
        text.append(f"：{zh} {en}" if text else f"{zh} {en}")
    return text or Text(name.replace("-", " "))


def _findings(body: Body) -> Text:
    return Text("，").join(
        Text.assemble(f"{one['display']} {one['value']} {one['unit']}", FLAGS.get(one["flag"], ""))
        for one in body["findings"]
    )


def _report(body: Body) -> Text:
    critical = (f"（{body['critical']}）", "red bold") if body.get("critical") else ""
    return Text.assemble(f"{body['display']}：{body['conclusion']}", critical)


def _read(body: Body) -> str:
    """Where a card was read, by the step its code stands for; 检验 and 检查 share a code, so both are named."""
    steps = [
        step.zh for step in CROSSWALK if step.code == body["step"] and step.medical in (None, body["medical_type"])
    ]
    return f"刷卡（{'、'.join(steps) or '其他'}）"


def _moment(at: str) -> str:
    """A moment as people write it: the day and minute, Shanghai time."""
    return datetime.fromisoformat(at).astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def _irregular(what: str) -> Callable[[Body], str]:
    return lambda body: f"{what}不合规，已记录待核对 ({words(body['code'])[0]})"


SAYS: dict[str, Callable[[Body], str | Text]] = {
    "card-presented": _read,
    "visit-registered": lambda b: f"挂号成功：{b['department']} {b['date']} {b['session']}",
    "visit-cancelled": lambda _: "已退号",
    "visit-closed": lambda _: "就诊结束，全部结清",
    "visit-suspended": lambda b: f"就诊暂停：{words(b['code'])[0]}",
    "visit-resumed": lambda _: "就诊继续",
    "card-issued": lambda b: "发放电子健康卡" if b["standing"] == "formal" else "发放临时卡",
    "card-formalized": lambda _: "临时卡转正",
    "card-suspended": lambda _: "卡已停用",
    "card-restored": lambda _: "卡已恢复",
    "card-replaced": lambda b: f"补换卡（第 {b['issue']} 张）",
    "cards-merged": lambda b: "并入本人另一张卡" if b["side"] == "retired" else "本人另一张卡并入",
    "cards-unmerged": lambda _: "撤销并卡",
    "proxy-granted": lambda _: "登记亲属代办",
    "proxy-revoked": lambda _: "撤销亲属代办",
    "entitlement-granted": lambda b: f"享有待遇 {b['entitlement']}",
    "entitlement-ended": lambda b: f"待遇结束 {b['entitlement']}",
    "card-refused": lambda _: "卡务未办成",
    "registration-refused": lambda _: "挂号未办成",
    "close-refused": lambda b: f"还不能结束就诊（{len(b.get('open', [])) + ('checkup' in b)} 项未完成）",
    "diagnosis-made": lambda b: f"{b['display']}（{b['code']}）",
    "allergy-noted": lambda b: "无已知过敏" if b.get("none_known") else f"对{b.get('display')}过敏",
    "vital-signs-measured": lambda b: "，".join(f"{m['display']} {m['value']} {m['unit']}" for m in b["measurements"]),
    "referral-made": lambda b: f"转诊至 {b['institution']}：{b['reason']}",
    "lab-test-ordered": lambda b: f"开检验：{b['display']}",
    "examination-ordered": lambda b: f"开检查：{b['display']}（{b['modality']}）",
    "admission-ordered": lambda b: f"开住院证：病区 {b['ward']}，{b['reason']}",
    "medication-prescribed": lambda b: (
        f"开药：{b['display']} {b['quantity']} {b['unit']}，{b['dosage']}，{b['days']} 天"
    ),
    "consultation-accepted": lambda b: b.get("notes") or "医生已接诊",
    "charge-raised": lambda b: f"{b['display']} × {b['quantity']} = {yuan(b['amount'])}",
    "charge-lapsed": lambda b: f"逾期未缴，项目失效 {yuan(b['amount'])}",
    "charge-reversed": lambda b: f"费用冲销 {yuan(b['amount'])}",
    "bill-settled": bill,
    "payment-received": lambda b: f"已付 {yuan(b['amount'])}（{b['method']}）",
    "payment-refused": lambda b: f"付款未入账，应退 {yuan(b['due_back'])}",
    "refund-asked": lambda b: f"申请退款 {yuan(b['amount'])}",
    "refund-confirmed": lambda b: f"已退款 {yuan(b['amount'])}",
    "refund-failed": lambda b: f"退款未成功 {yuan(b['amount'])}，将再次办理",
    "deposit-received": lambda b: f"已收押金 {yuan(b['amount'])}（{b['method']}）",
    "deposit-refused": lambda b: f"押金未入账，应退 {yuan(b['due_back'])}",
    "deposit-applied": lambda b: f"押金抵扣 {yuan(b['amount'])}，尚欠 {yuan(b['left'])}",
    "deposit-returned": lambda b: f"退还押金 {yuan(b['amount'])}",
    "account-closed": lambda b: f"住院账户结清：押金 {yuan(b['deposited'])}，抵扣 {yuan(b['applied'])}",
    "specimen-accepted": lambda b: f"已采样（{b['kind']}）",
    "lab-result-reported": _findings,
    "lab-result-amended": lambda b: Text.assemble(f"更正（第 {b['version']} 版）：", _findings(b)),
    "critical-value-flagged": lambda b: Text.assemble(
        ("危急值", "red"), "：", _findings(b), "（已升级）" if b.get("escalation") else ""
    ),
    "critical-value-acknowledged": lambda b: f"医生已处理危急值：{b['action']}",
    "examination-scheduled": lambda b: f"检查预约：{_moment(b['at'])}{' ' + b['room'] if b.get('room') else ''}",
    "examination-schedule-refused": lambda _: "检查预约未办成",
    "examination-completed": lambda b: f"已检查：{b['display']}（{b['modality']}）",
    "examination-reported": _report,
    "examination-amended": lambda b: Text.assemble(f"更正（第 {b['version']} 版）：", _report(b)),
    "critical-finding-flagged": lambda b: Text.assemble(
        ("危急值", "red"), f"：{b['finding']}", "（已升级）" if b.get("escalation") else ""
    ),
    "critical-finding-acknowledged": lambda b: f"医生已处理危急值：{b['action']}",
    "medication-ready": lambda _: "药师审方通过",
    "prescription-returned": lambda b: f"药师退回处方：{b.get('reason', '')}",
    "pickup-released": lambda b: (
        "可取药：" + "，".join(f"{x['display']} {x['quantity']} {x['unit']}" for x in b["lines"])
    ),
    "pickup-refused": lambda _: "暂不能取药",
    "medication-dispensed": lambda b: f"已发药 {len(b['lines'])} 种",
    "patient-admitted": lambda b: f"入院：病区 {b['ward']} {b['bed']} 床",
    "inpatient-service-recorded": lambda b: f"{b['day']} {b['display']} {b['quantity']} {b['unit']}",
    "inpatient-service-irregular": _irregular("住院服务"),
    "transfer-ordered": lambda b: f"转科医嘱：转往病区 {b['ward']}",
    "transfer-refused": lambda _: "转科未办成",
    "patient-transferred": lambda b: f"转床：病区 {b['from_ward']} {b['from_bed']} 床 → 病区 {b['ward']} {b['bed']} 床",
    "patient-discharged": lambda b: f"出院：{b['summary']['course']}{b['summary']['instructions']}",
    "discharge-refused": lambda b: f"还不能出院（{len(b.get('orders', []))} 项未完成）",
    **checkup_sentences.SAYS,
    "checkup-item-irregular": _irregular("体检项目"),
    "checkup-report-irregular": _irregular("体检结论"),
    "order-cancelled": lambda _: "医嘱已取消",
    "cancellation-refused": lambda _: "取消未办成",
    "request-refused": lambda _: "请求未受理",
    "card-request-refused": lambda _: "请求未受理",
    "consultation-irregular": _irregular("接诊记录"),
    "specimen-irregular": _irregular("采样"),
    "lab-result-irregular": _irregular("检验结果"),
    "acknowledgement-irregular": _irregular("危急值确认"),
    "examination-irregular": _irregular("检查"),
    "examination-report-irregular": _irregular("检查报告"),
    "finding-acknowledgement-irregular": _irregular("危急值确认"),
    "review-irregular": _irregular("审方"),
    "dispensing-irregular": _irregular("发药"),
    "refund-irregular": _irregular("退款回报"),
    "insurer-answer-irregular": _irregular("医保结算回报"),
    "settlement-overdue": _irregular("医保结算"),
    "settlement-reversal-overdue": _irregular("医保撤销结算"),
    "cap-irregular": lambda b: f"并卡后{b['act']['year']}年超出封顶线 {yuan(b['act']['above'])}，已记录待核对",
    "irregularity-resolved": lambda b: f"异常已处理：{b['resolution']}",
    "card-irregularity-resolved": lambda b: f"异常已处理：{b['resolution']}",
}

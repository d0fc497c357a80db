"""Every request in words: what it is in the hospital, and in one English word or two. One line for each type."""

from __future__ import annotations

STEPS = {
    "card-presented": "刷卡 card read",
    "registration-requested": "挂号 register",
    "registration-cancellation-requested": "退号 cancel",
    "visit-close-requested": "结束 close",
    "check-in-requested": "签到 check in",
    "ticket-call-requested": "叫号 call",
    "ticket-miss-reported": "过号 missed",
    "ticket-serve-reported": "就诊毕 served",
    "consultation-recorded": "就诊 consult",
    "order-cancellation-requested": "撤医嘱 unorder",
    "payment-tendered": "交费 pay",
    "refund-reported": "退费 refund",
    "insurer-answered": "医保结算 insurer",
    "specimen-collected": "采样 specimen",
    "lab-result-entered": "检验 result",
    "lab-result-corrected": "更正 correct",
    "critical-value-acknowledgement-reported": "危急值 read",
    "examination-schedule-requested": "检查预约 book",
    "examination-performed": "检查 examine",
    "examination-report-entered": "检查报告 report",
    "examination-report-corrected": "报告更正 correct",
    "critical-finding-acknowledgement-reported": "检查危急值 read",
    "checkup-item-recorded": "体检项目 item",
    "checkup-concluded": "总检 conclude",
    "prescription-reviewed": "审方 review",
    "medication-pickup-requested": "取药 ask",
    "medication-handed-over": "发药 hand over",
    "bed-requested": "床位 bed",
    "transfer-requested": "转科 transfer",
    "inpatient-service-given": "住院服务 in bed",
    "deposit-tendered": "押金 deposit",
    "discharge-requested": "出院 discharge",
    "card-application-made": "申领 issue",
    "card-formalization-requested": "转正 formalize",
    "card-suspension-requested": "停用 suspend",
    "card-restoration-requested": "恢复 restore",
    "card-replacement-requested": "补换卡 replace",
    "card-merge-requested": "并卡 merge",
    "card-unmerge-requested": "撤销并卡 unmerge",
    "proxy-grant-requested": "登记代办 grant",
    "proxy-revocation-requested": "撤销代办 revoke",
    "entitlement-grant-requested": "登记待遇 grant",
    "entitlement-end-requested": "终止待遇 end",
    "irregularity-resolution-reported": "核实 set right",
    "card-irregularity-resolution-reported": "卡务核实 set right",
    "queue-irregularity-resolution-reported": "排队核实 set right",
}


def in_words(request: str) -> str:
    """A request by the name in its type."""
    return STEPS.get(request, request)

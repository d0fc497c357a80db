"""The table of codes: every reason for refusing, holding, or recording as irregular, in words a resident reads.

Part of the language, one file. Facts carry the code alone; whoever shows it takes the words from here.
"""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """A code, its words, and the services that may say it."""

    code: str
    zh: str
    en: str
    said_by: tuple[str, ...]


ALL = ("registration", "consultation", "billing", "lab", "examination", "pharmacy", "inpatient", "checkup")

MEASURING = ("lab", "examination")
PERFORMING = ("lab", "examination", "pharmacy")

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        # intake
        Reason(
            "past_good_until",
            "请求已过有效时间，请重新办理",
            "This request came too late; please ask again.",
            ("intake",),
        ),
        Reason(
            "time_ahead",
            "设备时间超前，请校准后重试",
            "The device's clock is ahead; set it and try again.",
            ("intake",),
        ),
        Reason(
            "terminal_of_another_institution",
            "该终端不属于此机构",
            "This terminal belongs to another institution.",
            ("intake",),
        ),
        Reason(
            "looks_personal",
            "内容中疑似含有身份证号或电话号码，请删除后重报",
            "The text seems to hold an ID or phone number; take it out and send again.",
            ("intake",),
        ),
        Reason("not_the_authority", "只有发卡机构可以办理", "Only the card authority may ask for this.", ("intake",)),
        Reason(
            "not_the_insurer",
            "只有医保经办机构可以回报结算",
            "Only the insurer's gateway may report this.",
            ("intake",),
        ),
        Reason("unknown_code", "使用了目录中没有的代码", "A code is not in the catalogue.", ("intake",)),
        Reason("out_of_bounds", "内容超出允许范围", "A value is out of bounds.", ("intake",)),
        # a visit
        Reason(
            "not_registered",
            "尚未挂号",
            "This visit is not registered yet.",
            ("registration", "consultation", "checkup", "billing"),
        ),
        Reason(
            "already_registered",
            "本时段该科室已挂号",
            "You are registered in this department for this session already.",
            ("registration",),
        ),
        Reason(
            "session_unknown", "该科室此时段不出诊", "This department has no clinic in that session.", ("registration",)
        ),
        Reason(
            "visit_mismatch",
            "请求与就诊登记的编号或日期不符",
            "The request does not name the visit as it was registered.",
            (*ALL, "beds"),
        ),
        Reason(
            "visit_cancelled",
            "本次就诊已取消",
            "This visit was cancelled.",
            ALL,
        ),
        Reason("visit_closed", "本次就诊已结束", "This visit is closed.", ("registration", "consultation")),
        Reason(
            "consultation_started",
            "医生已接诊，不能退号",
            "The doctor has seen you; the visit can't be cancelled.",
            ("registration",),
        ),
        Reason(
            "still_open",
            "还有未完成或未结清的项目",
            "Something in this visit is not done or not settled.",
            ("registration",),
        ),
        Reason(
            "other_institution",
            "不是本机构的就诊",
            "This visit belongs to another institution.",
            ("registration", "consultation", "lab", "examination", "pharmacy", "inpatient", "checkup"),
        ),
        Reason(
            "ending_requested",
            "正在办理退号或结束就诊",
            "A cancellation or close of this visit is being decided.",
            ("consultation", "checkup"),
        ),
        # queues
        Reason(
            "ticket_not_issued",
            "尚未取得号码，请重新挂号",
            "No number has been issued yet; please register again.",
            ("registration",),
        ),
        Reason(
            "registration_pending",
            "本时段该科室正在挂号",
            "Another registration of yours in this department and session is being decided.",
            ("registration",),
        ),
        Reason("session_full", "本时段号源已满", "This session has no numbers left.", ("registration", "queues")),
        Reason(
            "ticket_withdrawn",
            "该号码已退号",
            "The number of this visit was given back.",
            ("registration", "queues"),
        ),
        Reason(
            "already_in_queue",
            "已在排队，请等候叫号",
            "This visit stands in the queue already.",
            ("queues",),
        ),
        Reason("no_check_in", "该科室此时段不需签到排队", "This queue is not joined by checking in.", ("queues",)),
        Reason("ticket_in_hand", "请先处理当前号码", "This desk has a number in hand; let it go first.", ("queues",)),
        Reason("nobody_waiting", "当前无人候诊", "Nobody waits in this queue.", ("queues",)),
        Reason("not_called", "该号码未被叫号", "This number is not called.", ("queues",)),
        Reason("already_recorded", "该记录已存在", "This was recorded before.", (*MEASURING, "inpatient", "checkup")),
        # payment
        Reason("bill_not_seen", "未找到该账单", "There is no such bill yet.", ("billing",)),
        Reason("amount_too_small", "付款金额不足", "The amount is less than what is owed.", ("billing",)),
        Reason("amount_too_large", "付款金额超出应付", "The amount is more than what is owed.", ("billing",)),
        Reason("nothing_owed", "该账单无需付款", "Nothing is owed on this bill.", ("billing",)),
        Reason("reference_used", "该支付流水号已使用", "This payment reference was used before.", ("billing",)),
        Reason("refund_not_seen", "未找到该退款", "There is no such refund.", ("billing",)),
        Reason("refund_settled", "该退款已完成", "This refund was confirmed before.", ("billing",)),
        Reason(
            "not_a_stay", "该就诊不是住院，不收押金", "No deposit is taken for this visit; it is no stay.", ("billing",)
        ),
        Reason(
            "account_closed",
            "住院账户已结清",
            "The account of this stay is settled and closed.",
            ("billing",),
        ),
        Reason(
            "cap_passed",
            "并卡后当年报销超出封顶线",
            "The merged cards together had more of a year's cap than one person may.",
            ("billing",),
        ),
        Reason(
            "outcome_unknown",
            "医保经办机构尚未答复，将再次询问",
            "The insurer has not answered yet; it is asked again.",
            ("billing",),
        ),
        Reason(
            "split_unfit",
            "医保经办机构的结算与账单不符，将再次询问",
            "What the insurer answered does not fit the bill; it is asked again.",
            ("billing",),
        ),
        Reason("answer_repeated", "医保结算结果已收到", "The insurer's answer came before.", ("billing",)),
        Reason(
            "answered_otherwise",
            "医保经办机构前后答复不一致",
            "The insurer answered otherwise before.",
            ("billing",),
        ),
        Reason("settlement_not_wanted", "未申请该医保结算", "No such settlement was wanted.", ("billing",)),
        Reason(
            "reversal_refused",
            "医保经办机构不予撤销结算",
            "The insurer does not take its settlement back.",
            ("billing",),
        ),
        Reason(
            "insurer_silent",
            "医保经办机构逾期未答复",
            "The insurer has not answered in time.",
            ("billing",),
        ),
        # orders, specimens, results
        Reason("order_not_seen", "未找到该医嘱", "There is no such order yet.", PERFORMING),
        Reason("not_cleared", "该项目尚未缴费", "This has not been paid for yet.", (*PERFORMING, "checkup")),
        Reason("order_cancelled", "该医嘱已取消", "This order was cancelled.", PERFORMING),
        Reason(
            "order_lapsed",
            "该医嘱逾期未缴费，已失效",
            "This order lapsed because it was not paid in time.",
            (*PERFORMING, "checkup"),
        ),
        Reason("already_collected", "标本已采集", "The specimen was collected already.", ("lab",)),
        Reason("specimen_not_seen", "未见该标本", "There is no such specimen yet.", ("lab",)),
        Reason("specimen_mismatch", "标本与医嘱不符", "The specimen is not of this order or kind.", ("lab",)),
        Reason(
            "already_reported",
            "结果已报告，请使用更正",
            "A result was reported already; use a correction.",
            MEASURING,
        ),
        Reason("result_not_seen", "尚无可更正的结果", "There is no result to correct.", MEASURING),
        Reason(
            "critical_not_seen",
            "没有待确认的危急值",
            "No critical value is waiting for acknowledgement.",
            MEASURING,
        ),
        # examinations
        Reason("appointment_past", "预约时间已过", "The time asked for is over.", ("examination",)),
        Reason("already_performed", "检查已完成", "The examination was made already.", ("examination",)),
        Reason("not_performed", "检查尚未进行", "The examination has not been made yet.", ("examination",)),
        Reason(
            "modality_mismatch",
            "设备类型与医嘱不符",
            "The device is not of the modality that was ordered.",
            ("examination",),
        ),
        # medicines
        Reason("not_reviewed", "处方尚未审核", "The prescription has not been reviewed yet.", ("pharmacy",)),
        Reason("already_reviewed", "处方已审核", "The prescription was reviewed already.", ("pharmacy",)),
        Reason(
            "prescription_returned", "处方已退回医生", "The prescription was returned to the doctor.", ("pharmacy",)
        ),
        Reason("already_dispensed", "药品已发出", "The medicine was handed over already.", ("pharmacy",)),
        Reason("more_than_prescribed", "发药数量超出处方", "More was handed over than prescribed.", ("pharmacy",)),
        Reason("line_unknown", "处方中没有该药品", "This line is not in the prescription.", ("pharmacy",)),
        # a stay in hospital
        Reason(
            "admission_not_ordered",
            "未找到住院证，请先由医生开具",
            "There is no admission order for this; a doctor gives one.",
            ("registration",),
        ),
        Reason(
            "admission_used",
            "该住院证已办理住院",
            "A visit follows this admission order already.",
            ("registration",),
        ),
        Reason(
            "already_in_hospital",
            "已在住院或等待床位，不能再次办理住院",
            "You are in hospital, or waiting for a bed, already.",
            ("registration",),
        ),
        Reason("bed_not_wanted", "该患者未申请本病区床位", "No bed of this ward is wanted for this visit.", ("beds",)),
        Reason("already_in_bed", "该患者已有床位", "This patient has a bed of this ward already.", ("beds",)),
        Reason("ward_full", "本病区暂无空床", "No bed of this ward is free.", ("beds",)),
        Reason("bed_unknown", "本病区没有该床位", "This ward has no such bed.", ("beds",)),
        Reason("bed_taken", "该床位已有患者", "Somebody lies in this bed.", ("beds",)),
        Reason("not_admitted", "患者尚未入院", "The patient is not admitted yet.", ("inpatient",)),
        Reason("already_in_ward", "患者已在该病区", "The patient is in this ward already.", ("inpatient",)),
        Reason("transfer_ordered", "已申请转入该病区", "A bed of this ward is wanted already.", ("inpatient",)),
        Reason("day_out_of_stay", "日期不在住院期间", "The day is not one of the stay.", ("inpatient",)),
        Reason("no_summary", "缺少出院小结", "The discharge summary is missing.", ("inpatient",)),
        Reason("open_orders", "还有未完成的医嘱", "Some orders are not done yet.", ("inpatient",)),
        Reason("not_settled", "住院费用尚未结清", "The stay has not been paid for yet.", ("inpatient",)),
        Reason("already_discharged", "患者已出院", "The patient was discharged already.", ("inpatient", "billing")),
        # check-ups
        Reason("package_unknown", "没有该体检套餐", "There is no such check-up package.", ("registration",)),
        Reason(
            "checkup_started",
            "体检已开始，不能退号",
            "The check-up has begun; the visit can't be cancelled.",
            ("registration",),
        ),
        Reason("no_checkup", "本次就诊没有体检套餐", "This visit has no check-up package.", ("checkup",)),
        Reason("item_unknown", "套餐中没有该项目", "This item is not in the package.", ("checkup",)),
        Reason(
            "finding_mismatch",
            "结果与项目不符：缺少数值、单位不符或缺少所见",
            "The finding does not fit the item: its value, unit or words are missing.",
            ("checkup",),
        ),
        Reason(
            "items_open",
            "还有体检项目未完成",
            "Some items of the check-up are neither done nor declined.",
            ("checkup",),
        ),
        Reason("checkup_reported", "体检报告已出具", "The check-up was reported already.", ("checkup",)),
        # a card's life
        Reason("card_exists", "该证件已有电子健康卡", "This person has a card already.", ("cards",)),
        Reason("card_not_issued", "该卡尚未发放", "This card is not issued yet.", ("cards", "registration")),
        Reason(
            "card_merged", "该卡已并入另一张卡", "This card was merged into another one.", ("cards", "registration")
        ),
        Reason(
            "card_suspended",
            "该卡已停用，请到发卡窗口办理",
            "This card is suspended; ask at a card desk.",
            ("cards", "registration"),
        ),
        Reason("card_not_suspended", "该卡未停用", "This card is not suspended.", ("cards",)),
        Reason("card_not_merged", "该卡未并入其他卡", "This card was not merged into another one.", ("cards",)),
        Reason("card_busy", "该卡正在办理并卡", "A merge of this card is being decided.", ("cards",)),
        Reason("already_formal", "该卡已是正式卡", "This is a formal card already.", ("cards",)),
        Reason("merge_undecided", "等待另一张卡确认并卡", "The other card has not been heard of.", ("cards",)),
        Reason("merge_with_itself", "不能与自身并卡", "A card can't be merged with itself.", ("cards",)),
        Reason("other_card_not_issued", "并入的卡尚未发放", "The card to be kept is not issued.", ("cards",)),
        Reason("other_card_merged", "并入的卡已并入其他卡", "The card to be kept was merged itself.", ("cards",)),
        Reason("other_card_merging", "并入的卡正在办理并卡", "The card to be kept is being merged itself.", ("cards",)),
        Reason("other_card_suspended", "并入的卡已停用", "The card to be kept is suspended.", ("cards",)),
        Reason("too_many", "数量已达上限", "There are as many as there may be.", ("cards",)),
        Reason("proxy_of_itself", "本人无需代办", "Nobody needs to act for themselves by proxy.", ("cards",)),
        Reason("proxy_granted", "该代办人已登记", "This proxy is granted already.", ("cards",)),
        Reason(
            "visit_suspended",
            "该卡已停用，本次就诊暂停",
            "The card may not be used, so this visit waits.",
            ("consultation", "lab", "examination", "pharmacy", "checkup"),
        ),
        Reason("proxy_revoked", "代办已撤销", "This proxy was revoked.", ("registration",)),
        Reason(
            "proxy_not_granted",
            "代办人未登记或已撤销",
            "This proxy is not granted, or was revoked.",
            ("cards", "registration"),
        ),
        Reason("already_entitled", "已享有该项待遇", "The holder is entitled to this already.", ("cards",)),
        Reason("not_entitled", "未享有该项待遇", "The holder is not entitled to this.", ("cards",)),
        # every service
        Reason("irregularity_not_seen", "没有待处理的异常记录", "There is no such irregular act to resolve.", ALL),
    )
}


def words(code: str) -> tuple[str, str]:
    """A code in Chinese and English; an unknown code speaks for itself."""
    reason = REASONS.get(code)
    return (reason.zh, reason.en) if reason else (code, code)

"""The table of rules: why a bill's line is split as it is, in words a resident reads on a receipt.

Part of the language, as the table of codes is: facts carry code, base, share and amount; whoever shows them takes the
words from here.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A code, and how it reads."""

    code: str
    zh: str
    en: str


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("self_pay", "自费结算", "Paid by yourself, without insurance"),
        Rule("not_insured", "本类就诊不属医保支付范围", "This kind of visit is not insured"),
        Rule("class_a", "甲类，全部纳入报销", "Class A: all of it is covered"),
        Rule("class_b", "乙类，先自付", "Class B: a first share is yours"),
        Rule("class_c", "丙类，全部自付", "Class C: all of it is yours"),
        Rule("deductible", "起付线", "Deductible of this admission"),
        Rule("deductible_referred", "起付线（逐级转诊减免后）", "Deductible of this admission, less for your referral"),
        Rule("insurer_outpatient", "门诊统筹支付", "Insurance pays for outpatients"),
        Rule("insurer_inpatient", "住院统筹支付", "Insurance pays for inpatients"),
        Rule("yearly_cap", "年度封顶，本次账单最多支付", "Yearly cap: the most left for this bill"),
        Rule("major_illness", "大病保险支付", "Major-illness insurance pays"),
        Rule("waiver", "五项免费减免", "Waived (five free)"),
        Rule("insurer_reported", "医保经办机构结算", "Settled by the insurer"),
        Rule("insurer_refused", "医保经办机构未予支付", "The insurer did not pay"),
    )
}


def words(code: str) -> tuple[str, str]:
    """A rule in Chinese and English; an unknown one speaks for itself."""
    rule = RULES.get(code)
    return (rule.zh, rule.en) if rule else (code, code)

"""The crosswalk from the steps of a visit to the codes of a reader's use record (interface A1030 of the card
specification): step, medical type, terminal and channel.

The specification's codes of steps: 挂号 10101, 诊断 10102, 取药 10103, 检查 10104, 收费 10105, 开方 10106, 手术 10107,
other 0. Medical types: 住院 I, 门诊 O, 急诊 E, 体检 H, other T. Terminals: 窗口 1, 自助 2, other 99. Channels: APP 1,
自助 2, 窗口 3, 批量 4. There is no code for 检验 apart from 检查, none for 住院 and none for 体检: these are told by
where the card was read, or by the medical type. None of our steps is 开方 (the consultation's reading serves) or 手术.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

StepCode = Literal["10101", "10102", "10103", "10104", "10105", "10106", "10107", "0"]
MedicalType = Literal["I", "O", "E", "H", "T"]
TerminalClass = Literal["1", "2", "99"]
ChannelClass = Literal["1", "2", "3", "4"]


class Step(NamedTuple):
    """A step of the visit and the code a reader writes for it. Where others share the code: the kinds of `terminals` it
    is read at, or the `medical` type it is read in (None: any)."""

    name: str
    zh: str
    en: str
    code: StepCode
    terminals: tuple[str, ...] | None = None
    medical: MedicalType | None = None

    def fits(self, code: str, medical: str, terminal: str) -> bool:
        """Whether a reading with these codes, at a terminal of that kind, was one of this step."""
        return (
            code == self.code
            and (self.terminals is None or terminal in self.terminals)
            and self.medical in (None, medical)
        )


CROSSWALK: tuple[Step, ...] = (
    Step("registration", "挂号", "Registration", "10101"),
    Step("consultation", "就诊", "Consultation", "10102"),
    Step("payment", "交费", "Payment", "10105"),
    Step("lab_test", "检验", "Lab test", "10104", terminals=("lab_desk", "analyser")),
    Step("examination", "检查", "Examination", "10104", terminals=("exam_desk",)),
    Step("pickup", "取药", "Medicine", "10103"),
    Step("stay", "住院", "Stay", "0", medical="I"),
    Step("checkup", "体检", "Check-up", "0", medical="H"),
)
"""The eight steps, in the order a resident takes them."""

STEPS: Mapping[str, Step] = {step.name: step for step in CROSSWALK}

MEDICAL_TYPES: Mapping[str, MedicalType] = {"inpatient": "I", "outpatient": "O", "emergency": "E", "checkup": "H"}
"""By the kind of visit."""
TERMINAL_CLASSES: Mapping[str, TerminalClass] = {"desk": "1", "kiosk": "2"}
"""By the channel of where it happened."""
CHANNEL_CLASSES: Mapping[str, ChannelClass] = {"phone": "1", "kiosk": "2", "desk": "3", "batch": "4"}
"""By the channel of where it happened."""
OTHER_MEDICAL: MedicalType = "T"
OTHER_TERMINAL: TerminalClass = "99"


def step_of(code: str, medical: str, terminal: str) -> Step | None:
    """The step a card was read at, by the record's codes and the kind of terminal; None: none of the eight."""
    return next((step for step in CROSSWALK if step.fits(code, medical, terminal)), None)

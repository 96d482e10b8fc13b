"""What is wrong with an answer, in words: what to do next, before what went wrong."""

from __future__ import annotations

from kiosk.i18n import Translator
from sync.model.field_rules import FieldFault, Reason
from sync.model.identity import FaultKind


def field_sentence(tr: Translator, fault: FieldFault, label: str) -> str:
    """Return the sentence under a field. `label` is the field's own."""
    if fault.reason is Reason.MISSING:
        return tr("请填写{label}", label=label)
    if fault.reason is Reason.BAD_IDENTITY:
        return _identity_sentence(tr, fault)
    template = {
        Reason.WRONG_TYPE: tr("请重新填写"),
        Reason.TOO_SHORT: tr("请至少写 {least} 个字"),
        Reason.TOO_LONG: tr("请不要超过 {most} 个字"),
        Reason.NOT_DIGITS: tr("请只填数字"),
        Reason.STRANGE_CHARACTER: tr("请去掉不认识的字符"),
        Reason.TOO_YOUNG: tr("要满 {least} 周岁才能办，现在 {age} 周岁"),
        Reason.TOO_OLD: tr("不超过 {most} 周岁才能办，现在 {age} 周岁"),
        Reason.BAD_PHONE: tr("请核对电话号码，手机 11 位，座机带区号"),
        Reason.BAD_DATE: tr("请按 年-月-日 填写，比如 1950-01-31"),
        Reason.TOO_EARLY: tr("请填 {earliest} 或以后的日期"),
        Reason.TOO_LATE: tr("请填 {latest} 或以前的日期"),
        Reason.BAD_AMOUNT: tr("请填金额，比如 1200 或 1200.50"),
        Reason.TOO_SMALL: tr("金额不能少于 {least_yuan} 元"),
        Reason.TOO_LARGE: tr("金额不能超过 {most_yuan} 元"),
        Reason.NOT_AN_OPTION: tr("请选一项"),
        Reason.CHOSEN_TWICE: tr("同一项不用选两次"),
        Reason.TOO_FEW: tr("请至少选 {least} 项"),
        Reason.TOO_MANY: tr("请最多选 {most} 项"),
        Reason.UNKNOWN_REGION: tr("请选一个村"),
        Reason.UNKNOWN_GROUP: tr("请选一个组"),
        Reason.UNKNOWN_FIELD: tr("这一项表里没有了"),
    }[fault.reason]
    return template.format(**_arguments(fault))


def _arguments(fault: FieldFault) -> dict[str, object]:
    held: dict[str, object] = dict(fault.arguments)
    for name in ("least", "most"):
        value = held.get(name)
        if isinstance(value, int):
            held[f"{name}_yuan"] = f"{value / 100:g}"
    return held


def _identity_sentence(tr: Translator, fault: FieldFault) -> str:
    position = fault.argument("position")
    template = {
        FaultKind.WRONG_LENGTH: tr("身份证号要填 18 位，请核对"),
        FaultKind.NOT_A_DIGIT: tr("第 {position} 位不是数字，请核对"),
        FaultKind.IMPOSSIBLE_DATE: tr("出生日期不对，请核对第 7 到 14 位"),
        FaultKind.NOT_YET_BORN: tr("出生日期还没到，请核对第 7 到 14 位"),
        FaultKind.UNKNOWN_REGION: tr("地区号不对，请核对前 6 位"),
        FaultKind.WRONG_CHECK: tr("最后一位不对，请核对第 18 位"),
    }
    kind = FaultKind(str(fault.argument("problem")))
    return template.get(kind, tr("请核对身份证号")).format(position=position)


def refusal_sentence(tr: Translator, code: str, about: str) -> str:
    """Return the sentence for a command that was refused (`kiosk.commands.Refused`)."""
    sentences = {
        "nothing_missing": tr("材料都齐了，不用开一次性告知单"),
        "item_only_told": tr("这件事村里只做告知，不能在这里申请"),
        "material_missing": tr("还缺“{about}”，请先补上", about=about),
        "material_not_deferrable": tr("“{about}”不能容缺，请先补上", about=about),
        "signature_missing": tr("请先在框里签名"),
        "card_missing": tr("这件事要读身份证，请回到填表读一下，读不了就选一个原因"),
        "not_ours_to_decide": tr("这件事要由县里办理"),
        "reasons_missing": tr("请写明理由"),
        "no_promise_running": tr("这件事没有在计时"),
        "new_day_not_later": tr("新的日期要比原来的晚"),
        "supplement_incomplete": tr("要补的材料还没有齐"),
        "not_now": tr("这件事的状态已经变了，请回到列表再看一看"),
    }
    return sentences.get(code, tr("没有办成，请再试一次"))

"""Answers, materials, places and the states of cases as people read them."""

from __future__ import annotations

from kiosk.context import Context
from kiosk.i18n import Translator
from kiosk.phrases import day
from kiosk.projections.cases import CaseRow
from sync.model.catalogue import FeeLine, Material, Necessity
from sync.model.condition import Answer
from sync.model.deadline import DayUnit, Term
from sync.model.facts import MaterialState
from sync.model.form import Field, FieldType
from sync.model.region import RegionNotValid
from sync.model.transitions import Status


def shown(context: Context, field: Field, answer: Answer | None) -> str:
    """Return an answer as it is read: labels for codes, yuan for fen, place names for region codes."""
    if answer is None or answer in ((), ""):
        return context.tr("（没有填）")
    if field.type is FieldType.AMOUNT and isinstance(answer, int):
        return context.tr("{amount} 元", amount=f"{answer / 100:,.2f}")
    if field.type is FieldType.REGION and isinstance(answer, str):
        return region_name(context, answer)
    labels = {option.code: option.label for option in field.options}
    if isinstance(answer, tuple):
        return context.tr("、").join(labels.get(str(code), str(code)) for code in answer)
    return labels.get(str(answer), str(answer))


def region_name(context: Context, code: str) -> str:
    """Return 柳溪村三组 for a code of 12 or 15 digits; the code itself when the profile does not know it."""
    try:
        region = context.packs.profile.region(code[:12], context.today)
    except RegionNotValid:
        return code
    group = next((each.name for each in region.groups if each.code == code[12:]), "")
    return region.name + group


def state_words(context: Context, row: CaseRow) -> str:
    """Return where a case stands, as its agent says it."""
    tr = context.tr
    if row.status is Status.TAKEN_IN:
        here = row.last_own_seq > context.acknowledged()
        return tr("待上传 · 保存在本机") if here else tr("县里已收到")
    words = {
        Status.AWAITING_MATERIALS: tr("等申请人备齐材料"),
        Status.ACCEPTED: tr("县里已受理"),
        Status.SUPPLEMENT_REQUIRED: tr("等申请人补材料"),
        Status.SUSPENDED: tr("中止办理"),
        Status.DECIDED: tr("县里已决定"),
        Status.READY: tr("结果已到，等领取"),
        Status.DELIVERED: tr("已送达"),
        Status.CLOSED: tr("已办结归档"),
        Status.NOT_ACCEPTED: tr("县里不予受理"),
        Status.WITHDRAWN: tr("申请人已撤回"),
        Status.TERMINATED: tr("县里终止办理"),
    }
    return words.get(row.status, "")


def material_note(context: Context, material: Material, between: str = " · ") -> str:
    """Return how many of it, where it comes from and what the county says of it, with `between` between them."""
    tr = context.tr
    parts = []
    if material.originals:
        parts.append(tr("原件 {count} 份", count=material.originals))
    if material.copies:
        parts.append(tr("复印件 {count} 份", count=material.copies))
    parts.append(material.source)
    if material.note:
        parts.append(material.note)
    return between.join(parts)


def material_need(tr: Translator, material: Material, *, foreseen: bool) -> str:
    """Return how much a material is needed; `foreseen`: before it is known what the form says."""
    depends = foreseen and material.needed_when is not None
    return {
        Necessity.REQUIRED: tr("看情况") if depends else tr("必须"),
        Necessity.OPTIONAL: tr("可以不带"),
        Necessity.DEFERRABLE: tr("可以后补"),
    }[material.necessity]


def material_state(tr: Translator, state: MaterialState) -> str:
    """Return how a material was met."""
    return {
        MaterialState.ORIGINAL_SEEN: tr("原件已看"),
        MaterialState.COPY_TAKEN: tr("复印件已收"),
        MaterialState.PROMISED: tr("容缺后补"),
        MaterialState.MISSING: tr("没有"),
    }[state]


def limit_words(tr: Translator, limit: Term | None) -> str:
    """Return how long something may take, "" when nothing is said of it."""
    if limit is None:
        return ""
    if limit.days == 0:
        return tr("当场")
    return tr("{n} 个工作日", n=limit.days) if limit.unit is DayUnit.WORKING else tr("{n} 天", n=limit.days)


def fee_words(context: Context, fee: FeeLine) -> str:
    """Return how much a fee is, who pays it, by which rule and since when."""
    tr = context.tr
    amount = tr("{amount} 元 / {per}", amount=f"{fee.amount_fen / 100:g}", per=fee.per)
    changed = tr("{day} 起", day=day(context.session.language, fee.changed_on))
    return " · ".join((amount, tr("{payer}交", payer=fee.payer), fee.basis, changed))

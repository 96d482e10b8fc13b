"""Facts and answers as lines to read. Personal ones only where the reader has opened them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from county import wording
from county.library import Library
from sync.model.catalogue import ServiceItem
from sync.model.deadline import DayUnit
from sync.model.facts import (
    AttachmentAdded,
    CaseAccepted,
    CaseDecided,
    CaseGiven,
    CaseNotAccepted,
    CaseResumed,
    CaseSuspended,
    CaseTakenIn,
    CaseTerminated,
    CaseWithdrawn,
    DeadlineExtended,
    DelayExplained,
    Fact,
    FormValue,
    IdentityFrom,
    MaterialMark,
    OneTimeNoticeGiven,
    RatingGiven,
    RatingInvited,
    RatingNotGiven,
    RatingReasonsGiven,
    ResultDelivered,
    ResultReady,
    SlipEnded,
    SlipIssued,
    StrayKeysSeen,
    Strokes,
    SupplementReceived,
    SupplementRequired,
    Urgency,
)
from sync.model.form import Field, FieldType
from sync.model.masking import masked_name
from sync.model.rating import Level

_FEN_PER_YUAN = 100
_PAD = 20


class Drawing(Struct, frozen=True):
    """A signature as polylines, "x,y x,y ..." in thousandths of the pad's width."""

    width: int
    height: int
    lines: tuple[str, ...]


def drawing(strokes: Strokes) -> Drawing | None:
    """Return a signature to draw, None for one without strokes."""
    lines = [stroke for stroke in strokes if len(stroke) >= 4]
    if not lines:
        return None
    height = max(max(stroke[1::2]) for stroke in lines) + _PAD
    return Drawing(
        1000,
        height,
        tuple(" ".join(f"{x},{y}" for x, y in zip(stroke[::2], stroke[1::2], strict=False)) for stroke in lines),
    )


def materials(marks: tuple[MaterialMark, ...], item: ServiceItem | None) -> tuple[tuple[str, str], ...]:
    """Return (material, how it was met) for each mark, named as the catalogue does."""
    names = {} if item is None else {material.code: material.name for material in item.materials}
    return tuple((names.get(mark.material, mark.material), wording.MATERIAL[mark.state] + _by(mark)) for mark in marks)


def _by(mark: MaterialMark) -> str:
    return f"，{wording.day(mark.due)}前" if mark.due is not None else ""


def answers(
    values: Mapping[str, FormValue], item: ServiceItem | None, library: Library, at_ms: int
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return (section, ((label, answer), ...)) of a form as filled in; what the form does not know comes last."""
    told: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    left = dict(values)
    for section in item.form.sections if item is not None and item.form is not None else ():
        lines = tuple(
            (field.label, _answer(field, left.pop(field.code), library, at_ms))
            for field in section.fields
            if field.code in left
        )
        if lines:
            told.append((section.title, lines))
    if left:
        told.append(("其他内容", tuple((code, _plain(value)) for code, value in left.items())))
    return tuple(told)


def _answer(field: Field, value: FormValue, library: Library, at_ms: int) -> str:
    labels = {option.code: option.label for option in field.options}
    if field.type is FieldType.AMOUNT and isinstance(value, int):
        return f"{value // _FEN_PER_YUAN}.{value % _FEN_PER_YUAN:02} 元"
    if field.type is FieldType.CHOICE and isinstance(value, str):
        return labels.get(value, value)
    if field.type is FieldType.CHOICES and isinstance(value, tuple):
        return "、".join(labels.get(each, each) for each in value)
    if field.type is FieldType.REGION and isinstance(value, str):
        return library.region_name(value, at_ms)
    return _plain(value)


def _plain(value: FormValue) -> str:
    return "、".join(value) if isinstance(value, tuple) else str(value)


def details(fact: Fact | None, item: ServiceItem | None, *, opened: bool) -> tuple[str, ...]:
    """Return what a fact says beyond its name, one line a matter."""
    match fact:
        case OneTimeNoticeGiven():
            return (f"告知还缺：{'、'.join(fact.missing)}",) if fact.missing else ()
        case CaseTakenIn():
            return _taken_in(fact)
        case CaseWithdrawn():
            return (f"原因：{fact.reason}",) if fact.reason else ()
        case SupplementReceived():
            lines = tuple(f"{name}：{state}" for name, state in materials(fact.materials, item))
            return (*lines, fact.note) if fact.note else lines
        case ResultDelivered():
            return (f"领取人：{fact.receiver if opened else masked_name(fact.receiver)}，已签名",)
        case DelayExplained():
            return (f"改为{wording.day(fact.new_day)}前办结", f"原因：{fact.reason}")
        case AttachmentAdded():
            return (fact.name if opened else "名称打开个人信息后可以看到",)
        case CaseGiven():
            return (f"由 {fact.terminal} 号终端接着办，以前的记录已一并转告",)
        case DeadlineExtended():
            return (f"法定期限延长到{wording.day(fact.statutory_on)}", f"理由：{fact.reasons}", *_by_whom(fact.handler))
        case _:
            return _paper_and_rating(fact) or _decision(fact, item)


def _taken_in(fact: CaseTakenIn) -> tuple[str, ...]:
    promised = f"，最迟{wording.day(fact.promised_on)}" if fact.promised_on else ""
    lines = [f"联络员 {fact.agent_name}收件", f"承诺 {fact.promise_days} 个工作日{promised}"]
    if fact.identity_from is not IdentityFrom.TYPED:
        lines.append(wording.IDENTITY_FROM[fact.identity_from])
    if fact.urgency is not Urgency.ORDINARY:
        lines.append(f"缓急：{wording.URGENCY[fact.urgency]}")
    return tuple(lines)


def _paper_and_rating(fact: Fact | None) -> tuple[str, ...]:
    match fact:
        case RatingInvited():
            return (f"{wording.STAGE[fact.stage]} · {wording.CHANNEL[fact.channel]}",)
        case RatingGiven():
            return (f"{wording.STAGE[fact.stage]} · {wording.CHANNEL[fact.channel]} · {Level(fact.level).words}",)
        case RatingNotGiven():
            reason = wording.REASON_NOT_RATED.get(fact.reason, fact.reason)
            return (f"{wording.STAGE[fact.stage]} · {wording.CHANNEL[fact.channel]} · {reason}",)
        case RatingReasonsGiven():
            return (f"{wording.STAGE[fact.stage]} · {'、'.join(fact.reasons)}",)
        case StrayKeysSeen():
            return (f"{fact.count} 次，不计入评价",)
        case SlipIssued():
            return (wording.SLIP[fact.slip] + (f" · 补打第 {fact.copy} 次" if fact.copy else ""),)
        case SlipEnded():
            return (wording.SLIP_RESULT[fact.result],)
        case _:
            return ()


def _decision(fact: Fact | None, item: ServiceItem | None) -> tuple[str, ...]:
    match fact:
        case CaseAccepted():
            return (*_limit(fact, item), *_by_whom(fact.handler))
        case CaseNotAccepted() | CaseSuspended() | CaseTerminated():
            return (f"理由：{fact.reasons}", *_by_whom(fact.handler))
        case SupplementRequired():
            wanted = tuple(f"还要：{each}" for each in fact.wanted)
            note = (fact.note,) if fact.note else ()
            return (*wanted, f"最迟{wording.day(fact.due)}补齐", *note, *_by_whom(fact.handler))
        case CaseResumed():
            return _by_whom(fact.handler)
        case CaseDecided():
            return (f"{wording.OUTCOME[fact.outcome]}。理由：{fact.reasons}", *_by_whom(fact.handler))
        case ResultReady():
            return (f"结果：{fact.result_name}", *_by_whom(fact.handler))
        case _:
            return ()


def _limit(fact: CaseAccepted, item: ServiceItem | None) -> tuple[str, ...]:
    """The statutory limit as it was at acceptance; without a day it is either none, or beyond the calendar then."""
    if fact.statutory_on is not None:
        return (f"法定最迟{wording.day(fact.statutory_on)}办结",)
    if item is None:
        return ()
    if item.legal_limit is None:
        return ("没有法定期限",)
    unit = "个工作日" if item.legal_limit.unit is DayUnit.WORKING else "天"
    return (f"法定期限 {item.legal_limit.days} {unit}，超出工作日历，日期待定",)


def _by_whom(handler: str) -> tuple[str, ...]:
    return (f"经办：{handler}",) if handler else ()

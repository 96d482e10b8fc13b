"""The life of a case in sentences, for the agent and for whoever shows a receipt."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kiosk.context import Context
from kiosk.i18n import Translator
from kiosk.pages import EntryView
from kiosk.phrases import day
from kiosk.views import Level
from sync.model import facts
from sync.model.case import Effect, Step
from sync.model.facts import Fact, Kind
from sync.model.moment import local_datetime

_SILENT = frozenset(
    {
        Kind.RATING_INVITED,
        Kind.RATING_REASONS_GIVEN,
        Kind.STRAY_KEYS_SEEN,
        Kind.SLIP_ISSUED,
        Kind.SLIP_ENDED,
    }
)
"""Facts that are kept but make no line of their own."""


def tell(
    context: Context,
    case_no: str,
    *,
    for_villager: bool = False,
    opened: Mapping[tuple[bytes, int], Fact] | None = None,
) -> tuple[EntryView, ...]:
    """Return what happened to a case, oldest first.

    For villagers who gave number and last four only the steps: reasons, papers, names and ratings are for the desk.
    Whoever holds the receipt sees what it has `opened` as well, by chain and seq.
    """
    case = context.desk.cases.case(case_no)
    bodies: Mapping[tuple[bytes, int], Fact | None] = opened or {}
    if not for_villager:
        bodies = {(step.chain, step.seq): fact for step, fact in context.desk.story(case_no)}
    entries: list[EntryView] = []
    for step in case.steps:
        if step.envelope.kind in _SILENT or (for_villager and step.envelope.kind in _RATED):
            continue
        fact = bodies.get((step.envelope.chain, step.envelope.seq))
        entry = _entry(context, step, fact)
        entries.append(
            replace(entry, note=context.tr(step.sentence) if step.sentence else "")
            if for_villager and fact is None
            else entry
        )
    return tuple(entries)


_RATED = frozenset({Kind.RATING_GIVEN, Kind.RATING_NOT_GIVEN})


def _entry(context: Context, step: Step, fact: Fact | None) -> EntryView:
    when = f"{local_datetime(step.envelope.wall_ms):%m-%d %H:%M}"
    tr = context.tr
    if step.effect is Effect.UNKNOWN:
        return EntryView(when, tr("有一条新版本才认识的记录，请更新程序"), level=Level.WARN)
    text = happened_words(tr, step.envelope.kind)
    if step.effect is Effect.OVERRULED:
        return EntryView(when, text, tr(step.sentence), Level.WARN)
    if step.effect is Effect.PARKED:
        return EntryView(when, text, tr("这一条和办件状态对不上，已报给县里"), Level.WARN)
    note = _detail(context, fact)
    if step.sentence:
        note = " ".join(part for part in (note, tr(step.sentence)) if part)
    if context.desk.is_own(step.envelope.chain) and step.envelope.seq > context.acknowledged():
        note = " · ".join(part for part in (note, tr("待上传，保存在本机")) if part)
    return EntryView(when, text, note)


def happened_words(tr: Translator, kind: int) -> str:
    """Return what a fact of this kind is called, "" for one that makes no line or that this version does not know."""
    sentences = {
        Kind.ONE_TIME_NOTICE_GIVEN: tr("一次性告知了要补的材料"),
        Kind.CASE_TAKEN_IN: tr("代办收件"),
        Kind.CASE_WITHDRAWN: tr("申请人撤回"),
        Kind.SUPPLEMENT_RECEIVED: tr("收到补充材料"),
        Kind.RESULT_DELIVERED: tr("结果已送达，申请人签收"),
        Kind.DELAY_EXPLAINED: tr("向申请人说明了延期"),
        Kind.CASE_KEY_CHANGED: tr("回执丢了，换了新的"),
        Kind.ATTACHMENT_ADDED: tr("添加了材料文件"),
        Kind.RATING_GIVEN: tr("申请人已评价"),
        Kind.RATING_NOT_GIVEN: tr("申请人没有评价"),
        Kind.CASE_ACCEPTED: tr("县里受理"),
        Kind.CASE_NOT_ACCEPTED: tr("县里不予受理"),
        Kind.SUPPLEMENT_REQUIRED: tr("县里要求补材料"),
        Kind.CASE_SUSPENDED: tr("县里中止办理"),
        Kind.CASE_RESUMED: tr("县里恢复办理"),
        Kind.CASE_DECIDED: tr("县里作出决定"),
        Kind.RESULT_READY: tr("结果已到，可以领取"),
        Kind.CASE_CLOSED: tr("办结归档"),
        Kind.CASE_TERMINATED: tr("县里终止办理"),
        Kind.DEADLINE_EXTENDED: tr("县里延长了办理时间"),
        Kind.CASE_GIVEN: tr("换了新机器，由这台接着办"),
    }
    return next((words for known, words in sentences.items() if known == kind), "")


def _detail(context: Context, fact: Fact | None) -> str:
    """Return what a fact says in its body: reasons, what is wanted, until when."""
    tr, language = context.tr, context.session.language
    match fact:
        case facts.OneTimeNoticeGiven(missing=missing):
            return tr("、").join(missing)
        case facts.AttachmentAdded(name=name):
            return name
        case facts.SupplementRequired(wanted=wanted, due=due, note=note):
            listed = tr("{wanted}，最迟 {day}", wanted=tr("、").join(wanted), day=day(language, due))
            return " ".join(part for part in (listed, note) if part)
        case facts.CaseDecided(outcome=outcome, reasons=reasons):
            result = tr("同意") if outcome is facts.Outcome.APPROVED else tr("不同意")
            return tr("{result}：{reasons}", result=result, reasons=reasons)
        case facts.DelayExplained(new_day=new_day, reason=reason):
            return tr("改为 {day} 前办好：{reason}", day=day(language, new_day), reason=reason)
        case facts.DeadlineExtended(statutory_on=until, reasons=reasons):
            return tr("到 {day}：{reason}", day=day(language, until), reason=reasons)
        case facts.ResultReady(result_name=result_name):
            return result_name
        case facts.ResultDelivered(receiver=receiver):
            return tr("签收人 {name}", name=receiver)
        case facts.CaseNotAccepted() | facts.CaseSuspended() | facts.CaseTerminated():
            return fact.reasons
        case facts.CaseWithdrawn(reason=reason):
            return reason
    return ""

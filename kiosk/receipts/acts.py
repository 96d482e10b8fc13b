"""The slips of what is done with a case: notice, supplement, withdrawal, delivery, delay."""

from __future__ import annotations

from typing import TypeVar

from devices.printer.document import Block, Pair, Rule, Size, Slip, Text
from kiosk.context import Context
from kiosk.deadlines import promise_words
from kiosk.phrases import day
from kiosk.printing import Issued
from kiosk.receipts import parts
from kiosk.values import material_state
from sync.model import facts
from sync.model.facts import Fact
from sync.model.moment import stamp
from sync.model.profile import Words

F = TypeVar("F", bound=Fact)


def notice_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """一次性告知单: everything that is missing, once."""
    tr = context.tr
    notice = _last(context, case_no, facts.OneTimeNoticeGiven)
    missing = notice.missing if notice else ()
    blocks: list[Block] = [
        *parts.head(context, tr("一次性告知单"), issued),
        *parts.about(context, case_no),
        Pair(tr("告知"), stamp(context.clock.wall_ms())),
        Rule(),
        Text(tr("还要带这些材料："), bold=True),
        *(Text(f"□ {name}") for name in missing),
        Rule(),
        *parts.number(context, case_no),
        Text(tr("材料备齐后凭此编号接着办。没有写在这张单子上的材料，可以不补，并可以反映。")),
        *parts.signature_line(context),
    ]
    return Slip((*blocks, *parts.foot(context, context.packs.profile.words.get(Words.NOTICE_FOOT, ""))))


def supplement_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """补充材料接收单."""
    tr = context.tr
    received = _last(context, case_no, facts.SupplementReceived)
    marks = received.materials if received else ()
    blocks: list[Block] = [
        *parts.head(context, tr("补充材料接收单"), issued),
        *parts.about(context, case_no),
        Pair(tr("接收"), stamp(context.clock.wall_ms())),
        Rule(),
        *(Text(f"{mark.material}  {material_state(tr, mark.state)}") for mark in marks),
        Rule(),
        *parts.number(context, case_no),
    ]
    return Slip((*blocks, *parts.foot(context)))


def withdrawal_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """撤回申请确认单."""
    tr = context.tr
    withdrawn = _last(context, case_no, facts.CaseWithdrawn)
    blocks: list[Block] = [
        *parts.head(context, tr("撤回申请确认单"), issued),
        *parts.about(context, case_no),
        Pair(tr("撤回"), stamp(context.clock.wall_ms())),
    ]
    if withdrawn and withdrawn.reason:
        blocks.append(Pair(tr("理由"), withdrawn.reason))
    blocks += [
        Rule(),
        *parts.number(context, case_no),
        Text(tr("县里在收到撤回之前已经作出决定的，以县里的决定为准，会告诉您。")),
    ]
    return Slip((*blocks, *parts.foot(context)))


def delivery_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """结果送达单."""
    tr = context.tr
    decided = _last(context, case_no, facts.CaseDecided)
    ready = _last(context, case_no, facts.ResultReady)
    delivered = _last(context, case_no, facts.ResultDelivered)
    blocks: list[Block] = [*parts.head(context, tr("结果送达单"), issued), *parts.about(context, case_no), Rule()]
    if decided:
        result = tr("同意") if decided.outcome is facts.Outcome.APPROVED else tr("不同意")
        blocks += [Text(tr("决定：{result}", result=result), size=Size.LARGE, bold=True), Text(decided.reasons)]
    if ready and ready.result_name:
        blocks.append(Pair(tr("领取"), ready.result_name))
    if delivered:
        blocks.append(Pair(tr("签收人"), delivered.receiver))
    blocks += [Pair(tr("送达"), stamp(context.clock.wall_ms())), Rule(), *parts.number(context, case_no)]
    return Slip((*blocks, *parts.foot(context)))


def delay_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """延期说明单."""
    tr = context.tr
    explained = _last(context, case_no, facts.DelayExplained)
    blocks: list[Block] = [*parts.head(context, tr("延期说明单"), issued), *parts.about(context, case_no), Rule()]
    if explained:
        until = day(context.session.language, explained.new_day)
        blocks += [
            Text(tr("改为 {day} 前办好", day=until), size=Size.LARGE, bold=True),
            Pair(tr("原因"), explained.reason),
        ]
    blocks += [
        Text(promise_words(context, context.desk.cases.case(case_no))),
        Rule(),
        *parts.number(context, case_no),
        *parts.signature_line(context),
    ]
    return Slip((*blocks, *parts.foot(context)))


def _last(context: Context, case_no: str, kind: type[F]) -> F | None:
    found = [fact for _, fact in context.desk.story(case_no) if isinstance(fact, kind)]
    return found[-1] if found else None

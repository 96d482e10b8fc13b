"""The slips of what is done with a case: notice, supplement, withdrawal, delivery, delay."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from devices.printer.document import Block, Pair, Rule, Slip, Text
from kiosk.context import Context
from kiosk.deadlines import promise_of
from kiosk.phrases import day_to_keep
from kiosk.printing import Issued
from kiosk.receipts import parts
from kiosk.receipts.promise import promise_blocks, reckoning_blocks
from kiosk.values import material_note, material_state
from sync.model import facts
from sync.model.deadline import Deadline
from sync.model.facts import Envelope, Fact
from sync.model.masking import masked_name
from sync.model.moment import local_date
from sync.model.profile import Words

F = TypeVar("F", bound=Fact)


def notice_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """一次性告知单: everything that is missing, once, and until when this paper holds."""
    tr = context.tr
    act, notice = _last(context, case_no, facts.OneTimeNoticeGiven)
    missing = notice.missing if notice else ()
    blocks: list[Block] = [
        *parts.head(context, tr("一次性告知单"), issued),
        *parts.about(context, case_no, tr("告知"), act),
        Rule(),
        parts.heading(tr("还要带 {count} 样材料：", count=len(missing))),
        *_to_bring(context, notice.item_code if notice else "", missing),
        Rule(),
        *_until(context, case_no, act),
        *parts.number(context, case_no),
        Text(tr("材料备齐后凭此编号接着办。没有写在这张单子上的材料，可以不补，并可以反映。")),
        *parts.signature_line(context),
    ]
    return Slip((*blocks, *parts.foot(context, context.packs.profile.words.get(Words.NOTICE_FOOT, ""), act)))


def supplement_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """补充材料接收单: what was brought of what the county had asked for, and how the promise stands."""
    tr = context.tr
    act, received = _last(context, case_no, facts.SupplementReceived)
    marks = received.materials if received else ()
    blocks: list[Block] = [
        *parts.head(context, tr("补充材料接收单"), issued),
        *parts.about(context, case_no, tr("接收"), act),
        Rule(),
        parts.heading(tr("收到 {count} 样材料：", count=len(marks))),
        *parts.listed(f"{mark.material} {material_state(tr, mark.state)}" for mark in marks),
        *([Pair(tr("备注"), received.note)] if received and received.note else []),
        Rule(),
        *promise_blocks(context, context.desk.cases.case(case_no)),
        Rule(),
        *parts.number(context, case_no),
        Text(tr("材料转到县里接着办。还缺什么，县里会告诉您。")),
    ]
    return Slip((*blocks, *parts.foot(context, act=act)))


def withdrawal_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """撤回申请确认单: nothing more is done, what holds when the county was faster, and that one can apply again."""
    tr = context.tr
    act, withdrawn = _last(context, case_no, facts.CaseWithdrawn)
    blocks: list[Block] = [
        *parts.head(context, tr("撤回申请确认单"), issued),
        *parts.about(context, case_no, tr("撤回"), act),
        Rule(),
        parts.headline(tr("申请已撤回")),
    ]
    if withdrawn and withdrawn.reason:
        blocks.append(Pair(tr("理由"), withdrawn.reason))
    blocks += [
        *_signed(context, withdrawn.signature if withdrawn else ()),
        Rule(),
        *parts.number(context, case_no),
        Text(tr("以后想办，可以重新申请。县里在收到撤回之前已经作出决定的，以县里的决定为准，会告诉您。")),
    ]
    return Slip((*blocks, *parts.foot(context, act=act)))


def delivery_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """结果送达单: what was decided and why, what was handed over, and to whom."""
    tr = context.tr
    _, decided = _last(context, case_no, facts.CaseDecided)
    _, ready = _last(context, case_no, facts.ResultReady)
    act, delivered = _last(context, case_no, facts.ResultDelivered)
    blocks: list[Block] = [
        *parts.head(context, tr("结果送达单"), issued),
        *parts.about(context, case_no, tr("送达"), act),
        Rule(),
    ]
    if decided:
        result = tr("同意") if decided.outcome is facts.Outcome.APPROVED else tr("不同意")
        blocks += [parts.headline(tr("决定：{result}", result=result)), Text(decided.reasons)]
    if ready and ready.result_name:
        blocks.append(Pair(tr("领取"), ready.result_name, bold=True))
    if delivered:
        blocks.append(Pair(tr("签收人"), masked_name(delivered.receiver)))
        blocks += _signed(context, delivered.signature)
    blocks += [
        Rule(),
        *parts.number(context, case_no),
        Text(tr("请当面点清。对结果有疑问，可以问联络员，也可以打监督电话。")),
    ]
    return Slip((*blocks, *parts.foot(context, act=act)))


def delay_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """延期说明单: the new day, why, and how it was counted."""
    tr = context.tr
    act, explained = _last(context, case_no, facts.DelayExplained)
    blocks: list[Block] = [
        *parts.head(context, tr("延期说明单"), issued),
        *parts.about(context, case_no, tr("说明"), act),
        Rule(),
    ]
    if explained:
        until = day_to_keep(context.session.language, explained.new_day, context.today)
        blocks += [
            parts.heading(tr("最迟办结日期改为：")),
            parts.headline(until),
            Pair(tr("原因"), explained.reason),
        ]
    case = context.desk.cases.case(case_no)
    reckoned = promise_of(context, case)
    if explained and isinstance(reckoned, Deadline) and reckoned.last_day == explained.new_day:
        blocks += reckoning_blocks(context, reckoned)
    else:  # another day than the one that was told, by the county's rules: both are said
        blocks += [Rule(), *promise_blocks(context, case)]
    blocks += [
        Rule(),
        *parts.number(context, case_no),
        Text(tr("给您添麻烦了。不同意延期，可以打监督电话。")),
        *parts.signature_line(context),
    ]
    return Slip((*blocks, *parts.foot(context, act=act)))


def _to_bring(context: Context, item_code: str, missing: tuple[str, ...]) -> list[Block]:
    """Return what is missing, numbered, each with how many of it and where it comes from."""
    tr, item = context.tr, context.packs.item(item_code)
    notes = {each.name: material_note(context, each, tr("；")) for each in item.materials} if item is not None else {}
    blocks: list[Block] = []
    for at, name in enumerate(missing, start=1):
        blocks += parts.listed([name], first=at)
        if name in notes:
            blocks.append(parts.hanging(notes[name]))
    return blocks


def _until(context: Context, case_no: str, act: Envelope | None) -> list[Block]:
    """Return until when a notice holds: natural days from the day of the notice, counted out when that is known."""
    if act is None:
        return []
    days = context.packs.profile.periods.notice_valid_natural_days
    if not context.believes(act.wall_ms, case_no):
        return [parts.heading(context.tr("有效 {days} 天，从告知那天算起", days=days))]
    ends = local_date(act.wall_ms) + timedelta(days=days)
    until = day_to_keep(context.session.language, ends, context.today)
    return [parts.heading(context.tr("有效期至 {day}", day=until))]


def _signed(context: Context, signature: facts.Strokes) -> list[Block]:
    return [Text(context.tr("已在屏幕上签名"))] if signature else []


def _last(context: Context, case_no: str, kind: type[F]) -> tuple[Envelope, F] | tuple[None, None]:
    """Return the newest fact of a kind with what everyone may see of it."""
    found = [(happened, fact) for happened, fact in context.desk.story(case_no) if isinstance(fact, kind)]
    return found[-1] if found else (None, None)

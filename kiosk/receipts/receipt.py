"""代办收件回执: the paper that proves a case was taken in, and restores it."""

from __future__ import annotations

from devices.printer.document import Align, Block, Pair, Qr, Rule, Slip, Text
from kiosk.context import Context
from kiosk.deadlines import promise_of
from kiosk.phrases import deadlines_of
from kiosk.printing import Issued
from kiosk.receipts import parts
from sync.model.case import Case
from sync.model.deadline_words import explanation, headline
from sync.model.facts import Kind, Urgency
from sync.model.moment import stamp
from sync.model.profile import Words
from sync.model.receipt import qr_text
from sync.record import Record


def receipt_slip(context: Context, case_no: str, issued: Issued) -> Slip:
    """Return the receipt of a case that was taken in here."""
    tr = context.tr
    case = context.desk.cases.case(case_no)
    taken_in = context.desk.record_of(case_no, Kind.CASE_TAKEN_IN)
    if taken_in is None:
        raise ValueError(f"case {case_no} was not taken in here")
    renewed = context.desk.record_of(case_no, Kind.CASE_KEY_CHANGED)
    urgency = {
        Urgency.URGENT: tr("（紧急件）"),
        Urgency.ORDINARY: tr("（一般件）"),
        Urgency.SPECIAL: tr("（特殊件）"),
    }[case.urgency]
    blocks = parts.head(context, tr("代办收件回执"), issued)
    blocks.insert(2, Text(urgency, align=Align.CENTRE))
    if renewed is not None:
        blocks.insert(3, Text(tr("（换发，以前的回执作废）"), align=Align.CENTRE))
    blocks += [
        *parts.about(context, case_no),
        Pair(tr("收件"), stamp(taken_in.header.wall_ms)),
        *_attachments(context, case_no),
        Rule(),
        *_promise(context, case),
        Rule(),
        *parts.number(context, case_no),
        Qr(qr_text(context.paper_desk.token(case_no), context.packs.profile.receipt_host)),
        Text(tr("扫码加身份证号后四位查结果"), align=Align.CENTRE),
        Text(tr("请收好，丢了可以换新的"), align=Align.CENTRE),
        Rule(),
        Text(_written(context, taken_in)),
        Text(_where(context, taken_in)),
    ]
    return Slip((*blocks, *parts.foot(context, context.packs.profile.words.get(Words.RECEIPT_FOOT, ""))))


def _attachments(context: Context, case_no: str) -> list[Block]:
    count = context.desk.attachments.count(case_no)
    return [Pair(context.tr("附件"), context.tr("{count} 份", count=count))] if count else []


def _promise(context: Context, case: Case) -> list[Block]:
    reckoned = promise_of(context, case)
    if reckoned is None:
        return []
    phrases = deadlines_of(context.session.language)
    counted = explanation(reckoned, phrases)
    return [Text(headline(reckoned, phrases), bold=True), *([Text(counted)] if counted else [])]


def _written(context: Context, taken_in: Record) -> str:
    seq = taken_in.header.seq
    if context.desk.is_own(taken_in.header.chain):
        return context.tr("本机第 {seq} 条", seq=seq)
    return context.tr("原来那台机器第 {seq} 条", seq=seq)


def _where(context: Context, taken_in: Record) -> str:
    if not context.desk.is_own(taken_in.header.chain) or taken_in.header.seq <= context.acknowledged():
        return context.tr("县里已收到")
    return context.tr("已保存在本机，尚未上传县里")

"""代办收件回执: the paper that proves a case was taken in, and restores it."""

from __future__ import annotations

from devices.printer.document import Align, Block, Pair, Qr, Rule, Slip, Text
from kiosk.context import Context
from kiosk.phrases import day
from kiosk.printing import Issued
from kiosk.receipts import parts
from kiosk.receipts.promise import promise_blocks
from sync.model.case import Case
from sync.model.facts import CaseTakenIn, Kind, MaterialMark, MaterialState, Urgency
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
    act = next((happened for happened, _ in context.desk.story(case_no) if happened.kind == Kind.CASE_TAKEN_IN), None)
    blocks: list[Block] = [
        *parts.head(context, tr("代办收件回执"), issued, *_marks(context, case)),
        *parts.about(context, case_no, tr("收件"), act),
        *_materials(context, case_no),
        Rule(),
        *promise_blocks(context, case),
        Rule(),
        *parts.number(context, case_no),
        Qr(qr_text(context.paper_desk.token(case_no), context.packs.profile.receipt_host)),
        Text(tr("扫码加身份证号后四位查，请收好"), align=Align.CENTRE),
        Text(_where(context, taken_in), align=Align.CENTRE),
    ]
    return Slip((*blocks, *parts.foot(context, context.packs.profile.words.get(Words.RECEIPT_FOOT, ""), act)))


def _marks(context: Context, case: Case) -> list[str]:
    tr = context.tr
    urgency = {
        Urgency.URGENT: tr("（紧急件）"),
        Urgency.ORDINARY: tr("（一般件）"),
        Urgency.SPECIAL: tr("（特殊件）"),
    }[case.urgency]
    renewed = context.desk.record_of(case.number, Kind.CASE_KEY_CHANGED)
    return [urgency] if renewed is None else [urgency, tr("（换发，以前的回执作废）")]


def _materials(context: Context, case_no: str) -> list[Block]:
    """Return what was handed over, seen or promised, and how many photographs there are.

    At a locked desk nobody can read it, and the paper does not speak of it.
    """
    tr = context.tr
    facts = [fact for _, fact in context.desk.story(case_no) if isinstance(fact, CaseTakenIn)]
    marks = facts[0].materials if facts else ()
    row = context.desk.cases.row(case_no)
    item = context.packs.item(row.item_code) if row is not None else None
    names = {material.code: material.name for material in item.materials} if item is not None else {}
    blocks: list[Block] = []
    for state, label in (
        (MaterialState.ORIGINAL_SEEN, tr("已看")),
        (MaterialState.COPY_TAKEN, tr("已收")),
        (MaterialState.PROMISED, tr("后补")),
    ):
        met = [_material(context, mark, names) for mark in marks if mark.state is state]
        if met:
            blocks.append(Pair(label, tr("、").join(met)))
    count = context.desk.attachments.count(case_no)
    if count:
        blocks.append(Pair(tr("附件"), tr("{count} 份", count=count)))
    return blocks


def _material(context: Context, mark: MaterialMark, names: dict[str, str]) -> str:
    """Return a material's name; what is to follow says until when, because the application depends on it."""
    name = names.get(mark.material, mark.material)
    if mark.due is None:
        return name
    return context.tr("{material}（最迟 {day}）", material=name, day=day(context.session.language, mark.due))


def _where(context: Context, taken_in: Record) -> str:
    """Return which record the paper is about, and whether the county had signed for it when this was printed."""
    tr, seq = context.tr, taken_in.header.seq
    if not context.desk.is_own(taken_in.header.chain):
        return tr("原来那台机器第 {seq} 条，县里已收到", seq=seq)
    if seq <= context.acknowledged():
        return tr("本机第 {seq} 条，县里已收到", seq=seq)
    return tr("本机第 {seq} 条，尚未传到县里", seq=seq)

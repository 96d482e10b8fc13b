"""评价凭条: the paper that proves that a rating was given, and tells nobody what it says."""

from __future__ import annotations

from devices.printer.document import Align, Block, Qr, Rule, Slip, Text
from kiosk.context import Context
from kiosk.rating import Given
from kiosk.receipts import parts
from sync.model.receipt import qr_text


def rating_slip(context: Context, given: Given) -> Slip:
    """Return the slip of a rating that was just given.

    Neither the answer nor the agent is on it: it proves that the record exists, so that nobody can leave it out
    unnoticed, and it cannot be shown to anybody as a good mark or held against anybody as a bad one.
    """
    tr = context.tr
    row = context.desk.cases.row(given.case_no)
    record = context.desk.own_record(given.seq)
    blocks: list[Block] = [*parts.head(context, tr("评价凭条"))]
    if row is not None:
        blocks.append(parts.item(context.packs.item_name(row.item_code)))
    if record is not None:
        blocks.append(parts.moment(context, tr("评价"), record.header.wall_ms, given.case_no))
    kept = tr(
        "本机第 {seq} 条，已签名，改了、少了都查得出来；县里收到后计入评价。凭条上不写您评了什么。", seq=given.seq
    )
    blocks += [
        Rule(),
        parts.headline(tr("您的评价已记下")),
        Text(kept),
        Rule(),
        *parts.number(context, given.case_no),
        Qr(qr_text(context.paper_desk.rating_token(given.case_no, given.seq), context.packs.profile.receipt_host)),
        Text(tr("到任何服务点一扫，县里就核对"), align=Align.CENTRE),
        Text(tr("还有话说，扫它可以追评一次"), align=Align.CENTRE),
    ]
    return Slip((*blocks, *parts.foot(context)))

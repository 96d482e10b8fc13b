"""What every slip begins and ends with."""

from __future__ import annotations

from devices.printer.document import Align, Block, Cut, Feed, Pair, Rule, Size, Text
from kiosk.context import Context
from kiosk.printing import Issued
from sync.model.case_number import parse_case_number
from sync.model.moment import stamp


def head(context: Context, title: str, issued: Issued | None = None) -> list[Block]:
    """Return whose paper it is, what it is, and that it is a reprint when it is one."""
    blocks: list[Block] = [
        Text(context.terminal.point_name, align=Align.CENTRE),
        Text(title, size=Size.LARGE, bold=True, align=Align.CENTRE),
    ]
    if issued is not None and issued.copy:
        blocks.append(Text(context.tr("（补打第 {count} 次）", count=issued.copy), align=Align.CENTRE))
    return [*blocks, Rule()]


def number(context: Context, case_no: str) -> list[Block]:
    """Return the case number in groups; the last line is what people read out, so it is large."""
    parsed = parse_case_number(case_no)
    return [
        Text(context.tr("办件编号"), align=Align.CENTRE),
        Text(parsed.region, align=Align.CENTRE),
        Text(parsed.short_grouped(), size=Size.LARGE, bold=True, align=Align.CENTRE),
    ]


def about(context: Context, case_no: str) -> list[Block]:
    """Return the item, the applicant's masked name and the agent."""
    tr = context.tr
    row = context.desk.cases.row(case_no)
    blocks: list[Block] = []
    if row is not None:
        blocks.append(Pair(tr("事项"), context.packs.item_name(row.item_code)))
        if row.name_masked:
            blocks.append(Pair(tr("申请人"), row.name_masked))
    agent = context.session.agent
    if agent is not None:
        blocks.append(Pair(tr("联络员"), agent.name))
    return blocks


def foot(context: Context, words: str = "") -> list[Block]:
    """Return the closing words, when it was printed and whom to complain to."""
    tr = context.tr
    blocks: list[Block] = [Rule()]
    if words:
        blocks.append(Text(words))
    blocks += [
        Text(tr("打印 {time}", time=stamp(context.clock.wall_ms()))),
        Text(tr("监督电话 {phone}", phone=context.packs.profile.complaint_phone)),
        Feed(1),
        Cut(),
    ]
    return blocks


def signature_line(context: Context) -> list[Block]:
    """Return where to sign by hand."""
    return [Feed(1), Text(context.tr("签名：______________"))]

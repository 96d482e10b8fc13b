"""What every slip is made of, in the order that all of them keep.

1. whose paper it is, what it is, and that it is a reprint when it is one (`head`);
2. what it is about: item, masked name, agent, when it happened (`about`);
3. what it says, with what matters most in the largest size;
4. the case number (`number`), and the code where there is one;
5. what to do next;
6. where to ask: telephone, hours, supervision line, when it was printed (`foot`).

Paper gets lost, so names are masked (`sync.model.masking`) and no digit of an identity number is on any: its last four
are half of what opens a receipt.
"""

from __future__ import annotations

from collections.abc import Iterable

from devices.printer.document import Align, Block, Cut, Feed, Pair, Rule, Size, Text
from kiosk.context import Context
from kiosk.phrases import day_on_paper, moment_on_paper
from kiosk.printing import Issued
from sync.model.case_number import parse_case_number
from sync.model.county_day import ClockStanding
from sync.model.facts import ActorClass, Envelope
from sync.model.moment import local_date, stamp


def head(context: Context, title: str, issued: Issued | None = None, *marks: str) -> list[Block]:
    """Return whose paper it is, what it is, its marks, and that it is a reprint when it is one."""
    blocks: list[Block] = [
        Text(context.terminal.point_name, align=Align.CENTRE),
        Text(title, size=Size.LARGE, bold=True, align=Align.CENTRE),
        *(Text(mark, align=Align.CENTRE) for mark in marks),
    ]
    if issued is not None and issued.copy:
        again = context.tr("（补打第 {count} 次）", count=issued.copy)
        blocks.append(Text(again, size=Size.TALL, bold=True, align=Align.CENTRE))
    return [*blocks, Rule()]


def about(context: Context, case_no: str, label: str = "", act: Envelope | None = None) -> list[Block]:
    """Return the item, the applicant's masked name, the agent, and when the act happened: not when it is printed."""
    tr = context.tr
    row = context.desk.cases.row(case_no)
    blocks: list[Block] = []
    if row is not None:
        blocks.append(item(context.packs.item_name(row.item_code)))
        if row.name_masked:
            blocks.append(Pair(tr("申请人"), row.name_masked))
    agent = _agent_name(context, act)
    if agent:
        blocks.append(Pair(tr("联络员"), agent))
    if act is not None:
        blocks.append(moment(context, label, act.wall_ms, case_no))
    return blocks


def hanging(words: str) -> Pair:
    """Return what is said of the thing above, set in under it."""
    return Pair("  ", words)


def item(name: str) -> Text:
    """Return what a paper is about, tall."""
    return Text(name, size=Size.TALL)


def moment(context: Context, label: str, wall_ms: int, case_no: str) -> Text:
    """Return when something happened to a case, or that this clock cannot tell and the county can.

    With a label of two characters it fills a line of 32 columns and no more.
    """
    if not context.believes(wall_ms, case_no):
        return Text(f"{label} {context.tr('本机时间不准，以县里为准')}")
    return Text(f"{label} {moment_on_paper(context.session.language, wall_ms)}")


def heading(words: str) -> Text:
    """Return a line above what belongs to it."""
    return Text(words, bold=True)


def headline(words: str) -> Text:
    """Return the one thing that must be read from this paper."""
    return Text(words, size=Size.LARGE, bold=True)


def listed(names: Iterable[str], first: int = 1) -> list[Block]:
    """Return things to bring or handed over, tall and numbered from `first`."""
    return [Text(f"{at}. {name}", size=Size.TALL) for at, name in enumerate(names, start=first)]


def number(context: Context, case_no: str) -> list[Block]:
    """Return the case number in groups; the last line is what people read out, so it is large."""
    parsed = parse_case_number(case_no)
    return [
        Text(f"{context.tr('办件编号')} {parsed.region}", align=Align.CENTRE),
        Text(parsed.short_grouped(), size=Size.LARGE, bold=True, align=Align.CENTRE),
    ]


def foot(context: Context, words: str = "", act: Envelope | None = None) -> list[Block]:
    """Return the county's closing words, where to ask and when, whom to complain to, and when it was printed.

    A paper that comes out in the minute of the act that it tells of says that minute once. Where the clock is not to be
    believed there is no minute, only the day that it is at least.
    """
    tr, profile = context.tr, context.packs.profile
    blocks: list[Block] = [Rule()]
    if words:
        blocks.append(Text(words))
    point = profile.terminal(context.terminal.region, context.terminal.terminal_number)
    if point is not None:
        blocks += [telephone(tr("电话"), point.phone), Pair(tr("时间"), point.hours)]
    blocks.append(Pair(tr("监督"), profile.complaint_phone))
    now, language = context.known_day.now(), context.session.language
    if now.standing is not ClockStanding.PLAUSIBLE:
        blocks.append(Text(f"{tr('打印')} {tr('不早于{day}', day=day_on_paper(language, now.day))}"))
    elif act is None or stamp(act.wall_ms) != stamp(now.clock_ms):
        blocks.append(Text(f"{tr('打印')} {moment_on_paper(language, now.clock_ms)}"))
    return [*blocks, Cut()]


def telephone(label: str, phone: str) -> Text:
    """Return a telephone number as it is dialled from paper: tall."""
    return Text(f"{label} {phone}", size=Size.TALL)


def signature_line(context: Context) -> list[Block]:
    """Return where to sign by hand."""
    return [Feed(1), Text(context.tr("签名：______________"))]


def _agent_name(context: Context, act: Envelope | None) -> str:
    """Return who acted, by the county's list of the day; who stands at the desk when the list does not say."""
    here = context.session.agent
    if act is None or act.actor_class is not ActorClass.AGENT:
        return here.name if here is not None else ""
    if here is not None and here.id == act.actor:
        return here.name
    is_known = act.case_no is not None and context.believes(act.wall_ms, act.case_no)
    served = context.packs.agents_on(context.terminal.region, local_date(act.wall_ms) if is_known else context.today)
    return next((agent.name for agent in served if agent.id == act.actor), act.actor)

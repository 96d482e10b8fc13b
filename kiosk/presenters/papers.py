"""What the screen says of a paper: printed, not printed, or nobody knows. Asked, never guessed."""

from __future__ import annotations

from kiosk.context import Context
from kiosk.intents import Do
from kiosk.pages import Actions, ActionView, Block, Notice, Weight
from kiosk.printing import RECORD_DAMAGED
from kiosk.projections.papers import SlipRow
from kiosk.receipts import case_slip
from kiosk.views import Intent, Level
from sync.model.facts import SlipKind, SlipResult


def paper_blocks(context: Context, paper: SlipRow | None) -> list[Block]:
    """Return how the paper stands, and what can be done about it."""
    tr = context.tr
    if paper is None:
        return []
    again = ActionView("print_again", tr("再打印一张"), Do("print"), Weight.PLAIN, icon="printer")
    match paper.result:
        case None:
            return [Notice(Level.NEUTRAL, tr("正在打印……"))]
        case SlipResult.PRINTED:
            return [Notice(Level.GOOD, tr("已打印")), Actions((again,))]
        case SlipResult.NOT_PRINTED:
            return [Notice(Level.WARN, _why_not(context, paper)), Actions((again,))]
        case SlipResult.UNKNOWN:
            seen = (
                ActionView("paper_seen", tr("打出来了"), Do("paper", "seen")),
                ActionView("paper_missing", tr("没打出来，再打一张"), Do("paper", "missing"), icon="printer"),
            )
            return [Notice(Level.WARN, tr("不知道打出来没有，请看一看")), Actions(seen)]


def issue(context: Context, kind: SlipKind, case_no: str) -> None:
    """Print a slip of a case and make it the one that the screen watches."""
    context.session.slip_seq = context.print_room.issue(kind, case_no, context.actor, case_slip(context, kind, case_no))


def watched(context: Context) -> SlipRow | None:
    """Return the paper that the screen watches."""
    seq = context.session.slip_seq
    return context.print_room.state(seq) if seq is not None else None


def answer_paper(context: Context, intent: Intent) -> bool:
    """Take what the agent said of the watched paper: print again, it came out, it did not. False for other intents."""
    paper = watched(context)
    if paper is None or paper.case_no is None:
        return False
    match intent:
        case Do("print"):
            issue(context, paper.slip, paper.case_no)
        case Do("paper", "seen"):
            context.print_room.seen(paper, context.actor, printed=True)
        case Do("paper", "missing"):
            context.print_room.seen(paper, context.actor, printed=False)
            issue(context, paper.slip, paper.case_no)
        case _:
            return False
    return True


def _why_not(context: Context, paper: SlipRow) -> str:
    """Return why a paper did not come out; what is to be copied meanwhile is said once, of a card by its own page."""
    tr = context.tr
    quickly = {
        "paper_out": tr("没有打印：打印机没有纸了，装好纸再打印。"),
        "cover_open": tr("没有打印：打印机盖子没合上，合好再打印。"),
    }
    causes = {
        "unplugged": tr("没有打印：打印机没接上。"),
        "not_connected": tr("没有打印：打印机没接上。"),
        "font_unusable": tr("没有打印：本机字库坏了，请找技术员。"),
        "not_configured": tr("没有打印：这里没有装打印机。"),
        RECORD_DAMAGED: tr("没有打印：这件事在本机的记录坏了，请找技术员。"),
    }
    if paper.reason in quickly:
        return quickly[paper.reason]
    cause = causes.get(paper.reason, tr("没有打印。打印机好了可以再打。"))
    return cause if paper.slip is SlipKind.AGENT_CARD else tr("{cause}编号请先抄下来。", cause=cause)

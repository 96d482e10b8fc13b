"""What the screen says of a paper: printed, not printed, or nobody knows. Asked, never guessed."""

from __future__ import annotations

from devices.ports import JobEnded, JobHeld, Reason
from kiosk.context import Context
from kiosk.i18n import Translator
from kiosk.intents import Do
from kiosk.pages import Actions, ActionView, Block, Notice, Weight
from kiosk.printing import RECORD_DAMAGED, SEEN_IN_PART
from kiosk.projections.papers import SlipRow
from kiosk.receipts import case_slip
from kiosk.views import Intent, Level
from sync.journal import JournalRefused
from sync.model.facts import SlipKind, SlipResult


def paper_blocks(context: Context, paper: SlipRow | None) -> list[Block]:
    """Return how the paper stands, and what can be done about it."""
    tr = context.tr
    if paper is None:
        return []
    again = ActionView("print_again", tr("再打印一张"), Do("print"), Weight.PLAIN, icon="printer")
    match paper.result:
        case None:
            held = context.print_room.held_as(paper.issued_seq)
            return [Notice(Level.NEUTRAL, tr("正在打印……"))] if held is None else held_blocks(tr, held.reason)
        case SlipResult.PRINTED:
            in_two = paper.reason == Reason.IN_TWO_PARTS.value
            words = tr("已打印，换过纸，分成两段。二维码断开了就再打印一张。") if in_two else tr("已打印")
            return [Notice(Level.GOOD, words), Actions((again,))]
        case SlipResult.NOT_PRINTED:
            return [Notice(Level.WARN, _why_not(context, paper)), Actions((again,))]
        case SlipResult.UNKNOWN:
            return _unknown_blocks(context, paper)


def held_blocks(tr: Translator, reason: Reason) -> list[Block]:
    """Return what to do so that the paper goes on."""
    by_itself = {
        Reason.OVERHEATED: tr("打印机太热了，凉一会儿会自己接着打，请稍等。"),
        Reason.OFFLINE: tr("打印机停住了。请按一下打印机上的键，它会自己接着打。"),
    }
    asked = {
        Reason.NONE: tr("打印机好了，请点“接着打”。"),
        Reason.PAPER_OUT: tr("打到一半没有纸了。请换纸，换好后点“接着打”。"),
        Reason.COVER_OPEN: tr("请装好纸、合上盖子，再点“接着打”。"),
    }
    stop = ActionView("paper_give_up", tr("不打了"), Do("paper", "give_up"))
    if reason in by_itself:
        return [Notice(Level.WARN, by_itself[reason]), Actions((stop,))]
    words = asked.get(reason, tr("打印机停住了。请看看有没有纸、盖子合好没有，好了点“接着打”。"))
    resume = ActionView("paper_resume", tr("接着打"), Do("paper", "resume"), icon="printer")
    return [Notice(Level.NOTICE if reason is Reason.NONE else Level.WARN, words), Actions((resume, stop))]


def _unknown_blocks(context: Context, paper: SlipRow) -> list[Block]:
    """Return what is known of a paper that somebody has to look at, and the answers."""
    tr = context.tr
    middles = {
        Reason.PAPER_OUT.value: tr("打到一半没有纸了。请看看打全没有；没打全，换好纸再重打。"),
        Reason.COVER_OPEN.value: tr("打到一半盖子开了。请看看打全没有；没打全，合好盖子再重打。"),
        Reason.CUTTER.value: tr("切纸刀卡住了。请看看打全没有；没打全，清好卡纸再重打。"),
        Reason.GIVEN_UP.value: tr("这张没有打完，请收回，不要交给申请人。"),
        SEEN_IN_PART: tr("这张没有打完，请收回，不要交给申请人。"),
    }
    question = Notice(Level.WARN, middles.get(paper.reason, tr("不知道打出来没有，请看一看")))
    rest: list[Block] = []
    if context.print_room.keeps_rest(paper.issued_seq):
        words = tr("打印机里还有没打完的半张，换纸前请把打印机关一下再开；要是打出来了，请收回。")
        rest.append(Notice(Level.WARN, words))
    return [question, Actions(_answers_to_unknown(tr, paper, in_part=paper.reason in middles)), *rest]


def _answers_to_unknown(tr: Translator, paper: SlipRow, *, in_part: bool) -> tuple[ActionView, ...]:
    if paper.reason in (Reason.GIVEN_UP.value, SEEN_IN_PART):
        return (ActionView("print_again", tr("重打一张"), Do("print"), icon="printer"),)
    if in_part:
        return (
            ActionView("paper_seen", tr("打全了"), Do("paper", "seen")),
            ActionView("paper_in_part", tr("没打全，重打一张"), Do("paper", "in_part"), icon="printer"),
        )
    return (
        ActionView("paper_seen", tr("打出来了"), Do("paper", "seen")),
        ActionView("paper_missing", tr("没打出来，再打一张"), Do("paper", "missing"), icon="printer"),
    )


def is_paper_news(context: Context, event: object) -> bool:
    """Whether an event is about how papers stand, and shown where the watched paper is shown."""
    if isinstance(event, JobHeld):
        paper = watched(context)
        return paper is not None and event.job_id == str(paper.issued_seq)
    return isinstance(event, JobEnded)


def answer_held(context: Context, paper: SlipRow | None, intent: Intent) -> bool:
    """Take what was said of a paper that stands still: go on, or no more. False for other intents."""
    if paper is None or paper.result is not None:
        return False
    match intent:
        case Do("paper", "resume"):
            context.print_room.resume(paper.issued_seq)
        case Do("paper", "give_up"):
            context.print_room.give_up(paper.issued_seq)
        case _:
            return False
    return True


def issue(context: Context, kind: SlipKind, case_no: str) -> None:
    """Print a slip of a case and make it the one that the screen watches."""
    context.session.slip_seq = context.print_room.issue(kind, case_no, context.actor, case_slip(context, kind, case_no))


def issue_after(context: Context, kind: SlipKind, case_no: str) -> None:
    """Print the paper of what was just written down.

    While the disk takes nothing more there is none: what was written down stands all the same and must not be done
    again, and its paper can be printed from the papers of the case.
    """
    try:
        issue(context, kind, case_no)
    except JournalRefused:
        context.session.slip_seq = None


def watched(context: Context) -> SlipRow | None:
    """Return the paper that the screen watches, never one of another case than the one that is shown."""
    session = context.session
    paper = context.print_room.state(session.slip_seq) if session.slip_seq is not None else None
    return paper if paper is not None and paper.case_no in (None, session.case_no) else None


def is_under_way(context: Context, kind: SlipKind) -> bool:
    """Whether the watched paper is of this kind and being printed: who touches its button again wants no second one."""
    paper = watched(context)
    return paper is not None and paper.result is None and paper.slip is kind


def answer_paper(context: Context, intent: Intent) -> bool:
    """Take what the agent said of the watched paper: print again, it came out, it did not. False for other intents."""
    paper = watched(context)
    if answer_held(context, paper, intent):
        return True
    if paper is None or paper.case_no is None or paper.result is None:
        return False
    match intent:
        case Do("print"):
            issue(context, paper.slip, paper.case_no)
        case Do("paper", "seen"):
            context.print_room.seen(paper, context.actor, printed=True)
        case Do("paper", "missing"):
            context.print_room.seen(paper, context.actor, printed=False)
            issue(context, paper.slip, paper.case_no)
        case Do("paper", "in_part"):
            context.print_room.seen_in_part(paper, context.actor)
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
        "overheated": tr("没有打印：打印机太热了，凉一会儿再打印。"),
        "offline": tr("没有打印：打印机停住了，请按一下打印机上的键再打印。"),
        "waited_too_long": tr("没有打印：打印机正忙，请稍等再打印。"),
    }
    causes = {
        "unplugged": tr("没有打印：打印机没接上。"),
        "not_connected": tr("没有打印：打印机没接上。"),
        "no_answer": tr("没有打印：打印机没有反应，请看看电源和连线。"),
        "never_answered": tr("没有打印：打印机没有反应，请看看电源和连线。"),
        "cutter": tr("没有打印：切纸刀卡住了，请关掉打印机，清好卡纸再开。"),
        "font_unusable": tr("没有打印：本机字库坏了，请找技术员。"),
        "not_configured": tr("没有打印：这里没有装打印机。"),
        RECORD_DAMAGED: tr("没有打印：这件事在本机的记录坏了，请找技术员。"),
    }
    if paper.reason in quickly:
        return quickly[paper.reason]
    cause = causes.get(paper.reason, tr("没有打印。打印机好了可以再打。"))
    return cause if paper.slip is SlipKind.AGENT_CARD else tr("{cause}编号请先抄下来。", cause=cause)

"""拿回执: the case is saved here; its number in large digits, the paper, and the invitation to rate."""

from __future__ import annotations

from kiosk.context import Presenter
from kiosk.deadlines import promise_words
from kiosk.flow import RECEIPT
from kiosk.intents import Do, Next
from kiosk.pages import Actions, ActionView, BigNumber, Block, Facts, Notice, PageView, Weight
from kiosk.presenters import frames
from kiosk.presenters.papers import answer_paper, is_paper_news, issue, paper_blocks, watched
from kiosk.presenters.rating import invite
from kiosk.views import Intent, Level
from sync.model.case_number import parse_case_number
from sync.model.facts import Role, SlipKind, Stage
from sync.model.transitions import Status


class ReceiptPresenter(Presenter):
    """Shows what was taken in and how its receipt stands."""

    def view(self) -> PageView:
        """Return the page of the new case."""
        tr, context = self.tr, self.context
        case_no = context.session.case_no or ""
        row = context.desk.cases.row(case_no)
        case = context.desk.cases.case(case_no)
        blocks: list[Block] = [
            Notice(Level.GOOD, tr("已保存在本机")),
            BigNumber(tr("办件编号"), parse_case_number(case_no).grouped()),
        ]
        paper = watched(context)
        blocks += paper_blocks(context, paper)
        if paper is None:
            again = ActionView("print_again", tr("再打印一张"), Do("print"), icon="printer")
            cause = tr("没有打印。打印机好了可以再打。")
            blocks += [Notice(Level.WARN, tr("{cause}编号请先抄下来。", cause=cause)), Actions((again,))]
        blocks.append(
            Facts(
                (
                    (tr("事项"), context.item_name(case.item_code)),
                    (tr("申请人"), row.name_masked if row else ""),
                    (tr("办结时间"), promise_words(context, case)),
                )
            )
        )
        return PageView(
            place=RECEIPT,
            title=tr("收件好了"),
            hint=tr("请把回执交给申请人"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, RECEIPT),
            main=frames.main(tr("马上办理") if self._finishes_here() else tr("请申请人评价")),
            others=(ActionView("done", tr("不评价，回到办件"), Do("done"), Weight.QUIET),),
        )

    def handle(self, intent: Intent) -> str | None:
        """Print again, say what was seen, or go on."""
        context = self.context
        case_no = context.session.case_no or ""
        if answer_paper(context, intent):
            return "stay"
        match intent:
            case Do("print") if watched(context) is None:
                issue(context, SlipKind.RECEIPT, case_no)
                return "stay"
            case Next() if self._finishes_here():
                return "finish"
            case Next():
                invite(context, case_no, Stage.TAKEN_IN)
                return "rating"
            case Do("done"):
                return "done"
        return None

    def told(self, event: object) -> str | None:
        """Show how the paper stands."""
        return "stay" if is_paper_news(self.context, event) else None

    def _finishes_here(self) -> bool:
        case = self.context.desk.cases.case(self.context.session.case_no or "")
        return case.role is Role.DIRECT and case.status is Status.TAKEN_IN

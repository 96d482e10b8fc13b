"""Papers of a case: the one that has just been issued, and every earlier one to be printed again."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from kiosk.context import Presenter
from kiosk.flow import NOTICE_GIVEN, SLIP
from kiosk.i18n import Translator
from kiosk.intents import Do, Next, Open
from kiosk.pages import Actions, ActionView, BigNumber, Block, Notice, PageView, Rows, RowView
from kiosk.presenters import frames
from kiosk.presenters.papers import answer_paper, is_paper_news, is_under_way, issue, issue_after, paper_blocks, watched
from kiosk.presenters.rating import invite
from kiosk.projections.papers import GIVEN
from kiosk.views import Intent, Level
from sync.model.case_number import parse_case_number
from sync.model.facts import Kind, SlipKind, Stage
from sync.model.moment import stamp
from sync.model.transitions import Status

_RENEWAL = "renewal"
"""Among what was typed: the case of which the agent was asked whether a new receipt is to be made."""

_PAPERS: Mapping[int, SlipKind] = {
    Kind.CASE_TAKEN_IN: SlipKind.RECEIPT,
    Kind.ONE_TIME_NOTICE_GIVEN: SlipKind.ONE_TIME_NOTICE,
    Kind.SUPPLEMENT_RECEIVED: SlipKind.SUPPLEMENT,
    Kind.CASE_WITHDRAWN: SlipKind.WITHDRAWAL,
    Kind.RESULT_DELIVERED: SlipKind.DELIVERY,
    Kind.DELAY_EXPLAINED: SlipKind.DELAY,
}
"""What proves each act of the point."""


class PaperPresenter(Presenter):
    """Shows a paper of a case that has just been issued, and asks when nobody knows whether it came out."""

    @abstractmethod
    def view(self) -> PageView:
        """Return the paper and what goes with it."""

    def handle(self, intent: Intent) -> str | None:
        """Answer for the paper, or go back."""
        if answer_paper(self.context, intent):
            return "stay"
        if isinstance(intent, Next):
            self.context.session.slip_seq = None
            return "done"
        return None

    def told(self, event: object) -> str | None:
        """Show how the paper stands."""
        return "stay" if is_paper_news(self.context, event) else None

    @property
    def _number(self) -> str:
        return self.context.session.case_no or ""


class SlipPresenter(PaperPresenter):
    """Shows the paper that is under way and the ones that can be printed again."""

    def view(self) -> PageView:
        """Return the papers of the case."""
        tr, number = self.tr, self._number
        blocks: list[Block] = [BigNumber(tr("办件编号"), parse_case_number(number).grouped())]
        blocks += paper_blocks(self.context, watched(self.context))
        blocks += self._renewal()
        rows = tuple(
            RowView(
                f"slip.{kind.value}", slip_name(tr, kind), stamp(issued_ms), tr("补打"), intent=Open("slip", kind.value)
            )
            for kind, issued_ms in self._kinds()
        )
        blocks.append(Rows(rows, heading=tr("这件事的单据"), empty=tr("还没有单据")))
        return PageView(
            place=SLIP,
            title=tr("单据"),
            hint=tr("补打的单据上会写明第几次"),
            blocks=tuple(blocks),
            main=frames.main(tr("回办件")),
            others=(*self._invitation(), *self._offer_renewal()),
        )

    def handle(self, intent: Intent) -> str | None:
        """Print one again, invite to rate, answer for a paper, or go back."""
        match intent:
            case Open("slip", kind):
                if not is_under_way(self.context, SlipKind(kind)):
                    issue(self.context, SlipKind(kind), self._number)
                return "stay"
            case Do("renew", answer):
                self._renew(answer)
                return "stay"
            case Do("rate"):
                invite(self.context, self._number, Stage.DELIVERED)
                return "rating"
        return super().handle(intent)

    def _invitation(self) -> tuple[ActionView, ...]:
        """After the hand-over the villager is asked once more, for that stage."""
        desk = self.context.desk
        handed_over = desk.cases.case(self._number).status in (Status.DELIVERED, Status.CLOSED)
        rated = any(each.stage is Stage.DELIVERED and each.state == GIVEN for each in desk.papers.ratings(self._number))
        if not handed_over or rated:
            return ()
        return (ActionView("rate", self.tr("请申请人评价"), Do("rate")),)

    def _offer_renewal(self) -> tuple[ActionView, ...]:
        if self._is_asked() or not self.context.paper_desk.can_renew(self._number):
            return ()
        return (ActionView("renew", self.tr("回执丢了，换新的"), Do("renew")),)

    def _renewal(self) -> list[Block]:
        """Ask once more before the old receipt ends: it is for who holds the identity card."""
        if not self._is_asked():
            return []
        tr = self.tr
        answers = (
            ActionView("renew_yes", tr("已核对身份证，换新回执"), Do("renew", "checked"), icon="printer"),
            ActionView("renew_no", tr("不换"), Do("renew", "no")),
        )
        warning = tr("请先核对来人的身份证。换了新的，旧回执就看不到以后的消息了。")
        return [Notice(Level.WARN, warning), Actions(answers)]

    def _renew(self, answer: str) -> None:
        texts = self.context.session.entry.texts
        match answer:
            case "":
                texts[_RENEWAL] = self._number
            case "no":
                texts.pop(_RENEWAL, None)
            case "checked" if self._is_asked():
                del texts[_RENEWAL]
                self.context.paper_desk.renew(self._number, self.context.actor)
                issue_after(self.context, SlipKind.RECEIPT, self._number)

    def _is_asked(self) -> bool:
        return self.context.session.entry.texts.get(_RENEWAL) == self._number

    def _kinds(self) -> list[tuple[SlipKind, int]]:
        """Return the papers that are due or were issued, each with the time of its newest, else of what it is about.

        One is due and was never issued when the program, or the disk, ended right after the act.
        """
        desk = self.context.desk
        newest: dict[SlipKind, int] = {}
        for step in desk.cases.case(self._number).steps:
            slip = _PAPERS.get(step.envelope.kind)
            if slip is not None and desk.is_own(step.envelope.chain):
                newest[slip] = step.envelope.wall_ms
        for row in self.context.desk.papers.slips(self._number):
            newest[row.slip] = row.issued_ms
        return list(newest.items())


class NoticeGivenPresenter(PaperPresenter):
    """一次性告知 was given: the slip, and that the application waits."""

    def view(self) -> PageView:
        """Return the number, the paper, and what happens next."""
        tr = self.tr
        blocks: list[Block] = [
            Notice(Level.GOOD, tr("已保存在本机，材料备齐了凭这个编号接着办")),
            BigNumber(tr("办件编号"), parse_case_number(self._number).grouped()),
            *paper_blocks(self.context, watched(self.context)),
        ]
        return PageView(
            place=NOTICE_GIVEN,
            title=tr("一次性告知"),
            hint=tr("请把告知单交给申请人"),
            blocks=tuple(blocks),
            main=frames.main(tr("回办件")),
        )


def slip_name(tr: Translator, kind: SlipKind) -> str:
    """Return what a paper is called."""
    return {
        SlipKind.RECEIPT: tr("代办收件回执"),
        SlipKind.ONE_TIME_NOTICE: tr("一次性告知单"),
        SlipKind.SUPPLEMENT: tr("补充材料接收单"),
        SlipKind.WITHDRAWAL: tr("撤回申请确认单"),
        SlipKind.DELIVERY: tr("结果送达单"),
        SlipKind.DELAY: tr("延期说明单"),
        SlipKind.GUIDE: tr("办事指南"),
        SlipKind.CHECKLIST: tr("材料清单"),
        SlipKind.AGENT_CARD: tr("联络员卡"),
        SlipKind.SELF_TEST: tr("自检单"),
        SlipKind.RATING: tr("评价凭条"),
    }[kind]

"""Papers of a case: the one that has just been issued, and every earlier one to be printed again."""

from __future__ import annotations

from devices.ports import JobEnded
from kiosk.context import Presenter
from kiosk.flow import NOTICE_GIVEN, SLIP
from kiosk.i18n import Translator
from kiosk.intents import Next, Open
from kiosk.pages import BigNumber, Block, Notice, PageView, Rows, RowView
from kiosk.presenters import frames
from kiosk.presenters.papers import answer_paper, issue, paper_blocks, watched
from kiosk.views import Intent, Level
from sync.model.case_number import parse_case_number
from sync.model.facts import SlipKind
from sync.model.moment import stamp


class SlipPresenter(Presenter):
    """Shows the paper that is under way and the ones that can be printed again."""

    place = SLIP

    def view(self) -> PageView:
        """Return the papers of the case."""
        tr, number = self.tr, self._number
        blocks: list[Block] = [BigNumber(tr("办件编号"), parse_case_number(number).grouped())]
        blocks += paper_blocks(self.context, watched(self.context))
        rows = tuple(
            RowView(
                f"slip.{kind.value}", slip_name(tr, kind), stamp(issued_ms), tr("补打"), intent=Open("slip", kind.value)
            )
            for kind, issued_ms in self._kinds()
        )
        blocks.append(Rows(rows, heading=tr("这件事的单据"), empty=tr("还没有单据")))
        return PageView(
            place=self.place,
            title=tr("单据"),
            hint=tr("补打的单据上会写明第几次"),
            blocks=tuple(blocks),
            main=frames.main(tr("回办件")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Print one again, answer for a paper, or go back."""
        if answer_paper(self.context, intent):
            return "stay"
        match intent:
            case Open("slip", kind):
                issue(self.context, SlipKind(kind), self._number)
                return "stay"
            case Next():
                self.context.session.slip_seq = None
                return "done"
        return None

    def told(self, event: object) -> str | None:
        """Show how the paper ended."""
        return "stay" if isinstance(event, JobEnded) else None

    @property
    def _number(self) -> str:
        return self.context.session.case_no or ""

    def _kinds(self) -> list[tuple[SlipKind, int]]:
        newest: dict[SlipKind, int] = {}
        for row in self.context.desk.papers.slips(self._number):
            newest[row.slip] = row.issued_ms
        return list(newest.items())


class NoticeGivenPresenter(SlipPresenter):
    """一次性告知 was given: the slip, and that the application waits."""

    place = NOTICE_GIVEN

    def view(self) -> PageView:
        """Return the number, the paper, and what happens next."""
        tr = self.tr
        blocks: list[Block] = [
            Notice(Level.GOOD, tr("已保存在本机，材料备齐了凭这个编号接着办")),
            BigNumber(tr("办件编号"), parse_case_number(self._number).grouped()),
            *paper_blocks(self.context, watched(self.context)),
        ]
        return PageView(
            place=self.place,
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
    }[kind]

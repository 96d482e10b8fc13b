"""查进度: the number on the receipt and the last four of the identity number show how far a case has come.

The receipt itself, scanned, with the last four shows the county's answer too, also while the desk is locked.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kiosk.context import Context, Presenter
from kiosk.deadlines import light_of, when_words
from kiosk.flow import ANSWER, PROGRESS
from kiosk.intents import Back, Do, Done, Focus, Next, Scanned, Typed
from kiosk.pages import BigNumber, Block, Control, Facts, Fields, FieldView, Notice, PageView, Trace
from kiosk.presenters import frames
from kiosk.presenters.later_rating import enter, way_in
from kiosk.presenters.scanned import open_in_query
from kiosk.presenters.shown_paper import SHOWN, head, stub_blocks
from kiosk.presenters.story import tell
from kiosk.projections.cases import CaseRow
from kiosk.session import Query
from kiosk.views import Intent, Level
from sync.model.case_number import CaseNumber, NotACaseNumber, parse_case_number
from sync.model.facts import Fact
from sync.model.moment import stamp
from sync.model.receipt import ReceiptToken
from sync.model.transitions import Status

NUMBER, LAST_FOUR = "number", "last_four"


class ProgressPresenter(Presenter):
    """Asks for the number and the last four."""

    def view(self) -> PageView:
        """Return the two questions."""
        tr, session = self.tr, self.context.session
        blocks: list[Block] = []
        if self.context.said:
            blocks.append(Notice(Level.NOTICE, self.context.said))
        query = session.query
        if query.paper is not None and query.verdict is not None:
            blocks += head(self.context, query.paper, query.verdict)
            asked = query.verdict in SHOWN and not self.context.paper_desk.fits(query.paper, "")
            if query.verdict not in SHOWN:
                return self._page(blocks, (), tr("再查一件"))
            return self._page(blocks, (self._four(),) if asked else ())
        number = self._field(NUMBER, tr("回执上的办件编号"), tr("填最后一行的 13 位就行"), session.query.number, 25)
        return self._page(blocks, (number, self._four()))

    def _four(self) -> FieldView:
        return self._field(LAST_FOUR, self.tr("申请人身份证号最后 4 位"), "", self.context.session.query.last_four, 4)

    def _page(self, blocks: list[Block], fields: tuple[FieldView, ...], goes_on: str = "") -> PageView:
        tr = self.tr
        return PageView(
            place=PROGRESS,
            title=tr("查进度"),
            hint=tr("请拿出回执扫一下上面的码，评价、追评也在这里"),
            blocks=(*blocks, Fields(fields)) if fields else tuple(blocks),
            back=frames.back(tr, tr("回首页")),
            main=frames.main(goes_on or tr("查一查")),
            others=way_in(self.context) if self.context.session.query.paper is not None else (),
        )

    def handle(self, intent: Intent) -> str | None:
        """Take what is typed, or look."""
        session = self.context.session
        match intent:
            case Back():
                session.query, session.said, session.errors, session.focus = Query(), None, {}, ""
                return "back"
            case Scanned(text):
                return open_in_query(self.context, text)
            case Focus(code):
                session.focus = code
            case Typed(code, text):
                session.said = None
                session.errors.pop(code, None)
                setattr(session.query, code, text) if code in (NUMBER, LAST_FOUR) else None
            case Done(code):
                session.focus = LAST_FOUR if code == NUMBER else ""
            case Next():
                return self._look()
            case Do("rate_later") if session.query.paper is not None and way_in(self.context):
                return enter(self.context)
            case _:
                return None
        return "stay"

    def _look(self) -> str:
        session = self.context.session
        query = session.query
        session.focus = ""
        if query.paper is not None:
            return self._look_by_paper(query.paper)
        try:
            number = parse_case_number(query.number, self.context.terminal.region)
        except NotACaseNumber:
            session.errors[NUMBER] = lambda tr: tr("编号不对，请对着回执再核对一遍")
            return "stay"
        if len(query.last_four) != 4:
            session.errors[LAST_FOUR] = lambda tr: tr("请填 4 位")
            return "stay"
        guard = self.context.query_guard
        if wait_s := guard.wait_s():
            session.said = lambda tr: tr("请等 {seconds} 秒再试", seconds=wait_s)
            return "stay"
        if self._is_elsewhere(number):
            query.found, session.said = number.text, None
            return "found"
        fits = self.context.desk.applicant_fits(number.text, query.last_four)
        if fits is None:
            session.said = lambda tr: tr("柜台锁着，现在查不了。请联络员登录一次再查，或者打回执上的电话问。")
            return "stay"
        if not fits:
            guard.wrong(number.text)
            # The same sentence for an unknown number and for a wrong person: nobody learns which numbers exist.
            session.said = lambda tr: tr("没有查到。请核对编号和身份证号最后 4 位，或者请联络员帮忙查。")
            return "stay"
        guard.right(number.text)
        session.said = None
        query.found = number.text
        return "found"

    def _is_elsewhere(self, number: CaseNumber) -> bool:
        """Whether a number is of another terminal of the county, which anybody can see from it."""
        context = self.context
        mine = context.terminal.region, int(context.terminal.terminal_number)
        theirs = (number.region, number.terminal) != mine and number.region.startswith(context.packs.profile.county)
        return theirs and context.desk.cases.row(number.text) is None

    def _look_by_paper(self, paper: ReceiptToken) -> str:
        """Show what the paper opens; where nobody here can tell whose it is, what it says itself."""
        context, session = self.context, self.context.session
        desk, guard, query = context.paper_desk, context.query_guard, session.query
        if query.verdict not in SHOWN:
            session.query, session.said = Query(), None
            return "stay"
        if wait_s := guard.wait_s():
            session.said = lambda tr: tr("请等 {seconds} 秒再试", seconds=wait_s)
            return "stay"
        four = "" if desk.fits(paper, "") else query.last_four
        fits = desk.fits(paper, four)
        number = paper.case_number.text
        if fits is None and context.desk.cases.row(number) is not None:
            # A paper that opens nothing, of a case that is here: it is as good as its number.
            query.paper, query.number = None, number
            return self._look()
        if fits is False:
            guard.wrong(number)
            session.said = lambda tr: tr("没有查到。请核对身份证号最后 4 位，或者请联络员帮忙查。")
            return "stay"
        query.last_four, query.found = four, number
        session.said = None
        if fits:
            guard.right(number)
        return "found"

    def _field(self, code: str, label: str, hint: str, text: str, length_max: int) -> FieldView:
        session = self.context.session
        return FieldView(
            target_id=f"field.{code}",
            field=code,
            label=label,
            control=Control.DIGITS,
            text=text,
            hint=hint,
            error=self.context.error(code),
            focused=session.focus == code,
            extra_key="X",
            length_max=length_max,
        )


class AnswerPresenter(Presenter):
    """Shows how far a case has come, as of when, and whether the county has confirmed."""

    def view(self) -> PageView:
        """Return the answer."""
        tr, context = self.tr, self.context
        number = context.session.query.found or ""
        paper = context.session.query.paper
        if paper is not None:
            return self._by_paper(paper)
        row = context.desk.cases.row(number)
        head = BigNumber(tr("办件编号"), parse_case_number(number).grouped())
        if row is None:
            sorry = tr("这件不是本机办的，光凭编号查不到进度，请扫回执。要评价，现在就可以。")
            return self._page([head, Notice(Level.NOTICE, sorry)], tr("别处的办件"))
        return self._page([head, *self._case_blocks(row, None)])

    def _case_blocks(self, row: CaseRow, opened: Mapping[tuple[bytes, int], Fact] | None) -> list[Block]:
        """Return how far a case of this terminal has come, with what a paper has opened."""
        tr, context = self.tr, self.context
        case = context.desk.cases.case(row.case_no)
        light = light_of(context, row)
        known = row.last_own_seq <= context.acknowledged()
        confirmed = tr("县里已收到") if known else tr("已保存在本机，还没有传到县里")
        facts = (
            (tr("事项"), context.item_name(row.item_code)),
            (tr("申请人"), row.name_masked),
            when_words(context, case),
            (tr("县里"), confirmed),
            (tr("截至"), _as_of(context)),
        )
        return [
            Notice(light.level, f"{light.text} · {next_step(context, case.status)}"),
            Facts(facts),
            Trace(tell(context, row.case_no, for_villager=True, opened=opened), heading=tr("办理经过")),
        ]

    def _by_paper(self, paper: ReceiptToken) -> PageView:
        """Return what the paper shows: all of it with the right last four, else what it says itself."""
        context, query = self.context, self.context.session.query
        desk, verdict = context.paper_desk, query.verdict
        blocks = head(context, paper, verdict) if verdict is not None else []
        row = context.desk.cases.row(query.found or "")
        fits = desk.fits(paper, query.last_four)
        stub = desk.stub(paper)
        if row is not None and fits:
            if context.desk.cases.case(row.case_no).paper != desk.key_id(paper, query.last_four):
                blocks.append(Notice(Level.WARN, self.tr("这张回执已经换过新的，新的消息要用新回执看")))
            blocks += self._case_blocks(row, desk.opened(paper, query.last_four))
        elif stub is not None:
            status = stub.status if fits else None
            told = stub if status is not None else replace(stub, status=None)
            words = next_step(context, status) if status is not None else ""
            blocks += stub_blocks(context, paper, told, query.last_four, words)
        known = row is not None or (stub is not None and stub.status is not None)
        return self._page(blocks, "" if known and fits else self.tr("这张回执"))

    def _page(self, blocks: list[Block], title: str = "") -> PageView:
        tr = self.tr
        return PageView(
            place=ANSWER,
            title=title or tr("办到这一步了"),
            blocks=tuple(blocks),
            back=frames.back(tr, tr("再查一件")),
            main=frames.main(tr("看完了，回首页")),
            others=way_in(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Ask again or go home; either way the answer is forgotten. So it is before another paper is asked about."""
        match intent:
            case Scanned(text):
                return open_in_query(self.context, text)
            case Back() | Next():
                self.context.session.query = Query()
                return "back" if isinstance(intent, Back) else "home"
            case Do("rate_later") if way_in(self.context):
                return enter(self.context)
        return None

    def told(self, event: object) -> str | None:
        """Show news of the case at once."""
        return "stay" if isinstance(event, frozenset) else None


def _as_of(context: Context) -> str:
    """Return as of when the county's side is told: when it was last heard, not when somebody looks."""
    heard_ms = context.heard_ms()
    return stamp(heard_ms) if heard_ms is not None else context.tr("还没有联系上县里")


def next_step(context: Context, status: Status) -> str:
    """Return what happens next, in a sentence for the applicant."""
    tr = context.tr
    sentences = {
        Status.AWAITING_MATERIALS: tr("请按告知单备齐材料再来"),
        Status.TAKEN_IN: tr("联络员已收件，等县里受理"),
        Status.ACCEPTED: tr("县里已受理，正在办"),
        Status.SUPPLEMENT_REQUIRED: tr("县里要补材料，要补什么请问联络员"),
        Status.SUSPENDED: tr("暂时停办，原因请问联络员"),
        Status.DECIDED: tr("县里已决定，结果送来后通知您"),
        Status.READY: tr("结果已到，请来领取"),
        Status.DELIVERED: tr("结果已经交给您"),
        Status.CLOSED: tr("手续都办完了"),
        Status.NOT_ACCEPTED: tr("县里没有受理，原因请问联络员"),
        Status.WITHDRAWN: tr("按您的要求不再办理"),
        Status.TERMINATED: tr("县里终止办理，原因请问联络员"),
    }
    return sentences.get(status, "")

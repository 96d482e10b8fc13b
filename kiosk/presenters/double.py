"""已经有一件同样的: the applicant has the same matter under way here, or begun. The agent looks, or goes on regardless.

Some matters are rightly handed in twice, so nothing is refused; and what an agent was shown and went on from is not
shown again for that application.
"""

from __future__ import annotations

from kiosk import applying, doubles
from kiosk.context import Context
from kiosk.deadlines import light_of
from kiosk.doubles import Doubles
from kiosk.flow import DOUBLE, FORM
from kiosk.intents import Back, Do, Next, Open
from kiosk.pages import Actions, ActionView, Block, LightView, Notice, PageView, Rows, RowView, Weight, Words
from kiosk.presenters import frames
from kiosk.presenters.application import ApplicationPresenter, take_up
from kiosk.projections.cases import CaseRow
from kiosk.values import state_words
from kiosk.views import Intent, Level
from sync.model.case_number import parse_case_number
from sync.model.masking import masked_name
from sync.model.moment import local_date, stamp

ROWS_MAX = 5


class DoublePresenter(ApplicationPresenter):
    """Shows the cases and drafts of the same matter and person, newest first."""

    def __init__(self, context: Context) -> None:
        """Look for them once: what is shown must not change under the finger."""
        super().__init__(context)
        self._doubles: Doubles = doubles.find(context, self.application)

    def view(self) -> PageView:
        """Return what there is, and the ways on."""
        tr = self.tr
        cases = tuple(self._case_row(number) for number in self._doubles.cases[:ROWS_MAX])
        drafts = tuple(self._draft_row(draft_id) for draft_id in self._doubles.drafts[:ROWS_MAX])
        blocks: list[Block] = [Notice(Level.WARN, self._said()), Rows(cases + drafts)]
        blocks += [Words(words, soft=True) for words in self._consequences()]
        if cases and self._may_be_thrown_away():
            discard = ActionView("discard", tr("不办了，丢掉刚填的"), Do("discard"), Weight.DANGER)
            blocks.append(Actions((discard,)))
        another = tr("仍要另办一件") if cases else tr("不，继续填这一份")
        return PageView(
            place=DOUBLE,
            title=tr("已经有一件同样的"),
            hint=tr("同一位申请人，同一件事"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, FORM),
            aside=frames.aside(self.context, self.item),
            back=frames.back(tr),
            main=frames.main(tr("去看那一件") if cases else tr("接着填那一份")),
            others=(ActionView("another", another, Do("another")),),
            saved=frames.saved(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Go to what there is, go on all the same, or let the new one be."""
        found = self._doubles
        match intent:
            case Back():
                return "back"
            case Next():
                return self._look_at(found.cases[0]) if found.cases else self._continue(found.drafts[0])
            case Open("case", number) if number in found.cases:
                return self._look_at(number)
            case Open("draft", draft_id) if draft_id in found.drafts:
                return self._continue(draft_id)
            case Do("another"):
                self.application.shown_doubles += found.cases + found.drafts
                applying.save(self.context, self.application)
                return self.application.place
            case Do("discard") if found.cases and self._may_be_thrown_away():
                self.context.desk.discard_draft(self.application.draft_id)
                return self._look_at(found.cases[0])
        return None

    def told(self, event: object) -> str | None:
        """Show what the county has just said of a case."""
        return "stay" if isinstance(event, frozenset) else None

    def _look_at(self, number: str) -> str:
        session = self.context.session
        session.application = None
        session.errors, session.focus = {}, ""
        if session.agent is not None:
            session.agent.chosen, session.agent.filter = number, "due"
        return "case"

    def _continue(self, draft_id: str) -> str | None:
        """Go on with what was begun before; of the one that was just begun only the person was there."""
        begun, found = self.application, self._doubles
        outcome = take_up(self.context, self.context.desk.drafts.get(draft_id))
        taken_up = self.context.session.application
        if outcome is None or taken_up is None:
            return None
        taken_up.shown_doubles += (begun.draft_id, *found.cases, *found.drafts)
        applying.save(self.context, taken_up)
        if self._may_be_thrown_away():
            self.context.desk.discard_draft(begun.draft_id)
        return outcome

    def _may_be_thrown_away(self) -> bool:
        """Whether it is only what was typed: no notice was given for it, no photograph added."""
        return self.application.case_no is None and not self.application.attachments

    def _said(self) -> str:
        tr, item = self.tr, self.context.name_of(self.item)
        if not self._doubles.cases:
            return tr("这位申请人的“{item}”以前填过一份，还没填完。可以接着填。", item=item)
        count = len(self._doubles.cases)
        if count == 1:
            return tr("这位申请人的“{item}”已经有一件没办完。请先看一看，免得重复。", item=item)
        return tr("这位申请人的“{item}”已经有 {count} 件没办完。请先看一看，免得重复。", item=item, count=count)

    def _consequences(self) -> tuple[str, ...]:
        """Say what becomes of the application that was just begun."""
        tr = self.tr
        kept = tr("去看那一件时，刚填的会留在“没填完”里。") if self._doubles.cases else ""
        gone = tr("接着填以前那一份时，刚填的这一份不留。") if self._doubles.drafts else ""
        if gone and not self._may_be_thrown_away():
            gone = tr("接着填以前那一份时，刚填的会留在“没填完”里。")
        return tuple(words for words in (kept, gone) if words)

    def _case_row(self, number: str) -> RowView:
        row = self.context.desk.cases.row(number)
        if row is None:
            raise LookupError(f"case {number} was here when the place was entered")
        name = masked_name(self.context.desk.people.name(number))
        return RowView(
            target_id=f"case.{number}",
            title=f"{parse_case_number(number).short_grouped()} · {name}",
            subtitle=" · ".join((*self._begun_on(row), state_words(self.context, row))),
            trailing=self.tr("去看"),
            light=light_of(self.context, row),
            intent=Open("case", number),
        )

    def _begun_on(self, row: CaseRow) -> tuple[str, ...]:
        """Return the day of taking in or of the notice, nothing when the clock of that day cannot have been right."""
        at_ms = row.taken_in_ms if row.taken_in_ms is not None else row.last_ms
        if not self.context.believes(at_ms, row.case_no):
            return ()
        day = local_date(at_ms).isoformat()
        return (self.tr("收件 {day}", day=day) if row.taken_in_ms is not None else self.tr("告知 {day}", day=day),)

    def _draft_row(self, draft_id: str) -> RowView:
        draft = self.context.desk.drafts.get(draft_id)
        if draft is None:
            raise LookupError(f"draft {draft_id} was here when the place was entered")
        number = parse_case_number(draft.case_no).short_grouped() if draft.case_no is not None else ""
        saved = self.tr("存于 {time}", time=stamp(draft.saved_ms))
        return RowView(
            target_id=f"draft.{draft_id}",
            title=self.tr("草稿在本机"),
            subtitle=f"{number} · {saved}" if number else saved,
            trailing=self.tr("接着填"),
            light=LightView(Level.NEUTRAL, self.tr("没填完")),
            intent=Open("draft", draft_id),
        )

"""找办件: an agent finds a case by the applicant's name or by the end of its number.

Names stand in no file; the desk learns them by heart while it is open (`kiosk.people`).
"""

from __future__ import annotations

from kiosk.context import Presenter
from kiosk.flow import FIND
from kiosk.intents import Back, Done, Focus, Open, Scanned, Typed
from kiosk.pages import Block, Control, Fields, FieldView, Notice, PageView, Rows, RowView
from kiosk.presenters import frames
from kiosk.presenters.scanned import choose_case
from kiosk.projections.cases import CaseRow
from kiosk.views import Intent, Level
from sync.model.case_number import parse_case_number

WORDS = "find"
HITS_MAX = 20
NUMBER_SIGNS_MIN = 4


class FindPresenter(Presenter):
    """Takes a part of a name or of a number, and shows the cases that fit."""

    def view(self) -> PageView:
        """Return the field and what fits."""
        tr, session = self.tr, self.context.session
        words = session.entry.texts.get(WORDS, "").strip()
        field = FieldView(
            target_id=f"field.{WORDS}",
            field=WORDS,
            label=tr("申请人姓名，或编号最后几位"),
            control=Control.TEXT,
            text=session.entry.texts.get(WORDS, ""),
            focused=session.focus == WORDS,
            length_max=25,
            seeks=True,
        )
        blocks: list[Block] = [Fields((field,))]
        if not self.context.desk.people.everybody:
            blocks.append(Notice(Level.NEUTRAL, tr("刚登录，名单还在读，过一会儿再找一次会更全")))
        if words:
            found = tuple(self._row(row) for row in self._found(words))
            blocks.append(Rows(found, empty=tr("没有找到。编号请输最后 4 位以上")))
        return PageView(place=FIND, title=tr("找办件"), blocks=tuple(blocks), back=frames.back(tr, tr("回办件")))

    def handle(self, intent: Intent) -> str | None:
        """Type, or go to a case."""
        session = self.context.session
        match intent:
            case Back():
                self._leave()
                return "back"
            case Focus(code):
                session.focus = code
            case Typed(code, text):
                session.entry.texts[code] = text
            case Done(_):
                session.focus = ""
            case Scanned(text):
                return self._scanned(text)
            case Open("case", number) if session.agent is not None:
                session.agent.chosen = number
                self._leave()
                return "found"
            case _:
                return None
        return "stay"

    def _scanned(self, text: str) -> str | None:
        answered = choose_case(self.context, text)
        if answered != "chosen":
            return answered
        self._leave()
        return "found"

    def _found(self, words: str) -> list[CaseRow]:
        """Names first; of equals the newest first."""
        desk = self.context.desk
        numbers = sorted(desk.people.called(words), reverse=True)[:HITS_MAX]
        signs = "".join(sign for sign in words.upper() if sign.isascii() and sign.isalnum())
        if len(signs) >= NUMBER_SIGNS_MIN:
            numbers += [row.case_no for row in desk.cases.find(signs) if row.case_no not in numbers]
        return [row for number in numbers if (row := desk.cases.row(number)) is not None]

    def _row(self, row: CaseRow) -> RowView:
        return RowView(
            target_id=f"case.{row.case_no}",
            title=f"{self.context.desk.people.name(row.case_no) or row.name_masked} "
            f"{self.context.item_name(row.item_code)}",
            subtitle=parse_case_number(row.case_no).short_grouped(),
            trailing=self.tr("打开"),
            intent=Open("case", row.case_no),
        )

    def _leave(self) -> None:
        session = self.context.session
        session.focus = ""
        session.entry.texts.pop(WORDS, None)

"""One act on a case at the desk: what it asks for, the touch that carries it out, the slip that proves it."""

from __future__ import annotations

from abc import abstractmethod

from kiosk.attempt import attempt
from kiosk.commands import Command
from kiosk.context import Presenter
from kiosk.i18n import Sentence
from kiosk.intents import Back, Choose, Do, Done, Focus, Next, Sign, Typed
from kiosk.pages import AsideView, Block, Control, FieldView, Notice, PageView
from kiosk.presenters import frames
from kiosk.presenters.papers import issue_after
from kiosk.session import Entry
from kiosk.views import Intent, Level
from sync.model.case import Case
from sync.model.case_number import parse_case_number
from sync.model.facts import SlipKind


class ActPresenter(Presenter):
    """One act on the case that the desk has chosen."""

    place: str
    slip: SlipKind | None

    @abstractmethod
    def _title(self) -> tuple[str, str, str]:
        """Return the title, the hint and the words of the main action."""

    @abstractmethod
    def _blocks(self) -> list[Block]:
        """Return what the act asks for."""

    @abstractmethod
    def _command(self) -> Command | None:
        """Return what is to be carried out; None when something is missing, with the errors in the session."""

    def view(self) -> PageView:
        """Return the page of the act."""
        title, hint, main = self._title()
        blocks = [*([Notice(Level.BAD, self.context.said)] if self.context.said else []), *self._blocks()]
        row = self.context.desk.cases.row(self._number)
        return PageView(
            place=self.place,
            title=title,
            hint=hint,
            blocks=tuple(blocks),
            aside=AsideView(
                caption=parse_case_number(self._number).short_grouped(),
                title=self.context.item_name(self._case.item_code),
                lines=(row.name_masked,) if row and row.name_masked else (),
            ),
            back=frames.back(self.tr, self.tr("返回")),
            main=frames.main(main),
        )

    def handle(self, intent: Intent) -> str | None:
        """Type, choose, sign, or carry it out."""
        session = self.context.session
        match intent:
            case Back():
                self._leave()
                return "back"
            case Focus(code):
                session.focus = code
            case Typed(code, text):
                session.entry.texts[code] = text
                session.errors.pop(code, None)
            case Done(code):
                session.focus = frames.after(self._blocks(), code)
            case Choose(what, value):
                self._choose(what, value)
            case Sign(_, strokes):
                session.entry.signature = strokes
                session.errors.pop("signature", None)
            case Do("clear_signature"):
                session.entry.signature = ()
            case Next():
                return self._carry_out()
            case _:
                return None
        return "stay"

    @property
    def _number(self) -> str:
        return self.context.session.case_no or ""

    @property
    def _case(self) -> Case:
        return self.context.desk.cases.case(self._number)

    def _choose(self, what: str, value: str) -> None:
        self.context.session.entry.texts[what] = value
        self.context.session.errors.pop(what, None)

    def _carry_out(self) -> str:
        session = self.context.session
        session.focus = ""
        command = self._command()
        if command is None or attempt(self.context, command, self._number) is None:
            return "stay"
        if self.slip is not None:
            issue_after(self.context, self.slip, self._number)
        self._leave()
        return "done"

    def _leave(self) -> None:
        """Let go of what was typed here."""
        session = self.context.session
        session.entry = Entry()
        session.errors, session.focus, session.said = {}, "", None

    def _text(self, code: str) -> str:
        return self.context.session.entry.texts.get(code, "").strip()

    def _field(self, code: str, label: str, hint: str = "", *, digits: bool = False) -> FieldView:
        session = self.context.session
        return FieldView(
            target_id=f"field.{code}",
            field=code,
            label=label,
            control=Control.DIGITS if digits else Control.TEXT,
            text=session.entry.texts.get(code, ""),
            hint=hint,
            error=self.context.error(code),
            focused=session.focus == code,
            length_max=10 if digits else 120,
        )

    def _signature(self, caption: str) -> Block:
        session = self.context.session
        error = self.context.error("signature")
        return frames.signature(self.tr, caption, session.entry.signature, error)

    def _need(self, code: str, sentence: Sentence) -> str | None:
        """Return what was typed; when nothing was, say so under the field and return None."""
        text = self._text(code)
        if not text:
            self.context.session.errors[code] = sentence
        return text or None

    def _need_signature(self) -> bool:
        signed = bool(self.context.session.entry.signature)
        if not signed:
            self.context.session.errors["signature"] = lambda tr: tr("请先签名")
        return signed

"""填表: the item's own form. A key field that is missing or wrong stops the flow here and says which it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import pairwise

from kiosk import applying, doubles
from kiosk.context import Context
from kiosk.faults import field_sentence
from kiosk.flow import FORM
from kiosk.intents import Back, Choose, Done, Focus, Next, Typed
from kiosk.pages import Block, Fields, PageView
from kiosk.presenters import frames
from kiosk.presenters.application import ApplicationPresenter
from kiosk.presenters.form_card import FormCard
from kiosk.views import Intent
from sync.model.field_rules import FieldFault
from sync.model.form import APPLICANT_IDENTITY, Field, FieldType, Form, Need


class FormPresenter(ApplicationPresenter):
    """Asks the questions of the form, saving every answer."""

    def __init__(self, context: Context) -> None:
        """Take up the application, and begin to read the applicant's card where nothing is filled in yet."""
        super().__init__(context)
        context.session.card_said = None
        self._card = FormCard(context, self.item, self._form, self.application)
        self._card.begin_if_empty()

    def view(self) -> PageView:
        """Return the questions that are asked now, by section."""
        tr = self.tr
        asked = {field.code for field in self._asked()}
        blocks: list[Block] = []
        for section in self._form.sections:
            shown = [field for field in section.fields if field.code in asked]
            if shown:
                codes = {field.code for field in shown}
                views = tuple(frames.field_view(self.context, field, self.application) for field in shown)
                blocks += [*self._card.blocks(codes), Fields(views, heading=section.title), *self._card.why(codes)]
        return PageView(
            place=FORM,
            title=tr("填表"),
            hint=tr("填一项存一项，断电也不丢"),
            blocks=tuple(blocks),
            steps=frames.steps(tr, FORM),
            aside=frames.aside(self.context, self.item),
            back=frames.back(tr),
            main=frames.main(tr("下一步：认材料")),
            saved=frames.saved(self.context),
        )

    def handle(self, intent: Intent) -> str | None:
        """Take a key, a choice, or go on."""
        session = self.context.session
        if self._card.handle(intent):
            applying.save(self.context, self.application)
            return "stay"
        match intent:
            case Back():
                session.focus = ""
                return "back"
            case Focus(code):
                left, session.focus = session.focus, code
                self._leave(left)
                return self._unless_double(left)
            case Typed(code, text):
                self._type(code, text)
                return "stay"
            case Done(code):
                self._leave(code)
                # What is wrong stays under the finger; whoever wants to go on touches another question.
                session.focus = code if code in session.errors else self._after(code)
                return self._unless_double(code)
            case Choose(code, value):
                self._choose(code, value)
                return "stay"
            case Next():
                return self._go_on()
        return None

    def told(self, event: object) -> str | None:
        """Fill in what a card says, or say why it does not."""
        filled = self._card.told(event)
        if filled is None:
            return None
        for code in filled:
            self.context.session.errors.pop(code, None)
        if filled:
            self.context.session.focus = ""
            self._say(fault for fault in self._faults() if fault.field in filled)
            applying.save(self.context, self.application)
        return self._unless_double(*filled)

    @property
    def _form(self) -> Form:
        if self.item.form is None:
            raise ValueError(f"item {self.item.code} has no form")
        return self.item.form

    def _asked(self) -> tuple[Field, ...]:
        return applying.asked(self.context, self._form, self.application)

    def _type(self, code: str, text: str) -> None:
        self.application.typed[code] = applying.as_typed(self._form.field(code), text)
        self.context.session.errors.pop(code, None)
        applying.save(self.context, self.application)

    def _choose(self, code: str, value: str) -> None:
        held = self.application.typed.get(code)
        if self._form.field(code).type is FieldType.CHOICES:
            ticked = held if isinstance(held, tuple) else ()
            order = [option.code for option in self._form.field(code).options]
            chosen = {*ticked, value} if value not in ticked else {*ticked} - {value}
            self.application.typed[code] = tuple(each for each in order if each in chosen)
        else:
            self.application.typed[code] = value
        session = self.context.session
        session.focus = ""
        session.errors.pop(code, None)
        applying.save(self.context, self.application)

    def _leave(self, code: str) -> None:
        """Judge a field when it is left, if anything was typed: early enough to mend, late enough not to nag."""
        if not code or not self.application.typed.get(code):
            return
        self._say(fault for fault in self._faults() if fault.field == code)

    def _unless_double(self, *answered: str) -> str:
        """Stay, unless what was just answered is whose application it is, and the same is under way here already."""
        if APPLICANT_IDENTITY not in answered or APPLICANT_IDENTITY in self.context.session.errors:
            return "stay"
        if not doubles.find(self.context, self.application):
            return "stay"
        self.application.place = "form"
        return "double"

    def _after(self, code: str) -> str:
        """Return the next field if it is typed into; "" when it is one to choose from, so that its options show."""
        following = next((then for now, then in pairwise(self._asked()) if now.code == code), None)
        return following.code if following is not None and following.type not in _CHOSEN else ""

    def _go_on(self) -> str:
        session = self.context.session
        faults = self._faults()
        session.errors = {}
        self._say(faults)
        stopping = [fault for fault in faults if fault.need is Need.KEY or self.application.typed.get(fault.field)]
        if stopping:
            session.focus = stopping[0].field
            return "stay"
        session.focus = ""
        if not self._card.is_settled():
            return "stay"
        self.application.place = "marks"
        applying.save(self.context, self.application)
        return "double" if doubles.find(self.context, self.application) else "next"

    def _faults(self) -> tuple[FieldFault, ...]:
        return applying.faults(self.context, self._form, self.application)

    def _say(self, faults: Iterable[FieldFault]) -> None:
        for fault in faults:
            label = self._form.field(fault.field).label
            self.context.session.errors[fault.field] = partial(field_sentence, fault=fault, label=label)


_CHOSEN = frozenset({FieldType.CHOICE, FieldType.CHOICES, FieldType.REGION, FieldType.SIGNATURE})

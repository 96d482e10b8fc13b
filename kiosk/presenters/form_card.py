"""读身份证: the part of a form where a card is laid down instead of typing, and what it says about that."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import partial

from msgspec.structs import replace

from devices.id_reader.events import CardRead, CardTrouble, CardTroubleKind, ReadingEnd, ReadingEnded
from devices.ports import Device, DeviceStatus
from kiosk import by_card
from kiosk.by_card import APPLICANT, CardExpired, CardNotForForm
from kiosk.context import Context
from kiosk.i18n import Sentence, Translator
from kiosk.intents import Choose, Do
from kiosk.pages import Actions, ActionView, Block, Control, Fields, FieldView, Notice, OptionView
from kiosk.phrases import dates_of
from kiosk.session import Application, CardSaid
from kiosk.views import Intent, Level
from sync.model.catalogue import ServiceItem
from sync.model.facts import IdentityFrom
from sync.model.form import Form
from sync.model.moment import day_in_words

READ, STOP, WHY = "read_card", "stop_card", "card_why"
_LINES = 2  # the longest of the sentences needs two beside its button, on the small screen too
_OF_READER = frozenset({ReadingEnd.READER_ABSENT, ReadingEnd.READER_FAULT, ReadingEnd.NO_ANSWER})


class FormCard:
    """Reads cards for the persons of one form."""

    def __init__(self, context: Context, item: ServiceItem, form: Form, application: Application) -> None:
        """Stand in `context`; the application is being filled in."""
        self._context = context
        self._item = item
        self._form = form
        self._application = application
        self._persons = by_card.persons(form)

    def begin_if_empty(self) -> None:
        """Read the applicant's card without being asked, as long as nothing of the applicant is filled in."""
        typed = self._application.typed
        is_empty = not typed.get(f"{APPLICANT}_name") and not typed.get(f"{APPLICANT}_id")
        may_read = APPLICANT in self._persons and self._context.card_desk.can_read
        if is_empty and may_read and not self._context.session.focus:
            self._context.card_desk.begin(APPLICANT)

    def blocks(self, asked: Collection[str]) -> list[Block]:
        """Return what stands above the fields of a section, of which those in `asked` are asked now."""
        if not self._context.card_desk.is_fitted:
            return []
        return [block for whose in self._persons if f"{whose}_id" in asked for block in self._about(whose)]

    def why(self, asked: Collection[str]) -> list[Block]:
        """Return the question why no card was read, below the applicant's fields, where the item wants one."""
        if f"{APPLICANT}_id" not in asked or not self._lacks_card() or not self._context.card_desk.can_read:
            return []
        tr = self._context.tr
        words = {
            IdentityFrom.NO_CARD: tr("没有带身份证"),
            IdentityFrom.CARD_NOT_READABLE: tr("身份证读不出来"),
        }
        options = tuple(
            OptionView(f"field.{WHY}.{each}", words[each], each is self._application.why_typed, Choose(WHY, each.value))
            for each in by_card.REASONS
        )
        error = self._context.error(WHY)
        label = tr("办这件事要读身份证，没有读的原因是")
        return [Fields((FieldView(f"field.{WHY}", WHY, label, Control.OPTIONS, options=options, error=error),))]

    def handle(self, intent: Intent) -> bool:
        """Take a touch that is about cards; whether it was one."""
        match intent:
            case Do("read_card", whose) if whose in self._persons:
                self._context.session.card_said = None
                self._context.card_desk.begin(whose)
            case Do("stop_card"):
                self._context.session.card_said = None
                self._context.card_desk.stop()
            case Choose("card_why", code):
                self._application.why_typed = IdentityFrom(code)
                self._context.session.errors.pop(WHY, None)
            case _:
                return False
        return True

    def told(self, event: object) -> tuple[str, ...] | None:
        """Take what the reader says; the fields that were filled in, None when it does not concern this form."""
        match event:
            case CardRead() | CardTrouble() | ReadingEnded():
                reading = self._context.card_desk.heard(event)
                return self._answer(event, reading.whose) if reading is not None else None
            case DeviceStatus(Device.ID_READER):
                return ()
        return None

    def is_settled(self) -> bool:
        """Whether the form may be left: a card was read, or it is known why not; otherwise it is asked."""
        if not self._lacks_card():
            return True
        if not self._context.card_desk.can_read:
            self._application.why_typed = IdentityFrom.NO_READER
        elif self._application.why_typed not in by_card.REASONS:
            self._context.session.errors[WHY] = lambda tr: tr("请读身份证，读不了就选一个原因")
            return False
        return True

    def _lacks_card(self) -> bool:
        """Whether the item wants a card and the applicant's number is not from one."""
        read = (IdentityFrom.CARD, IdentityFrom.CARD_CHANGED)
        return self._item.card_required and by_card.identity_from(self._application) not in read

    def _about(self, whose: str) -> list[Block]:
        """One sentence of at most two lines and one button, whatever happens: the fields below stay in their place."""
        notice, button = self._said(whose)
        return [notice, Actions((button,))]

    def _said(self, whose: str) -> tuple[Notice, ActionView]:
        tr, session, desk = self._context.tr, self._context.session, self._context.card_desk
        said = session.card_said if session.card_said is not None and session.card_said.whose == whose else None
        if desk.reading is not None and desk.reading.whose == whose:
            words = (
                said.sentence(tr)
                if said is not None
                else tr("请把身份证平放在读卡区，先不要拿开；已经放着的，请拿起来再放一次")
            )
            stop = ActionView(f"card.stop.{whose}", tr("手工填写"), Do(STOP), icon="pen")
            return Notice(said.level if said is not None else Level.NOTICE, words, _LINES), stop
        again = ActionView(f"card.read.{whose}", tr("读身份证"), Do(READ, whose), enabled=desk.can_read, icon="person")
        anew = replace(again, text=tr("再读一次"))
        if said is not None and said.of_reader and desk.can_read:
            return Notice(Level.NEUTRAL, tr("读卡器好了，可以再读一次"), _LINES), anew
        if said is not None:
            return Notice(said.level, said.sentence(tr), _LINES), anew
        if not desk.can_read:
            return Notice(Level.WARN, tr("读卡器现在用不了，请手工填写"), _LINES), again
        return Notice(Level.NEUTRAL, tr("带了身份证，可以直接读，不用打字"), _LINES), again

    def _answer(self, event: CardRead | CardTrouble | ReadingEnded, whose: str) -> tuple[str, ...]:
        session = self._context.session
        match event:
            case CardTrouble(_, kind):
                session.card_said = CardSaid(whose, Level.WARN, partial(trouble_sentence, kind=kind))
            case ReadingEnded(_, reason):
                of_reader = reason in _OF_READER
                session.card_said = CardSaid(whose, Level.WARN, partial(end_sentence, reason=reason), of_reader)
            case CardRead():
                return self._fill(event, whose)
        return ()

    def _fill(self, event: CardRead, whose: str) -> tuple[str, ...]:
        context, session = self._context, self._context.session
        try:
            found = by_card.filled(self._form, whose, event.card, context.today, context.packs.profile)
        except CardExpired as expired:
            session.card_said = CardSaid(whose, Level.BAD, partial(_expired, last_day=expired.last_day))
            return ()
        except CardNotForForm:
            kind = CardTroubleKind.OTHER_CARD_KIND
            session.card_said = CardSaid(whose, Level.WARN, partial(trouble_sentence, kind=kind))
            return ()
        read: Sentence = _used_though_expired if by_card.is_expired(event.card, context.today) else _read
        session.card_said = CardSaid(whose, Level.WARN if read is _used_though_expired else Level.GOOD, read)
        # What another card has said of this person, or somebody typed of another, may not stand beside this card's.
        is_of_another = by_card.is_of_another(self._application, whose, event.card)
        for code in by_card.fields_of(whose):
            if self._application.from_card.pop(code, None) is not None or is_of_another:
                self._application.typed.pop(code, None)
        self._application.typed.update(found)
        self._application.from_card.update(found)
        if whose == APPLICANT:
            self._application.why_typed = None
            session.errors.pop(WHY, None)
        return tuple(found)


def trouble_sentence(tr: Translator, kind: CardTroubleKind) -> str:
    """Return what is to be done about a card that was not read."""
    return {
        CardTroubleKind.MOVED_TOO_SOON: tr("还没读完。请把身份证放平，读好了再拿开"),
        CardTroubleKind.NOT_READABLE: tr("这张证读不出来，请换个位置再放一次，或者手工填写"),
        CardTroubleKind.FIELDS_DISAGREE: tr("这张证上的信息对不上，没有填进表里，请手工填写"),
        CardTroubleKind.OTHER_CARD_KIND: tr("这种证件这里读不了，请照着证件手工填写"),
        CardTroubleKind.LIFT_AND_PUT_AGAIN: tr("请把身份证拿开，等一下再放一次"),
    }[kind]


def end_sentence(tr: Translator, reason: ReadingEnd) -> str:
    """Return what is to be done when no card was read."""
    return {
        ReadingEnd.TIMED_OUT: tr("没有等到身份证，可以再读一次，也可以手工填写"),
        ReadingEnd.READER_ABSENT: tr("读卡器没接上，请手工填写"),
        ReadingEnd.READER_FAULT: tr("读卡器有故障，请手工填写"),
        ReadingEnd.NO_ANSWER: tr("读卡器没有反应，请手工填写"),
    }.get(reason, tr("读卡停了，可以再读一次，也可以手工填写"))


def _read(tr: Translator) -> str:
    return tr("身份证读好了，可以拿走。请核对下面的内容")


def _used_though_expired(tr: Translator) -> str:
    return tr("身份证读好了，但是已经过期。请核对，并提醒换证")


def _expired(tr: Translator, last_day: date) -> str:
    day = day_in_words(last_day, dates_of(tr.language), with_year=True)
    return tr("这张身份证 {day}到期，不能再用。请用有效的身份证，或者手工填写", day=day)

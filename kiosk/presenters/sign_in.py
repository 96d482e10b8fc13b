"""联络员登录: who, the card, and the PIN. Wrong PINs are counted and make everybody wait."""

from __future__ import annotations

from functools import partial

from kiosk.context import Context, Presenter
from kiosk.flow import CARD
from kiosk.i18n import Translator
from kiosk.intents import Back, Choose, Digit, Done, Focus, Keyed, Next, Open, Scanned, Typed
from kiosk.own_views import SignInView
from kiosk.pages import ActionView, Control, Fields, FieldView, OptionView, PageView
from kiosk.presenters import frames
from kiosk.session import AgentAtDesk
from kiosk.views import Intent
from sync.agent_card import CARD_CHARACTERS, AgentCard, CardOfAnotherTerminal, looks_like_card
from sync.agents import AgentsUnreadable
from sync.crockford import CodeMistyped, typed_signs
from sync.desk_key import DeskKeyChanged, DeskKeyDamaged, DeskKeyMissing, DeskKeyRefused, NotThisCard, NoWrap
from sync.pin import PIN_DIGITS

CARD_TEXT, AGENT, REFUSED = "card", "agent", "refused"
CARD_TYPED_CHARACTERS_MAX = 60


class SignInPresenter(Presenter):
    """Takes a card that a scanner types, then a PIN digit by digit, and tries it when it is whole."""

    def __init__(self, context: Context) -> None:
        """Look who may sign in now: it may have changed since somebody stood here."""
        super().__init__(context)
        try:
            context.sign_in.look()
        except (AgentsUnreadable, DeskKeyRefused) as refused:
            context.session.errors["pin"] = partial(refusal_sentence, refused=refused)

    def view(self) -> SignInView:
        """Return the pad as it stands; the digits are only ever dots, and the card is never shown."""
        tr, session = self.tr, self.context.session
        wait_s = self.context.sign_in.wait_s()
        has_card = self._card is not None
        wanted = tr("请输入 {count} 位密码", count=PIN_DIGITS) if has_card else tr("请把联络员卡对准扫码器")
        return SignInView(
            title=tr("联络员登录"),
            agents=tuple(
                OptionView(f"agent.{agent.id}", agent.name, agent.id == self._chosen, Choose(AGENT, agent.id))
                for agent in self.context.sign_in.agents
            ),
            caption=tr("正在读卡……") if session.entry.texts.get(CARD_TEXT) else wanted,
            card=tr("卡已认出") if has_card else "",
            by_hand=None if has_card else ActionView("by_hand", tr("没有扫码器，输入卡号"), Open(CARD)),
            wants_pin=has_card and not wait_s,
            dots=len(session.pin),
            digits=PIN_DIGITS,
            error=self.context.error("pin"),
            wait=tr("请等 {seconds} 秒再试", seconds=wait_s) if wait_s else "",
            back=frames.back(tr, tr("回首页")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Take one key."""
        session = self.context.session
        match intent:
            case Back():
                self._forget()
                return "back"
            case Open("card"):
                self._forget()
                session.focus = CARD_TEXT
                return "card"
            case Choose("agent", agent):
                self._forget()
                session.entry.texts[AGENT] = agent
            case Digit("delete"):
                if not session.entry.texts.pop(CARD_TEXT, ""):
                    session.pin = session.pin[:-1]
            case Digit(key) if key.isdecimal():
                session.entry.texts.pop(CARD_TEXT, None)
                return self._digit(key)
            case Keyed(character):
                return self._keyed(character)
            case Done("card"):
                return self._read() if session.entry.texts.get(CARD_TEXT) else None
            case Scanned(text) if looks_like_card(text):
                self._forget()
                show_card(self.context, text)
            case _:
                return None
        return "stay"

    @property
    def _chosen(self) -> str:
        agents = self.context.sign_in.agents
        only = agents[0].id if agents else ""
        return self.context.session.entry.texts.get(AGENT, only)

    @property
    def _card(self) -> AgentCard | None:
        """The card that a PIN would be tried with: the one that was shown, else that of the shift.

        None after one was refused: the PIN that follows is not that of the agent who is chosen.
        """
        session = self.context.session
        if REFUSED in session.entry.texts:
            return None
        return session.card or self.context.sign_in.lock.card_of(self._chosen)

    def _forget(self) -> None:
        session = self.context.session
        session.pin, session.card, session.errors = "", None, {}
        for name in (CARD_TEXT, REFUSED):
            session.entry.texts.pop(name, None)

    def _keyed(self, character: str) -> str | None:
        """Take a key of a keyboard: a letter begins a card, and what follows belongs to it; else a digit of the PIN."""
        texts = self.context.session.entry.texts
        begun = texts.get(CARD_TEXT, "")
        if not begun and not (character.isascii() and character.isalpha()):
            return self._digit(character) if character.isascii() and character.isdecimal() else None
        texts[CARD_TEXT] = (begun + character)[-CARD_TYPED_CHARACTERS_MAX:]
        return self._read() if len(typed_signs(texts[CARD_TEXT])) == CARD_CHARACTERS else "stay"

    def _read(self) -> str:
        text = self.context.session.entry.texts[CARD_TEXT]
        self._forget()
        show_card(self.context, text)
        return "stay"

    def _digit(self, key: str) -> str | None:
        session = self.context.session
        if self._card is None or self.context.sign_in.wait_s():
            return None
        session.pin += key
        return self._try() if len(session.pin) == PIN_DIGITS else "stay"

    def _try(self) -> str:
        session, sign_in = self.context.session, self.context.sign_in
        digits, session.pin = session.pin, ""
        card = self._card
        if card is None:  # the shift's card was forgotten in the middle of the PIN
            return "stay"
        try:
            agent = sign_in.open(digits, card)
        except DeskKeyRefused as refused:
            session.card = None
            session.errors["pin"] = partial(refusal_sentence, refused=refused)
            return "stay"
        if agent is None:
            session.errors["pin"] = lambda tr: tr("密码不对，请再输一次")
            return "stay"
        self._forget()
        session.entry.texts.pop(AGENT, None)
        session.agent = AgentAtDesk(agent.id, agent.name)
        return "ask_paper" if self._asks_about_a_paper() else "in"

    def _asks_about_a_paper(self) -> bool:
        """Put a paper that the last run left open under the agent's eyes: only a person can say what came out."""
        open_ones = self.context.print_room.unanswered()
        if not open_ones:
            return False
        session = self.context.session
        session.case_no, session.slip_seq = open_ones[0].case_no, open_ones[0].issued_seq
        return True


class CardPresenter(Presenter):
    """Takes a card that is typed by hand, sign by sign as it is printed."""

    def view(self) -> PageView:
        """Return the one field."""
        tr, session = self.tr, self.context.session
        field = FieldView(
            target_id=f"field.{CARD_TEXT}",
            field=CARD_TEXT,
            label=tr("卡上二维码下面的字"),
            control=Control.LETTERS,
            text=session.entry.texts.get(CARD_TEXT, ""),
            hint=tr("横线可以不输，大小写都行"),
            error=self.context.error(CARD_TEXT),
            focused=session.focus == CARD_TEXT,
            length_max=CARD_TYPED_CHARACTERS_MAX,
        )
        return PageView(
            place=CARD,
            title=tr("输入联络员卡号"),
            blocks=(Fields((field,)),),
            back=frames.back(tr, tr("返回")),
            main=frames.main(tr("认卡")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Type, or have it read."""
        session = self.context.session
        match intent:
            case Back():
                self._leave()
                return "back"
            case Focus(code):
                session.focus = code
            case Typed("card", text):
                session.entry.texts[CARD_TEXT] = text
                session.errors.pop(CARD_TEXT, None)
            case Done("card") | Next():
                return self._read(session.entry.texts.get(CARD_TEXT, ""))
            case Scanned(text) if looks_like_card(text):
                return self._read(text)
            case _:
                return None
        return "stay"

    def _read(self, text: str) -> str:
        session = self.context.session
        session.focus = ""
        show_card(self.context, text, say_at=CARD_TEXT)
        if session.card is None:
            return "stay"
        self._leave()
        return "read"

    def _leave(self) -> None:
        session = self.context.session
        session.focus, session.errors = "", {}
        for name in (CARD_TEXT, REFUSED):
            session.entry.texts.pop(name, None)


def bring_card(context: Context, text: str) -> None:
    """Take a card that was scanned before anybody signed in: who may do so is looked at first."""
    try:
        context.sign_in.look()
    except (AgentsUnreadable, DeskKeyRefused):
        return  # the place that follows looks again, and says it
    show_card(context, text)


def show_card(context: Context, text: str, *, say_at: str = "pin") -> None:
    """Take a card into the session and choose its agent; what is wrong with it is said at a field."""
    session = context.session
    try:
        session.card = context.sign_in.card(text)
    except (CodeMistyped, CardOfAnotherTerminal, DeskKeyRefused) as refused:
        session.errors[say_at] = partial(refusal_sentence, refused=refused)
        session.entry.texts[REFUSED] = say_at
    else:
        session.entry.texts.pop(REFUSED, None)
        session.entry.texts[AGENT] = session.card.agent


def refusal_sentence(tr: Translator, refused: ValueError) -> str:
    """Return why a card or the desk cannot be opened, and what helps."""
    sentences: dict[type[ValueError], str] = {
        CodeMistyped: tr("卡没有读对，请再扫一次，或对着卡逐字核对"),
        CardOfAnotherTerminal: tr("这张卡不是这台机器的"),
        NotThisCard: tr("这张卡已经换过新的，请用新卡"),
        NoWrap: tr("这张卡已经停用，请找别的联络员或技术员"),
        DeskKeyChanged: tr("技术员正在改登录设置，请再试一次"),
        DeskKeyDamaged: tr("本机的登录文件坏了，登录不了，请找技术员。查指南照常能用。"),
        DeskKeyMissing: tr("这台机器还没有发联络员卡，请找技术员"),
        AgentsUnreadable: tr("本机的联络员名单坏了，请找技术员"),
    }
    return next((said for kind, said in sentences.items() if isinstance(refused, kind)), tr("现在不能登录，请找技术员"))

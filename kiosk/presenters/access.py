"""联络员和卡: an agent who has opened the desk lets others in, takes a new PIN or card, or ends a lost card."""

from __future__ import annotations

from functools import partial

from kiosk.context import Context, Presenter
from kiosk.flow import ACCESS, CARD_MADE
from kiosk.i18n import Translator
from kiosk.intents import Back, Digit, Do, Done, Focus, Keyed, Next, Open, Typed
from kiosk.own_views import SignInView
from kiosk.pages import (
    Actions,
    ActionView,
    Block,
    Control,
    Facts,
    Fields,
    FieldView,
    Notice,
    PageView,
    Rows,
    RowView,
    Weight,
)
from kiosk.presenters import frames
from kiosk.presenters.papers import answer_held, is_paper_news, is_under_way, paper_blocks, watched
from kiosk.presenters.sign_in import refusal_sentence
from kiosk.receipts.agent_card import agent_card_slip
from kiosk.session import Admission
from kiosk.views import Intent, Level
from sync.agent_card import AgentCard
from sync.agents import AGENT_NAME, AGENT_NAME_CHARS_MAX, AgentsFull, AgentsUnreadable, KnownAgent
from sync.desk_key import DeskKeyRefused
from sync.model.facts import DeskEnd, SlipKind, SlipResult
from sync.pin import PIN_DIGITS

CHOSEN, NAME = "chosen", "newcomer"
_REVOKING = "revoking"
"""Among what was typed: the agent was asked whether the chosen one's card is to end."""


class AccessPresenter(Presenter):
    """Shows who the agents are and who of them can open the desk."""

    def view(self) -> PageView:
        """Return the agents, what can be done about the chosen one, and where a new one is named."""
        tr, session = self.tr, self.context.session
        blocks: list[Block] = [Notice(Level.BAD, self.context.said)] if self.context.said else []
        blocks.append(Rows(self._rows(), heading=tr("这台机器的联络员")))
        blocks += self._actions()
        name = FieldView(
            target_id=f"field.{NAME}",
            field=NAME,
            label=tr("新联络员的姓名"),
            control=Control.TEXT,
            text=session.entry.texts.get(NAME, ""),
            error=self.context.error(NAME),
            focused=session.focus == NAME,
            length_max=AGENT_NAME_CHARS_MAX,
        )
        blocks.append(Fields((name,)))
        return PageView(
            place=ACCESS,
            title=tr("联络员和卡"),
            hint=tr("发了新卡，旧卡和旧密码就作废"),
            blocks=tuple(blocks),
            back=frames.back(tr, tr("回办件")),
            main=frames.main(tr("加联络员")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Choose, name, or act."""
        session = self.context.session
        match intent:
            case Back():
                self._leave()
                return "back"
            case Open("agent", agent):
                session.entry.texts[CHOSEN] = agent
                session.entry.texts.pop(_REVOKING, None)
                session.said = None
            case Focus(code):
                session.focus = code
            case Typed(code, text):
                session.entry.texts[code] = text
                session.errors.pop(code, None)
            case Done(_):
                session.focus = ""
            case Do("new_card", agent):
                name = next((each.name for each in self.context.sign_in.agents if each.id == agent), "")
                session.admission = Admission(agent, name)
                return "new_pin"
            case Do("revoke", answer):
                self._revoke(answer)
            case Next():
                return self._newcomer()
            case _:
                return None
        return "stay"

    def _rows(self) -> tuple[RowView, ...]:
        tr = self.tr
        can_open = self._can_open()
        return tuple(
            RowView(
                f"agent.{agent.id}",
                f"{agent.name} {agent.id}",
                tr("有卡") if agent.id in can_open else tr("没有卡，登录不了"),
                tr("管理"),
                intent=Open("agent", agent.id),
            )
            for agent in self.context.sign_in.agents
        )

    def _actions(self) -> list[Block]:
        tr = self.tr
        chosen = self.context.session.entry.texts.get(CHOSEN)
        agent = next((each for each in self.context.sign_in.agents if each.id == chosen), None)
        if agent is None:
            return []
        if _REVOKING in self.context.session.entry.texts:
            return self._asked(agent)
        actions = [ActionView("new_card", tr("给{name}发新卡、设新密码", name=agent.name), Do("new_card", agent.id))]
        # Nobody locks themselves out: a lost card of one's own is replaced by a new one.
        if agent.id in self._can_open() and agent.id != self.context.actor.id:
            revoke = tr("停用{name}的卡", name=agent.name)
            actions.append(ActionView("revoke", revoke, Do("revoke"), Weight.DANGER))
        return [Actions(tuple(actions))]

    def _asked(self, agent: KnownAgent) -> list[Block]:
        """Ask once more before a card ends: only a new card lets its holder in again."""
        tr = self.tr
        answers = (
            ActionView("revoke_yes", tr("卡丢了，停用"), Do("revoke", "lost"), Weight.DANGER),
            ActionView("revoke_no", tr("不停用"), Do("revoke", "no")),
        )
        warning = tr("停用后，{name}的卡和密码马上登录不了，要发新卡才能再登录。", name=agent.name)
        return [Notice(Level.WARN, warning), Actions(answers)]

    def _can_open(self) -> frozenset[str]:
        try:
            return frozenset(wrap.agent for wrap in self.context.sign_in.lock.look().wraps)
        except DeskKeyRefused:
            return frozenset()

    def _revoke(self, answer: str) -> None:
        session = self.context.session
        if not answer:
            session.entry.texts[_REVOKING] = "asked"
            return
        was_asked = session.entry.texts.pop(_REVOKING, None) is not None
        if answer != "lost" or not was_asked:
            return
        try:
            self.context.sign_in.lock.end(session.entry.texts[CHOSEN], DeskEnd.CARD_LOST, self.context.actor)
        except (DeskKeyRefused, OSError) as refused:
            session.said = partial(unchanged_sentence, refused=refused)

    def _newcomer(self) -> str:
        session = self.context.session
        session.focus = ""
        name = session.entry.texts.get(NAME, "").strip()
        if AGENT_NAME.fullmatch(name) is None:
            session.errors[NAME] = lambda tr: tr("请写姓名，最多 {count} 个字", count=AGENT_NAME_CHARS_MAX)
            return "stay"
        try:
            session.admission = Admission(self.context.sign_in.free_id(), name)
        except AgentsFull:
            session.errors[NAME] = lambda tr: tr("编号用完了，请找技术员")
            return "stay"
        return "new_pin"

    def _leave(self) -> None:
        session = self.context.session
        session.said, session.focus, session.errors = None, "", {}
        for name in (CHOSEN, NAME, _REVOKING):
            session.entry.texts.pop(name, None)


class NewPinPresenter(Presenter):
    """The agent whose card it will be types a new PIN, twice."""

    def view(self) -> SignInView:
        """Return the pad; the digits are only ever dots."""
        tr, session = self.tr, self.context.session
        admission = session.admission or Admission("", "")
        again = tr("请再输一次新密码") if admission.first else tr("请本人输入 {count} 位新密码", count=PIN_DIGITS)
        return SignInView(
            title=tr("{name}：设新密码", name=admission.name),
            agents=(),
            caption=again,
            card="",
            by_hand=None,
            wants_pin=True,
            dots=len(session.pin),
            digits=PIN_DIGITS,
            error=self.context.error("pin"),
            wait="",
            back=frames.back(tr, tr("返回")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Take one key."""
        session = self.context.session
        match intent:
            case Back():
                session.pin, session.errors, session.admission = "", {}, None
                return "back"
            case Digit("delete"):
                session.pin = session.pin[:-1]
            case Digit(key) | Keyed(key) if key.isascii() and key.isdecimal():
                session.pin += key
                if len(session.pin) == PIN_DIGITS:
                    return self._typed()
            case _:
                return None
        return "stay"

    def _typed(self) -> str:
        session, admission = self.context.session, self.context.session.admission
        digits, session.pin = session.pin, ""
        session.errors = {}
        if admission is None:
            return "back"
        if not admission.first:
            admission.first = digits
            return "stay"
        first, admission.first = admission.first, ""
        if first != digits:
            session.errors["pin"] = lambda tr: tr("两次输的不一样，请重新输")
            return "stay"
        card = AgentCard.fresh(admission.agent, self.context.sign_in.lock.terminal)
        try:
            self.context.sign_in.admit(admission.agent, admission.name, digits, card, self.context.actor)
        except (DeskKeyRefused, AgentsUnreadable, OSError) as refused:
            session.errors["pin"] = partial(unchanged_sentence, refused=refused)
            return "stay"
        admission.card = card
        print_card(self.context, admission)
        return "made"


class CardMadePresenter(Presenter):
    """Shows how the paper of the new card stands; it can be printed again as long as this page is open."""

    def view(self) -> PageView:
        """Return the paper, and the card in words when the paper did not come out."""
        tr, context = self.tr, self.context
        admission = context.session.admission
        paper = watched(context)
        blocks: list[Block] = [Notice(Level.GOOD, tr("新卡新密码已经生效，旧的作废")), *paper_blocks(context, paper)]
        lost = paper is not None and paper.result in (SlipResult.NOT_PRINTED, SlipResult.UNKNOWN)
        if lost and admission is not None and admission.card is not None:
            blocks.append(Facts(((tr("卡号"), admission.card.text()),), heading=tr("打不出来，请抄下来交给本人")))
        return PageView(
            place=CARD_MADE,
            title=tr("联络员卡"),
            hint=tr("请把卡交给本人，离开这一页就不能再打"),
            blocks=tuple(blocks),
            main=frames.main(tr("卡已交给本人")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Print again, say what was seen, or go on."""
        session, paper = self.context.session, watched(self.context)
        if answer_held(self.context, paper, intent):
            return "stay"
        match intent:
            case Next():
                session.admission, session.slip_seq = None, None
                return "done"
            case Do("print") if session.admission is not None:
                if not is_under_way(self.context, SlipKind.AGENT_CARD):
                    print_card(self.context, session.admission)
            case Do("paper", seen) if paper is not None and session.admission is not None:
                self.context.print_room.seen(paper, self.context.actor, printed=seen == "seen")
                if seen != "seen":
                    print_card(self.context, session.admission)
            case _:
                return None
        return "stay"

    def told(self, event: object) -> str | None:
        """Show how the paper stands."""
        return "stay" if is_paper_news(self.context, event) else None


def print_card(context: Context, admission: Admission) -> None:
    """Print the card that was just made and make it the paper that the screen watches."""
    card = admission.card
    if card is not None:
        context.session.case_no = None
        context.session.slip_seq = context.print_room.issue(
            SlipKind.AGENT_CARD, None, context.actor, lambda _: agent_card_slip(context, admission.name, card)
        )


def unchanged_sentence(tr: Translator, refused: Exception) -> str:
    """Return why a change of who may open the desk was not made."""
    if isinstance(refused, ValueError):
        return refusal_sentence(tr, refused)
    return tr("没有存上：本机存不进去了，请技术员处理。原来的卡和密码照旧。")

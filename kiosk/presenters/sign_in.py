"""联络员登录: who, and the PIN. Wrong ones are counted and make everybody wait."""

from __future__ import annotations

from kiosk.context import Presenter
from kiosk.intents import Back, Choose, Digit
from kiosk.pages import OptionView, SignInView
from kiosk.presenters import frames
from kiosk.session import AgentAtDesk
from kiosk.views import Intent
from sync.pin import PIN_DIGITS


class SignInPresenter(Presenter):
    """Takes a PIN digit by digit and tries it when it is whole."""

    def view(self) -> SignInView:
        """Return the pad as it stands; the digits are only ever dots."""
        tr, session = self.tr, self.context.session
        wait_s = self.context.sign_in.wait_s()
        return SignInView(
            title=tr("联络员登录"),
            agents=tuple(
                OptionView(f"agent.{agent.id}", agent.name, agent.id == self._chosen(), Choose("agent", agent.id))
                for agent in self.context.sign_in.agents
            ),
            caption=tr("请输入 {count} 位密码", count=PIN_DIGITS),
            dots=len(session.pin),
            digits=PIN_DIGITS,
            error=session.errors.get("pin", ""),
            wait=tr("请等 {seconds} 秒再试", seconds=wait_s) if wait_s else "",
            back=frames.back(tr, tr("回首页")),
        )

    def handle(self, intent: Intent) -> str | None:
        """Take one key."""
        session = self.context.session
        match intent:
            case Back():
                session.pin, session.errors = "", {}
                return "back"
            case Choose("agent", agent):
                session.entry.texts["agent"] = agent
                session.pin = ""
            case Digit("delete"):
                session.pin = session.pin[:-1]
            case Digit(key) if key.isdecimal() and not self.context.sign_in.wait_s():
                session.pin += key
                if len(session.pin) == PIN_DIGITS:
                    return self._try()
            case _:
                return None
        return "stay"

    def _chosen(self) -> str:
        agents = self.context.sign_in.agents
        only = agents[0].id if agents else ""
        return self.context.session.entry.texts.get("agent", only)

    def _try(self) -> str:
        session = self.context.session
        digits, session.pin = session.pin, ""
        agent = self.context.sign_in.open(self._chosen(), digits)
        if agent is None:
            session.errors["pin"] = self.tr("密码不对，请再输一次")
            return "stay"
        session.errors = {}
        session.entry.texts.pop("agent", None)
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

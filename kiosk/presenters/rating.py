"""The moment of rating. On the pad the screen only asks to press a key there; on the screen five equal buttons stand.

What was chosen is never shown again, here or at the desk.
"""

from __future__ import annotations

from devices.ports import JobEnded, KeyPressed, WindowEnded
from devices.rating_pad.key_word import KeyWord
from kiosk.context import Context, Presenter
from kiosk.desk import CITIZEN
from kiosk.intents import Choose, Do, Next
from kiosk.own_views import RatingView
from kiosk.pages import ActionView, OptionView, Weight
from kiosk.presenters.papers import watched
from kiosk.presenters.reasons import REASON, tick, ticked, ticks
from kiosk.receipts.rating import rating_slip
from kiosk.session import Entry
from kiosk.views import Intent
from sync.model.facts import Channel, SlipKind, SlipResult, Stage
from sync.model.rating import Level
from sync.model.transitions import Status


def invite(context: Context, case_no: str, stage: Stage) -> None:
    """Open a rating window for a case, on the pad when there is one."""
    agent = context.session.agent
    staff = agent.id if agent is not None else ""
    context.rating_desk.invite(case_no, stage, context.rating_channel(), context.clock.boot_ms(), staff)
    context.session.thanked, context.session.slip_seq, context.session.entry = False, None, Entry()


class RatingPresenter(Presenter):
    """Waits for the villager's answer."""

    def view(self) -> RatingView:
        """Return the question, or thanks."""
        tr = self.tr
        window = self.context.rating_desk.window
        if self.context.session.thanked:
            return self._thanks()
        if window is None:
            done = ActionView("done", tr("完成"), Do("done"), Weight.MAIN)
            return RatingView(tr("没有评价"), self._later(), (), done)
        skip = ActionView("skip", tr("这次不评"), Do("skip"), Weight.QUIET)
        if window.channel is Channel.PAD:
            return self._on_pad(skip)
        levels = tuple(
            OptionView(
                f"level.{int(level)}", self._words(level.words), chosen=False, intent=Do("rate", str(int(level)))
            )
            for level in sorted(Level, reverse=True)
        )
        asked = tr("评不评、评什么，都由您。")
        if window.pad_failed:
            asked = tr("评价器现在用不了，请在屏幕上评。评不评、评什么，都由您。")
        return RatingView(tr("请您评价这次服务"), asked, levels, skip)

    def _later(self) -> str:
        """Say when one can rate all the same: with the result in hand there is no later hand-over."""
        tr, number = self.tr, self.context.session.case_no
        status = self.context.desk.cases.case(number).status if number is not None else None
        if status in (Status.DELIVERED, Status.CLOSED):
            return tr("没关系。以后想评，请联络员再打开一次。")
        return tr("没关系，领结果的时候还可以评价。")

    def _thanks(self) -> RatingView:
        """Thank, and offer the slip that proves the rating; once, because a second one would prove nothing more."""
        tr, paper = self.tr, watched(self.context)
        said = {
            None: tr("正在打印……"),
            SlipResult.PRINTED: tr("凭条已打印，请拿好。"),
            SlipResult.NOT_PRINTED: tr("凭条没有打印，评价已经记下。"),
            SlipResult.UNKNOWN: tr("不知道凭条打出来没有，请看一看。评价已经记下。"),
        }
        text = tr("您的评价会直接送到县里。") if paper is None else said[paper.result]
        done = ActionView("done", tr("完成"), Do("done"), Weight.MAIN)
        offered = self.context.rating_desk.given is not None and paper is None
        slip = ActionView("rating_slip", tr("打印评价凭条"), Do("rating_slip"), icon="printer") if offered else None
        asked = ticks(self.context) if self._asks_reasons() else None
        return RatingView(tr("谢谢您的评价"), text, (), done, thanks=True, other=slip, ticks=asked)

    def _asks_reasons(self) -> bool:
        """Whether what could be better can be ticked: by whoever has rated on the screen, until they are done."""
        given = self.context.rating_desk.given
        return self.context.session.thanked and given is not None and given.channel is Channel.SCREEN

    def _print(self) -> None:
        context, given = self.context, self.context.rating_desk.given
        if given is not None and watched(context) is None:
            context.session.slip_seq = context.print_room.issue(
                SlipKind.RATING, None, CITIZEN, lambda _: rating_slip(context, given)
            )

    def _on_pad(self, skip: ActionView) -> RatingView:
        """Ask to press a key there, and say which there are: pads differ."""
        tr = self.tr
        keys = self.context.rating_desk.keys
        words = tr("、").join(dict.fromkeys(self._words(word) for word, _ in keys))
        on_screen = ActionView("on_screen", tr("评价器没反应？在屏幕上评"), Do("on_screen"))
        asked = tr("请在评价器上按一个键：{keys}。评不评、评什么，都由您。", keys=words)
        faces = tuple(int(level) for _, level in keys)
        return RatingView(tr("请您评价这次服务"), asked, (), skip, other=on_screen, pad_keys=faces)

    def _words(self, word: str) -> str:
        """Return what a key or a button says in the language of now."""
        tr = self.tr
        return {
            KeyWord.VERY_SATISFIED: tr("非常满意"),
            KeyWord.QUITE_SATISFIED: tr("很满意"),
            KeyWord.SATISFIED: tr("满意"),
            KeyWord.BASICALLY_SATISFIED: tr("基本满意"),
            KeyWord.AVERAGE: tr("一般"),
            KeyWord.DISSATISFIED: tr("不满意"),
            KeyWord.QUITE_DISSATISFIED: tr("很不满意"),
            KeyWord.VERY_DISSATISFIED: tr("非常不满意"),
        }[KeyWord(word)]

    def handle(self, intent: Intent) -> str | None:
        """Take an answer on the screen, or none."""
        desk = self.context.rating_desk
        match intent:
            case Do("rate", level) if level in ("1", "2", "3", "4", "5"):
                if desk.touched(int(level), self.context.clock.boot_ms()):
                    self.context.session.thanked = True
                return "stay"
            case Do("on_screen"):
                desk.ask_on_screen(self.context.clock.boot_ms())
                return "stay"
            case Do("skip"):
                desk.skip("declined")
                return "done"
            case Do("rating_slip"):
                self._print()
                return "stay"
            case Choose(code, value) if code == REASON and self._asks_reasons():
                tick(self.context, value)
                return "stay"
            case Do("done") | Next():
                if self._asks_reasons():
                    desk.add_reasons(ticked(self.context))
                self.context.session.entry = Entry()
                self.context.session.slip_seq = None
                return "done"
        return None

    def told(self, event: object) -> str | None:
        """Take the pad's answer, already written down by the rating desk."""
        if isinstance(event, KeyPressed):
            self.context.session.thanked = True
            return "stay"
        return "stay" if isinstance(event, WindowEnded | JobEnded) else None

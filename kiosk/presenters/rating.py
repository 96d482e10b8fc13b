"""The moment of rating. On the pad the screen only asks to press a key there; on the screen five equal buttons stand.

What was chosen is never shown again, here or at the desk.
"""

from __future__ import annotations

from devices.ports import KeyPressed, WindowEnded
from kiosk.context import Context, Presenter
from kiosk.intents import Do, Next
from kiosk.pages import ActionView, OptionView, RatingView, Weight
from kiosk.views import Intent
from sync.model.facts import Channel, Stage
from sync.model.rating import Level


def invite(context: Context, case_no: str, stage: Stage) -> None:
    """Open a rating window for a case, on the pad when there is one."""
    context.rating_desk.invite(case_no, stage, context.rating_channel(), context.clock.boot_ms())
    context.session.thanked = False


class RatingPresenter(Presenter):
    """Waits for the villager's answer."""

    def view(self) -> RatingView:
        """Return the question, or thanks."""
        tr = self.tr
        window = self.context.rating_desk.window
        if self.context.session.thanked:
            done = ActionView("done", tr("完成"), Do("done"), Weight.MAIN)
            return RatingView(tr("谢谢您的评价"), tr("您的评价会直接送到县里。"), (), done, thanks=True)
        if window is None:
            done = ActionView("done", tr("完成"), Do("done"), Weight.MAIN)
            return RatingView(tr("没有评价"), tr("没关系，领结果的时候还可以评价。"), (), done)
        skip = ActionView("skip", tr("这次不评"), Do("skip"), Weight.QUIET)
        if window.channel is Channel.PAD:
            on_screen = ActionView("on_screen", tr("评价器没反应？在屏幕上评"), Do("on_screen"))
            asked = tr("请在评价器上按一个键。评不评、评什么，都由您。")
            return RatingView(tr("请您评价这次服务"), asked, (), skip, other=on_screen)
        words = {
            Level.VERY_SATISFIED: tr("非常满意"),
            Level.SATISFIED: tr("满意"),
            Level.BASICALLY_SATISFIED: tr("基本满意"),
            Level.DISSATISFIED: tr("不满意"),
            Level.VERY_DISSATISFIED: tr("非常不满意"),
        }
        levels = tuple(
            OptionView(f"level.{int(level)}", text, chosen=False, intent=Do("rate", str(int(level))))
            for level, text in words.items()
        )
        return RatingView(tr("请您评价这次服务"), tr("评不评、评什么，都由您。"), levels, skip)

    def handle(self, intent: Intent) -> str | None:
        """Take an answer on the screen, or none."""
        desk = self.context.rating_desk
        match intent:
            case Do("rate", level) if level in ("1", "2", "3", "4", "5"):
                self.context.session.thanked = desk.touched(int(level), self.context.clock.boot_ms())
                return "stay"
            case Do("on_screen"):
                desk.ask_on_screen(self.context.clock.boot_ms())
                return "stay"
            case Do("skip"):
                desk.skip("declined")
                return "done"
            case Do("done") | Next():
                return "done"
        return None

    def told(self, event: object) -> str | None:
        """Take the pad's answer, already written down by the rating desk."""
        if isinstance(event, KeyPressed):
            self.context.session.thanked = True
            return "stay"
        return "stay" if isinstance(event, WindowEnded) else None

"""设备自检: the touch grid, the keys of the pad, the slip, and how everything came out.

What is written down is written at a touch, so that a disk that takes nothing is told to whoever stands here.
"""

from __future__ import annotations

from collections.abc import Sequence

from devices.ports import JobEnded, JobHeld, KeyPressed, WindowEnded, WindowOpened
from devices.printer.document import Slip
from devices.self_test import Verdict as DeviceVerdict
from devices.self_test_slip import Heading, Line, self_test_slip
from kiosk.context import Context, Presenter
from kiosk.flow import SELF_TEST
from kiosk.i18n import Translator
from kiosk.intents import Back, Do, Next, Open
from kiosk.own_views import CellView, TouchGridView
from kiosk.pages import Actions, ActionView, Block, LightView, Notice, PageView, Rows, RowView, Weight, Words
from kiosk.presenters import frames
from kiosk.presenters.papers import answer_held, held_blocks
from kiosk.self_test_room import CELLS, SelfTest, Stage
from kiosk.views import Intent, Level
from sync.model.facts import CheckedPart, SlipResult, Verdict
from sync.model.moment import moment_in_words
from sync.self_test import code_text
from sync.self_test_words import PARTS, REASONS, VERDICTS, key_reason, line_words

_LEVELS = {Verdict.OK: Level.GOOD, Verdict.FAULT: Level.BAD, Verdict.NOT_CHECKED: Level.NEUTRAL}


class TouchGridPresenter(Presenter):
    """Every part of the screen is touched once."""

    def view(self) -> TouchGridView:
        """Return the grid."""
        tr, test = self.tr, self.context.self_test.test
        touched = test.touched if test is not None else frozenset()
        cells = tuple(
            CellView(f"cell.{at}", tr("好") if at in touched else str(at + 1), at not in touched, Open("cell", str(at)))
            for at in range(CELLS)
        )
        return TouchGridView(
            title=tr("请把每一格都点一下"),
            cells=cells,
            others=(
                ActionView("cell_dead", tr("有的格子点不动"), Do("dead")),
                ActionView("cell_skip", tr("不查触摸屏"), Do("skip"), Weight.QUIET),
            ),
        )

    def handle(self, intent: Intent) -> str | None:
        """Take a touch, or none."""
        room = self.context.self_test
        match intent:
            case Open("cell", cell) if cell.isdecimal():
                room.touched(int(cell))
            case Do("dead"):
                room.skip_touch(dead=True)
            case Do("skip"):
                room.skip_touch(dead=False)
            case _:
                return None
        return "stay" if room.test is not None and room.test.stage is Stage.TOUCH else "done"


class SelfTestPresenter(Presenter):
    """Asks for the pad's keys and for the paper, and shows how everything came out."""

    def view(self) -> PageView:
        """Return what is asked now."""
        tr, room = self.tr, self.context.self_test
        room.look_at_paper()
        test = room.test
        blocks = self._blocks(test)
        if test is not None and test.results:
            blocks.append(Rows(tuple(self._row(part) for part in test.results), heading=tr("结果")))
        return PageView(
            place=SELF_TEST,
            title=tr("设备自检"),
            hint=tr("一分钟以内：触摸屏、评价器、打印机，还有时钟、磁盘、网络"),
            blocks=tuple(blocks),
            back=frames.back(tr, tr("返回")) if test is None or not test.record_seq else None,
            main=self._main(test),
        )

    def handle(self, intent: Intent) -> str | None:
        """Begin, go on, skip the keys, say what was seen of the paper, write down, or leave."""
        room, actor = self.context.self_test, self.context.actor
        if answer_held(self.context, room.look_at_paper(), intent):
            return "stay"
        match intent, room.test:
            case Back(), _:
                room.forget()
                return "back"
            case Next(), None:
                room.begin()
                return "touch"
            case Next(), SelfTest(stage=Stage.PRINTER, slip_seq=None):
                room.print_slip(actor, self._slip)
            case Next(), SelfTest(stage=Stage.DONE, record_seq=0):
                room.write_down(actor)
            case Next(), SelfTest(stage=Stage.DONE):
                room.forget()
                return "back"
            case Do("skip"), SelfTest(stage=Stage.PAD):
                room.skip_pad()
            case Do("paper", seen), SelfTest(stage=Stage.PRINTER):
                row = room.look_at_paper()
                if row is not None and row.result is SlipResult.UNKNOWN:
                    room.answer_paper(row, actor, printed=seen == "seen")
            case _:
                return None
        return "stay"

    def told(self, event: object) -> str | None:
        """Go on when the pad asks, when a key was pressed, when none was, when the slip has ended or stands still."""
        test = self.context.self_test.test
        if isinstance(event, JobHeld):
            return "stay" if test is not None and event.job_id == str(test.slip_seq) else None
        return "stay" if isinstance(event, WindowOpened | KeyPressed | WindowEnded | JobEnded) else None

    def _blocks(self, test: SelfTest | None) -> list[Block]:
        tr = self.tr
        if test is None:
            return [
                Words(tr("先点屏幕上的格子，再按评价器的键，最后打印一张自检单。没有查的，会写明没有查。")),
                Words(tr("自检时按的键不算评价。这台机器没有喇叭，不查声音。"), soft=True),
            ]
        if test.stage is Stage.PAD and test.pad is not None:
            asked = test.pad.asked
            now = tr("请按评价器上的“{key}”键", key=tr(asked.value)) if asked is not None else tr("好，请稍等")
            return [Notice(Level.NOTICE, now), Actions((ActionView("skip_pad", tr("不查评价器"), Do("skip")),))]
        if test.stage is Stage.PRINTER:
            return self._paper(test)
        if test.record_seq:
            return [Notice(Level.GOOD, tr("结果已签名存下：本机第 {seq} 条", seq=test.record_seq))]
        return [Notice(Level.NOTICE, tr("查完了，请存下结果"))]

    def _paper(self, test: SelfTest) -> list[Block]:
        tr = self.tr
        if test.slip_seq is None:
            return [Notice(Level.NOTICE, tr("请打印自检单"))]
        row = self.context.self_test.look_at_paper()
        if row is None or row.result is None:
            held = self.context.print_room.held_as(test.slip_seq)
            return [Notice(Level.NEUTRAL, tr("正在打印……"))] if held is None else held_blocks(tr, held.reason)
        seen = (
            ActionView("paper_seen", tr("打出来了"), Do("paper", "seen")),
            ActionView("paper_missing", tr("没打出来"), Do("paper", "missing")),
        )
        return [Notice(Level.WARN, tr("不知道打出来没有，请看一看")), Actions(seen)]

    def _main(self, test: SelfTest | None) -> ActionView | None:
        tr = self.tr
        match test:
            case None:
                return frames.main(tr("开始自检"))
            case SelfTest(stage=Stage.PRINTER, slip_seq=None):
                return frames.main(tr("打印自检单"))
            case SelfTest(stage=Stage.DONE, record_seq=0):
                return frames.main(tr("存下结果"))
            case SelfTest(stage=Stage.DONE):
                return frames.main(tr("回办件"))
        return None

    def _row(self, part: CheckedPart) -> RowView:
        tr = self.tr
        light = LightView(_LEVELS[part.verdict], tr(VERDICTS[part.verdict.value]))
        name = PARTS.get(part.part)
        return RowView(f"part.{part.part}", tr(name) if name else part.part, _why(tr, part.reason), light=light)

    def _slip(self, parts: Sequence[CheckedPart]) -> Slip:
        return slip_of(self.context, parts)


def slip_of(context: Context, parts: Sequence[CheckedPart]) -> Slip:
    """Return the paper of a self-test. It is for the technician: always in Chinese, like the words on the terminal."""
    now_ms, config = context.clock.wall_ms(), context.terminal
    name = f"{config.region}-{config.terminal_number}"
    heading = Heading(config.point_name, name, moment_in_words(now_ms, with_year=True))
    lines = [Line(DeviceVerdict(part.verdict.value), line_words(part)) for part in parts]
    return self_test_slip(heading, lines, code_text(name, now_ms, parts))


def _why(tr: Translator, reason: str) -> str:
    key = key_reason(reason)
    if key is not None:
        sentence, said = key
        return tr(sentence, key=tr(said))
    return tr(REASONS[reason]) if reason in REASONS else reason

"""An element between a top bar and a strip with sample words: the gallery's stand-in for the shell."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.theme import Layout
from kiosk.views import Level, PillView, StatusEntry, StatusView, TopBarView
from kiosk.widgets.bars import Pills, StatusStrip, TopBar
from kiosk.widgets.dialog import Dialog
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look
from tests.gallery.samples import nothing

_TOP = TopBarView(
    "柳溪村便民服务点",
    "青山镇 · 11月23日 星期一 14:32",
    (
        PillView("language", "English", None),
        PillView("text_size", "字号", None),
        PillView("help", "叫人帮忙", None, help=True),
    ),
)
_STATUS = StatusView(
    (StatusEntry("县里已收到前 128 条 · 14:20", Level.GOOD), StatusEntry("待上传 3 条 · 最早 14:25")),
    (StatusEntry("打印机 正常 · 纸够用"), StatusEntry("评价器 正常")),
)


def set_stage(look: Look, element: Element) -> Widget:
    """Return a widget of the window's size with the bars and, in the middle, the element."""
    width, height = look.metrics.width, look.metrics.height
    stage = Widget(size=(width, height), size_hint=(None, None))
    top, strip = TopBar(look, _TOP, nothing), StatusStrip(look, _STATUS)
    stage.add_widget(top)
    stage.add_widget(strip)
    top.place(0, height - look.metrics.top_bar, width, look.metrics.top_bar)
    strip.place(0, 0, width, look.metrics.strip)
    floor = look.metrics.strip
    if look.metrics.layout is Layout.PORTRAIT:
        pills = Pills(look, _TOP, nothing)
        pills.place(
            look.metrics.margin, floor + look.metrics.space.l, width - 2 * look.metrics.margin, pills.height_for(width)
        )
        floor = int(pills.top)
        stage.add_widget(pills)
    stage.add_widget(element)
    if isinstance(element, Dialog):
        element.place(0, 0, width, height)
    else:
        element.place(0, floor, width, height - look.metrics.top_bar - floor)
    return stage

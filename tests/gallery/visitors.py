"""What a visitor sees, and all parts by themselves."""

from __future__ import annotations

from kiosk.input.keys import EntryView, Mode, PanelView
from kiosk.theme import BLUE, INK_SOFT, Layout, Role
from kiosk.views import ChoiceView, Level, OverlayView
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Button, Kind, Tile
from kiosk.widgets.dialog import Dialog
from kiosk.widgets.element import Element
from kiosk.widgets.fields import Field, SearchBox
from kiosk.widgets.flowchart import BoxShape, FlowBox, FlowChart, Way
from kiosk.widgets.icons import ICONS, draw_icon
from kiosk.widgets.layout import Card, Column, Grid, Hairline, Row, Space
from kiosk.widgets.look import Look
from kiosk.widgets.page import Page
from kiosk.widgets.panel import KeyPanel
from kiosk.widgets.rating import RatingButton
from kiosk.widgets.rows import ListRow, Notice
from kiosk.widgets.words import Light, Text
from tests.gallery.agents import bottom, steps
from tests.gallery.samples import nothing, untranslated


def home(look: Look) -> Element:
    """The first screen."""
    tiles = (
        ("document", "请人代办", "联络员帮您跑镇里、县里"),
        ("book", "办事指南", "要带什么、多久办好"),
        ("search", "查进度", "扫回执，看办到哪一步"),
        ("chart", "村里的账", "党务 村务 财务公开"),
        ("money", "惠农补贴", "发给谁、发了多少"),
        ("speech", "投诉和建议", "件件有回音"),
    )
    portrait = look.metrics.layout is Layout.PORTRAIT
    grid = Grid(
        look,
        [Tile(look, f"tile.{at}", *words, nothing, primary=at == 0) for at, words in enumerate(tiles)],
        2 if portrait else 3,
        look.metrics.space.l,
    )
    search = SearchBox(
        look,
        "search",
        "",
        nothing,
        hint="输入您要办的事，比如“老人补贴”",
        button=Button(look, "find", "查一查", nothing),
    )
    parts: list[Element] = [
        Text(look, "您好，今天要办什么？", Role.DISPLAY),
        search,
        grid.grow(),
        BottomBar(look, back=Button(look, "login", "联络员登录", nothing), note="不用注册，不用手机，不留下您的痕迹"),
    ]
    left = Column(look, parts, look.metrics.space.l)
    news = _news(look)
    if portrait:
        return Page(look, Column(look, [news, Space(look).grow(), left]))
    return Page(look, Row(look, [left.grow(2.32), news.grow(1)], look.metrics.space.xxl, align="top").grow())


def _news(look: Look) -> Element:
    duty = Column(
        look,
        [
            Text(look, "今天值班的联络员", Role.SMALL, colour=INK_SOFT),
            Row(look, [Text(look, "王建国", Role.HEADING), Text(look, "在村部")], look.metrics.space.l, align="middle"),
            Text(look, "电话 000-5550-123", colour=INK_SOFT),
        ],
        0,
    )
    entries = (
        ("公示", "2026年第三季度低保名单", "还剩 4 天 · 可以提意见"),
        ("财务", "10月村集体收支", "11月12日公开"),
        ("满意度", "上月好评率 92.2%", "87 件里 64 件评价，23 件未评"),
    )
    parts: list[Element] = [duty]
    for head, text, note in entries:
        parts += [
            Hairline(look),
            Column(
                look,
                [
                    Row(
                        look,
                        [Text(look, head, Role.SMALL, bold=True), Text(look, text, Role.SMALL).grow()],
                        look.metrics.space.m,
                    ),
                    Text(look, note, Role.SMALL, colour=INK_SOFT),
                ],
                0,
            ),
        ]
    return Card(look, Column(look, parts, look.metrics.space.m))


def typing(look: Look) -> Element:
    """Pinyin on its way."""
    view = PanelView(
        Mode.PINYIN,
        (Mode.PINYIN, Mode.ENGLISH, Mode.DIGITS),
        "qings",
        ("青山", "清山", "青衫", "轻衫", "情山"),
        page_back=False,
        page_on=True,
    )
    field = Field(look, "field.address", "写到小组就行", EntryView("柳溪村三组", 3, "qings"), nothing, focused=True)
    body = Column(look, [Text(look, "住在哪里？", Role.HEADING), field], look.metrics.space.s)
    panel = KeyPanel(look, view, nothing, untranslated, done="下一项")
    return Page(look, body, steps=steps(look, 2), bottom=bottom(look, "下一步：认材料"), panel=panel)


def english(look: Look) -> Element:
    """Letters, one of them capital."""
    view = PanelView(Mode.ENGLISH, (Mode.PINYIN, Mode.ENGLISH, Mode.DIGITS), shifted=True)
    field = Field(look, "field.car", "车牌号", EntryView("A12", 3), nothing, focused=True)
    panel = KeyPanel(look, view, nothing, untranslated, done="下一项")
    return Page(look, field, bottom=bottom(look, "下一步"), panel=panel)


def digits(look: Look) -> Element:
    """A number being written."""
    view = PanelView(Mode.DIGITS, (Mode.DIGITS,), extras=("X",))
    field = Field(look, "field.id", "身份证号", EntryView("9901011950", 10), nothing, focused=True, error="还差 8 位")
    panel = KeyPanel(look, view, nothing, untranslated, done="下一项")
    return Page(look, field, bottom=bottom(look, "下一步"), panel=panel)


def item(look: Look) -> Element:
    """A service item with its procedure."""
    chart = FlowChart(
        look,
        [
            FlowBox("到村便民服务点提出", "联络员帮您填表", BoxShape.START, (Way(1),)),
            FlowBox("材料齐不齐？", "", BoxShape.DECISION, (Way(2, "齐"), Way(0, "不齐，一次性告知"))),
            FlowBox("镇民政办初审", "2 个工作日", BoxShape.ACTION, (Way(3),)),
            FlowBox("县民政局审批", "10 个工作日", BoxShape.ACTION, (Way(4),)),
            FlowBox("发到社保卡", "每月15日前", BoxShape.END),
        ],
    )
    rows = [
        ListRow(look, f"row.{at}", title, subtitle=note, trailing=trailing, action=nothing, level=level, light="代办")
        for at, (title, note, trailing, level) in enumerate(
            (
                ("高龄津贴申请", "满80周岁 · 免费", "5 个工作日", Level.NOTICE),
                ("城乡居民基本养老保险参保登记（新参保）", "16周岁以上，不是在校学生", "当场办", Level.GOOD),
                ("临时救助", "突发困难的家庭", "10 个工作日", Level.NOTICE),
            )
        )
    ]
    body = Card(
        look,
        Column(
            look,
            [
                Text(look, "高龄津贴申请", Role.TITLE),
                Notice(look, Level.NOTICE, "联络员在村里代办，您不用跑县里。"),
                *rows,
                Text(look, "怎么办", Role.HEADING),
                chart,
                Text(look, "990101102203 261123 01-0007-X", Role.NUMBER),
            ],
        ),
    )
    bottom = BottomBar(
        look,
        back=Button(look, "back", "返回", nothing, icon="back"),
        main=[
            Button(look, "print", "打印清单", nothing, icon="printer"),
            Button(look, "start", "请人代办", nothing, kind=Kind.MAIN),
        ],
    )
    return Page(look, body, bottom=bottom)


def rating(look: Look) -> Element:
    """Five levels of equal size."""
    levels = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")
    tiles = [RatingButton(look, f"level.{at}", text, 5 - at, nothing) for at, text in enumerate(levels)]
    portrait = look.metrics.layout is Layout.PORTRAIT
    body = Column(
        look,
        [
            Space(look).grow(),
            Text(look, "这次办得怎么样？", Role.DISPLAY, align="center"),
            Text(look, "联络员看不到您选了哪一项", colour=INK_SOFT, align="center"),
            Grid(look, tiles, 1 if portrait else 5),
            Space(look).grow(),
        ],
        look.metrics.space.l,
    ).grow()
    return Page(look, body, bottom=BottomBar(look, main=[Button(look, "skip", "不评了", nothing, kind=Kind.QUIET)]))


def parts(look: Look) -> Element:
    """Buttons, lights and icons."""
    buttons = Row(
        look,
        [
            Button(look, "main", "下一步", nothing, kind=Kind.MAIN, icon_after="forward"),
            Button(look, "secondary", "打印", nothing, icon="printer"),
            Button(look, "danger", "撤回", nothing, kind=Kind.DANGER),
            Button(look, "quiet", "不用了", nothing, kind=Kind.QUIET),
            Button(look, "off", "不能按", nothing, enabled=False),
        ],
        look.metrics.space.m,
    )
    lights = Row(
        look,
        [
            Light(look, level, words)
            for level, words in (
                (Level.GOOD, "剩 4 天"),
                (Level.NOTICE, "剩 2 天"),
                (Level.WARN, "今天到期"),
                (Level.BAD, "超期 1 天"),
                (Level.NEUTRAL, "未上传"),
            )
        ],
    )
    icons = Grid(look, [Icon(look, name) for name in ICONS], 12)
    faces = Column(look, [Text(look, f"{role.value} 柳溪村 Sunpoint 2026", role) for role in Role], 0)
    body = Column(look, [buttons, lights, Card(look, icons, look.metrics.space.m), faces])
    return Page(look, body)


class Icon(Element):
    """One drawing of `icons` by itself."""

    def __init__(self, look: Look, name: str) -> None:
        """Name the drawing."""
        super().__init__(look)
        self.name = name

    def height_for(self, width_px: int) -> int:
        """A little more than an icon."""
        return self.look.metrics.icon + self.look.metrics.space.s

    def paint(self) -> None:
        """Draw it in the middle."""
        x, y = self.box.x + self.box.width / 2, self.box.y + self.box.height / 2
        draw_icon(self.canvas.before, self.name, BLUE, x, y, self.look.metrics.icon)


def dialog(look: Look) -> Element:
    """The idle warning."""
    view = OverlayView(
        "还在办吗？",
        "再过 20 秒会清空您填的内容",
        (ChoiceView("end", "办完了", None), ChoiceView("stay", "还在办", None, main=True)),
    )
    return Dialog(look, view, nothing)

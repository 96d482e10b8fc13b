"""What the gallery shows: one function a picture, each a page made of widgets with sample texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.input.keys import EntryView, Mode, PanelView
from kiosk.theme import BLUE, INK_SOFT, Layout, Role
from kiosk.views import ChoiceView, Level, OverlayView
from kiosk.widgets.bars import MenuEntry, SideMenu, Step, StepsRail, StepState
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Button, Kind, LevelTile, Link, Pill, Tile
from kiosk.widgets.choices import CheckRow, ChoiceGroup, Option
from kiosk.widgets.dialog import Dialog
from kiosk.widgets.element import Element
from kiosk.widgets.fields import DateField, Field, PinDots, SearchBox
from kiosk.widgets.flowchart import BoxShape, FlowBox, FlowChart, Way
from kiosk.widgets.icons import ICONS, draw_icon
from kiosk.widgets.layout import Card, Column, Grid, Hairline, Row, Space
from kiosk.widgets.look import Look
from kiosk.widgets.page import Page
from kiosk.widgets.panel import KeyPanel
from kiosk.widgets.rows import ListRow, Notice
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.signature import SignaturePad
from kiosk.widgets.table import Cell, Table, TableRow
from kiosk.widgets.words import Because, Event, Facts, Light, Text, Timeline


def untranslated(text: str, /, **values: object) -> str:
    """Return the source text: the gallery speaks Chinese only."""
    return text.format(**values) if values else text


def nothing(*_arguments: object) -> None:
    """Do nothing when touched."""


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
    parts += [Hairline(look), Link(look, "all", "看全部", nothing)]
    return Card(look, Column(look, parts, look.metrics.space.m))


def _steps(look: Look, current: int) -> StepsRail:
    words = ("选事项", "核对材料", "填表", "认材料", "核对签名", "拿回执")
    return StepsRail(
        look,
        [
            Step(text, StepState.DONE if at < current else StepState.CURRENT if at == current else StepState.AHEAD)
            for at, text in enumerate(words)
        ],
    )


def _aside(look: Look) -> Element:
    return Card(
        look,
        Column(
            look,
            [
                Text(look, "正在代办", Role.SMALL, colour=INK_SOFT),
                Text(look, "高龄津贴申请", Role.BODY, bold=True),
                Text(look, "承诺 5 个工作日\n不收费", Role.SMALL, colour=INK_SOFT),
            ],
            0,
        ),
        look.metrics.space.l,
    )


def _bottom(look: Look, forward: str) -> BottomBar:
    return BottomBar(
        look,
        back=Button(look, "back", "上一步", nothing, icon="back"),
        note="已保存在本机 14:32",
        main=[Button(look, "next", forward, nothing, kind=Kind.MAIN, icon_after="forward")],
    )


def form(look: Look) -> Element:
    """A form of the agent's, nothing being written."""
    fields: list[Element] = [
        Field(look, "field.name", "姓名", "李秀兰", nothing),
        Field(
            look,
            "field.id",
            "身份证号",
            "990101195001010015",
            nothing,
            error="最后一位不对，请核对第18位",
            wrong_at=17,
        ),
        Field(look, "field.address", "住在哪里", "青山县青山镇柳溪村三组12号，村卫生室往东第二个院子", nothing),
        Field(look, "field.phone", "联系电话（可不填）", "", nothing, hint="11位手机号或座机"),
        DateField(look, "field.born", "出生日期", "195001", nothing, untranslated),
        Field(look, "field.bank", "开户银行", "农村信用社", nothing, enabled=False),
    ]
    kinds = [Option(f"kind.{at}", text, at == 0, nothing) for at, text in enumerate(("本人办", "家人代办", "村里代办"))]
    parts: list[Element] = [
        Row(
            look,
            [
                Text(look, "申请人是谁？", Role.HEADING),
                Text(look, "填一项存一项，断电也不丢", Role.SMALL, colour=INK_SOFT),
            ],
            look.metrics.space.xl,
            align="middle",
        ),
        Grid(look, fields, 2 if look.metrics.layout is not Layout.PORTRAIT else 1, look.metrics.space.l),
        ChoiceGroup(look, "谁来办", kinds),
        ChoiceGroup(
            look,
            "家里有哪些情况（可多选）",
            [
                Option(f"what.{at}", text, at in (1, 2), nothing)
                for at, text in enumerate(("独居", "重病", "残疾", "低保", "五保", "军属"))
            ],
            several=True,
        ),
        ChoiceGroup(
            look,
            "补贴打到哪里",
            [Option(f"pay.{at}", text, False, nothing) for at, text in enumerate(("社保卡", "存折"))],
            error="请选一个",
        ),
    ]
    body = Card(look, Column(look, parts, look.metrics.space.l))
    return Page(look, body, steps=_steps(look, 2), aside=_aside(look), bottom=_bottom(look, "下一步：认材料"))


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
    return Page(look, body, steps=_steps(look, 2), bottom=_bottom(look, "下一步：认材料"), panel=panel)


def english(look: Look) -> Element:
    """Letters, one of them capital."""
    view = PanelView(Mode.ENGLISH, (Mode.PINYIN, Mode.ENGLISH, Mode.DIGITS), shifted=True)
    field = Field(look, "field.car", "车牌号", EntryView("A12", 3), nothing, focused=True)
    panel = KeyPanel(look, view, nothing, untranslated, done="下一项")
    return Page(look, field, bottom=_bottom(look, "下一步"), panel=panel)


def digits(look: Look) -> Element:
    """A number being written."""
    view = PanelView(Mode.DIGITS, (Mode.DIGITS,), extras=("X",))
    field = Field(look, "field.id", "身份证号", EntryView("9901011950", 10), nothing, focused=True, error="还差 8 位")
    panel = KeyPanel(look, view, nothing, untranslated, done="下一项")
    return Page(look, field, bottom=_bottom(look, "下一步"), panel=panel)


def sign_in(look: Look) -> Element:
    """A PIN being written."""
    view = PanelView(Mode.DIGITS, (Mode.DIGITS,))
    body = Column(
        look,
        [
            Text(look, "王建国，请输入 6 位 PIN", Role.HEADING, align="center"),
            PinDots(look, 3, 6),
            Light(look, Level.WARN, "PIN 不对，还可以试 4 次", bed=False),
        ],
        look.metrics.space.l,
    )
    panel = KeyPanel(look, view, nothing, untranslated, done="登录")
    return Page(
        look, body, bottom=BottomBar(look, back=Button(look, "back", "返回", nothing, icon="back")), panel=panel
    )


def checklist(look: Look) -> Element:
    """Materials and how they are met."""
    marks = ("原件已看", "复印件已收")
    rows: list[Element] = []
    materials = (
        ("居民身份证", "原件 1 份，复印件 1 份 · 本人持有", 0, "必需", ""),
        ("户口本（首页和本人页）", "复印件 1 份 · 派出所核发", 1, "必需", ""),
        ("银行卡或社保卡", "复印件 1 份", -1, "必需", "这一样必须有，请先看原件"),
        ("近期一寸免冠照片", "1 张 · 可以后补（容缺）", -1, "", ""),
    )
    for at, (title, note, met, badge, error) in enumerate(materials):
        options = [Option(f"material.{at}.{mark}", words, mark == met, nothing) for mark, words in enumerate(marks)]
        rows += [CheckRow(look, title, note, options, badge=badge, error=error), Hairline(look)]
    body = Card(look, Column(look, [Text(look, "材料带齐了吗？", Role.HEADING), *rows], 0))
    return Page(look, body, steps=_steps(look, 1), aside=_aside(look), bottom=_bottom(look, "下一步：填表"))


def desk(look: Look) -> Element:
    """The agent's desk."""
    names = ("我的办件", "新代办", "花名册", "等我处理 4", "结果送达 2")
    menu = SideMenu(
        look,
        [
            *(MenuEntry(f"menu.{at}", text, None, selected=at == 0) for at, text in enumerate(names)),
            MenuEntry("menu.lock", "交班 锁屏", None, last=True),
        ],
        nothing,
    )
    kinds = (
        (Level.BAD, "超期 1 天", "临时救助", "261113-01-0021 · 李＊兰", "等申请人补材料", "承诺 11月20日"),
        (Level.WARN, "今天到期", "高龄津贴申请", "261113-01-0023 · 张＊", "县民政局 审核中", "承诺 11月23日"),
        (Level.NOTICE, "剩 2 天", "城乡居民养老参保", "261118-01-0002 · 王＊英", "县里已收到", "承诺 11月25日"),
        (Level.GOOD, "剩 4 天", "生育登记", "261120-01-0001 · 刘＊", "待上传", "保存在本机"),
        (Level.GOOD, "已办好", "残疾人两项补贴", "261105-01-0005 · 陈＊福", "结果已到，等领取", "到了 3 天"),
    )
    rows = [
        TableRow(
            f"row.{at}",
            (Cell(light, level=level), Cell(title, number, bold=True), Cell(state, due)),
            lambda: None,
            chosen=at == 0,
        )
        for at, (level, light, title, number, state, due) in enumerate(kinds * 4)
    ]
    filters = Row(
        look,
        [
            Pill(look, f"filter.{at}", text, nothing, selected=at == 0)
            for at, text in enumerate(("快到期", "等申请人", "等县里", "已办结"))
        ],
        look.metrics.space.s,
    )
    light = Light(look, Level.BAD, "今天到期").natural_width()
    table = Table(look, (light, 2.1, 1.7), rows, arrow=True)
    listing = Column(look, [Text(look, "我的办件 · 17", Role.HEADING), filters, table.grow()], look.metrics.space.m)
    sheet = Card(look, listing, look.metrics.space.m)
    if look.metrics.layout is not Layout.LARGE:
        return Page(look, sheet.grow(), menu=menu)
    return Page(look, Row(look, [sheet.grow(2), _detail(look).grow(1.06)], look.metrics.space.l).grow(), menu=menu)


def _detail(look: Look) -> Element:
    events = (
        Event("11-13 09:12", "代办收件，已打印回执", "县里已收到 11-13 18:40"),
        Event("11-16", "县民政局受理"),
        Event("11-19", "要求补家庭收入证明", "一次性告知单里没有这一项，已自动上报"),
        Event("11-20", "黄灯 · 11-23 红灯"),
    )
    because = "11月13日收件，次日起算，5个工作日（周末不算）→ 最迟11月20日办结。今天是11月23日，超 1 个工作日。"
    parts: list[Element] = [
        Light(look, Level.BAD, "超期 1 天"),
        Text(look, "临时救助 · 李＊兰", Role.HEADING),
        Because(look, because),
        Timeline(look, events),
        Button(look, "explain", "向申请人说明延期", nothing, kind=Kind.MAIN),
        Button(look, "supplement", "补材料", nothing),
    ]
    return Card(look, Scroll(look, Column(look, parts), "detail"), look.metrics.space.l)


def case(look: Look) -> Element:
    """A case by itself, as narrow layouts show it."""
    return Page(look, _detail(look), bottom=BottomBar(look, back=Button(look, "back", "返回", nothing, icon="back")))


def review(look: Look) -> Element:
    """Reading it over and signing."""
    facts = Facts(
        look,
        [
            ("申请人", "李秀兰"),
            ("身份证号", "990101195001010015"),
            ("住在哪里", "青山县青山镇柳溪村三组12号，村卫生室往东第二个院子"),
            ("联系电话", "000-5550-199"),
            ("最迟", "11月30日办结（11月23日收件，次日起算，5个工作日，周末和节假日不算）"),
        ],
    )
    stroke = (120, 90, 160, 60, 210, 120, 260, 70, 300, 140, 380, 80, 460, 150)
    pad = SignaturePad(look, "signature", "请在这里签名", nothing, strokes=(stroke,), height_px=look.metrics.key * 3)
    body = Card(
        look,
        Column(
            look,
            [
                Text(look, "请核对，没错就签名", Role.HEADING),
                facts,
                Notice(look, Level.WARN, "还差一样：近期一寸免冠照片，11月30日前补交。"),
                Text(look, "申请人签名", Role.SMALL, colour=INK_SOFT),
                pad,
            ],
        ),
    )
    return Page(look, body, steps=_steps(look, 4), aside=_aside(look), bottom=_bottom(look, "提交"))


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
    tiles = [LevelTile(look, f"level.{at}", f"face_{5 - at}", text, nothing) for at, text in enumerate(levels)]
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


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One picture of the gallery."""

    name: str
    make: Callable[[Look], Element]


EXHIBITS = tuple(
    Exhibit(make.__name__, make)
    for make in (
        home, form, typing, english, digits, sign_in, checklist, desk, case, review, item, rating, parts, dialog
    )
)  # fmt: skip

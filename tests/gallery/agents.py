"""What an agent sees: forms, checklists, the desk."""

from __future__ import annotations

from kiosk.input.keys import Mode, PanelView
from kiosk.theme import INK_SOFT, Layout, Role
from kiosk.views import Level
from kiosk.widgets.bars import MenuEntry, SideMenu, Step, StepsRail, StepState
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Button, Kind, Pill
from kiosk.widgets.choices import CheckRow, ChoiceGroup, Option
from kiosk.widgets.element import Element
from kiosk.widgets.fields import Field, PinDots
from kiosk.widgets.layout import Card, Column, Grid, Hairline, Row
from kiosk.widgets.look import Look
from kiosk.widgets.page import Page
from kiosk.widgets.panel import KeyPanel
from kiosk.widgets.rows import Notice
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.signature import SignaturePad
from kiosk.widgets.table import Cell, Table, TableRow
from kiosk.widgets.words import Because, Event, Facts, Light, Text, Timeline
from tests.gallery.samples import nothing, untranslated


def steps(look: Look, current: int) -> StepsRail:
    """The steps of an application, the one at `current` being done."""
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


def bottom(look: Look, forward: str) -> BottomBar:
    """Back, a note and the way on."""
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
    return Page(look, body, steps=steps(look, 2), asides=(_aside(look),), bottom=bottom(look, "下一步：认材料"))


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
    return Page(look, body, steps=steps(look, 1), asides=(_aside(look),), bottom=bottom(look, "下一步：填表"))


def desk(look: Look) -> Element:
    """The agent's desk."""
    names = ("我的办件", "新代办", "花名册", "等我处理 4", "结果送达 2")
    menu = SideMenu(
        look,
        [
            *(MenuEntry(f"menu.{at}", text, None, selected=at == 0) for at, text in enumerate(names)),
            MenuEntry("menu.lock", "锁屏", None, last=True),
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
    return Page(look, body, steps=steps(look, 4), asides=(_aside(look),), bottom=bottom(look, "提交"))

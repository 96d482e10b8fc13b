"""Every place of the kiosk as a realistic view, in Chinese and in English: for pictures and for tests of screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.intents import CallForHelp, Choose, Do, Open, SetLanguage, SetTextSize
from kiosk.own_views import (
    CaseDetailView,
    CaseRowView,
    CellView,
    DeskView,
    GuideView,
    HomeView,
    RatingView,
    ScreenView,
    SignInView,
    TileView,
    TouchGridView,
)
from kiosk.pages import ActionView, Control, EntryView, FieldView, LightView, OptionView, Rows, RowView, Trace, Weight
from kiosk.views import Level, PillView, StatusEntry, StatusView, TopBarView
from tests.kiosk import sample_access, sample_forms, sample_pages, sample_work
from tests.kiosk.sample_words import LANGUAGES, RELIEF, Say, back, opening, option, steps

HINT = ("输入您要办的事，比如“老人补贴”", "Type what you need, such as “elder allowance”")


@dataclass(frozen=True, slots=True)
class Sample:
    """One view of a place, under a name of its own, and the screen that draws it."""

    name: str
    screen: str
    view: ScreenView


def samples(language: str) -> Iterator[Sample]:
    """Yield every place in a language, some in several states."""
    say = LANGUAGES[language]
    yield Sample("home", "home", home(say))
    yield Sample("guide", "guide", guide(say))
    yield Sample("guide_search", "guide", guide(say, searching=True))
    yield Sample("pick", "guide", guide(say, picking=True))
    yield Sample("sign_in", "sign_in", sign_in(say))
    yield Sample("sign_in_card", "sign_in", sign_in(say, card=False))
    yield Sample("sign_in_wait", "sign_in", sign_in(say, wrong=True))
    yield Sample("new_pin", "sign_in", sample_access.new_pin(say))
    yield Sample("desk", "desk", desk(say, chosen=None))
    yield Sample("desk_case", "desk", desk(say, chosen=0))
    yield Sample("desk_empty", "desk", desk(say, chosen=None, count=0))
    yield Sample("rating_pad", "rating", rating(say, "pad"))
    yield Sample("rating_screen", "rating", rating(say, "screen"))
    yield Sample("rating_pad_failed", "rating", rating(say, "failed"))
    yield Sample("rating_thanks", "rating", rating(say, "thanks"))
    yield Sample("rating_thanks_on_screen", "rating", rating(say, "thanks on the screen"))
    yield Sample("touch_grid", "touch_grid", touch_grid(say))
    for places in (sample_pages, sample_forms, sample_access, sample_work):
        for name, page in places.pages(say):
            yield Sample(name, "page", page)


def top_bar(say: Say) -> TopBarView:
    """The bar at the top."""
    return TopBarView(
        "柳溪村便民服务点",
        say("青山镇 · 11月23日 星期一 14:32", "青山镇 · Mon 23 Nov 14:32"),
        (
            PillView("language", say("English", "简体中文"), SetLanguage("en")),
            PillView("text_size", say("字号", "Text size"), SetTextSize("large")),
            PillView("help", say("叫人帮忙", "Call for help"), CallForHelp(), help=True),
        ),
    )


def status(say: Say) -> StatusView:
    """The strip at the bottom."""
    return StatusView(
        (
            StatusEntry(say("县里已收到前 128 条 · 14:20", "County has the first 128 · 14:20"), Level.GOOD),
            StatusEntry(say("待上传 3 条 · 最早 14:25", "3 waiting · since 14:25")),
        ),
        (
            StatusEntry(say("打印机 正常 · 纸够用", "Printer ready · paper in"), Level.GOOD),
            StatusEntry(say("评价器 正常", "Rating pad ready"), Level.GOOD),
        ),
    )


def home(say: Say) -> HomeView:
    """The first screen."""
    common = (
        ("高龄津贴申请", "Old-age allowance"),
        ("城乡居民基本医疗保险参保登记", "Joining the basic medical insurance for residents"),
        ("临时救助", "Temporary relief"),
    )
    return HomeView(
        greeting=say("您好，今天要办什么？", "Hello. What do you need today?"),
        search_hint=say(*HINT),
        search=ActionView("search", say("查一查", "Search"), Open("search"), Weight.MAIN),
        tiles=(
            TileView(
                "tile.ask",
                "document",
                say("请人代办", "Have it done for you"),
                say("联络员帮您跑镇里、县里", "The agent goes to town and county for you"),
                Open("ask"),
                primary=True,
            ),
            TileView(
                "tile.guide",
                "book",
                say("办事指南", "Service guide"),
                say("要带什么、多久办好", "What to bring, how long it takes"),
                Open("guide"),
            ),
            TileView(
                "tile.progress",
                "search",
                say("查进度", "Follow a case"),
                say("看办到哪一步", "See how far it has come"),
                Open("progress"),
            ),
        ),
        common_caption=say("大家常办", "Often asked for"),
        common=tuple(ActionView(f"common.{at}", say(*names), Open("item", str(at))) for at, names in enumerate(common)),
        duty_caption=say("今天的联络员", "Agent on duty today"),
        duty_name="王建国",
        duty_place=say("民生代理联络员", "Liaison agent"),
        duty_phone="000-5550-123",
        cards=(
            EntryView(say("开门时间", "Open"), "周一至周五 8:30—12:00，14:00—17:30", "柳溪村村委会一楼"),
            EntryView(say("监督电话", "Complaints"), "12345", say("办得不好，请告诉我们", "Tell us what went wrong")),
        ),
        sign_in=opening("sign_in", say("联络员登录", "Agent sign-in"), "sign_in"),
        promise=say("不用注册，不用手机，不留下您的痕迹", "No account, no phone, no trace of you is kept"),
    )


ITEMS = (
    ("高龄津贴申请", "Old-age allowance", "代办", "Done for you"),
    ("居家养老服务补贴申请", "Subsidy for care at home", "代办", "Done for you"),
    (
        "城乡居民基本养老保险待遇领取资格确认",
        "Yearly proof of life for the residents' basic pension",
        "直办",
        "Done here",
    ),
    ("城乡居民基本养老保险参保登记", "Joining the residents' basic pension", "代办", "Done for you"),
    ("老年人优待证办理", "Card for the elderly", "代办", "Done for you"),
    ("特困人员救助供养", "Support for people in extreme need", "协办", "Help to do it"),
    ("养老机构备案", "Registration of care homes", "公开告知", "How and where"),
)
THEMES = (
    ("养老助老", "Elder care"),
    ("社会保险", "Social insurance"),
    ("医疗保障", "Medical care"),
    ("救助助残", "Relief and disability"),
    ("婚育户籍", "Family and household"),
    ("证件证明", "Papers and proofs"),
    ("土地住房", "Land and housing"),
    ("农业补贴", "Farming"),
    ("就业创业", "Work and training"),
    ("退役军人", "Veterans"),
)


def guide(say: Say, *, searching: bool = False, picking: bool = False) -> GuideView:
    """Browsing; or searching, when the panel is open; or the first step of an application."""
    rows = tuple(
        RowView(
            f"item.{at}",
            say(zh, en),
            say("民政局 · 不收费", "Civil Affairs · free"),
            say(role, role_en),
            intent=Open("item", str(at)),
        )
        for at, (zh, en, role, role_en) in enumerate(ITEMS)
    )
    ways = (("按事情", "By matter"), ("按部门", "By office"), ("按办法", "By how"))
    search = FieldView(
        "search", "search", "", Control.TEXT, "老人" if searching else "", say(*HINT), focused=searching, length_max=20
    )
    return GuideView(
        title=say("要代办什么事？", "What shall be done?") if picking else say("办事指南", "Service guide"),
        search=search,
        ways=tuple(option(f"way.{at}", say(*names), chosen=at == 0 and not searching) for at, names in enumerate(ways)),
        groups=tuple(
            option(f"group.{at}", say(*names), chosen=at == 0 and not searching, what="group")
            for at, names in enumerate(THEMES)
        ),
        items=Rows(rows[:3] if searching else rows, empty=say("没有找到。换个说法试一试。", "Nothing found.")),
        back=back(say("回办件", "To the cases") if picking else say("回首页", "Home")),
        steps=steps(say, 0) if picking else (),
    )


def sign_in(say: Say, *, wrong: bool = False, card: bool = True) -> SignInView:
    """Who signs in; before the card was seen; after a wrong PIN too many, when everybody waits."""
    by_hand = opening("by_hand", say("没有扫码器，输入卡号", "No scanner? Type the card"), "card")
    return SignInView(
        title=say("联络员登录", "Agent sign-in"),
        agents=(option("agent.A01", "王建国", chosen=True, what="agent"), option("agent.A02", "周晓梅", what="agent")),
        caption=say("请输入 6 位密码", "Enter the 6 digits of your PIN")
        if card
        else say("请把联络员卡对准扫码器", "Hold your agent's card to the scanner"),
        card=say("卡已认出", "Card recognised") if card else "",
        by_hand=None if card else by_hand,
        wants_pin=card and not wrong,
        dots=0 if wrong or not card else 3,
        digits=6,
        error=say("密码不对，请再输一次", "Wrong PIN, please try again") if wrong else "",
        wait=say("请等 15 秒再试", "Please wait 15 seconds") if wrong else "",
        back=back(say("回首页", "Home")),
    )


CASES = (
    (
        Level.BAD,
        ("超期 1 天", "1 day overdue"),
        RELIEF,
        "李＊兰",
        ("等申请人补材料", "Waits for papers"),
        ("去说明", "Explain"),
    ),
    (
        Level.WARN,
        ("今天到期", "Due today"),
        ("高龄津贴申请", "Old-age allowance"),
        "张＊",
        ("县里已受理", "Accepted"),
        ("", ""),
    ),
    (
        Level.NOTICE,
        ("剩 2 天", "2 days left"),
        ("城乡居民基本养老保险参保登记", "Joining the residents' basic pension"),
        "王＊英",
        ("县里已收到", "County has it"),
        ("", ""),
    ),
    (
        Level.GOOD,
        ("剩 4 天", "4 days left"),
        ("生育登记", "Birth registration"),
        "刘＊",
        ("待上传 · 保存在本机", "Saved here, to be sent"),
        ("", ""),
    ),
    (
        Level.GOOD,
        ("已办好", "Done"),
        ("残疾人两项补贴", "Two disability subsidies"),
        "陈＊福",
        ("结果已到，等领取", "Result is here"),
        ("送达", "Hand over"),
    ),
)


def desk(say: Say, *, chosen: int | None, count: int = 17) -> DeskView:
    """The agent's desk with `count` cases, one of them open beside the list."""
    filters = (
        ("快到期", "Due soon"),
        ("等申请人", "Applicant's turn"),
        ("等县里", "County's turn"),
        ("已办结", "Closed"),
        ("没填完", "Drafts"),
    )
    return DeskView(
        menu=(
            OptionView("menu.cases", say("我的办件", "My cases"), chosen=True, intent=Do("cases")),
            OptionView("menu.new", say("新代办", "New case"), chosen=False, intent=Open("new")),
            OptionView("menu.find", say("找办件", "Find a case"), chosen=False, intent=Open("find")),
            OptionView("menu.stick", say("U 盘带送", "Carry by USB stick"), chosen=False, intent=Open("stick")),
            OptionView("menu.self_test", say("设备自检", "Self-test"), chosen=False, intent=Open("self_test")),
            OptionView("menu.access", say("联络员和卡", "Agents and cards"), chosen=False, intent=Open("access")),
        ),
        away=(
            ActionView("leave", say("交班", "End shift"), Do("leave")),
            ActionView("lock", say("锁屏", "Lock"), Do("lock")),
        ),
        title=say(f"我的办件 · {count}", f"My cases · {count}"),
        filters=tuple(
            OptionView(f"filter.{at}", say(*names), at == 0, Choose("filter", str(at)))
            for at, names in enumerate(filters)
        ),
        rows=tuple(case_row(say, at, chosen=at == chosen) for at in range(count)),
        empty=say("这里没有办件。点“新代办”开始。", "No cases here. Press “New case” to begin."),
        detail=case_detail(say) if chosen is not None else None,
    )


def case_row(say: Say, at: int, *, chosen: bool = False) -> CaseRowView:
    """The case of that number in the list."""
    level, light, title, name, state, action = CASES[at % len(CASES)]
    number = f"2611{13 + at % 10}-01-{21 + at:04d}-X"
    return CaseRowView(
        f"case.{at}",
        LightView(level, say(*light)),
        say(*title),
        f"{number} · {name}",
        say(*state),
        say("承诺 11月20日", "promised 20 Nov"),
        say(*action),
        chosen,
        Open("case", str(at)),
    )


def case_detail(say: Say) -> CaseDetailView:
    """A case with a life behind it and much that can be done."""
    return CaseDetailView(
        light=LightView(Level.BAD, say("超期 1 天", "1 day overdue")),
        title=f"{say(*RELIEF)} · 李＊兰",
        number="990101102203 261113 01-0021-X",
        because=say(
            "最迟11月20日办结（11月13日收件，次日起算，5个工作日，周末和节假日不算）。今天超 1 个工作日。",
            "Done by 20 Nov (taken in on 13 Nov, counted from the next day, 5 working days). Overdue by 1 day.",
        ),
        facts=(
            (say("状态", "State"), say("等申请人补材料", "Waits for papers")),
            (say("评价", "Rating"), say("已评", "Given")),
        ),
        trace=Trace(sample_pages.story(say)),
        actions=(
            opening("do.supplement", say("收补充材料", "Take in the papers"), "supplement", Weight.MAIN),
            opening("do.delay", say("向申请人说明延期", "Explain a delay to the applicant"), "delay"),
            opening("do.slip", say("补打单据", "Print a slip again"), "slip"),
            opening("do.withdraw", say("申请人要撤回", "The applicant withdraws"), "withdraw", Weight.DANGER),
        ),
    )


def rating(say: Say, how: str) -> RatingView:
    """Asked on the pad, asked on the screen, or thanked."""
    done = ActionView("done", say("完成", "Done"), Do("done"), Weight.MAIN)
    skip = ActionView("skip", say("这次不评", "Not this time"), Do("skip"), Weight.QUIET)
    title = say("请您评价这次服务", "Please rate this service")
    free = say("评不评、评什么，都由您。", "Whether and how is up to you.")
    if how.startswith("thanks"):
        text = say("您的评价会直接送到县里。", "Your rating goes straight to the county.")
        slip = ActionView(
            "rating_slip", say("打印评价凭条", "Print a proof of rating"), Do("rating_slip"), icon="printer"
        )
        ticks = sample_work.reasons(say) if how == "thanks on the screen" else None
        title = say("谢谢您的评价", "Thank you for your rating")
        return RatingView(title, text, (), done, thanks=True, other=slip, ticks=ticks)
    if how == "pad":
        asked = say(
            "请在评价器上按一个键：满意、一般、不满意。", "Press a key on the pad: Satisfied, Average, Dissatisfied. "
        )
        other = ActionView("on_screen", say("评价器没反应？在屏幕上评", "No answer? Rate here"), Do("on_screen"))
        return RatingView(title, asked + free, (), skip, other=other, pad_keys=(4, 3, 2))
    words = (
        ("非常满意", "Very satisfied"),
        ("满意", "Satisfied"),
        ("基本满意", "Mostly satisfied"),
        ("不满意", "Dissatisfied"),
        ("非常不满意", "Very dissatisfied"),
    )
    levels = tuple(
        OptionView(f"level.{5 - at}", say(*names), chosen=False, intent=Do("rate", str(5 - at)))
        for at, names in enumerate(words)
    )
    if how == "failed":
        free = say("评价器现在用不了，请在屏幕上评。", "The pad does not work now, so please rate here. ") + free
    return RatingView(title, free, levels, skip)


def touch_grid(say: Say) -> TouchGridView:
    """The self-test of the glass, some cells touched."""
    cells = tuple(
        CellView(f"cell.{at}", say("好", "OK") if at < 5 else str(at + 1), at >= 5, Open("cell", str(at)))
        for at in range(12)
    )
    others = (
        ActionView("cell_dead", say("有的格子点不动", "A cell does not answer"), Do("dead")),
        ActionView("cell_skip", say("不查触摸屏", "Skip the screen"), Do("skip"), Weight.QUIET),
    )
    return TouchGridView(say("请把每一格都点一下", "Please touch every cell once"), cells, others)

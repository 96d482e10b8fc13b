"""The first screen, and 请人代办 when nobody is at the desk."""

from __future__ import annotations

from kiosk.context import Presenter
from kiosk.flow import ASK
from kiosk.intents import Back, Next, Open, Scanned
from kiosk.own_views import HomeView, TileView
from kiosk.pages import ActionView, BigNumber, Block, EntryView, Facts, PageView, Weight, Words
from kiosk.presenters import frames
from kiosk.presenters.scanned import open_in_public
from kiosk.session import Looking
from kiosk.views import Intent
from sync.model.facts import Role
from sync.model.profile import Agent, Terminal
from sync.model.profile import Words as CountyWords

COMMON_ITEMS = 3


class HomePresenter(Presenter):
    """Says hello and shows the ways."""

    def view(self) -> HomeView:
        """Return the home screen."""
        tr = self.tr
        duty = self._on_duty()
        agent = duty[0] if duty else None
        return HomeView(
            greeting=tr("您好，今天要办什么？"),
            search_hint=tr("输入您要办的事，比如“老人补贴”"),
            search=ActionView("search", tr("查一查"), Open("search"), Weight.MAIN),
            tiles=(
                TileView(
                    "tile.ask", "document", tr("请人代办"), tr("联络员帮您跑镇里、县里"), Open("ask"), primary=True
                ),
                TileView("tile.guide", "book", tr("办事指南"), tr("要带什么、多久办好"), Open("guide")),
                TileView("tile.progress", "search", tr("查进度"), tr("看办到哪一步"), Open("progress")),
            ),
            common_caption=tr("大家常办"),
            common=self._common(),
            duty_caption=tr("今天的联络员"),
            duty_name=agent.name if agent else tr("今天没有安排联络员"),
            duty_place=agent.title if agent else "",
            duty_phone=agent.phone if agent else "",
            cards=self._cards(),
            sign_in=ActionView("sign_in", tr("联络员登录"), Open("sign_in")),
            promise=tr("不用注册，不用手机，不留下您的痕迹"),
        )

    def handle(self, intent: Intent) -> str | None:
        """Go where the tile leads."""
        session = self.context.session
        match intent:
            case Open("search"):
                session.looking = Looking()
                session.focus = "search"
                return "guide"
            case Open("item", code):
                session.looking = Looking(item_code=code)
                return "item"
            case Scanned(text):
                return open_in_public(self.context, text)
            case Open(place) if place in ("ask", "guide", "progress", "sign_in"):
                return place
        return None

    def _on_duty(self) -> tuple[Agent, ...]:
        return self.context.packs.agents_on(self.context.terminal.region, self.context.today)

    def _common(self) -> tuple[ActionView, ...]:
        items = [
            item
            for item in self.context.packs.catalogue.items
            if item.role is not Role.TELL and item.effective <= self.context.today
        ][:COMMON_ITEMS]
        return tuple(
            ActionView(f"common.{item.code}", self.context.name_of(item), Open("item", item.code)) for item in items
        )

    def _cards(self) -> tuple[EntryView, ...]:
        tr = self.tr
        point = point_of(self)
        profile = self.context.packs.profile
        cards = [EntryView(tr("开门时间"), point.hours, point.address)] if point else []
        cards.append(EntryView(tr("监督电话"), profile.complaint_phone, tr("办得不好，请告诉我们")))
        return tuple(cards)


class AskPresenter(Presenter):
    """Who comes when, and the telephone in large digits."""

    def view(self) -> PageView:
        """Return what to do when no agent is at the desk."""
        tr, context = self.tr, self.context
        agents = context.packs.agents_on(context.terminal.region, context.today)
        blocks: list[Block] = [BigNumber(f"{agent.name} · {agent.title}", agent.phone) for agent in agents]
        no_agent = context.packs.profile.words.get(CountyWords.NO_AGENT)
        if no_agent:
            blocks.append(Words(no_agent))
        point = point_of(self)
        if point:
            blocks.append(Facts(((tr("开门时间"), point.hours), (tr("地点"), point.address))))
        free = context.packs.profile.words.get(CountyWords.FREE_OF_CHARGE)
        if free:
            blocks.append(Words(free, soft=True))
        return PageView(
            place=ASK,
            title=tr("请联络员帮您代办"),
            hint=tr("联络员在，就请他登录；不在，可以打电话"),
            blocks=tuple(blocks),
            back=frames.back(tr, tr("回首页")),
            main=frames.main(tr("联络员登录")),
            others=(ActionView("guide", tr("先看看要带什么"), Open("guide")),),
        )

    def handle(self, intent: Intent) -> str | None:
        """Sign in, look at the guide, or go home."""
        match intent:
            case Back():
                return "back"
            case Next():
                return "sign_in"
            case Open("guide"):
                return "guide"
            case Scanned(text):
                return open_in_public(self.context, text)
        return None


def point_of(presenter: Presenter) -> Terminal | None:
    """Return what the profile says of this terminal."""
    context = presenter.context
    return next(
        (
            each
            for each in context.packs.profile.terminals
            if each.region == context.terminal.region and int(each.number) == int(context.terminal.terminal_number)
        ),
        None,
    )

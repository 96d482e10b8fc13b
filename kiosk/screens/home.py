"""The first screen: what can be done here, and who is here today."""

from __future__ import annotations

from kiosk.own_views import HomeView
from kiosk.pages import EntryView
from kiosk.screens import Screen
from kiosk.screens.actions import emitter
from kiosk.theme import INK_SOFT, Layout, Role
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Button, Tile
from kiosk.widgets.element import Element
from kiosk.widgets.fields import SearchBox
from kiosk.widgets.inset import Inset
from kiosk.widgets.layout import Card, Column, Grid, Hairline, Row, Space
from kiosk.widgets.lead import Lead, LinkCard
from kiosk.widgets.page import Page
from kiosk.widgets.words import Text

_CARD_SHARE = 0.29  # of the window's width, for who is here today
_COMMON_COLUMNS = 3
_AIR = 0.1  # of what room is left, for each gap beside the tiles


class HomeScreen(Screen):
    """Draws a `HomeView`."""

    name = "home"

    def build(self, view: HomeView) -> Element:
        """Return the arrangement for the window's shape."""
        match self.look.metrics.layout:
            case Layout.LARGE:
                return self._large(view)
            case Layout.SMALL:
                return self._small(view)
            case Layout.PORTRAIT:
                return self._portrait(view)

    def _large(self, view: HomeView) -> Element:
        """What can be done at the left, who is here at the right."""
        space = self.look.metrics.space
        ways = Column(
            self.look,
            [
                self._greeting(view),
                self._search(view),
                Space(self.look).grow(_AIR),
                Grid(self.look, self._tiles(view), len(view.tiles), space.l).grow(),
                Space(self.look).grow(_AIR),
                *self._common(view),
            ],
            space.m,
        )
        bottom = BottomBar(self.look, back=self._sign_in(view), note=view.promise)
        return Page(self.look, self._beside(ways, [self._duty(view), Space(self.look).grow()]), bottom=bottom)

    def _small(self, view: HomeView) -> Element:
        """The same, closer together; the sign-in stands under the card, so that the tiles have room."""
        space = self.look.metrics.space
        first, *others = self._tiles(view)
        ways = Column(
            self.look,
            [
                self._greeting(view),
                self._search(view),
                first.grow(),
                Grid(self.look, others, len(others), space.m).grow(),
                *self._common(view),
                Text(self.look, view.promise, Role.SMALL, colour=INK_SOFT),
            ],
            space.s,
        )
        return Page(self.look, self._beside(ways, [self._duty(view).grow(), self._sign_in(view)]))

    def _portrait(self, view: HomeView) -> Element:
        """What is read above, what is touched within reach from a wheelchair."""
        space = self.look.metrics.space
        first, *others = self._tiles(view)
        body = Column(
            self.look,
            [
                self._duty(view),
                Space(self.look, space.m).grow(),
                self._greeting(view),
                self._search(view),
                Space(self.look, space.s),
                first,
                Grid(self.look, others, len(others), space.l),
                Space(self.look, space.s),
                *self._common(view),
                Space(self.look, space.m).grow(),
            ],
            space.m,
        )
        return Page(self.look, body, bottom=BottomBar(self.look, back=self._sign_in(view), note=view.promise))

    def _beside(self, ways: Element, side: list[Element]) -> Element:
        metrics = self.look.metrics
        card = Column(self.look, side, metrics.space.m).wide(round(metrics.width * _CARD_SHARE))
        gap = metrics.space.xxl if metrics.layout is Layout.LARGE else metrics.space.l
        return Row(self.look, [ways.grow(), card], gap)

    def _greeting(self, view: HomeView) -> Element:
        return Text(self.look, view.greeting, Role.DISPLAY)

    def _search(self, view: HomeView) -> Element:
        touched = emitter(self.emit, view.search.intent)
        button = Button(self.look, f"{view.search.target_id}.go", view.search.text, touched)
        return SearchBox(self.look, view.search.target_id, "", touched, hint=view.search_hint, button=button)

    def _tiles(self, view: HomeView) -> list[Element]:
        return [
            Tile(
                self.look,
                tile.target_id,
                tile.icon,
                tile.title,
                tile.subtitle,
                emitter(self.emit, tile.intent),
                primary=tile.primary,
            )
            for tile in view.tiles
        ]

    def _common(self, view: HomeView) -> list[Element]:
        if not view.common:
            return []
        cards = [
            LinkCard(self.look, common.target_id, common.text, emitter(self.emit, common.intent))
            for common in view.common
        ]
        caption = Text(self.look, view.common_caption, Role.SMALL, colour=INK_SOFT)
        return [caption, Grid(self.look, cards, _COMMON_COLUMNS, self.look.metrics.space.m)]

    def _duty(self, view: HomeView) -> Element:
        """Who is here, and what else is worth knowing, between hairlines."""
        parts: list[Element] = [
            Text(self.look, view.duty_caption, Role.SMALL, colour=INK_SOFT),
            Lead(self.look, view.duty_name, view.duty_place, role=Role.HEADING),
        ]
        if view.duty_phone:
            parts.append(Text(self.look, view.duty_phone, Role.NUMBER))
        sections = [Column(self.look, parts, self.look.metrics.space.xs), *map(self._lead, view.cards)]
        air = self.look.metrics.space.l if self.look.metrics.layout is Layout.SMALL else self.look.metrics.space.xl
        below = self.look.metrics.space.m if self.look.metrics.layout is Layout.SMALL else self.look.metrics.space.l
        lines: list[Element] = []
        for at, section in enumerate(sections):
            if at:
                lines.append(Hairline(self.look))
            lines.append(Inset(self.look, section, air, air if at == 0 else below, below))
        return Card(self.look, Column(self.look, lines, 0), padding=0)

    def _lead(self, card: EntryView) -> Element:
        return Lead(self.look, card.when, card.text, card.note)

    def _sign_in(self, view: HomeView) -> Button:
        return Button(self.look, view.sign_in.target_id, view.sign_in.text, emitter(self.emit, view.sign_in.intent))

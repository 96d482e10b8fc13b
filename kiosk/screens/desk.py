"""The agent's desk: menu, list with lights, and the chosen case beside it; where it is narrow, list or case."""

from __future__ import annotations

from kiosk.own_views import CaseDetailView, CaseRowView, DeskView
from kiosk.screens import Screen
from kiosk.screens.actions import button, emitter
from kiosk.theme import BLUE, INK_SOFT, Layout, Role
from kiosk.widgets.bars import MenuEntry, SideMenu
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Button, Pill
from kiosk.widgets.case_card import CaseCard, LowButton, Pairs
from kiosk.widgets.element import Element
from kiosk.widgets.inset import Wrap
from kiosk.widgets.layout import Column, Row
from kiosk.widgets.listing import ListCard
from kiosk.widgets.page import Page
from kiosk.widgets.table import Cell, RowsInSight, Table, TableRow
from kiosk.widgets.words import Because, Event, Facts, Light, Text, Timeline

_SHARES = (1.5, 1.0)  # of what and whose, and of how it stands
_ALL_COLUMNS_EM = 36  # a list narrower than this, in sizes of its type, gives up what is to be done
_THREE_COLUMNS_EM = 31  # and narrower than this also how it stands: the case itself tells
_DETAIL_SHARE = 0.29  # of the window's width


class DeskScreen(Screen):
    """Draws a `DeskView`."""

    name = "desk"

    def build(self, view: DeskView) -> Element:
        """Return list and case side by side, or on a small screen the one that is asked for."""
        metrics = self.look.metrics
        menu = SideMenu(self.look, self._entries(view), self.emit)
        body: Element
        if metrics.layout is Layout.LARGE:
            detail = self._case(view, view.detail) if view.detail else self._nothing_chosen()
            body = Row(
                self.look, [self._list(view).grow(), detail.wide(round(metrics.width * _DETAIL_SHARE))], metrics.space.l
            )
        else:
            body = self._case(view, view.detail) if view.detail else self._list(view)
        return Page(self.look, body, menu=menu)

    def _entries(self, view: DeskView) -> list[MenuEntry]:
        return [
            *(MenuEntry(entry.target_id, entry.text, entry.intent, selected=entry.chosen) for entry in view.menu),
            *(MenuEntry(away.target_id, away.text, away.intent, last=True) for away in view.away),
        ]

    def _list(self, view: DeskView) -> Element:
        pills = [
            Pill(self.look, each.target_id, each.text, emitter(self.emit, each.intent), selected=each.chosen)
            for each in view.filters
        ]
        head = Column(
            self.look, [Text(self.look, view.title, Role.HEADING), Wrap(self.look, pills)], self.look.metrics.space.s
        )
        chosen = next((each.target_id for each in view.filters if each.chosen), "")
        child: Element
        if view.rows:
            columns = self._columns(view)
            rows = RowsInSight(view.rows, lambda row: self._line(row, len(columns)))
            child = Table(self.look, columns, rows, f"cases.{chosen}")
        else:
            child = Text(self.look, view.empty, Role.BODY, colour=INK_SOFT)
        return ListCard(self.look, child, head)

    def _columns(self, view: DeskView) -> tuple[int | float, ...]:
        """Light and action as wide as their widest words, the rest shared; fewer columns for larger type."""
        metrics = self.look.metrics
        type_, width_of = metrics.type, self.look.ink.typesetter.width_of
        light = max(width_of(text, type_.small, bold=True) for text in {row.light.text for row in view.rows})
        action = max(width_of(text, type_.body, bold=True) for text in {row.action for row in view.rows})
        around = 2 * metrics.space.s + 2 * type_.small
        detail = metrics.width * _DETAIL_SHARE if metrics.layout is Layout.LARGE else 0
        room = metrics.width - metrics.menu - detail - 2 * metrics.space.l
        if action and room >= _ALL_COLUMNS_EM * type_.body:
            return (light + around, *_SHARES, action)
        return (light + around, *_SHARES) if room >= _THREE_COLUMNS_EM * type_.body else (light + around, 1.0)

    def _nothing_chosen(self) -> Element:
        return ListCard(self.look, Text(self.look, self.tr("点左边一件，在这里看经过。"), Role.BODY, colour=INK_SOFT))

    def _case(self, view: DeskView, detail: CaseDetailView) -> Element:
        """The case: how it stands and why, what happened, what can be done now."""
        space = self.look.metrics.space
        matter: list[Element] = [
            Light(self.look, detail.light.level, detail.light.text),
            Column(
                self.look,
                [
                    Text(self.look, detail.title, Role.HEADING),
                    Text(self.look, detail.number, Role.SMALL, colour=INK_SOFT),
                ],
                0,
            ),
        ]
        if detail.because:
            matter.append(Because(self.look, detail.because))
        if detail.facts:
            matter.append(Facts(self.look, detail.facts, gap=0))
        events = [Event(entry.when, entry.text, entry.note, entry.level) for entry in detail.trace.entries]
        if events:
            matter.append(Timeline(self.look, events))
        return CaseCard(
            self.look, Column(self.look, matter, space.m), self._foot(view, detail), f"case.{detail.number}"
        )

    def _foot(self, view: DeskView, detail: CaseDetailView) -> Element:
        """What can be done: the main action and the others below; in the list's place a bar with the way back."""
        main, *others = [button(self.look, action, self.emit) for action in detail.actions]
        if self.look.metrics.layout is not Layout.LARGE:
            return BottomBar(self.look, back=self._back(view), main=[*others, main])
        lower = Pairs(self.look, [LowButton(other) for other in others])
        return Column(self.look, [main, lower], self.look.metrics.space.s)

    def _back(self, view: DeskView) -> Button | None:
        """The way back to the list, where it has given its place to the case."""
        here = next((entry for entry in view.menu if entry.chosen), None)
        if here is None:
            return None
        return Button(self.look, "back", here.text, emitter(self.emit, here.intent), icon="back")

    def _line(self, row: CaseRowView, columns: int) -> TableRow:
        cells = (
            Cell(row.light.text, level=row.light.level),
            Cell(row.title, row.subtitle, bold=True),
            Cell(row.state, row.due),
            Cell(row.action, bold=True, colour=BLUE),
        )
        return TableRow(row.target_id, cells[:columns], emitter(self.emit, row.intent), chosen=row.chosen)

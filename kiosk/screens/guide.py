"""The service guide: ways to browse, groups, items; and a search field that is written in."""

from __future__ import annotations

from kiosk.input.keys import Command, Key
from kiosk.intents import Focus, Seek
from kiosk.own_views import GuideView
from kiosk.pages import OptionView, RowView
from kiosk.screens import Screen, Writing
from kiosk.screens.actions import button, emitter
from kiosk.screens.steps import steps_rail
from kiosk.theme import INK_SOFT, Layout, Role
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Pill
from kiosk.widgets.element import Element
from kiosk.widgets.fields import SearchBox
from kiosk.widgets.inset import Wrap
from kiosk.widgets.layout import Column, Row
from kiosk.widgets.listing import ListCard, Tab, Tabs
from kiosk.widgets.page import Page
from kiosk.widgets.sheet import Head
from kiosk.widgets.table import Cell, RowsInSight, Table, TableRow
from kiosk.widgets.words import Text


class GuideScreen(Screen):
    """Draws a `GuideView`."""

    name = "guide"

    def build(self, view: GuideView) -> Element:
        """Return the ways to browse above, the groups at the left, the items; while writing only what is found."""
        writing = None
        if view.search.focused:
            writing = self.write(
                view.search.field, view.search.text, length_max=view.search.length_max, done=self.tr("完成")
            )
        search = self._search(view, writing)
        if writing is not None:
            # On a small screen the keys leave room for few lines: they give up their notes.
            notes = self.look.metrics.layout is not Layout.SMALL
            body = Column(self.look, [search, self._items(view, notes=notes).grow()], self.look.metrics.space.s)
            return Page(self.look, body, panel=writing.panel)
        groups = Tabs(self.look, [self._group(group) for group in view.groups], f"groups.{_chosen(view.ways)}")
        below = Row(self.look, [groups, self._items(view).grow()], self.look.metrics.space.l)
        body = Column(self.look, [*self._head(view, search), below.grow()], self.look.metrics.space.m)
        return Page(
            self.look,
            body,
            steps=steps_rail(self.look, view.steps) if view.steps else None,
            bottom=BottomBar(self.look, back=button(self.look, view.back, self.focus)),
        )

    def press(self, key: Key) -> None:
        """Take a key, and seek with every letter: initials find an item before a character is chosen."""
        super().press(key)
        if key is not Command.DONE:
            entry = self._entry.view()
            self.emit(Seek(entry.text[: entry.caret] + entry.composing + entry.text[entry.caret :]))

    def _head(self, view: GuideView, search: Element) -> list[Element]:
        """The title, the search field and the ways to browse, as close together as there is room."""
        metrics = self.look.metrics
        ways = Wrap(self.look, [self._way(way) for way in view.ways])
        title = Head(self.look, view.title)
        if metrics.layout is Layout.SMALL and ways.natural_width() * 2 < metrics.width:
            return [Row(self.look, [search.grow(), ways], metrics.space.l, align="middle")]
        rail = metrics.rail if view.steps and metrics.layout is Layout.LARGE else 0
        if metrics.layout is Layout.LARGE and title.natural_width() * 3 < metrics.width - rail:
            return [Row(self.look, [title, search.grow()], metrics.space.xl, align="middle"), ways]
        return [title, search, ways]

    def _search(self, view: GuideView, writing: Writing | None) -> Element:
        value = writing.entry if writing is not None else view.search.text

        def touched() -> None:
            self.emit(Focus(view.search.field))

        return SearchBox(
            self.look,
            view.search.target_id,
            value,
            touched,
            hint=view.search.hint,
            focused=writing is not None,
        )

    def _way(self, way: OptionView) -> Element:
        return Pill(self.look, way.target_id, way.text, emitter(self.focus, way.intent), selected=way.chosen)

    def _group(self, group: OptionView) -> Tab:
        return Tab(self.look, group.target_id, group.text, emitter(self.focus, group.intent), chosen=group.chosen)

    def _items(self, view: GuideView, *, notes: bool = True) -> Element:
        if not view.items.rows:
            return ListCard(self.look, Text(self.look, view.items.empty, Role.BODY, colour=INK_SOFT))
        keep_id = f"items.{_chosen(view.ways)}.{_chosen(view.groups)}"
        columns = self._columns(view)
        rows = RowsInSight(view.items.rows, lambda row: self._line(row, len(columns), notes=notes))
        return ListCard(self.look, Table(self.look, columns, rows, keep_id, arrow=True, notes=notes))

    def _columns(self, view: GuideView) -> tuple[int | float, ...]:
        """The name, and how it is done in a column of its own while that takes no more than a quarter."""
        metrics = self.look.metrics
        how = max(self.look.ink.typesetter.width_of(row.trailing, metrics.type.body) for row in view.items.rows)
        tabs = 0 if view.search.focused else metrics.rail
        steps = metrics.rail if view.steps and metrics.layout is Layout.LARGE else 0
        room = metrics.width - 2 * metrics.margin - tabs - steps
        return (1.0, how) if how * 4 <= room else (1.0,)

    def _line(self, row: RowView, columns: int, *, notes: bool) -> TableRow:
        action = emitter(self.focus, row.intent) if row.intent is not None else None
        note = row.subtitle if columns > 1 else f"{row.subtitle} · {row.trailing}"
        cells = (Cell(row.title, note if notes else "", bold=True), Cell(row.trailing, colour=INK_SOFT))
        return TableRow(row.target_id, cells[:columns], action)


def _chosen(options: tuple[OptionView, ...]) -> str:
    return next((option.target_id for option in options if option.chosen), "")

"""The touch grid of the self-test: cells over the whole screen, each to be touched once."""

from __future__ import annotations

from kiosk.own_views import TouchGridView
from kiosk.screens import Screen
from kiosk.screens.actions import button, emitter
from kiosk.theme import Layout, Role
from kiosk.widgets.buttons import Button, Kind
from kiosk.widgets.element import Element
from kiosk.widgets.layout import Column, Grid, Row
from kiosk.widgets.page import Page
from kiosk.widgets.words import Text

_COLUMNS = {Layout.PORTRAIT: 3}
_COLUMNS_OTHERWISE = 4


class TouchGridScreen(Screen):
    """Draws a `TouchGridView`."""

    name = "touch_grid"

    def build(self, view: TouchGridView) -> Element:
        """Return the cells, as large as the screen lets them be, and the ways out below them."""
        metrics = self.look.metrics
        cells: list[Element] = [
            Button(
                self.look,
                cell.target_id,
                cell.text,
                emitter(self.emit, cell.intent),
                kind=Kind.SECONDARY if cell.enabled else Kind.QUIET,
                enabled=cell.enabled,
            )
            for cell in view.cells
        ]
        columns = _COLUMNS.get(metrics.layout, _COLUMNS_OTHERWISE)
        ways: list[Element] = [button(self.look, other, self.emit) for other in view.others]
        parts: list[Element] = [
            Text(self.look, view.title, Role.HEADING, align="center"),
            Grid(self.look, cells, columns, metrics.space.s).grow(),
            Row(self.look, ways, metrics.space.m),
        ]
        return Page(self.look, Column(self.look, parts, metrics.space.m))

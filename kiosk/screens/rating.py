"""The moment of rating: on the pad, or by five buttons of equal size; then thanks."""

from __future__ import annotations

from kiosk.own_views import RatingView
from kiosk.screens import Screen
from kiosk.screens.actions import button, emitter
from kiosk.theme import INK_SOFT, Layout, Role, TextSize
from kiosk.widgets.choices import ChoiceGroup, Option
from kiosk.widgets.element import Element
from kiosk.widgets.layout import Column, Grid, Row, Space
from kiosk.widgets.page import Page
from kiosk.widgets.rating import PadPicture, RatingButton, ThanksPicture
from kiosk.widgets.words import Text


class RatingScreen(Screen):
    """Draws a `RatingView`."""

    name = "rating"

    def build(self, view: RatingView) -> Element:
        """Return the question in the middle, and how it is answered."""
        metrics = self.look.metrics
        parts: list[Element] = [
            Space(self.look).grow(),
            *self._answer_above(view),
            Text(self.look, view.title, Role.DISPLAY, align="center"),
            Text(self.look, view.text, Role.BODY, colour=INK_SOFT, align="center"),
            *self._air(metrics.space.m),
            *self._levels(view),
            *self._ticks(view),
            *self._air(metrics.space.s),
            *([self._centred(button(self.look, view.other, self.emit))] if view.other else []),
            self._centred(button(self.look, view.skip, self.emit)),
            Space(self.look).grow(),
        ]
        return Page(self.look, Column(self.look, parts, metrics.space.m))

    def _answer_above(self, view: RatingView) -> list[Element]:
        """A picture of what answers, where there is nothing to touch."""
        if view.thanks and view.ticks is None:
            return [ThanksPicture(self.look)]
        return [PadPicture(self.look, view.pad_keys)] if view.pad_keys else []

    def _levels(self, view: RatingView) -> list[Element]:
        if not view.levels:
            return []
        best = len(view.levels)
        buttons: list[Element] = [
            RatingButton(self.look, level.target_id, level.text, best - at, emitter(self.emit, level.intent))
            for at, level in enumerate(view.levels)
        ]
        columns = 1 if self.look.metrics.layout is Layout.PORTRAIT else len(buttons)
        return [Grid(self.look, buttons, columns, self.look.metrics.space.m)]

    def _air(self, height_px: int) -> list[Element]:
        """Some air, but none where large words on a small screen would push the way not to rate out of sight."""
        metrics = self.look.metrics
        crowded = metrics.layout is Layout.SMALL and metrics.text_size is not TextSize.STANDARD
        return [] if crowded else [Space(self.look, height_px)]

    def _ticks(self, view: RatingView) -> list[Element]:
        """What could be better, beside the thanks."""
        if view.ticks is None:
            return []
        options = [
            Option(each.target_id, each.text, each.chosen, emitter(self.emit, each.intent))
            for each in view.ticks.options
        ]
        return [ChoiceGroup(self.look, view.ticks.label, options, several=True)]

    def _centred(self, element: Element) -> Element:
        return Row(self.look, [Space(self.look).grow(), element, Space(self.look).grow()], 0)

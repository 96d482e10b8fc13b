"""Where things stand on a screen: steps at the left, the matter in the middle, the next step below.

While a field is written in the keys stand at the lower edge; on a small screen they take the place of the
steps and of the next step, so that the question, its field and the keys are all there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.theme import Layout
from kiosk.widgets.bars import SideMenu, StepsRail
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.element import Element, walk
from kiosk.widgets.fields import Field, SearchBox
from kiosk.widgets.look import Look
from kiosk.widgets.panel import KeyPanel
from kiosk.widgets.scroll import Draggable, Scroll


class Page(Element):
    """Fills the place between top bar and strip."""

    def __init__(
        self,
        look: Look,
        body: Element,
        *,
        steps: StepsRail | None = None,
        asides: Sequence[Element] = (),
        menu: SideMenu | None = None,
        bottom: BottomBar | None = None,
        panel: KeyPanel | None = None,
        keep_id: str = "page",
    ) -> None:
        """`body` gets all the height that is left, and scrolls when it needs more, unless a scroll or a table is
        part of it. Under the steps, on a large screen only, stands the first of `asides` for which there is room.
        """
        super().__init__(look)
        small_typing = panel is not None and look.metrics.layout is Layout.SMALL
        scrolls_itself = any(isinstance(element, Draggable) for element in walk(body))
        self.body = body if scrolls_itself else Scroll(look, body, keep_id)
        self.menu = menu
        self.steps = None if small_typing else steps
        self.asides = tuple(asides) if look.metrics.layout is Layout.LARGE else ()
        self.bottom = None if small_typing else bottom
        self.panel = panel
        for part in (self.body, menu, self.steps, *self.asides, self.bottom, panel):
            if part is not None:
                self.add_widget(part)

    def height_for(self, width_px: int) -> int:
        """All the height there is."""
        return int(self.height)

    def arrange(self) -> None:
        """Place the parts from the edges inward; what is left is the body's."""
        metrics = self.look.metrics
        tight = metrics.layout is Layout.SMALL
        left, right = int(self.x) + metrics.margin, int(self.right) - metrics.margin
        bottom = int(self.y) + (metrics.space.s if tight else metrics.space.l)
        top = int(self.top) - (metrics.space.m if tight else metrics.space.xl)
        if self.menu is not None:
            width = self.menu.natural_width()
            self.menu.place(int(self.x), int(self.y), width, int(self.height))
            left = int(self.x) + width + metrics.space.l
            right = int(self.right) - metrics.space.l
        if self.bottom is not None:
            height = self.bottom.height_for(right - left)
            self.bottom.place(left, bottom, right - left, height)
            bottom += height + (metrics.space.m if tight else metrics.space.l)
        if self.steps is not None and self.steps.across:
            height = self.steps.height_for(right - left)
            self.steps.place(left, top - height, right - left, height)
            top -= height + metrics.space.m
        elif self.steps is not None or self.asides:
            self._place_rail(left, bottom, top)
            left += metrics.rail + metrics.space.xl
        if self.panel is not None:
            bottom = self._place_panel(self.panel, left, right, bottom)
        self.body.place(left, bottom, right - left, top - bottom)
        self._show_focused()

    def _place_rail(self, left: int, bottom: int, top: int) -> None:
        """Place the steps from the top and what is done for whom at the foot; alone that stands at the top."""
        width = self.look.metrics.rail
        steps = min(self.steps.height_for(width), top - bottom) if self.steps is not None else 0
        if self.steps is not None:
            self.steps.place(left, top - steps, width, steps)
        is_placed = False
        for aside in self.asides:
            height = aside.height_for(width)
            if is_placed or (self.steps is not None and steps + height + self.look.metrics.space.l > top - bottom):
                self.remove_widget(aside)
                continue
            aside.place(left, bottom if self.steps is not None else top - height, width, height)
            is_placed = True

    def _place_panel(self, panel: KeyPanel, left: int, right: int, bottom: int) -> int:
        """Place the keys; return the lower edge of what remains."""
        metrics = self.look.metrics
        height = panel.height_for(right - left)
        if metrics.layout is Layout.SMALL:
            # From edge to edge: the bed of the keys goes on in the strip below.
            panel.place(int(self.x), int(self.y), int(self.width), height)
            return int(self.y) + height + metrics.space.s
        panel.place(left, bottom, right - left, height)
        return bottom + height + metrics.space.l

    def _show_focused(self) -> None:
        if not isinstance(self.body, Scroll):
            return
        for element in walk(self.body):
            if isinstance(element, Field | SearchBox) and element.focused:
                self.body.bring_into_view(element)

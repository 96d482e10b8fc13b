"""Lists on a card, and the tabs that choose what they hold."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.text.setting import Paragraph
from kiosk.theme import BLUE, CARD, INK, LINE, WHITE, Layout, Role
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Action
from kiosk.widgets.element import Element
from kiosk.widgets.layout import Column
from kiosk.widgets.look import Look
from kiosk.widgets.scroll import Draggable, Scroll


class ListCard(Element):
    """A white card filled to its sides by a list, under a head if there is one."""

    def __init__(self, look: Look, child: Element, head: Element | None = None) -> None:
        """A `child` that scrolls by itself gets the whole width; anything else the air of a card."""
        super().__init__(look)
        self.child = child
        self.head = head
        for part in (head, child):
            if part is not None:
                self.add_widget(part)

    def height_for(self, width_px: int) -> int:
        """All there is; whoever places it may give less."""
        air = self.look.metrics.space.l
        head = self.head.height_for(width_px - 2 * air) + air if self.head is not None else 0
        return head + self.child.height_for(width_px - 2 * self._sides()) + 2 * self._ends()

    def arrange(self) -> None:
        """Place the head above, the list below it down to the round of the corners."""
        box, air = self.box, self.look.metrics.space.l
        top = box.top - self._ends()
        if self.head is not None:
            height = self.head.height_for(box.width - 2 * air)
            top = box.top - air - height
            self.head.place(box.x + air, top, box.width - 2 * air, height)
            top -= self.look.metrics.space.s
        bottom = box.y + self._ends()
        self.child.place(box.x + self._sides(), bottom, box.width - 2 * self._sides(), top - bottom)

    def paint(self) -> None:
        """Draw the card, and a hairline under the head."""
        metrics = self.look.metrics
        shapes.framed(self.canvas.before, CARD, LINE, self.box, metrics.radius.card, metrics.hairline)
        if self.head is not None:
            y = int(self.child.top)
            shapes.fill(self.canvas.before, LINE, shapes.Box(self.box.x, y, self.box.width, metrics.hairline))

    def _sides(self) -> int:
        metrics = self.look.metrics
        return metrics.hairline if isinstance(self.child, Draggable) else metrics.space.xl

    def _ends(self) -> int:
        metrics = self.look.metrics
        return metrics.radius.card // 2 if isinstance(self.child, Draggable) else metrics.space.xl


class Tab(Element):
    """One of several groups, as a line of a list: its words at the left, on blue when it is chosen."""

    def __init__(self, look: Look, target_id: str, text: str, action: Action, *, chosen: bool) -> None:
        """`text` may take two lines."""
        super().__init__(look)
        self.target_id = target_id
        self.text = text
        self.action = action
        self.chosen = chosen

    def height_for(self, width_px: int) -> int:
        """Its lines, never less than a fingertip."""
        metrics = self.look.metrics
        return max(metrics.pill, metrics.touch, self._words(width_px).height + 2 * metrics.space.xs)

    def paint(self) -> None:
        """Draw the words, and the bed if it is chosen."""
        metrics, box = self.look.metrics, self.box
        if self.chosen:
            shapes.rounded(self.canvas.before, BLUE, box, metrics.radius.field)
        words = self._words(box.width)
        colour = WHITE if self.chosen else INK
        self.words(words, colour, box.x + self._air(), box.y + (box.height + words.height) // 2)
        self.spot(self.target_id, self.text, box, self.action, radius=metrics.radius.field)

    def _words(self, width_px: int) -> Paragraph:
        room = width_px - 2 * self._air()
        return self.set(self.text, Role.SMALL, bold=self.chosen, width_px=room, lines_max=2)

    def _air(self) -> int:
        return self.look.metrics.space.m


class Tabs(Scroll):
    """Tabs one below the other; more than fit are scrolled."""

    def __init__(self, look: Look, tabs: Sequence[Tab], keep_id: str) -> None:
        """`keep_id` is unique on the screen."""
        super().__init__(look, Column(look, tabs, 0), keep_id)

    def natural_width(self) -> int:
        """A rail at the left."""
        metrics = self.look.metrics
        return self.width_wanted or (metrics.width // 5 if metrics.layout is Layout.SMALL else metrics.rail)

"""A case on a card: what is known of it scrolls, what can be done stays at the foot."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.theme import CARD, LINE, Layout
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Button
from kiosk.widgets.element import Element
from kiosk.widgets.layout import Container
from kiosk.widgets.look import Look
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.shapes import Box


class LowButton(Element):
    """A button of less height and air than its kind has by itself, for the second rank of a foot."""

    def __init__(self, button: Button) -> None:
        """Take the button."""
        super().__init__(button.look)
        self.button = button
        self.add_widget(button)

    def natural_width(self) -> int:
        """The words and a little air."""
        air = 2 * (self.look.metrics.space.xxl - self.look.metrics.space.m)
        return self.button.natural_width() - air

    def height_for(self, width_px: int) -> int:
        """The height of pills; of buttons, where its words need two lines."""
        metrics = self.look.metrics
        return metrics.button if self.natural_width() > width_px else max(metrics.pill, metrics.touch)

    def arrange(self) -> None:
        """Place the button in all of it."""
        self.button.place(self.box.x, self.box.y, self.box.width, self.box.height)


class Pairs(Container):
    """Elements two a line where both fit into half the width, else alone in a line."""

    def __init__(self, look: Look, children: Sequence[Element]) -> None:
        """Take them in order."""
        super().__init__(look, children, look.metrics.space.s)

    def height_for(self, width_px: int) -> int:
        """All lines and the gaps."""
        lines = self._lines(width_px)
        heights = [line[0].height_for(self._width(line, width_px)) for line in lines]
        return sum(heights) + self.gap * max(0, len(heights) - 1)

    def arrange(self) -> None:
        """Place the lines from the top, each over the whole width."""
        top = self.box.top
        for line in self._lines(self.box.width):
            width = self._width(line, self.box.width)
            height = line[0].height_for(width)
            for at, part in enumerate(line):
                part.place(self.box.x + at * (width + self.gap), top - height, width, height)
            top -= height + self.gap

    def _width(self, line: Sequence[Element], width_px: int) -> int:
        return (width_px - self.gap * (len(line) - 1)) // len(line)

    def _lines(self, width_px: int) -> list[list[Element]]:
        half = (width_px - self.gap) // 2
        lines: list[list[Element]] = []
        for part in self.parts:
            fits = part.natural_width() <= half
            if fits and lines and len(lines[-1]) == 1 and lines[-1][0].natural_width() <= half:
                lines[-1].append(part)
            else:
                lines.append([part])
        return lines


class CaseCard(Element):
    """Fills its place: the foot takes what it needs, the matter scrolls above it."""

    def __init__(self, look: Look, matter: Element, foot: Element, keep_id: str) -> None:
        """`keep_id` names the case, so that a redraw leaves it where it was scrolled to."""
        super().__init__(look)
        self.scroll = Scroll(look, matter, keep_id)
        self.foot = foot
        self.add_widget(self.scroll)
        self.add_widget(foot)

    def height_for(self, width_px: int) -> int:
        """All there is; whoever places it may give less."""
        inner = width_px - 2 * self._air()
        gap = self.look.metrics.space.m
        return self.scroll.height_for(inner) + gap + self.foot.height_for(inner) + 2 * self._air()

    def arrange(self) -> None:
        """Place the foot, and above it what scrolls; the thumb stands in the air at the right."""
        inner = self.box.inset(self._air())
        foot = self.foot.height_for(inner.width)
        self.foot.place(inner.x, inner.y, inner.width, foot)
        bottom = inner.y + foot + self.look.metrics.space.m
        overflow = self.scroll.height_for(inner.width) > inner.top - bottom
        thumb = min(self.scroll.gutter, self._air()) if overflow else 0
        self.scroll.place(inner.x, bottom, inner.width + thumb, inner.top - bottom)

    def paint(self) -> None:
        """Draw the card, and a hairline where what scrolls is cut."""
        metrics = self.look.metrics
        shapes.framed(self.canvas.before, CARD, LINE, self.box, metrics.radius.card, metrics.hairline)
        if self.scroll.reach:
            y = int(self.scroll.y) - metrics.hairline
            rule = Box(self.box.x, y, self.box.width, metrics.hairline)
            shapes.fill(self.canvas.before, LINE, rule)

    def _air(self) -> int:
        metrics = self.look.metrics
        return metrics.space.l if metrics.layout is Layout.SMALL else metrics.space.xl

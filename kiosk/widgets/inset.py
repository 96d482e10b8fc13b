"""Air around an element, and elements that go on in the next line when theirs is full."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.widgets.element import Element
from kiosk.widgets.layout import Container
from kiosk.widgets.look import Look


class Inset(Element):
    """One element with air around it."""

    def __init__(self, look: Look, child: Element, across: int, above: int, below: int | None = None) -> None:
        """Pixels of air at both sides, above and below; below as above unless it is named."""
        super().__init__(look)
        self.child = child
        self.across = across
        self.above = above
        self.below = above if below is None else below
        self.add_widget(child)

    def natural_width(self) -> int:
        """The child's and the air."""
        return self.width_wanted or self.child.natural_width() + 2 * self.across

    def height_for(self, width_px: int) -> int:
        """The child's and the air."""
        return self.child.height_for(width_px - 2 * self.across) + self.above + self.below

    def arrange(self) -> None:
        """Place the child inside the air."""
        box = self.box
        self.child.place(
            box.x + self.across, box.y + self.below, box.width - 2 * self.across, box.height - self.above - self.below
        )


class Wrap(Container):
    """Elements of their natural widths side by side, as many lines of them as it takes."""

    def __init__(self, look: Look, children: Sequence[Element], gap: int | None = None) -> None:
        """`gap` pixels stand between elements and between lines, the small space by default."""
        super().__init__(look, children, look.metrics.space.s if gap is None else gap)

    def natural_width(self) -> int:
        """All of them in one line."""
        gaps = self.gap * max(0, len(self.parts) - 1)
        return self.width_wanted or sum(part.natural_width() for part in self.parts) + gaps

    def height_for(self, width_px: int) -> int:
        """All lines and the gaps."""
        lines = self._lines(width_px)
        heights = [max(part.height_for(width) for part, width in line) for line in lines]
        return sum(heights) + self.gap * max(0, len(heights) - 1)

    def arrange(self) -> None:
        """Place the lines from the top, each from the left."""
        top = self.box.top
        for line in self._lines(self.box.width):
            height = max(part.height_for(width) for part, width in line)
            x = self.box.x
            for part, width in line:
                part.place(x, top - height, width, height)
                x += width + self.gap
            top -= height + self.gap

    def _lines(self, width_px: int) -> list[list[tuple[Element, int]]]:
        lines: list[list[tuple[Element, int]]] = []
        left = 0
        for part in self.parts:
            width = min(part.natural_width(), width_px)
            if not lines or width > left:
                lines.append([])
                left = width_px
            lines[-1].append((part, width))
            left -= width + self.gap
        return lines

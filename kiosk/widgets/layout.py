"""Containers: columns, rows, grids, cards and what separates them."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.theme import CARD, LINE, Rgba
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look


class Container(Element):
    """An element that places other elements."""

    def __init__(self, look: Look, children: Sequence[Element], gap: int | None = None) -> None:
        """Take the children in reading order; `gap` pixels between them, the middle space by default."""
        super().__init__(look)
        self.parts = list(children)
        self.gap = look.metrics.space.m if gap is None else gap
        for child in self.parts:
            self.add_widget(child)


class Column(Container):
    """Elements one below the other, from the top; those that grow share what is left."""

    def natural_width(self) -> int:
        """As wide as the widest."""
        return self.width_wanted or max((part.natural_width() for part in self.parts), default=0)

    def height_for(self, width_px: int) -> int:
        """All heights and the gaps."""
        return sum(part.height_for(width_px) for part in self.parts) + self.gap * max(0, len(self.parts) - 1)

    def arrange(self) -> None:
        """Place the children from the top."""
        width = int(self.width)
        top = int(self.top)
        for part, height in zip(self.parts, self._heights(width), strict=True):
            part.place(int(self.x), top - height, width, height)
            top -= height + self.gap

    def _heights(self, width: int) -> list[int]:
        """Return what every child gets: those that grow take up what is left, or give way."""
        needed = [part.height_for(width) for part in self.parts]
        left = int(self.height) - sum(needed) - self.gap * max(0, len(needed) - 1)
        growing = [
            part.weight if left >= 0 else part.weight and height
            for part, height in zip(self.parts, needed, strict=True)
        ]
        total = sum(growing)
        return [
            max(0, height + int(left * share / total)) if share else height
            for height, share in zip(needed, growing, strict=True)
        ]


class Row(Container):
    """Elements side by side; those that grow share the width, others take their natural one."""

    def __init__(
        self, look: Look, children: Sequence[Element], gap: int | None = None, *, align: str = "stretch"
    ) -> None:
        """`align` says where lower elements stand in the row: "stretch", "top", "middle" or "bottom"."""
        super().__init__(look, children, gap)
        self.align = align

    def natural_width(self) -> int:
        """All natural widths and the gaps."""
        if self.width_wanted:
            return self.width_wanted
        return sum(part.natural_width() for part in self.parts) + self.gap * max(0, len(self.parts) - 1)

    def height_for(self, width_px: int) -> int:
        """As high as the highest."""
        widths = self._widths(width_px)
        return max((part.height_for(width) for part, width in zip(self.parts, widths, strict=True)), default=0)

    def arrange(self) -> None:
        """Place the children from the left."""
        widths = self._widths(int(self.width))
        x = int(self.x)
        for part, width in zip(self.parts, widths, strict=True):
            height = int(self.height) if self.align == "stretch" else part.height_for(width)
            spare = int(self.height) - height
            y = int(self.y) + {"stretch": 0, "bottom": 0, "middle": spare // 2, "top": spare}[self.align]
            part.place(x, y, width, height)
            x += width + self.gap

    def _widths(self, width_px: int) -> list[int]:
        room = width_px - self.gap * max(0, len(self.parts) - 1)
        fixed = [0 if part.weight else min(part.natural_width(), room) for part in self.parts]
        weights = sum(part.weight for part in self.parts)
        left = max(0, room - sum(fixed))
        return [
            int(left * part.weight / weights) if part.weight else width
            for part, width in zip(self.parts, fixed, strict=True)
        ]


class Grid(Container):
    """Elements of equal width in columns, row by row; every row is as high as its highest element."""

    def __init__(self, look: Look, children: Sequence[Element], columns: int, gap: int | None = None) -> None:
        """`columns` elements stand side by side. If the grid grows, its rows share the height."""
        super().__init__(look, children, gap)
        self.columns = columns

    def height_for(self, width_px: int) -> int:
        """All rows and the gaps."""
        rows = self._row_heights(width_px)
        return sum(rows) + self.gap * max(0, len(rows) - 1)

    def arrange(self) -> None:
        """Place the children row by row."""
        width = self._column_width(int(self.width))
        rows = self._row_heights(int(self.width))
        extra = int(self.height) - sum(rows) - self.gap * max(0, len(rows) - 1)
        share = max(0, extra // len(rows)) if rows and self.weight else 0
        top = int(self.top)
        for row, needed in enumerate(rows):
            height = needed + share
            for column, part in enumerate(self._row(row)):
                part.place(int(self.x) + column * (width + self.gap), top - height, width, height)
            top -= height + self.gap

    def _row(self, row: int) -> list[Element]:
        return self.parts[row * self.columns : (row + 1) * self.columns]

    def _column_width(self, width_px: int) -> int:
        return (width_px - self.gap * (self.columns - 1)) // self.columns

    def _row_heights(self, width_px: int) -> list[int]:
        width = self._column_width(width_px)
        rows = -(-len(self.parts) // self.columns)
        return [max(part.height_for(width) for part in self._row(row)) for row in range(rows)]


class Card(Element):
    """A white sheet with a hairline border around one element."""

    def __init__(self, look: Look, child: Element, padding: int | None = None, bed: Rgba = CARD) -> None:
        """`padding` pixels around the child, the extra-large space by default."""
        super().__init__(look)
        self.child = child
        self.padding = look.metrics.space.xl if padding is None else padding
        self.bed = bed
        self.add_widget(child)

    def natural_width(self) -> int:
        """The child's and the padding."""
        return self.width_wanted or self.child.natural_width() + 2 * self.padding

    def height_for(self, width_px: int) -> int:
        """The child's and the padding."""
        return self.child.height_for(width_px - 2 * self.padding) + 2 * self.padding

    def arrange(self) -> None:
        """Place the child inside the padding."""
        inner = self.box.inset(self.padding)
        self.child.place(inner.x, inner.y, inner.width, inner.height)

    def paint(self) -> None:
        """Draw the sheet."""
        metrics = self.look.metrics
        shapes.framed(self.canvas.before, self.bed, LINE, self.box, metrics.radius.card, metrics.hairline)


class Space(Element):
    """Nothing, of a height; or, if it grows, whatever is left."""

    def __init__(self, look: Look, height_px: int = 0) -> None:
        """`height_px` is the least it takes."""
        super().__init__(look)
        self.least = height_px

    def height_for(self, width_px: int) -> int:
        """The height it was made with."""
        return self.least


class Hairline(Element):
    """A thin line across."""

    def height_for(self, width_px: int) -> int:
        """One hairline."""
        return self.look.metrics.hairline

    def paint(self) -> None:
        """Draw the line."""
        shapes.fill(self.canvas.before, LINE, self.box)

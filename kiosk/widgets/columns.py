"""Questions side by side, two at most; and what belongs to a notice or a sheet to sign on, beside it."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.theme import Layout
from kiosk.widgets.choices import ChoiceGroup
from kiosk.widgets.element import Element
from kiosk.widgets.inset import Wrap
from kiosk.widgets.layout import Container
from kiosk.widgets.look import Look
from kiosk.widgets.rows import Notice

_UNBOUNDED_PX = 100_000


class Questions(Container):
    """Fields and choices in two columns; choices that need more than one row of half the width take all of it."""

    def __init__(self, look: Look, children: Sequence[Element], columns: int) -> None:
        """One or two `columns`."""
        super().__init__(look, children, look.metrics.space.l)
        self.columns = columns

    def height_for(self, width_px: int) -> int:
        """All rows and the gaps."""
        rows = self._rows(width_px)
        heights = [max(part.height_for(width) for part, width in row) for row in rows]
        return sum(heights) + self.gap * max(0, len(heights) - 1)

    def arrange(self) -> None:
        """Place the rows from the top; the labels of a row stand on one line."""
        top = self.box.top
        for row in self._rows(self.box.width):
            x = self.box.x
            for part, width in row:
                height = part.height_for(width)
                part.place(x, top - height, width, height)
                x += width + self._gutter()
            top -= max(part.height_for(width) for part, width in row) + self.gap

    def _rows(self, width_px: int) -> list[list[tuple[Element, int]]]:
        half = (width_px - self._gutter()) // 2 if self.columns > 1 else width_px
        rows: list[list[tuple[Element, int]]] = []
        free = False  # the second half of the last row
        for part in self.parts:
            whole = self.columns == 1 or (
                isinstance(part, ChoiceGroup) and part.height_for(half) > part.height_for(_UNBOUNDED_PX)
            )
            if free and not whole:
                rows[-1].append((part, half))
                free = False
            else:
                rows.append([(part, width_px if whole else half)])
                free = not whole
        return rows

    def _gutter(self) -> int:
        return self.look.metrics.space.xl


class Beside(Container):
    """A notice and its buttons: beside it where that leaves it the larger half and is no higher, else below.

    One that keeps room has all of a narrow page: other words of a button must not move what is below.
    """

    def __init__(self, look: Look, notice: Notice, buttons: Sequence[Element]) -> None:
        """`buttons` stand in one line beside the notice, or in as many as they take below it."""
        choices = Wrap(look, buttons)
        super().__init__(look, [notice, choices], look.metrics.space.s)
        self.notice = notice
        self.choices = choices

    def height_for(self, width_px: int) -> int:
        """The higher of the two, or both and the gap."""
        beside = self._beside(width_px)
        return self._beside_height(beside) if beside else self._below_height(width_px)

    def arrange(self) -> None:
        """Place the notice at the left or above; beside it the buttons stand in the middle."""
        box, beside = self.box, self._beside(self.box.width)
        if beside:
            self.notice.place(box.x, box.y, beside, box.height)
            width = self.choices.natural_width()
            height = self.choices.height_for(width)
            self.choices.place(box.right - width, box.y + (box.height - height) // 2, width, height)
            return
        above = self.notice.height_for(box.width)
        below = self.choices.height_for(box.width)
        self.notice.place(box.x, box.top - above, box.width, above)
        self.choices.place(box.x, box.top - above - self.gap - below, box.width, below)

    def _beside(self, width_px: int) -> int:
        """Return the width that is left for the notice beside its buttons, 0 where they stand below it."""
        if self.notice.lines > 1 and self.look.metrics.layout is Layout.PORTRAIT:
            return 0
        room = width_px - self.choices.natural_width() - self.gap
        fits = room * 2 >= width_px and self._beside_height(room) <= self._below_height(width_px)
        return room if fits else 0

    def _beside_height(self, room_px: int) -> int:
        return max(self.notice.height_for(room_px), self.choices.height_for(self.choices.natural_width()))

    def _below_height(self, width_px: int) -> int:
        return self.notice.height_for(width_px) + self.gap + self.choices.height_for(width_px)


class Signing(Container):
    """A sheet to sign on, three times as wide as high, and at its right what belongs to it."""

    _SHARE = 0.62  # of the width, for the sheet

    def __init__(self, look: Look, pad: Element, side: Element) -> None:
        """`side` stands at the upper right of the pad."""
        super().__init__(look, [pad, side], look.metrics.space.l)
        self.pad = pad
        self.side = side

    def height_for(self, width_px: int) -> int:
        """The pad's, or what the side needs."""
        pad = round(width_px * self._SHARE)
        return max(self.pad.height_for(pad), self.side.height_for(width_px - pad - self.gap))

    def arrange(self) -> None:
        """Place the pad at the left and the side at the right of it."""
        box = self.box
        width = round(box.width * self._SHARE)
        height = self.pad.height_for(width)
        self.pad.place(box.x, box.top - height, width, height)
        rest = box.width - width - self.gap
        beside = max(height, self.side.height_for(rest))
        self.side.place(box.x + width + self.gap, box.top - beside, rest, beside)

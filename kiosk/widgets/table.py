"""A list of many rows of which only those in sight are drawn: two thousand cases open as fast as ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

from kivy.graphics import ScissorPop, ScissorPush
from msgspec import Struct

from kiosk.text.setting import Paragraph
from kiosk.theme import BLUE_SOFT, INK, INK_SOFT, LINE, Rgba, Role
from kiosk.views import Level
from kiosk.widgets import shapes
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.scroll import Draggable
from kiosk.widgets.shapes import Box
from kiosk.widgets.words import LEVEL_COLOURS, MARK_GAP

Entry = TypeVar("Entry")


class Cell(Struct, frozen=True):
    """What stands in one column of a row: one line, perhaps a softer one below; or a light."""

    text: str
    note: str = ""
    bold: bool = False
    colour: Rgba = INK
    level: Level | None = None


class TableRow(Struct, frozen=True):
    """One row. Without an action it cannot be touched."""

    target_id: str
    cells: tuple[Cell, ...]
    action: Callable[[], None] | None = None
    chosen: bool = False


class RowsInSight(Sequence[TableRow], Generic[Entry]):
    """The rows of many entries, each made by `make` whenever the table asks for it."""

    def __init__(self, entries: Sequence[Entry], make: Callable[[Entry], TableRow]) -> None:
        self._entries = entries
        self._make = make

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> TableRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TableRow]: ...
    def __getitem__(self, index: int | slice) -> TableRow | Sequence[TableRow]:
        if isinstance(index, slice):
            return [self._make(entry) for entry in self._entries[index]]
        return self._make(self._entries[index])


class Table(Draggable):
    """Rows of equal height, each as wide as the table; columns take shares of the width."""

    def __init__(
        self,
        look: Look,
        columns: Sequence[int | float],
        rows: Sequence[TableRow],
        keep_id: str = "table",
        *,
        arrow: bool = False,
        padding: int | None = None,
        notes: bool = True,
    ) -> None:
        """`columns` are widths: an int in pixels, a float as a share of what is left.

        `rows` is asked only for those in sight, so they may be `RowsInSight`.

        `arrow` ends every row that can be touched with an arrow. Without `notes` the rows are one line high.
        """
        super().__init__(look, keep_id)
        self.notes = notes
        self.columns = tuple(columns)
        self.rows = rows
        self.arrow = arrow
        self.padding = look.metrics.space.l if padding is None else padding

    @property
    def row_height(self) -> int:
        """Height of every row in pixels: one or two lines of words and air."""
        type_ = self.look.metrics.type
        lines = round((type_.body + (type_.small if self.notes else 0)) * 1.35)
        return max(self.look.metrics.touch, lines + 2 * self.look.metrics.space.m)

    def height_for(self, width_px: int) -> int:
        """All rows; whoever places it may give less."""
        return self.row_height * len(self.rows)

    def scrolled(self) -> None:
        """Draw the rows that are in sight now."""
        self.redraw()

    def paint(self) -> None:
        """Draw the rows in sight."""
        self.full_height = self.row_height * len(self.rows)
        self.offset = max(0, min(self.offset, self.reach))
        canvas = self.canvas.before
        x, y = self.to_window(*self.pos)
        canvas.add(ScissorPush(x=int(x), y=int(y), width=self.box.width, height=self.box.height))
        height = self.row_height
        first = self.offset // height
        last = min(len(self.rows), (self.offset + self.box.height) // height + 1)
        width = self.box.width - (self.gutter if self.reach else 0)
        for index in range(first, last):
            top = self.box.top + self.offset - index * height
            self._draw(self.rows[index], Box(self.box.x, top - height, width, height))
        canvas.add(ScissorPop())
        self.draw_thumb(canvas)

    def _draw(self, row: TableRow, box: Box) -> None:
        metrics = self.look.metrics
        if row.chosen:
            shapes.fill(self.canvas.before, BLUE_SOFT, box)
        shapes.fill(self.canvas.before, LINE, Box(box.x, box.y, box.width, metrics.hairline))
        arrow = round(metrics.type.small * 0.8) if self.arrow and row.action else 0
        room = box.width - 2 * self.padding - (arrow + metrics.space.m if arrow else 0)
        gap = metrics.space.l
        x = box.x + self.padding
        for width, cell in zip(self._widths(room - gap * (len(self.columns) - 1)), row.cells, strict=True):
            self._cell(cell, Box(x, box.y, width, box.height))
            x += width + gap
        if arrow:
            middle = box.y + box.height / 2
            draw_icon(self.canvas.before, "forward", INK_SOFT, box.right - self.padding - arrow / 2, middle, arrow)
        if row.action is not None:
            inside = _within(box, self.box)
            words = " ".join(cell.text for cell in row.cells if cell.text)
            self.spot(row.target_id, words, inside, row.action)

    def _widths(self, room: int) -> list[int]:
        fixed = sum(column for column in self.columns if isinstance(column, int))
        shares = sum(column for column in self.columns if isinstance(column, float))
        return [
            column if isinstance(column, int) else round((room - fixed) * column / shares) for column in self.columns
        ]

    def _cell(self, cell: Cell, box: Box) -> None:
        if cell.level is not None:
            self._light(cell.text, cell.level, box)
            return
        text = self.set(cell.text, Role.BODY, bold=cell.bold, width_px=box.width, lines_max=1)
        note = self.set(cell.note, Role.SMALL, width_px=box.width, lines_max=1) if cell.note else None
        height = text.height + (note.height if note else 0)
        top = box.y + (box.height + height) // 2
        self.words(text, cell.colour, box.x, top)
        if note:
            self.words(note, INK_SOFT, box.x, top - text.height)

    def _light(self, words: str, level: Level, box: Box) -> None:
        metrics = self.look.metrics
        colour, soft = LEVEL_COLOURS[level]
        mark = round(metrics.type.small * 0.72)
        before = metrics.space.s + mark + round(mark * MARK_GAP)
        room = box.width - before - metrics.space.s
        text: Paragraph = self.set(words, Role.SMALL, bold=True, width_px=room, lines_max=1)
        height = text.height + 2 * metrics.space.xs
        bed = Box(box.x, box.y + (box.height - height) // 2, before + text.width + metrics.space.s, height)
        shapes.rounded(self.canvas.before, soft, bed, metrics.radius.badge)
        middle = bed.y + bed.height / 2
        shapes.mark(self.canvas.before, level, colour, bed.x + metrics.space.s + mark / 2, middle, mark)
        self.words(text, colour, bed.x + before, bed.top - metrics.space.xs)


def _within(box: Box, around: Box) -> Box:
    y = max(box.y, around.y)
    return Box(box.x, y, box.width, max(0, min(box.top, around.top) - y))

"""Elements that only say something: texts, lights, explanations, numbers in groups."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from kiosk.text.setting import Paragraph
from kiosk.theme import (
    BAD,
    BAD_SOFT,
    BLUE,
    GOOD,
    GOOD_SOFT,
    INK,
    INK_SOFT,
    LINE,
    NOTICE,
    NOTICE_SOFT,
    PAPER_DEEP,
    SUN_INK,
    SUN_SOFT,
    WARN,
    WARN_SOFT,
    Rgba,
    Role,
)
from kiosk.views import Level
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

LEVEL_COLOURS: dict[Level, tuple[Rgba, Rgba]] = {
    Level.NEUTRAL: (INK_SOFT, PAPER_DEEP),
    Level.GOOD: (GOOD, GOOD_SOFT),
    Level.NOTICE: (NOTICE, NOTICE_SOFT),
    Level.WARN: (WARN, WARN_SOFT),
    Level.BAD: (BAD, BAD_SOFT),
}
"""Colour of the mark and words, and of the bed under them."""

MARK_GAP = 0.5
"""Space between a mark and its words, as a share of the mark: a triangle is wider than it is told."""

_TWO_PAIRS_EM = 44  # pairs stand two a line from this width on, in sizes of their type
_TWO_PAIRS_FROM = 4
_BOLD_ROLES = {Role.DISPLAY, Role.TITLE, Role.HEADING, Role.NUMBER}


class Text(Element):
    """A paragraph. Display, title, heading and number are bold unless told otherwise."""

    def __init__(
        self,
        look: Look,
        text: str,
        role: Role = Role.BODY,
        *,
        colour: Rgba = INK,
        bold: bool | None = None,
        align: str = "left",
        lines_max: int | None = None,
    ) -> None:
        """`align` is "left", "center" or "right"; what exceeds `lines_max` ends in an ellipsis."""
        super().__init__(look)
        self.text = text
        self.role = role
        self.colour = colour
        self.bold = role in _BOLD_ROLES if bold is None else bold
        self.align = align
        self.lines_max = lines_max

    def natural_width(self) -> int:
        """The width of its longest line, unbroken."""
        return self.width_wanted or self.set(self.text, self.role, bold=self.bold).width

    def height_for(self, width_px: int) -> int:
        """The height of its lines."""
        return self._paragraph(width_px).height

    def paint(self) -> None:
        """Draw the lines from the top."""
        if self.text:
            paragraph = self._paragraph(int(self.width))
            self.words(paragraph, self.colour, int(self.x), int(self.top), align=self.align, width_px=int(self.width))

    def _paragraph(self, width_px: int) -> Paragraph:
        return self.set(self.text, self.role, bold=self.bold, width_px=width_px, lines_max=self.lines_max)


class Light(Element):
    """How something stands: shape, colour and words, on a bed of the colour or on nothing."""

    def __init__(self, look: Look, level: Level, text: str, *, bed: bool = True, bold: bool = True) -> None:
        """`text` is never empty: a colour alone says nothing to many people."""
        super().__init__(look)
        self.level = level
        self.text = text
        self.bed = bed
        self.bold = bold
        space = look.metrics.space
        self._air_x = space.s if bed else 0
        self._air_y = space.xs if bed else 0
        self._mark = round(look.metrics.type.small * 0.72)
        self._gap = round(self._mark * MARK_GAP)

    def natural_width(self) -> int:
        """The mark, the words and the bed around them."""
        words = self.set(self.text, Role.SMALL, bold=self.bold).width
        return self.width_wanted or words + self._mark + self._gap + 2 * self._air_x

    def height_for(self, width_px: int) -> int:
        """The lines of words and the bed around them."""
        return self._paragraph(width_px).height + 2 * self._air_y

    def paint(self) -> None:
        """Draw at the upper left of its place."""
        colour, soft = LEVEL_COLOURS[self.level]
        paragraph = self._paragraph(int(self.width))
        height = paragraph.height + 2 * self._air_y
        width = paragraph.width + self._mark + self._gap + 2 * self._air_x
        box = Box(int(self.x), int(self.top) - height, width, height)
        if self.bed:
            shapes.rounded(self.canvas.before, soft, box, self.look.metrics.radius.badge)
        middle = box.top - self._air_y - paragraph.line_height / 2
        shapes.mark(self.canvas.before, self.level, colour, box.x + self._air_x + self._mark / 2, middle, self._mark)
        self.words(paragraph, colour, box.x + self._air_x + self._mark + self._gap, box.top - self._air_y)

    def _paragraph(self, width_px: int) -> Paragraph:
        room = width_px - self._mark - self._gap - 2 * self._air_x
        return self.set(self.text, Role.SMALL, bold=self.bold, width_px=room)


class Because(Element):
    """Why something is so, on the one warm bed of a screen."""

    def __init__(self, look: Look, text: str, *, role: Role = Role.SMALL) -> None:
        """`text` is a sentence or two, such as how a deadline was counted."""
        super().__init__(look)
        self.text = text
        self.role = role

    def height_for(self, width_px: int) -> int:
        """The lines and the bed around them."""
        return self._paragraph(width_px).height + 2 * self.look.metrics.space.m

    def paint(self) -> None:
        """Draw the bed and the words."""
        metrics = self.look.metrics
        shapes.rounded(self.canvas.before, SUN_SOFT, self.box, metrics.radius.field)
        self.words(
            self._paragraph(int(self.width)), SUN_INK, int(self.x) + metrics.space.m, int(self.top) - metrics.space.m
        )

    def _paragraph(self, width_px: int) -> Paragraph:
        return self.set(self.text, self.role, width_px=width_px - 2 * self.look.metrics.space.m)


class Event(Struct, frozen=True):
    """One moment of a case's life."""

    when: str
    text: str
    note: str = ""
    level: Level | None = None  # draws its shape in the place of the plain dot


class Timeline(Element):
    """What happened when, oldest first, as dots along a thin line."""

    def __init__(self, look: Look, events: Sequence[Event]) -> None:
        """Take the events in the order they are to be read."""
        super().__init__(look)
        self.events = tuple(events)

    def height_for(self, width_px: int) -> int:
        """All events and the gaps between."""
        gap = self.look.metrics.space.s
        return sum(self._height(event, width_px) + gap for event in self.events) - (gap if self.events else 0)

    def paint(self) -> None:
        """Draw the line and the events from the top."""
        metrics = self.look.metrics
        x = self.box.x + self._indent()
        top = self.box.top
        middle_x, size = self.box.x + self._mark() / 2, self._mark()
        first, last = self._middles()
        bar = max(2, metrics.hairline)
        shapes.fill(self.canvas.before, LINE, Box(round(middle_x) - bar // 2, last, bar, first - last))
        for event in self.events:
            when = self.set(event.when, Role.SMALL, bold=True)
            colour = LEVEL_COLOURS[event.level][0] if event.level else BLUE
            middle = top - when.line_height / 2
            shapes.mark(self.canvas.before, event.level or Level.NEUTRAL, colour, middle_x, middle, size)
            text, note = self._set(event, int(self.width))
            self.words(when, INK, x, top)
            self.words(text, INK, x + when.width + metrics.space.s, top)
            if note is not None:
                self.words(note, INK_SOFT, x, top - text.height)
            top -= self._height(event, int(self.width)) + metrics.space.s

    def _set(self, event: Event, width_px: int) -> tuple[Paragraph, Paragraph | None]:
        room = width_px - self._indent()
        when = self.set(event.when, Role.SMALL, bold=True).width + self.look.metrics.space.s
        text = self.set(event.text, Role.SMALL, width_px=room - when)
        note = self.set(event.note, Role.SMALL, width_px=room) if event.note else None
        return text, note

    def _mark(self) -> int:
        return round(self.look.metrics.type.small * 0.5)

    def _indent(self) -> int:
        return self._mark() + self.look.metrics.space.m

    def _middles(self) -> tuple[int, int]:
        """Return where the line begins and ends: at the middle of the first and of the last event's first line."""
        heights = [self._height(event, self.box.width) + self.look.metrics.space.s for event in self.events[:-1]]
        first = self.box.top - self.set("", Role.SMALL).line_height // 2
        return first, first - sum(heights)

    def _height(self, event: Event, width_px: int) -> int:
        text, note = self._set(event, width_px)
        return text.height + (note.height if note else 0)


class Facts(Element):
    """Pairs of a soft label and its value: what a review or an item page lists.

    One below the other; two a line where it is wide and both are short.
    """

    def __init__(
        self, look: Look, pairs: Sequence[tuple[str, str]], *, label_width: int | None = None, gap: int | None = None
    ) -> None:
        """The values stand in one column, `label_width` pixels from the left or as the labels need."""
        super().__init__(look)
        self.pairs = tuple(pairs)
        self._label_width = label_width
        self._gap = look.metrics.space.s if gap is None else gap

    def height_for(self, width_px: int) -> int:
        """All lines and the gaps between."""
        heights = [self._line_height(line) for line in self._lines(width_px)]
        return sum(heights) + self._gap * max(0, len(heights) - 1)

    def paint(self) -> None:
        """Draw the lines from the top."""
        top = self.box.top
        half = (self.box.width + self._gutter()) // 2
        for line in self._lines(self.box.width):
            for at, (label, value, column) in enumerate(line):
                self.words(label, INK_SOFT, self.box.x + at * half, top)
                self.words(value, INK, self.box.x + at * half + column, top)
            top -= self._line_height(line) + self._gap

    def _lines(self, width_px: int) -> list[list[tuple[Paragraph, Paragraph, int]]]:
        """Return the lines: label, value and where the value begins, of one pair or two."""
        half = (width_px - self._gutter()) // 2
        by_two = width_px >= _TWO_PAIRS_EM * self.look.metrics.type.body and len(self.pairs) >= _TWO_PAIRS_FROM
        lines: list[list[tuple[Paragraph, Paragraph, int]]] = []
        free = False  # the right half of the last line
        for pair in self.pairs:
            set_pair = self._set(*pair, half) if by_two else None
            if set_pair is None or len(set_pair[0].lines) > 1 or len(set_pair[1].lines) > 1:
                column = self._column(half if by_two else width_px)
                lines.append([self._set(*pair, width_px, column)])
                free = False
            elif free:
                lines[-1].append(set_pair)
                free = False
            else:
                lines.append([set_pair])
                free = True
        return lines

    def _set(
        self, label: str, value: str, width_px: int, column: int | None = None
    ) -> tuple[Paragraph, Paragraph, int]:
        column = self._column(width_px) if column is None else column
        return (
            self.set(label, Role.BODY, width_px=column - self.look.metrics.space.s),
            self.set(value, Role.BODY, width_px=width_px - column),
            column,
        )

    def _column(self, width_px: int) -> int:
        if self._label_width is not None:
            return self._label_width
        widest = max((self.set(label, Role.BODY).width for label, _ in self.pairs), default=0)
        return min(widest + self.look.metrics.space.l, width_px * 2 // 5)

    def _line_height(self, line: Sequence[tuple[Paragraph, Paragraph, int]]) -> int:
        return max(max(label.height, value.height) for label, value, _ in line)

    def _gutter(self) -> int:
        return self.look.metrics.space.xl

"""Fields to write in: the question above, the value with its caret, and below what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kiosk.input.keys import EntryView
from kiosk.text.setting import Paragraph
from kiosk.theme import BAD, BAD_BED, BLUE, BLUE_SOFT, CARD, EDGE, INK, INK_SOFT, LINE, PAPER_DEEP, Rgba, Role
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Action, Button, Kind
from kiosk.widgets.choices import draw_error, error_paragraph
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

_RING_PX = 3
_CARET_PX = 3


class Field(Element):
    """A question and the place for its answer."""

    def __init__(
        self,
        look: Look,
        target_id: str,
        label: str,
        value: EntryView | str,
        touched: Callable[[int], None],
        *,
        hint: str = "",
        error: str = "",
        focused: bool = False,
        enabled: bool = True,
        wrong_at: int | None = None,
        said: str = "",
    ) -> None:
        """`value` is the text, or with caret and composing letters while it is written in.

        `touched` is told before which character the finger was. `hint` stands in an empty field, `error` below it;
        `wrong_at` underlines one character of the value, such as a check digit. `said` is the question of a field
        whose label stands elsewhere.
        """
        super().__init__(look)
        self.target_id = target_id
        self.label = label
        self.entry = value if isinstance(value, EntryView) else EntryView(value, len(value))
        self.touched = touched
        self.hint = hint
        self.error = error
        self.focused = focused
        self.enabled = enabled
        self.wrong_at = wrong_at
        self.said = said or label
        self._lines: list[tuple[int, int, int]] = []  # first character, one past the last, top

    def height_for(self, width_px: int) -> int:
        """The label, the box as high as its lines, and the error if there is one."""
        label = self._label(width_px)
        error = self._error(width_px)
        gap = self.look.metrics.space.xs
        above = label.height + gap if label else 0
        below = error.height + gap if error else 0
        return above + self._box_height(width_px) + below

    def paint(self) -> None:
        """Draw label, box, value, caret and error."""
        metrics = self.look.metrics
        width = self.box.width
        top = self.box.top
        label = self._label(width)
        if label:
            self.words(label, INK_SOFT, self.box.x, top)
            top -= label.height + metrics.space.xs
        height = self._box_height(width)
        box = Box(self.box.x, top - height, width, height)
        self._draw_box(box)
        self._draw_value(box)
        error = self._error(width)
        if error:
            draw_error(self, error, box.y - metrics.space.xs)
        self.spot(
            self.target_id,
            self.said,
            box,
            lambda: self.touched(self.caret_at(self.touched_x, self.touched_y)),
            radius=metrics.radius.field,
            enabled=self.enabled,
            guarded=False,
        )

    def caret_at(self, x: float, y: float) -> int:
        """Return the number of characters of the text before a point of the canvas."""
        if self.entry.composing or not self.entry.text:
            return self.entry.caret
        first, end, _ = min(self._lines, key=lambda line: abs(line[2] - self._line_height() / 2 - y))
        left = self.box.x + self._air()
        stops = [left + self._width(self._shown()[first:at]) for at in range(first, end + 1)]
        return first + min(range(len(stops)), key=lambda at: abs(stops[at] - x))

    def _draw_box(self, box: Box) -> None:
        metrics = self.look.metrics
        bed, edge, stroke = CARD, EDGE, metrics.stroke
        if not self.enabled:
            bed, edge = PAPER_DEEP, LINE
        if self.error:
            bed, edge = BAD_BED, BAD
        if self.focused:
            ring = Box(box.x - _RING_PX, box.y - _RING_PX, box.width + 2 * _RING_PX, box.height + 2 * _RING_PX)
            shapes.rounded(self.canvas.before, BLUE_SOFT, ring, metrics.radius.field + _RING_PX)
            edge = BAD if self.error else BLUE
            stroke = metrics.stroke + 1
        shapes.framed(self.canvas.before, bed, edge, box, metrics.radius.field, stroke)

    def _draw_value(self, box: Box) -> None:
        text = self._shown()
        paragraph = self._value(box.width)
        x, top = box.x + self._air(), box.y + (box.height + paragraph.height) // 2
        if text:
            self.words(paragraph, INK if self.enabled else INK_SOFT, x, top)
        elif self.hint and not self.focused:
            hint = self.set(self.hint, Role.BODY, width_px=box.width - 2 * self._air(), lines_max=1)
            self.words(hint, INK_SOFT, x, top)
        self._lines = [
            (first, end, top - index * paragraph.line_height)
            for index, (first, end) in enumerate(_spans(text, paragraph))
        ]
        start, end = self.entry.caret, self.entry.caret + len(self.entry.composing)
        self._underline(text, start, end, BLUE, x)
        if self.wrong_at is not None and self.error:
            self._underline(text, self.wrong_at, self.wrong_at + 1, BAD, x)
        if self.focused:
            self._draw_caret(text, end, x)

    def _draw_caret(self, text: str, at: int, x: int) -> None:
        size = self.look.metrics.type.body
        first, _, top = next((line for line in reversed(self._lines) if line[0] <= at), self._lines[0])
        middle = top - self._line_height() // 2
        left = x + self._width(text[first:at])
        shapes.fill(self.canvas.before, BLUE, Box(left, middle - size // 2 - 2, _CARET_PX, size + 4))

    def _underline(self, text: str, start: int, end: int, colour: Rgba, x: int) -> None:
        for first, last, top in self._lines:
            begin, stop = max(first, start), min(last, end)
            if begin < stop:
                left = x + self._width(text[first:begin])
                box = Box(left, top - self._line_height() + 1, self._width(text[begin:stop]), 2)
                shapes.fill(self.canvas.before, colour, box)

    def _shown(self) -> str:
        entry = self.entry
        return entry.text[: entry.caret] + entry.composing + entry.text[entry.caret :]

    def _label(self, width_px: int) -> Paragraph | None:
        return self.set(self.label, Role.SMALL, width_px=width_px) if self.label else None

    def _error(self, width_px: int) -> Paragraph | None:
        return error_paragraph(self, self.error, width_px)

    def _value(self, width_px: int) -> Paragraph:
        return self.set(self._shown(), Role.BODY, width_px=width_px - 2 * self._air())

    def _box_height(self, width_px: int) -> int:
        return self.look.metrics.field + self._value(width_px).height - self._line_height()

    def _line_height(self) -> int:
        return self._value(0).line_height

    def _width(self, text: str) -> int:
        return self.look.ink.typesetter.width_of(text, self.look.metrics.type.body)

    def _air(self) -> int:
        return self.look.metrics.space.l


def _spans(text: str, paragraph: Paragraph) -> Iterator[tuple[int, int]]:
    """Yield where each line's characters are in the text; the spaces a line was broken at belong to it."""
    starts: list[int] = []
    at = 0
    for line in paragraph.lines:
        at = text.index(line.text, at)
        starts.append(at)
        at += len(line.text)
    yield from zip(starts, [*starts[1:], len(text)], strict=True)


class SearchBox(Element):
    """The wide rounded field of the home screen and the guide, with its button inside."""

    def __init__(
        self,
        look: Look,
        target_id: str,
        value: EntryView | str,
        touched: Action,
        *,
        hint: str,
        button: Button | None = None,
        focused: bool = False,
    ) -> None:
        """`button` stands inside at the right; it takes the height of pills."""
        super().__init__(look)
        self.target_id = target_id
        self.entry = value if isinstance(value, EntryView) else EntryView(value, len(value))
        self.touched = touched
        self.hint = hint
        self.focused = focused
        self.button = button
        if button is not None:
            button.kind = Kind.MAIN
            self.add_widget(button)

    def height_for(self, width_px: int) -> int:
        """The height of fields, and a little more."""
        return self.look.metrics.field + self.look.metrics.space.s

    def arrange(self) -> None:
        """Place the button."""
        if self.button is not None:
            air = self.look.metrics.space.s
            width, height = self.button.natural_width(), self.box.height - 2 * air
            self.button.radius = height / 2
            self.button.place(self.box.right - width - air, self.box.y + air, width, height)

    def paint(self) -> None:
        """Draw the bed, and what is written or else the hint."""
        metrics = self.look.metrics
        box = self.box
        radius = box.height / 2
        if self.focused:
            ring = Box(box.x - _RING_PX, box.y - _RING_PX, box.width + 2 * _RING_PX, box.height + 2 * _RING_PX)
            shapes.rounded(self.canvas.before, BLUE_SOFT, ring, radius + _RING_PX)
        shapes.framed(self.canvas.before, CARD, BLUE, box, radius, metrics.stroke)
        x = box.x + metrics.space.xl + metrics.space.xs
        right = int(self.button.x) if self.button is not None else box.right - metrics.space.xl
        entry = self.entry
        shown = entry.text[: entry.caret] + entry.composing + entry.text[entry.caret :]
        paragraph = self.set(shown or self.hint, Role.BODY, width_px=right - x - metrics.space.m, lines_max=1)
        top = box.y + (box.height + paragraph.height) // 2
        if shown or not self.focused:
            self.words(paragraph, INK if shown else INK_SOFT, x, top)
        if self.focused:
            self._draw_caret(shown, x)
        area = Box(box.x, box.y, right - box.x, box.height)
        self.spot(self.target_id, self.hint, area, self.touched, radius=radius, guarded=False)

    def _draw_caret(self, shown: str, x: int) -> None:
        size = self.look.metrics.type.body
        typesetter = self.look.ink.typesetter
        start, end = self.entry.caret, self.entry.caret + len(self.entry.composing)
        left = x + typesetter.width_of(shown[:start], size)
        right = x + typesetter.width_of(shown[:end], size)
        middle = self.box.y + self.box.height // 2
        if right > left:
            shapes.fill(self.canvas.before, BLUE, Box(left, middle - size // 2 - 5, right - left, 2))
        shapes.fill(self.canvas.before, BLUE, Box(right, middle - size // 2 - 2, _CARET_PX, size + 4))


class PinDots(Element):
    """How many digits of a PIN are typed, never which."""

    def __init__(self, look: Look, typed: int, length: int) -> None:
        """`typed` of `length` places are filled."""
        super().__init__(look)
        self.typed = typed
        self.length = length

    def natural_width(self) -> int:
        """All dots and the gaps."""
        return self.width_wanted or self.length * self._pitch()

    def height_for(self, width_px: int) -> int:
        """Somewhat more than a dot."""
        return self._pitch()

    def paint(self) -> None:
        """Draw the dots in the middle."""
        pitch, radius = self._pitch(), self.look.metrics.type.body * 0.36
        x = self.box.x + (self.box.width - pitch * self.length) / 2 + pitch / 2
        middle = self.box.y + self.box.height / 2
        for place in range(self.length):
            shapes.disc(self.canvas.before, BLUE if place < self.typed else EDGE, x, middle, radius)
            if place >= self.typed:
                shapes.disc(self.canvas.before, CARD, x, middle, radius - self.look.metrics.stroke)
            x += pitch

    def _pitch(self) -> int:
        return round(self.look.metrics.type.body * 1.5)

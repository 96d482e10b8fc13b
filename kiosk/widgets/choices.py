"""Choosing: one of several, several of several, and the marks of a checklist."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from kiosk.text.setting import Paragraph
from kiosk.theme import (
    BAD,
    BAD_BED,
    BLUE,
    BLUE_SOFT,
    CARD,
    EDGE,
    EDGE_SOFT,
    INK,
    INK_SOFT,
    LINE,
    PAPER_DEEP,
    WHITE,
    Rgba,
    Role,
)
from kiosk.views import Level
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box
from kiosk.widgets.words import MARK_GAP


class Option(Struct, frozen=True):
    """One thing to choose. `action` is what a touch does, also when it is chosen already."""

    target_id: str
    text: str
    chosen: bool
    action: Callable[[], None]
    enabled: bool = True


class ChoiceGroup(Element):
    """A question and its options as boxes, side by side as far as they fit."""

    def __init__(
        self, look: Look, label: str, options: Sequence[Option], *, several: bool = False, error: str = ""
    ) -> None:
        """`several` draws squares with a tick, otherwise discs: of those only one is chosen."""
        super().__init__(look)
        self.label = label
        self.options = tuple(options)
        self.several = several
        self.error = error

    def height_for(self, width_px: int) -> int:
        """The label, the rows of boxes, the error."""
        gap = self.look.metrics.space.s
        boxes = self._boxes(width_px)
        lowest = max((-y for _, y, _ in boxes), default=0) + (self._height() if boxes else 0)
        label, error = self._label(width_px), self._error(width_px)
        return (
            (label.height + self.look.metrics.space.xs if label else 0) + lowest + (error.height + gap if error else 0)
        )

    def paint(self) -> None:
        """Draw the label and the boxes."""
        metrics = self.look.metrics
        top = self.box.top
        label = self._label(self.box.width)
        if label:
            self.words(label, INK_SOFT, self.box.x, top)
            top -= label.height + metrics.space.xs
        bottom = top
        for option, (x, y, width) in zip(self.options, self._boxes(self.box.width), strict=True):
            box = Box(self.box.x + x, top + y - self._height(), width, self._height())
            bottom = box.y
            self._draw(option, box)
        error = self._error(self.box.width)
        if error:
            draw_error(self, error, bottom - metrics.space.s)

    def _draw(self, option: Option, box: Box) -> None:
        metrics = self.look.metrics
        bed, edge, ink = (BLUE_SOFT, BLUE, INK) if option.chosen else (CARD, EDGE, INK)
        if self.error and not option.chosen:
            bed, edge = BAD_BED, BAD
        if not option.enabled:
            bed, edge, ink = PAPER_DEEP, LINE, INK_SOFT
        shapes.framed(self.canvas.before, bed, edge, box, metrics.radius.field, metrics.stroke)
        size = self._mark()
        middle_x, middle_y = box.x + metrics.space.m + size / 2, box.y + box.height / 2
        draw_choice(self, middle_x, middle_y, size, chosen=option.chosen, several=self.several)
        x = box.x + metrics.space.m + size + metrics.space.s
        text = self.set(
            option.text, Role.BODY, bold=option.chosen, width_px=box.right - x - metrics.space.xs, lines_max=1
        )
        self.words(text, ink, x, box.y + (box.height + text.height) // 2)
        self.spot(
            option.target_id, option.text, box, option.action, radius=metrics.radius.field, enabled=option.enabled
        )

    def _boxes(self, width_px: int) -> list[tuple[int, int, int]]:
        """Return x, y (down from the first row, negative) and width of every box."""
        metrics = self.look.metrics
        boxes: list[tuple[int, int, int]] = []
        x = y = 0
        for option in self.options:
            words = self.set(option.text, Role.BODY, bold=True).width
            width = min(width_px, words + self._mark() + 2 * metrics.space.m + metrics.space.l)
            if x and x + width > width_px:
                x, y = 0, y - self._height() - metrics.space.s
            boxes.append((x, y, width))
            x += width + metrics.space.s
        return boxes

    def _mark(self) -> int:
        return round(self.look.metrics.type.body * 1.05)

    def _height(self) -> int:
        return max(self.look.metrics.touch, round(self.look.metrics.field * 0.86))

    def _label(self, width_px: int) -> Paragraph | None:
        return self.set(self.label, Role.SMALL, width_px=width_px) if self.label else None

    def _error(self, width_px: int) -> Paragraph | None:
        return error_paragraph(self, self.error, width_px)


def error_paragraph(element: Element, error: str, width_px: int) -> Paragraph | None:
    """Set an error line for `draw_error`, or nothing if there is no error."""
    if not error:
        return None
    return element.set(error, Role.SMALL, bold=True, width_px=width_px - 2 * element.look.metrics.type.small)


def draw_error(element: Element, error: Paragraph, top: int) -> None:
    """Draw the triangle and the words that say what is wrong."""
    size = round(element.look.metrics.type.small * 0.8)
    middle = top - error.line_height / 2
    shapes.mark(element.canvas.before, Level.WARN, BAD, element.box.x + size / 2, middle, size)
    element.words(error, BAD, element.box.x + round(size * (1 + MARK_GAP)), top)


def draw_choice(element: Element, middle_x: float, middle_y: float, size: int, *, chosen: bool, several: bool) -> None:
    """Draw the disc or the square that shows whether something is chosen."""
    canvas = element.canvas.before
    stroke = element.look.metrics.stroke
    edge: Rgba = BLUE if chosen else EDGE
    if several:
        box = Box(round(middle_x - size / 2), round(middle_y - size / 2), size, size)
        shapes.framed(canvas, BLUE if chosen else CARD, edge, box, size * 0.24, stroke)
        if chosen:
            draw_icon(canvas, "check", WHITE, middle_x, middle_y, size * 0.8)
        return
    shapes.disc(canvas, edge, middle_x, middle_y, size / 2)
    shapes.disc(canvas, CARD, middle_x, middle_y, size / 2 - stroke)
    if chosen:
        shapes.disc(canvas, BLUE, middle_x, middle_y, size * 0.27)


class CheckRow(Element):
    """A material of a checklist: what it is, and at the right how it is met."""

    def __init__(
        self, look: Look, title: str, note: str, options: Sequence[Option], *, badge: str = "", error: str = ""
    ) -> None:
        """`options` exclude each other, such as 原件已看 and 复印件已收; `badge` is a word such as 必需."""
        super().__init__(look)
        self.title = title
        self.note = note
        self.options = tuple(options)
        self.badge = badge
        self.error = error

    def height_for(self, width_px: int) -> int:
        """The words or the options, whichever is higher, with air."""
        words = self._words_height(width_px)
        options = self._options_height(width_px)
        height = max(words, options) if self._beside(width_px) else words + options + self.look.metrics.space.s
        return height + 2 * self.look.metrics.space.m

    def paint(self) -> None:
        """Draw the words at the left and the options at the right, or below where it is narrow."""
        metrics = self.look.metrics
        beside = self._beside(self.box.width)
        words, options = self._words_height(self.box.width), self._options_height(self.box.width)
        top = self.box.y + (self.box.height + words) // 2 if beside else self.box.top - metrics.space.m
        self._draw_words(self.box.x, top)
        below = self.box.y + (self.box.height + options) // 2 if beside else self.box.y + metrics.space.m + options
        height = self._option_height()
        for option, (x, line, width) in zip(self.options, self._places(self.box.width), strict=True):
            y = below - (line + 1) * height - line * metrics.space.s
            self._draw_option(option, Box(self.box.x + x, y, width, height))

    def _draw_words(self, x: int, top: int) -> None:
        title, note, error = self._set(self.box.width)
        self.words(title, INK, x, top)
        if self.badge:
            badge = self.set(self.badge, Role.SMALL, bold=True)
            at = x + title.lines[-1].width + self.look.metrics.space.s
            drop = (title.line_height - badge.height) // 2
            self.words(badge, BLUE, at, top - title.height + title.line_height - drop)
        top -= title.height
        if note is not None:
            self.words(note, INK_SOFT, x, top)
            top -= note.height
        if error is not None:
            draw_error(self, error, top)

    def _draw_option(self, option: Option, box: Box) -> None:
        metrics = self.look.metrics
        bed, edge, ink = (BLUE, BLUE, WHITE) if option.chosen else (CARD, EDGE_SOFT, INK)
        if self.error and not option.chosen:
            edge = BAD
        if not option.enabled:
            bed, edge, ink = PAPER_DEEP, LINE, INK_SOFT
        shapes.framed(self.canvas.before, bed, edge, box, box.height / 2, metrics.stroke)
        size = round(metrics.type.small * 0.8)
        mark = size + metrics.space.xs if option.chosen else 0
        room = box.width - mark - 2 * metrics.space.s
        text = self.set(option.text, Role.SMALL, bold=option.chosen, width_px=room, lines_max=1)
        x = box.x + (box.width - text.width - mark) // 2
        if option.chosen:
            draw_icon(self.canvas.before, "check", ink, x + size / 2, box.y + box.height / 2, size)
            x += size + metrics.space.xs
        self.words(text, ink, x, box.y + (box.height + text.height) // 2)
        self.spot(option.target_id, option.text, box, option.action, radius=box.height / 2, enabled=option.enabled)

    def _set(self, width_px: int) -> tuple[Paragraph, Paragraph | None, Paragraph | None]:
        room = width_px
        if self._beside(width_px) and self.options:
            room -= sum(self._widths()) + self.look.metrics.space.s * len(self.options) + self.look.metrics.space.l
        badge = self.set(self.badge, Role.SMALL, bold=True).width + self.look.metrics.space.s if self.badge else 0
        return (
            self.set(self.title, Role.BODY, bold=True, width_px=room - badge),
            self.set(self.note, Role.SMALL, width_px=room) if self.note else None,
            error_paragraph(self, self.error, room),
        )

    def _words_height(self, width_px: int) -> int:
        return sum(paragraph.height for paragraph in self._set(width_px) if paragraph is not None)

    def _widths(self) -> list[int]:
        metrics = self.look.metrics
        mark = round(metrics.type.small * 0.8) + metrics.space.xs
        return [
            self.set(option.text, Role.SMALL, bold=True).width + mark + 2 * metrics.space.l for option in self.options
        ]

    def _beside(self, width_px: int) -> bool:
        """Tell whether the options leave half the width to the words."""
        widths = self._widths()
        return sum(widths) + self.look.metrics.space.s * len(widths) <= width_px // 2

    def _places(self, width_px: int) -> list[tuple[int, int, int]]:
        """Return x, line and width of every option: in one line at the right, or below in as many as it takes."""
        gap = self.look.metrics.space.s
        widths = self._widths()
        if self._beside(width_px):
            first = width_px - sum(widths) - gap * max(0, len(widths) - 1)
            return [(first + sum(widths[:at]) + gap * at, 0, width) for at, width in enumerate(widths)]
        places: list[tuple[int, int, int]] = []
        x = line = 0
        for wanted in widths:
            width = min(wanted, width_px)
            if x and x + width > width_px:
                x, line = 0, line + 1
            places.append((x, line, width))
            x += width + gap
        return places

    def _options_height(self, width_px: int) -> int:
        lines = max((line + 1 for _, line, _ in self._places(width_px)), default=0)
        return lines * self._option_height() + max(0, lines - 1) * self.look.metrics.space.s

    def _option_height(self) -> int:
        return max(self.look.metrics.touch, self.look.metrics.pill)

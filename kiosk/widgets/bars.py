"""What never changes its place: the top bar, the strip that tells the truth, the steps of a job, the desk's menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from msgspec import Struct

from kiosk.theme import (
    BAR,
    BLUE,
    BLUE_PALE,
    BLUE_PRESS,
    EDGE,
    GOOD,
    INK_SOFT,
    LINE,
    PAPER,
    PAPER_DEEP,
    SUN,
    WHITE,
    Layout,
    Role,
)
from kiosk.views import Intent, Level, StatusEntry, StatusView, TopBarView
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Pill
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box
from kiosk.widgets.words import LEVEL_COLOURS


class Pills(Element):
    """The pills that are always at hand, side by side at the right."""

    def __init__(self, look: Look, view: TopBarView, emit: Callable[[Intent], None]) -> None:
        """Take them from the top bar's view; portrait shows them low, within reach."""
        super().__init__(look)
        self.pills = [
            Pill(look, pill.target_id, pill.text, _emitter(emit, pill.intent), help=pill.help) for pill in view.pills
        ]
        for pill in self.pills:
            self.add_widget(pill)

    def natural_width(self) -> int:
        """All pills and the gaps."""
        gaps = self.look.metrics.space.s * max(0, len(self.pills) - 1)
        return sum(pill.natural_width() for pill in self.pills) + gaps

    def height_for(self, width_px: int) -> int:
        """A pill, or a fingertip if that is higher."""
        return max(self.look.metrics.pill, self.look.metrics.touch)

    def arrange(self) -> None:
        """Place them from the right edge."""
        right = int(self.right)
        for pill in reversed(self.pills):
            width = pill.natural_width()
            pill.place(right - width, int(self.y), width, int(self.height))
            right -= width + self.look.metrics.space.s


def _emitter(emit: Callable[[Intent], None], intent: Intent) -> Callable[[], None]:
    return lambda: emit(intent)


class TopBar(Element):
    """The sun, whose point this is, where and when; and the pills, but for portrait."""

    def __init__(self, look: Look, view: TopBarView, emit: Callable[[Intent], None]) -> None:
        """`emit` is told a pill's intent."""
        super().__init__(look)
        self.view = view
        self.pills = Pills(look, view, emit) if look.metrics.layout is not Layout.PORTRAIT else None
        if self.pills is not None:
            self.add_widget(self.pills)

    def height_for(self, width_px: int) -> int:
        """The height of the top bar."""
        return self.look.metrics.top_bar

    def arrange(self) -> None:
        """Place the pills at the right."""
        if self.pills is not None:
            width = self.pills.natural_width()
            x = int(self.right) - self.look.metrics.margin - width
            self.pills.place(x, int(self.y), width, int(self.height))

    def tell(self, view: TopBarView) -> None:
        """Show another time or place; the pills stay."""
        self.view = view
        self.redraw()

    def paint(self) -> None:
        """Draw the bar, the sun and the two lines of words."""
        metrics = self.look.metrics
        box = self.box
        canvas = self.canvas.before
        shapes.fill(canvas, BAR, box)
        shapes.fill(canvas, LINE, Box(box.x, box.y, box.width, metrics.hairline))
        size = round(box.height * (0.6 if metrics.layout is Layout.SMALL else 0.54))
        shapes.sun(canvas, SUN, BLUE, box.x + metrics.margin + size / 2, box.y + box.height // 2, size / 2)
        x = box.x + metrics.margin + size + metrics.space.m
        room = (int(self.pills.x) if self.pills else box.right - metrics.margin) - x - metrics.space.m
        if metrics.layout is Layout.SMALL:
            self._one_line(x, room)
        else:
            self._two_lines(x, room)

    def _two_lines(self, x: int, room: int) -> None:
        name = self.set(self.view.point_name, Role.HEADING, bold=True, width_px=room, lines_max=1)
        place = self.set(self.view.place_and_time, Role.SMALL, width_px=room, lines_max=1)
        # The two lines of type stand closer than lines of a paragraph: they are one sign.
        closer = name.line_height // 8
        top = self.box.y + (self.box.height + name.height + place.height - closer) // 2
        self.words(name, BLUE, x, top)
        self.words(place, INK_SOFT, x, top - name.height + closer)

    def _one_line(self, x: int, room: int) -> None:
        name = self.set(self.view.point_name, Role.HEADING, bold=True, width_px=room, lines_max=1)
        self.words(name, BLUE, x, self.box.y + (self.box.height + name.height) // 2)
        left = room - name.width - self.look.metrics.space.l
        place = self.set(self.view.place_and_time, Role.SMALL, width_px=left, lines_max=1)
        if place.width <= left and not place.cut:
            at = x + name.width + self.look.metrics.space.l
            self.words(place, INK_SOFT, at, self.box.y + (self.box.height + place.height) // 2 - 1)


_URGENCY: dict[Level | None, int] = {
    None: 0,
    Level.GOOD: 0,
    Level.NEUTRAL: 1,
    Level.NOTICE: 2,
    Level.WARN: 3,
    Level.BAD: 4,
}


class StatusStrip(Element):
    """Line and queue at the left, printer and pad at the right; above the lower edge."""

    def __init__(self, look: Look, view: StatusView) -> None:
        """Take what is true now."""
        super().__init__(look)
        self.view = view

    def height_for(self, width_px: int) -> int:
        """The height of the strip."""
        return self.look.metrics.strip

    def tell(self, view: StatusView) -> None:
        """Show what is true now, if it is another thing than shown."""
        if view != self.view:
            self.view = view
            self.redraw()

    def paint(self) -> None:
        """Draw the strip. When there is too little room, what is all right gives way to what is not."""
        metrics = self.look.metrics
        shapes.fill(self.canvas.before, PAPER_DEEP, self.box)
        left, right = self._fitting(self.box.width - 2 * metrics.margin)
        x = self.box.x + metrics.margin
        for entry in left:
            self._draw(entry, x)
            x += self._width(entry) + metrics.space.xl
        x = self.box.right - metrics.margin
        for entry in reversed(right):
            x -= self._width(entry)
            self._draw(entry, x)
            x -= metrics.space.xl

    def _fitting(self, room: int) -> tuple[list[StatusEntry], list[StatusEntry]]:
        """Return what fits of both sides, the most urgent first; nothing stands where a worse one had no room."""
        entries = (*self.view.left, *self.view.right)
        gap = self.look.metrics.space.xl
        kept: list[int] = []
        left_out = min(_URGENCY.values())
        for at in sorted(range(len(entries)), key=lambda at: (-_URGENCY[entries[at].level], at)):
            urgency = _URGENCY[entries[at].level]
            if not kept or (self._width(entries[at]) <= room and urgency >= left_out):
                kept.append(at)
                room -= self._width(entries[at]) + gap
            else:
                left_out = max(left_out, urgency)
        kept.sort()
        left = len(self.view.left)
        return [entries[at] for at in kept if at < left], [entries[at] for at in kept if at >= left]

    def _mark(self) -> int:
        return round(self.look.metrics.type.small * 0.66)

    def _width(self, entry: StatusEntry) -> int:
        mark = self._mark() + self.look.metrics.space.s if entry.level else 0
        return self.set(entry.text, Role.SMALL).width + mark

    def _draw(self, entry: StatusEntry, x: int) -> None:
        middle = self.box.y + self.box.height / 2
        if entry.level:
            size = self._mark()
            colour = LEVEL_COLOURS[entry.level][0]
            shapes.mark(self.canvas.before, entry.level, colour, x + size / 2, middle, size)
            x += size + self.look.metrics.space.s
        paragraph = self.set(entry.text, Role.SMALL)
        self.words(paragraph, INK_SOFT, x, round(middle + paragraph.height / 2))


class StepState(Enum):
    """Where a step of a long job is."""

    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"


class Step(Struct, frozen=True):
    """One step of a long job."""

    text: str
    state: StepState


class StepsRail(Element):
    """The steps of a long job, numbered: one below the other at the left, or across where it is narrow."""

    def __init__(self, look: Look, steps: Sequence[Step]) -> None:
        """Take the steps in order; a text size that leaves no room closes the gaps."""
        super().__init__(look)
        self.steps = tuple(steps)

    @property
    def across(self) -> bool:
        """Whether the steps stand side by side; then only the present one has words."""
        return self.look.metrics.layout is not Layout.LARGE

    def natural_width(self) -> int:
        """The width of the rail."""
        return self.look.metrics.rail

    def height_for(self, width_px: int) -> int:
        """All steps, or one line of them."""
        if self.across:
            return self._disc()
        return self._pitch() * len(self.steps) - (self._pitch() - self._disc())

    def paint(self) -> None:
        """Draw the numbered discs and the words."""
        size = self._disc()
        pitch = min(self._pitch(), (self.box.height - size) // max(1, len(self.steps) - 1))
        x, middle = float(self.box.x), self.box.top - size / 2
        for number, step in enumerate(self.steps, start=1):
            self._draw_disc(number, step, x, middle)
            if self.across:
                x += size + self.look.metrics.space.s + (self._words(step, x, middle) if _now(step) else 0)
            else:
                self._words(step, x, middle)
                middle -= pitch

    def _draw_disc(self, number: int, step: Step, x: float, middle: float) -> None:
        canvas = self.canvas.before
        size = self._disc()
        at = x + size / 2
        if step.state is StepState.AHEAD:
            shapes.disc(canvas, EDGE, at, middle, size / 2)
            shapes.disc(canvas, PAPER, at, middle, size / 2 - self.look.metrics.stroke)
        else:
            shapes.disc(canvas, GOOD if step.state is StepState.DONE else BLUE, at, middle, size / 2)
        if step.state is StepState.DONE:
            draw_icon(canvas, "check", WHITE, at, middle, size * 0.56)
        else:
            box = Box(round(x), round(middle - size / 2), size, size)
            self.middle_words(str(number), Role.SMALL, WHITE if _now(step) else INK_SOFT, box, bold=_now(step))

    def _words(self, step: Step, x: float, middle: float) -> int:
        """Draw the words of a step beside its disc; return the width they take."""
        left = round(x) + self._disc() + self.look.metrics.space.m
        text = self.set(step.text, Role.BODY, bold=_now(step), width_px=self.box.right - left, lines_max=1)
        self.words(text, BLUE if _now(step) else INK_SOFT, left, round(middle + text.height / 2))
        return text.width + self.look.metrics.space.l

    def _disc(self) -> int:
        return round(self.look.metrics.type.small * 1.9)

    def _pitch(self) -> int:
        return self._disc() + self.look.metrics.space.xl + self.look.metrics.space.xs


def _now(step: Step) -> bool:
    return step.state is StepState.CURRENT


class MenuEntry(Struct, frozen=True):
    """One place the desk's menu leads to."""

    target_id: str
    text: str
    intent: Intent
    selected: bool = False
    last: bool = False  # stands at the foot, apart from the others


class SideMenu(Element):
    """The desk's blue menu at the left."""

    def __init__(self, look: Look, entries: Sequence[MenuEntry], emit: Callable[[Intent], None]) -> None:
        """`emit` is told an entry's intent."""
        super().__init__(look)
        self.entries = tuple(entries)
        self.emit = emit

    def natural_width(self) -> int:
        """The width of the menu."""
        return self.look.metrics.menu

    def height_for(self, width_px: int) -> int:
        """All entries."""
        return self._pitch() * len(self.entries)

    def paint(self) -> None:
        """Draw the bed and the entries."""
        air = self.look.metrics.space.l
        shapes.fill(self.canvas.before, BLUE, self.box)
        pitch = min(self._pitch(), (self.box.height - 2 * air) // max(1, len(self.entries)))
        top = self.box.top - air
        foot = self.box.y + air
        for entry in self.entries:
            if entry.last:
                self._draw(entry, Box(self.box.x, foot, self.box.width, pitch))
                foot += pitch
            else:
                top -= pitch
                self._draw(entry, Box(self.box.x, top, self.box.width, pitch))

    def _draw(self, entry: MenuEntry, box: Box) -> None:
        metrics = self.look.metrics
        if entry.selected:
            shapes.fill(self.canvas.before, BLUE_PRESS, box)
            shapes.fill(self.canvas.before, SUN, Box(box.x, box.y, max(4, metrics.space.xs), box.height))
        x = box.x + metrics.space.l + (metrics.space.xs if metrics.layout is not Layout.SMALL else 0)
        text = self.set(
            entry.text, Role.SMALL, bold=entry.selected, width_px=box.right - x - metrics.space.xs, lines_max=2
        )
        self.words(text, WHITE if entry.selected else BLUE_PALE, x, box.y + (box.height + text.height) // 2)
        self.spot(entry.target_id, entry.text, box, _emitter(self.emit, entry.intent))

    def _pitch(self) -> int:
        return max(self.look.metrics.touch, round(self.look.metrics.type.small * 3.3))

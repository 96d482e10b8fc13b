"""Lines of a page: what matters now, and things that lead on."""

from __future__ import annotations

from kiosk.text.setting import Paragraph
from kiosk.theme import INK, INK_SOFT, LINE, Role
from kiosk.views import Level
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Action
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box
from kiosk.widgets.words import LEVEL_COLOURS, MARK_GAP


class Notice(Element):
    """One thing that matters now, on a bed of its colour, with its shape."""

    def __init__(self, look: Look, level: Level, text: str, lines: int = 1) -> None:
        """`text` says what to do next before what went wrong; the bed has room for `lines` of words."""
        super().__init__(look)
        self.level = level
        self.text = text
        self.lines = lines

    def height_for(self, width_px: int) -> int:
        """The lines and the bed around them."""
        paragraph = self._paragraph(width_px)
        return max(paragraph.height, self.lines * paragraph.line_height) + 2 * self.look.metrics.space.m

    def paint(self) -> None:
        """Draw bed, shape and words."""
        metrics = self.look.metrics
        colour, soft = LEVEL_COLOURS[self.level]
        shapes.rounded(self.canvas.before, soft, self.box, metrics.radius.field)
        paragraph = self._paragraph(self.box.width)
        top = self.box.y + (self.box.height + paragraph.height) // 2
        size = self._mark()
        x = self.box.x + metrics.space.l
        middle = top - paragraph.line_height / 2
        shapes.mark(self.canvas.before, self.level, colour, x + size / 2, middle, size)
        self.words(paragraph, colour, x + size + metrics.space.s, top)

    def _mark(self) -> int:
        return round(self.look.metrics.type.body * 0.76)

    def _paragraph(self, width_px: int) -> Paragraph:
        metrics = self.look.metrics
        room = width_px - 2 * metrics.space.l - self._mark() - metrics.space.s
        return self.set(self.text, Role.BODY, width_px=room)


class ListRow(Element):
    """A line that says something and may lead on: light, title, softer words, what stands at the right."""

    def __init__(
        self,
        look: Look,
        target_id: str,
        title: str,
        *,
        subtitle: str = "",
        trailing: str = "",
        level: Level | None = None,
        light: str = "",
        action: Action | None = None,
        divided: bool = True,
    ) -> None:
        """`light` are the words of the light of `level`. Without an action it cannot be touched.

        `divided` draws a hairline below.
        """
        super().__init__(look)
        self.target_id = target_id
        self.title = title
        self.subtitle = subtitle
        self.trailing = trailing
        self.level = level
        self.light = light
        self.action = action
        self.divided = divided

    def height_for(self, width_px: int) -> int:
        """Its words and air, never less than a fingertip."""
        _, _, height = self._set(width_px)
        return max(self.look.metrics.touch, height + 2 * self.look.metrics.space.m)

    def paint(self) -> None:
        """Draw from the left: light and words; at the right the trailing words and an arrow."""
        metrics = self.look.metrics
        box = self.box
        title, subtitle, height = self._set(box.width)
        top = box.y + (box.height + height) // 2
        x = box.x
        if self.level is not None:
            self._draw_light(x)
            x += self._light_width() + metrics.space.l
        self.words(title, INK, x, top)
        if subtitle is not None:
            self.words(subtitle, INK_SOFT, x, top - title.height)
        right = box.right
        if self.action is not None:
            size = metrics.type.small * 0.8
            draw_icon(self.canvas.before, "forward", INK_SOFT, right - size / 2, box.y + box.height / 2, size)
            right -= round(size) + metrics.space.m
        if self.trailing:
            trailing = self.set(self.trailing, Role.SMALL)
            self.words(trailing, INK_SOFT, right - trailing.width, box.y + (box.height + trailing.height) // 2)
        if self.divided:
            shapes.fill(self.canvas.before, LINE, Box(box.x, box.y, box.width, metrics.hairline))
        if self.action is not None:
            self.spot(self.target_id, self.title, box, self.action, radius=metrics.radius.badge)

    def _draw_light(self, x: int) -> None:
        metrics = self.look.metrics
        level = self.level or Level.NEUTRAL
        colour, soft = LEVEL_COLOURS[level]
        text = self.set(self.light, Role.SMALL, bold=True)
        height = text.height + 2 * metrics.space.xs
        bed = Box(x, self.box.y + (self.box.height - height) // 2, self._light_width(), height)
        shapes.rounded(self.canvas.before, soft, bed, metrics.radius.badge)
        size = round(metrics.type.small * 0.72)
        shapes.mark(self.canvas.before, level, colour, x + metrics.space.s + size / 2, bed.y + bed.height / 2, size)
        self.words(text, colour, x + metrics.space.s + size + round(size * MARK_GAP), bed.top - metrics.space.xs)

    def _light_width(self) -> int:
        metrics = self.look.metrics
        words = self.set(self.light, Role.SMALL, bold=True).width
        mark = round(metrics.type.small * 0.72)
        return words + mark + round(mark * MARK_GAP) + 2 * metrics.space.s

    def _set(self, width_px: int) -> tuple[Paragraph, Paragraph | None, int]:
        metrics = self.look.metrics
        room = width_px
        if self.level is not None:
            room -= self._light_width() + metrics.space.l
        if self.action is not None:
            room -= round(metrics.type.small * 0.8) + metrics.space.m
        if self.trailing:
            room -= self.set(self.trailing, Role.SMALL).width + metrics.space.m
        title = self.set(self.title, Role.BODY, bold=bool(self.subtitle or self.action), width_px=room)
        subtitle = self.set(self.subtitle, Role.SMALL, width_px=room) if self.subtitle else None
        return title, subtitle, title.height + (subtitle.height if subtitle else 0)

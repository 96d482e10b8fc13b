"""Rating: a level to touch, the picture of the pad that is to be pressed, and thanks."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.text.setting import Paragraph
from kiosk.theme import BLUE, BLUE_SOFT, CARD, EDGE, EDGE_SOFT, GOOD, GOOD_SOFT, INK, PAPER_DEEP, Layout, Role
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Action
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

_STARS = 5


class RatingButton(Element):
    """One level: a face and its words. All levels look alike but for the mouth, so that none is recommended."""

    def __init__(self, look: Look, target_id: str, text: str, level: int, action: Action) -> None:
        """`level` is 1, the worst, to 5."""
        super().__init__(look)
        self.target_id = target_id
        self.text = text
        self.level = level
        self.action = action

    def height_for(self, width_px: int) -> int:
        """The face, two lines of words whether they are needed or not, and air."""
        if self._lying:
            return max(self._face(), self._words(width_px).height) + 2 * self._air()
        two_lines = 2 * self._words(width_px).line_height
        return self._face() + self.look.metrics.space.s + two_lines + 2 * self._air()

    def paint(self) -> None:
        """Draw the bed, the face and under it the words; beside it where the button lies."""
        metrics, box = self.look.metrics, self.box
        shapes.framed(self.canvas.before, CARD, EDGE_SOFT, box, metrics.radius.tile, metrics.stroke)
        words, face = self._words(box.width), self._face()
        if self._lying:
            x, middle = box.x + self._air() + face / 2, box.y + box.height / 2
            at = box.x + 2 * self._air() + face
            self.words(words, INK, at, box.y + (box.height + words.height) // 2)
        else:
            x, middle = box.x + box.width / 2, box.top - self._air() - face / 2
            room = box.width - 2 * metrics.space.s
            below = box.top - self._air() - face - metrics.space.s
            drop = (2 * words.line_height - words.height) // 2
            self.words(words, INK, box.x + metrics.space.s, below - drop, align="center", width_px=room)
        draw_icon(self.canvas.before, f"face_{self.level}", BLUE, x, middle, face)
        self.spot(self.target_id, self.text, box, self.action, radius=metrics.radius.tile)

    @property
    def _lying(self) -> bool:
        return self.look.metrics.layout is Layout.PORTRAIT

    def _words(self, width_px: int) -> Paragraph:
        room = width_px - (3 * self._air() + self._face() if self._lying else 2 * self.look.metrics.space.s)
        return self.set(self.text, Role.BODY, bold=True, width_px=room, lines_max=2)

    def _face(self) -> int:
        return round(self.look.metrics.icon_bed * 1.6)

    def _air(self) -> int:
        return self.look.metrics.space.xl


class PadPicture(Element):
    """The pad on the desk, so that people know where to press."""

    def __init__(self, look: Look, keys: Sequence[int]) -> None:
        """`keys` are the levels of its keys, 1 the worst to 5, from the left."""
        super().__init__(look)
        self._keys = tuple(keys)

    def height_for(self, width_px: int) -> int:
        """A quarter of the screen, and less where the words are larger: what can be touched below stays in sight."""
        return round(self.look.metrics.height / 4 / self.look.metrics.text_size.value)

    def paint(self) -> None:
        """Draw a slanted case with a window and its keys."""
        canvas = self.canvas.before
        height = self.box.height
        width = height * 2
        x = self.box.x + (self.box.width - width) // 2
        case = Box(x, self.box.y, width, height)
        stroke = self.look.metrics.stroke
        shapes.framed(canvas, CARD, EDGE, case, height * 0.14, stroke)
        air = height // 9
        window = Box(case.x + air, case.y + height // 2, case.width - 2 * air, height // 2 - air)
        shapes.framed(canvas, BLUE_SOFT, EDGE_SOFT, window, height * 0.06, stroke)
        radius = height * 0.115
        step = window.width / len(self._keys)
        middle = case.y + height * 0.25
        for place, level in enumerate(self._keys):
            at = window.x + step * (place + 0.5)
            shapes.disc(canvas, BLUE, at, middle, radius)
            shapes.disc(canvas, PAPER_DEEP, at, middle, radius - stroke)
            draw_icon(canvas, f"face_{level}", BLUE, at, middle, radius * 1.3)
        star = window.height * 0.5
        for at_star in range(_STARS):
            at = window.x + window.width / 2 + (at_star - 2) * star * 1.3
            draw_icon(canvas, "star", BLUE, at, window.y + window.height / 2, star)


class ThanksPicture(Element):
    """A tick in a green disc."""

    def height_for(self, width_px: int) -> int:
        """A fifth of the screen."""
        return self.look.metrics.height // 6

    def paint(self) -> None:
        """Draw the disc and the tick."""
        radius = self.box.height / 2
        x, y = self.box.x + self.box.width / 2, self.box.y + radius
        shapes.disc(self.canvas.before, GOOD_SOFT, x, y, radius)
        draw_icon(self.canvas.before, "check", GOOD, x, y, radius)

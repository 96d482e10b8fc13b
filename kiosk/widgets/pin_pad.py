"""Twelve keys for a PIN: digits as on a telephone, and one that takes the last digit back."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.theme import CARD, EDGE_SOFT, INK, INK_SOFT, LINE, PAPER_DEEP, Role
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

DELETE = "delete"
_ROWS = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("", "0", DELETE))
_KEY_RATIO = 1.6  # of a key's height: the width it likes to have


class PinPad(Element):
    """Tells each key that is pressed; what it was is never shown."""

    def __init__(self, look: Look, press: Callable[[str], None], *, enabled: bool = True) -> None:
        """`press` is told "0" to "9" or "delete"."""
        super().__init__(look)
        self.press = press
        self.enabled = enabled

    def natural_width(self) -> int:
        """Three keys and the gaps."""
        return self.width_wanted or round(3 * _KEY_RATIO * self._key()) + 2 * self._gap()

    def height_for(self, width_px: int) -> int:
        """Four rows of keys and the gaps."""
        return 4 * self._key() + 3 * self._gap()

    def paint(self) -> None:
        """Draw the keys; they share all the room there is."""
        gap = self._gap()
        height = (self.box.height - 3 * gap) // 4
        width = (self.box.width - 2 * gap) // 3
        for row, keys in enumerate(_ROWS):
            for column, key in enumerate(keys):
                x = self.box.x + column * (width + gap)
                if key:
                    self._draw(key, Box(x, self.box.top - (row + 1) * height - row * gap, width, height))

    def _draw(self, key: str, box: Box) -> None:
        metrics = self.look.metrics
        bed, edge, ink = (CARD, EDGE_SOFT, INK) if self.enabled else (PAPER_DEEP, LINE, INK_SOFT)
        shapes.framed(self.canvas.before, bed, edge, box, metrics.radius.button, metrics.hairline)
        if key == DELETE:
            size = metrics.type.heading
            draw_icon(self.canvas.before, "backspace", ink, box.x + box.width / 2, box.y + box.height / 2, size)
        else:
            self.middle_words(key, Role.HEADING, ink, box, bold=True)
        self.spot(
            f"key.{key}",
            key,
            box,
            lambda: self.press(key),
            radius=metrics.radius.button,
            enabled=self.enabled,
            guarded=False,
        )

    def _key(self) -> int:
        return self.look.metrics.key

    def _gap(self) -> int:
        return self.look.metrics.space.s

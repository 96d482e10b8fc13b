"""The bar of the next step: back at the left, the one main action at the right."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.theme import INK_SOFT, Role
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look

_NOTE_LEAST_EM = 6  # with less room a note would be a column of single words


class BottomBar(Element):
    """Back at the left, a soft note beside it, the one main action at the right.

    Where not all buttons fit side by side, what stands before the main action goes into a line of its own above.
    """

    def __init__(
        self, look: Look, *, back: Element | None = None, note: str = "", main: Sequence[Element] = ()
    ) -> None:
        """`main` ends with the one main action; what stands before it is a secondary one."""
        super().__init__(look)
        self.back = back
        self.note = note
        self.main = tuple(main)
        for button in (*((back,) if back else ()), *self.main):
            self.add_widget(button)

    def height_for(self, width_px: int) -> int:
        """The height of buttons, twice where they need two lines."""
        lines = 2 if self._in_two_lines(width_px) else 1
        return lines * self.look.metrics.button + (lines - 1) * self.look.metrics.space.s

    def arrange(self) -> None:
        """Place back at the left and the actions from the right edge."""
        box, button_height = self.box, self.look.metrics.button
        left = box.x
        if self.back is not None:
            width = min(self.back.natural_width(), box.width // 2)
            self.back.place(box.x, box.y, width, button_height)
            left += width + self._gap()
        if self._in_two_lines(box.width):
            self._line(self.main[:-1], box.x, box.top - button_height)
            self._line(self.main[-1:], left, box.y)
        else:
            self._line(self.main, left, box.y)

    def paint(self) -> None:
        """Draw the note, if there is room for all of it."""
        if not self.note:
            return
        lower = [button for button in self.main if button.y == self.y]
        x = int(self.back.right) + self._gap() if self.back is not None else self.box.x
        right = min((int(button.x) - self._gap() for button in lower), default=self.box.right)
        if right - x < self.look.metrics.type.small * _NOTE_LEAST_EM:
            return
        note = self.set(self.note, Role.SMALL, width_px=right - x, lines_max=2)
        if not note.cut:
            self.words(note, INK_SOFT, x, self.box.y + (self.look.metrics.button + note.height) // 2)

    def _line(self, buttons: Sequence[Element], left: int, y: int) -> None:
        """Place buttons from the right edge; those that have too little room share it."""
        gaps = self._gap() * max(0, len(buttons) - 1)
        room = self.box.right - left - gaps
        wanted = sum(button.natural_width() for button in buttons)
        right = self.box.right
        for button in reversed(buttons):
            natural = button.natural_width()
            width = natural if wanted <= room else room * natural // wanted
            button.place(right - width, y, width, self.look.metrics.button)
            right -= width + self._gap()

    def _in_two_lines(self, width_px: int) -> bool:
        buttons = [*((self.back,) if self.back else ()), *self.main]
        wanted = sum(button.natural_width() for button in buttons) + self._gap() * max(0, len(buttons) - 1)
        return len(self.main) > 1 and wanted > width_px

    def _gap(self) -> int:
        return self.look.metrics.space.l

"""A question above the screen: title, a few words, its answers as buttons. What is under it cannot be touched."""

from __future__ import annotations

from collections.abc import Callable

from kivy.input.motionevent import MotionEvent

from kiosk.theme import CARD, INK_SOFT, VEIL, Layout, Role
from kiosk.views import ChoiceView, Intent, OverlayView
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Button, Kind
from kiosk.widgets.element import Element
from kiosk.widgets.layout import Column, Row
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box
from kiosk.widgets.words import Light, Text

_WIDTH_SHARE = 0.56
_WIDTH_SHARE_NARROW = 0.86
_SIDE_BY_SIDE_MAX = 2


class Dialog(Element):
    """Covers its whole place with a veil and stands in the middle."""

    def __init__(self, look: Look, view: OverlayView, emit: Callable[[Intent], None]) -> None:
        """`emit` is told the intent of the answer."""
        super().__init__(look)
        self.view = view
        parts: list[Element] = []
        if view.level is not None:
            parts.append(Light(look, view.level, view.title))
        else:
            parts.append(Text(look, view.title, Role.TITLE))
        if view.text:
            parts.append(Text(look, view.text, Role.BODY, colour=INK_SOFT))
        buttons = [self._button(choice, emit) for choice in view.choices]
        if len(buttons) <= _SIDE_BY_SIDE_MAX:
            parts.append(Row(look, [button.grow() for button in buttons]))
        else:
            parts.append(Column(look, buttons, look.metrics.space.s))
        self.content = Column(look, parts, look.metrics.space.l)
        self.add_widget(self.content)

    def height_for(self, width_px: int) -> int:
        """Everything there is: the veil covers it."""
        return self.look.metrics.height

    def arrange(self) -> None:
        """Place the content in the middle."""
        inner = self._sheet().inset(self.look.metrics.space.xxl)
        self.content.place(inner.x, inner.y, inner.width, inner.height)

    def paint(self) -> None:
        """Draw the veil and the sheet."""
        shapes.fill(self.canvas.before, VEIL, self.box)
        shapes.rounded(self.canvas.before, CARD, self._sheet(), self.look.metrics.radius.card)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Keep every touch from what is under the veil."""
        super().on_touch_down(touch)
        return True

    def _sheet(self) -> Box:
        metrics = self.look.metrics
        share = _WIDTH_SHARE if metrics.layout is Layout.LARGE else _WIDTH_SHARE_NARROW
        width = min(int(self.width * share), int(self.width) - 2 * metrics.margin)
        height = self.content.height_for(width - 2 * metrics.space.xxl) + 2 * metrics.space.xxl
        height = min(height, int(self.height))
        x = int(self.x) + (int(self.width) - width) // 2
        # In portrait the middle is out of reach from a wheelchair; the answers stand lower.
        lift = 3 if metrics.layout is Layout.PORTRAIT else 2
        return Box(x, int(self.y) + (int(self.height) - height) // lift, width, height)

    def _button(self, choice: ChoiceView, emit: Callable[[Intent], None]) -> Button:
        kind = Kind.DANGER if choice.danger else Kind.MAIN if choice.main else Kind.SECONDARY
        return Button(self.look, choice.target_id, choice.text, lambda: emit(choice.intent), kind=kind)

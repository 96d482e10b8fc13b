"""Words that a bold one leads, and a card that leads on."""

from __future__ import annotations

from kiosk.text.setting import Paragraph
from kiosk.theme import BLUE, CARD, INK, INK_SOFT, LINE, Role
from kiosk.widgets import shapes
from kiosk.widgets.buttons import Action
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look


class Lead(Element):
    """A bold word, what it is about beside it if that fits and else below, and softer words under both."""

    def __init__(self, look: Look, lead: str, text: str, note: str = "", *, role: Role = Role.BODY) -> None:
        """`role` is that of the bold word; the text is body, the note small."""
        super().__init__(look)
        self.lead = lead
        self.text = text
        self.note = note
        self.role = role

    def height_for(self, width_px: int) -> int:
        """All lines."""
        lead, text, note = self._set(width_px)
        first = max(lead.height, text.height) if self._beside(lead, text, width_px) else lead.height + text.height
        return first + (note.height if note else 0)

    def paint(self) -> None:
        """Draw the words from the top."""
        x, top = self.box.x, self.box.top
        lead, text, note = self._set(self.box.width)
        self.words(lead, INK, x, top)
        if self._beside(lead, text, self.box.width):
            drop = max(0, lead.baseline - text.baseline)
            self.words(text, INK, x + lead.width + self._gap(), top - drop)
            top -= max(lead.height, text.height)
        else:
            self.words(text, INK, x, top - lead.height)
            top -= lead.height + text.height
        if note:
            self.words(note, INK_SOFT, x, top)

    def _set(self, width_px: int) -> tuple[Paragraph, Paragraph, Paragraph | None]:
        return (
            self.set(self.lead, self.role, bold=True, width_px=width_px),
            self.set(self.text, Role.BODY, width_px=width_px),
            self.set(self.note, Role.SMALL, width_px=width_px) if self.note else None,
        )

    def _beside(self, lead: Paragraph, text: Paragraph, width_px: int) -> bool:
        lines = max(len(lead.lines), len(text.lines))
        return lines == 1 and lead.width + self._gap() + text.width <= width_px

    def _gap(self) -> int:
        return self.look.metrics.space.l


class LinkCard(Element):
    """A small white card with words and an arrow: something that leads on, but is not the main thing."""

    def __init__(self, look: Look, target_id: str, text: str, action: Action) -> None:
        """`text` may take two lines; what is longer ends in an ellipsis."""
        super().__init__(look)
        self.target_id = target_id
        self.text = text
        self.action = action

    def height_for(self, width_px: int) -> int:
        """Its lines and air, never less than a button."""
        metrics = self.look.metrics
        return max(metrics.button, self._paragraph(width_px).height + 2 * metrics.space.s)

    def paint(self) -> None:
        """Draw the card, the words at the left, the arrow at the right."""
        metrics = self.look.metrics
        box = self.box
        shapes.framed(self.canvas.before, CARD, LINE, box, metrics.radius.button, metrics.hairline)
        paragraph = self._paragraph(box.width)
        self.words(paragraph, INK, box.x + self._air(), box.y + (box.height + paragraph.height) // 2)
        size = self._arrow()
        draw_icon(self.canvas.before, "forward", BLUE, box.right - self._air() - size / 2, box.y + box.height / 2, size)
        self.spot(self.target_id, self.text, box, self.action, radius=metrics.radius.button)

    def _paragraph(self, width_px: int) -> Paragraph:
        room = width_px - 2 * self._air() - self._arrow() - self.look.metrics.space.s
        return self.set(self.text, Role.SMALL, width_px=room, lines_max=2)

    def _arrow(self) -> int:
        return round(self.look.metrics.type.small * 0.8)

    def _air(self) -> int:
        return self.look.metrics.space.l

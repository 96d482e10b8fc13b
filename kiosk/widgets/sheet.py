"""The white sheet of a page: a heading that stays, and under it what scrolls when it must."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.text.setting import Paragraph
from kiosk.theme import CARD, INK, INK_SOFT, LINE, Layout, Role
from kiosk.widgets import shapes
from kiosk.widgets.element import Element, walk
from kiosk.widgets.fields import Field, SearchBox
from kiosk.widgets.inset import Inset
from kiosk.widgets.layout import Container
from kiosk.widgets.look import Look
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.shapes import Box

_MEASURE_EM = 46  # a line of words longer than this is hard to follow


class Head(Element):
    """A title, and softer words beside it if they fit and else below."""

    def __init__(self, look: Look, title: str, hint: str = "", *, role: Role = Role.TITLE) -> None:
        """`hint` says in a few words what to do here."""
        super().__init__(look)
        self.title = title
        self.hint = hint
        self.role = role

    def natural_width(self) -> int:
        """The title's."""
        return self.width_wanted or self.set(self.title, self.role, bold=True).width

    def height_for(self, width_px: int) -> int:
        """One line, or as many as the words need."""
        title, hint = self._set(width_px)
        below = hint is not None and not self._beside(title, hint, width_px)
        return title.height + (hint.height if hint is not None and below else 0)

    def paint(self) -> None:
        """Draw the words on one baseline, or below each other."""
        title, hint = self._set(self.box.width)
        self.words(title, INK, self.box.x, self.box.top)
        if hint is None:
            return
        if self._beside(title, hint, self.box.width):
            x = self.box.x + title.width + self._gap()
            self.words(hint, INK_SOFT, x, self.box.top - (title.baseline - hint.baseline))
        else:
            self.words(hint, INK_SOFT, self.box.x, self.box.top - title.height)

    def _set(self, width_px: int) -> tuple[Paragraph, Paragraph | None]:
        return (
            self.set(self.title, self.role, bold=True, width_px=width_px),
            self.set(self.hint, Role.SMALL, width_px=width_px) if self.hint else None,
        )

    def _beside(self, title: Paragraph, hint: Paragraph, width_px: int) -> bool:
        lines = max(len(title.lines), len(hint.lines))
        return lines == 1 and title.width + self._gap() + hint.width <= width_px

    def _gap(self) -> int:
        return self.look.metrics.space.l


class Blocks(Container):
    """The blocks of a page, one below the other; in two columns where they are too many for the room and it is wide."""

    def __init__(self, look: Look, children: Sequence[Element], room_px: int | None = None) -> None:
        """`room_px` is the height up to which one column is enough; without it there is always one."""
        super().__init__(look, children, look.metrics.space.l)
        self.room_px = room_px

    def natural_width(self) -> int:
        """The width it makes good use of: in one column no wider than the eye can follow."""
        measure = _MEASURE_EM * self.look.metrics.type.body
        one = self.room_px is None or self._height(self.parts, measure) <= self.room_px
        return measure if one else 2 * measure

    def height_for(self, width_px: int) -> int:
        """The higher column."""
        columns, width = self._columns(width_px)
        return max((self._height(column, width) for column in columns), default=0)

    def arrange(self) -> None:
        """Place the columns from the left, the blocks of each from the top."""
        columns, width = self._columns(self.box.width)
        x = self.box.x
        for column in columns:
            top = self.box.top
            for part in column:
                height = part.height_for(width)
                part.place(x, top - height, width, height)
                top -= height + self.gap
            x += width + self._gutter()

    def _columns(self, width_px: int) -> tuple[list[list[Element]], int]:
        many = self.room_px is not None and self._height(self.parts, width_px) > self.room_px
        if not many or self.look.metrics.layout is not Layout.LARGE:
            return [self.parts], width_px
        half = (width_px - self._gutter()) // 2
        cuts = range(1, len(self.parts) + 1)
        cut = min(cuts, key=lambda at: max(self._height(self.parts[:at], half), self._height(self.parts[at:], half)))
        return [self.parts[:cut], self.parts[cut:]], half

    def _height(self, parts: Sequence[Element], width_px: int) -> int:
        return sum(part.height_for(width_px) for part in parts) + self.gap * max(0, len(parts) - 1)

    def _gutter(self) -> int:
        return self.look.metrics.space.xxl


class Sheet(Element):
    """A white card that fills its place: the head stays, the content scrolls under it.

    It stands in the middle when its content cannot use all the width.
    """

    def __init__(self, look: Look, head: Element | None, content: Element, keep_id: str, *, narrow: bool) -> None:
        """`keep_id` names what is scrolled, so that a redraw leaves it where it was. `narrow` lets the card be as
        narrow as the content likes to be.
        """
        super().__init__(look)
        self.head = head
        self.narrow = narrow
        self.content = content
        # A little air of its own, so that the ring around a focused field is not cut at the edge.
        self._ring = look.metrics.space.xs
        self.scroll = Scroll(look, Inset(look, content, self._ring, self._ring, self.air), keep_id)
        if head is not None:
            self.add_widget(head)
        self.add_widget(self.scroll)

    @property
    def air(self) -> int:
        """Pixels between the edge of the card and what it holds."""
        space = self.look.metrics.space
        return space.l + space.xs if self.look.metrics.layout is Layout.SMALL else space.xl

    def height_for(self, width_px: int) -> int:
        """All there is to show; whoever places it may give less."""
        inner = width_px - 2 * self.air
        head = self.head.height_for(inner) + self._gap() if self.head is not None else 0
        return head + self.scroll.height_for(inner + 2 * self._ring) + self.air

    def arrange(self) -> None:
        """Place the head and the scroll; what is written in is brought into view."""
        inner = self._card().inset(self.air)
        top = inner.top
        if self.head is not None:
            height = self.head.height_for(inner.width)
            self.head.place(inner.x, top - height, inner.width, height)
            top -= height + self._gap()
        # The scroll reaches to the lower edge: what goes on below is seen to go on. Its thumb stands in the air.
        bottom = self.box.y + 2 * self.look.metrics.hairline
        width = inner.width + 2 * self._ring
        thumb = self.scroll.gutter if self.scroll.height_for(width) > top - bottom else 0
        self.scroll.place(inner.x - self._ring, bottom, width + min(thumb, self.air - self._ring), top - bottom)
        for element in walk(self.scroll):
            if isinstance(element, Field | SearchBox) and element.focused:
                self.bring_into_view(element)

    def bring_into_view(self, element: Element) -> None:
        """Scroll to an element unless all of it is seen: to its top, so that what comes next is seen too."""
        air = self.look.metrics.space.s
        above, below = int(self.scroll.top - element.top), int(self.scroll.top - element.y)
        if above < self.scroll.offset or below > self.scroll.offset + self.scroll.height:
            self.scroll.scroll_to(above - air)

    def paint(self) -> None:
        """Draw the card."""
        metrics = self.look.metrics
        shapes.framed(self.canvas.before, CARD, LINE, self._card(), metrics.radius.card, metrics.hairline)

    def _card(self) -> Box:
        box = self.box
        width = min(box.width, self.content.natural_width() + 2 * self.air) if self.narrow else box.width
        return Box(box.x + (box.width - width) // 2, box.y, width, box.height)

    def _gap(self) -> int:
        return self.look.metrics.space.m

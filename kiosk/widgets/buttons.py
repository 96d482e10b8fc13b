"""Things to press: buttons, pills, tiles."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from kiosk.text.setting import Paragraph
from kiosk.theme import (
    BAD,
    BLUE,
    BLUE_PALE,
    BLUE_SOFT,
    CARD,
    EDGE_SOFT,
    INK,
    INK_SOFT,
    LINE,
    PAPER_DEEP,
    SUN,
    SUN_INK,
    SUN_SOFT,
    WHITE,
    Layout,
    Rgba,
    Role,
)
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

Action = Callable[[], None]


class Kind(Enum):
    """What a button is for."""

    MAIN = "main"  # the one thing to do next
    SECONDARY = "secondary"
    DANGER = "danger"  # undoes or ends something
    QUIET = "quiet"  # words only, such as "see all"


_COLOURS: dict[Kind, tuple[Rgba, Rgba, Rgba]] = {  # bed, edge, words
    Kind.MAIN: (BLUE, BLUE, WHITE),
    Kind.SECONDARY: (CARD, BLUE, BLUE),
    Kind.DANGER: (CARD, BAD, BAD),
    Kind.QUIET: (CARD, CARD, BLUE),
}


class Button(Element):
    """A button with words, and perhaps an icon before or after them. Words that are too long get smaller and take two
    lines before they are cut.
    """

    def __init__(
        self,
        look: Look,
        target_id: str,
        text: str,
        action: Action,
        *,
        kind: Kind = Kind.SECONDARY,
        icon: str | None = None,
        icon_after: str | None = None,
        enabled: bool = True,
    ) -> None:
        """`icon` and `icon_after` name drawings of `icons.ICONS`."""
        super().__init__(look)
        self.target_id = target_id
        self.text = text
        self.action = action
        self.kind = kind
        self.icon = icon
        self.icon_after = icon_after
        self.enabled = enabled
        self.radius: float = look.metrics.radius.button
        self._icon_size = round(look.metrics.type.body * 0.8)

    def natural_width(self) -> int:
        """The words, the icons and ample air."""
        icons = sum(self._icon_size + self.look.metrics.space.s for icon in (self.icon, self.icon_after) if icon)
        return self.width_wanted or self._paragraph().width + icons + 2 * self.look.metrics.space.xxl

    def height_for(self, width_px: int) -> int:
        """The height of buttons."""
        return self.look.metrics.button

    def paint(self) -> None:
        """Draw the bed, the icons and the words in its middle."""
        metrics = self.look.metrics
        bed, edge, ink = _COLOURS[self.kind] if self.enabled else (PAPER_DEEP, LINE, INK_SOFT)
        if self.kind is not Kind.QUIET:
            shapes.framed(self.canvas.before, bed, edge, self.box, self.radius, metrics.stroke)
        paragraph = self._fitted()
        step = self._icon_size + metrics.space.s
        width = paragraph.width + sum(step for icon in (self.icon, self.icon_after) if icon)
        x = self.box.x + (self.box.width - width) // 2
        middle = self.box.y + self.box.height / 2
        if self.icon:
            draw_icon(self.canvas.before, self.icon, ink, x + self._icon_size / 2, middle, self._icon_size)
            x += step
        self.words(paragraph, ink, x, self.box.y + (self.box.height + paragraph.height) // 2)
        if self.icon_after:
            at = x + paragraph.width + metrics.space.s + self._icon_size / 2
            draw_icon(self.canvas.before, self.icon_after, ink, at, middle, self._icon_size)
        self.spot(self.target_id, self.text, self.box, self.action, radius=self.radius, enabled=self.enabled)

    def _paragraph(self) -> Paragraph:
        return self.set(self.text, Role.BODY, bold=self.kind is Kind.MAIN, lines_max=1)

    def _fitted(self) -> Paragraph:
        """Return the words as large as they fit into the box."""
        metrics, bold = self.look.metrics, self.kind is Kind.MAIN
        icons = sum(self._icon_size + metrics.space.s for icon in (self.icon, self.icon_after) if icon)
        room = self.box.width - 2 * metrics.space.s - icons
        paragraph = self._paragraph()
        if paragraph.width <= room:
            return paragraph
        two_lines = 2 * self.set("", Role.SMALL).line_height + 2 * metrics.stroke <= self.box.height
        return self.set(self.text, Role.SMALL, bold=bold, width_px=room, lines_max=2 if two_lines else 1)


class Pill(Element):
    """A small rounded button: a filter, or one of the things always at hand."""

    def __init__(
        self,
        look: Look,
        target_id: str,
        text: str,
        action: Action,
        *,
        selected: bool = False,
        help: bool = False,  # noqa: A002  the kiosk's word for it: the pill that calls a person
    ) -> None:
        """`selected` fills it blue; `help` warms it, for the one that calls a person."""
        super().__init__(look)
        self.target_id = target_id
        self.text = text
        self.action = action
        self.selected = selected
        self.help = help

    def natural_width(self) -> int:
        """The words and air at both ends."""
        words = self.set(self.text, Role.SMALL, bold=self.help).width
        return self.width_wanted or words + 2 * self.look.metrics.space.l + self.look.metrics.space.xs

    def height_for(self, width_px: int) -> int:
        """The height of pills."""
        return self.look.metrics.pill

    def paint(self) -> None:
        """Draw the bed and the words in its middle."""
        metrics = self.look.metrics
        bed, edge, ink = (CARD, EDGE_SOFT, INK)
        if self.selected:
            bed, edge, ink = (BLUE, BLUE, WHITE)
        if self.help:
            bed, edge, ink = (SUN_SOFT, SUN, SUN_INK)
        height = min(metrics.pill, self.box.height)
        box = Box(self.box.x, self.box.y + (self.box.height - height) // 2, self.box.width, height)
        shapes.framed(self.canvas.before, bed, edge, box, height / 2, metrics.stroke)
        self.middle_words(self.text, Role.SMALL, ink, box, bold=self.help)
        self.spot(self.target_id, self.text, box, self.action, radius=height / 2)


class _Shape(Enum):
    """How a tile holds its icon and its words."""

    ABOVE = "above"  # the icon above them
    BESIDE = "beside"  # the icon beside both
    BESIDE_TITLE = "beside_title"  # the icon beside the title, the words below


_BESIDE_FROM_EM = 15  # a narrow tile needs its whole width for its words


class Tile(Element):
    """A large choice of the home screen: an icon on its bed, a title, a few words."""

    def __init__(
        self,
        look: Look,
        target_id: str,
        icon: str,
        title: str,
        subtitle: str,
        action: Action,
        *,
        primary: bool = False,
    ) -> None:
        """`primary` is the one blue tile of a screen, its icon on the sun."""
        super().__init__(look)
        self.target_id = target_id
        self.icon = icon
        self.title = title
        self.subtitle = subtitle
        self.action = action
        self.primary = primary
        self._layout = look.metrics.layout
        self._air = look.metrics.space.m if self._layout is Layout.SMALL else look.metrics.space.xl

    def height_for(self, width_px: int) -> int:
        """The icon and the words, as the shape has them."""
        metrics = self.look.metrics
        title, subtitle = self._set(width_px)
        words = title.height + subtitle.height
        match self._shape(width_px):
            case _Shape.BESIDE:
                return max(words, metrics.icon_bed) + 2 * self._air
            case _Shape.BESIDE_TITLE:
                return max(title.height, metrics.icon_bed) + subtitle.height + metrics.space.xs + 2 * self._air
            case _Shape.ABOVE:
                return self._above() + metrics.icon_bed + metrics.space.m + words + metrics.space.l

    def paint(self) -> None:
        """Draw the bed, the icon and the words."""
        metrics = self.look.metrics
        canvas = self.canvas.before
        if self.primary:
            shapes.rounded(canvas, BLUE, self.box, metrics.radius.tile)
        else:
            shapes.framed(canvas, CARD, LINE, self.box, metrics.radius.tile, metrics.hairline)
        title, subtitle = self._set(self.box.width)
        bed, title_at, subtitle_at = self._places(title, subtitle)
        shapes.rounded(canvas, SUN if self.primary else BLUE_SOFT, bed, metrics.icon_bed * 0.28)
        icon_ink = INK if self.primary else BLUE
        draw_icon(canvas, self.icon, icon_ink, bed.x + bed.width / 2, bed.y + bed.height / 2, metrics.icon)
        self.words(title, WHITE if self.primary else INK, *title_at)
        self.words(subtitle, BLUE_PALE if self.primary else INK_SOFT, *subtitle_at)
        self.spot(self.target_id, self.title, self.box, self.action, radius=metrics.radius.tile)

    def _places(self, title: Paragraph, subtitle: Paragraph) -> tuple[Box, tuple[int, int], tuple[int, int]]:
        """Return the icon's bed and the upper left corners of title and words."""
        metrics = self.look.metrics
        box, side = self.box, metrics.icon_bed
        words = title.height + subtitle.height
        left = box.x + self._air
        match self._shape(box.width):
            case _Shape.BESIDE:
                bed = Box(left, box.y + (box.height - side) // 2, side, side)
                x, top = left + side + self._gap(), box.y + (box.height + words) // 2
                return bed, (x, top), (x, top - title.height)
            case _Shape.BESIDE_TITLE:
                head = max(title.height, side)
                top = box.y + (box.height + head + metrics.space.xs + subtitle.height) // 2
                bed = Box(left, top - (head + side) // 2, side, side)
                title_at = (left + side + self._gap(), top - (head - title.height) // 2)
                return bed, title_at, (left, top - head - metrics.space.xs)
            case _Shape.ABOVE:
                left += metrics.space.xs
                # From the top, not in the middle: the icons of a row stand on one line.
                top = box.top - self._above()
                below = top - side - metrics.space.m
                return Box(left, top - side, side, side), (left, below), (left, below - title.height)

    def _shape(self, width_px: int) -> _Shape:
        if self._layout is Layout.LARGE:
            return _Shape.ABOVE
        wide = width_px >= _BESIDE_FROM_EM * self.look.metrics.type.small
        return _Shape.BESIDE if wide or self._layout is Layout.PORTRAIT else _Shape.BESIDE_TITLE

    def _above(self) -> int:
        return self.look.metrics.space.xl + self.look.metrics.space.xs

    def _gap(self) -> int:
        return self.look.metrics.space.l

    def _set(self, width_px: int) -> tuple[Paragraph, Paragraph]:
        metrics = self.look.metrics
        room = width_px - 2 * self._air
        beside = room - metrics.icon_bed - self._gap()
        shape = self._shape(width_px)
        role = Role.TITLE if shape is _Shape.ABOVE else Role.HEADING
        return (
            self.set(self.title, role, bold=True, width_px=room if shape is _Shape.ABOVE else beside),
            self.set(self.subtitle, Role.SMALL, width_px=beside if shape is _Shape.BESIDE else room),
        )

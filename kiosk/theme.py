"""Every colour, size, space and radius of the screen, by name; the only place where they are numbers.

Sizes are design pixels of a panel of density 1; a denser panel multiplies them all. Nothing here knows
Kivy. Contrast on PAPER was measured for every ink (WCAG 2.2): text at least 4.5:1, edges at least 3:1.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

Rgba = tuple[float, float, float, float]


def rgba(hexadecimal: str, alpha: float = 1.0) -> Rgba:
    """Turn "#RRGGBB" into four floats of 0..1, as the canvas takes them."""
    red, green, blue = (int(hexadecimal[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (red, green, blue, alpha)


INK = rgba("#1B2A41")
INK_SOFT = rgba("#52607A")
PAPER = rgba("#FBF8F3")
PAPER_DEEP = rgba("#F3EEE4")
CARD = rgba("#FFFFFF")
BAR = rgba("#FFFDFA")  # the top bar: between paper and card
LINE = rgba("#E6DFD2")
EDGE = rgba("#8A8272")  # 3.6:1, borders of fields
EDGE_SOFT = rgba("#D3CBBB")  # borders of pills, whose words already carry the contrast
BLUE = rgba("#0F4C81")
BLUE_PRESS = rgba("#0B3A63")
BLUE_SOFT = rgba("#E4EEF7")
BLUE_PALE = rgba("#D6E4F1")  # secondary words on BLUE, 6.7:1
SUN = rgba("#F2A93B")
SUN_SOFT = rgba("#FDF1DC")
SUN_INK = rgba("#7A4A00")
GOOD = rgba("#1F7A4D")
GOOD_SOFT = rgba("#E6F4EC")
NOTICE = rgba("#0F5DA8")
NOTICE_SOFT = rgba("#E3F0FC")
WARN = rgba("#7A5600")
WARN_SOFT = rgba("#FFF3CD")
BAD = rgba("#B3261E")
BAD_SOFT = rgba("#FCE8E6")
BAD_BED = rgba("#FFF7F6")  # the inside of a field whose value is refused
WHITE = rgba("#FFFFFF")
VEIL = rgba("#1B2A41", 0.45)  # over the screen, under a dialog

LINE_SPACING = 1.35
TEXT_SIZE_MIN_PX = 18
TOUCH_MIN_PX = 60


class Layout(Enum):
    """The three arrangements of the screen."""

    LARGE = "large"  # 1920x1080 and alike
    SMALL = "small"  # 1024x600 and alike
    PORTRAIT = "portrait"  # 1080x1920 and alike: controls in the lower two thirds


class TextSize(Enum):
    """The visitor's own choice of text size; the value multiplies every size of type."""

    STANDARD = 1.0
    LARGE = 1.2
    EXTRA = 1.4


class Role(Enum):
    """What a piece of text is for; its size follows from that."""

    DISPLAY = "display"
    TITLE = "title"
    HEADING = "heading"
    BODY = "body"
    SMALL = "small"
    NUMBER = "number"  # receipt and telephone numbers: bold, read out in groups


class Type(Struct, frozen=True):
    """Sizes of type in pixels, one for each role."""

    display: int
    title: int
    heading: int
    body: int
    small: int
    number: int

    def of(self, role: Role) -> int:
        """Return the size in pixels of one role."""
        size: int = getattr(self, role.value)
        return size

    def scaled(self, factor: float) -> Type:
        """Return the same family larger; display grows at half the pace, it is large already."""
        half = 1 + (factor - 1) / 2

        def grown(size_px: int, by: float) -> int:
            return max(TEXT_SIZE_MIN_PX, round(size_px * by))

        return Type(
            display=grown(self.display, half),
            title=grown(self.title, (factor + half) / 2),
            heading=grown(self.heading, factor),
            body=grown(self.body, factor),
            small=grown(self.small, factor),
            number=grown(self.number, factor),
        )


class Space(Struct, frozen=True):
    """Gaps and paddings in pixels, smallest first."""

    xs: int
    s: int
    m: int
    l: int  # noqa: E741  the letter of a clothes size; never alone, always space.l
    xl: int
    xxl: int


class Radius(Struct, frozen=True):
    """Corner radii in pixels; a pill takes half its own height."""

    tile: int
    card: int
    button: int
    field: int
    key: int
    badge: int


class Metrics(Struct, frozen=True):
    """Every size of one layout, in pixels of the window."""

    layout: Layout
    text_size: TextSize
    width: int
    height: int
    type: Type
    space: Space
    radius: Radius
    margin: int
    top_bar: int
    strip: int
    button: int
    field: int
    key: int
    pill: int
    touch: int
    icon: int
    icon_bed: int
    rail: int  # width of the steps of a long job
    menu: int  # width of the desk's menu
    stroke: int  # borders of fields and of secondary buttons
    hairline: int


def _px(value: float, scale: float) -> int:
    return max(1, round(value * scale))


def layout_for(width_px: int, height_px: int) -> Layout:
    """Choose the arrangement from the window's shape."""
    if height_px > width_px:
        return Layout.PORTRAIT
    if width_px >= 1440 and height_px >= 810:
        return Layout.LARGE
    return Layout.SMALL


def metrics_for(
    width_px: int, height_px: int, text_size: TextSize = TextSize.STANDARD, density: float = 1.0
) -> Metrics:
    """Return every size for a window.

    `density` is the panel's, 1.0 for the three sizes the layouts were drawn for. What must hold words or a
    finger grows with the text size, so that nothing is cut and nothing gets smaller than a fingertip.
    """
    layout = layout_for(round(width_px / density), round(height_px / density))
    small = layout is Layout.SMALL
    drawn = (
        Type(display=34, title=26, heading=24, body=20, small=18, number=22)
        if small
        else Type(display=56, title=40, heading=32, body=28, small=24, number=28)
    )
    type_ = drawn.scaled(text_size.value * density)
    touch = _px(TOUCH_MIN_PX, density)

    def holding(height: float, role: Role, air: float) -> int:
        return max(_px(height, density), round(type_.of(role) * LINE_SPACING + air * density))

    two_lines = round((type_.heading + type_.small) * LINE_SPACING)
    return Metrics(
        layout=layout,
        text_size=text_size,
        width=width_px,
        height=height_px,
        type=type_,
        space=_space(small=small, density=density),
        radius=_radius(small=small, density=density),
        margin=_px(24 if small else 48, density),
        top_bar=holding(60, Role.HEADING, 12) if small else max(_px(104, density), two_lines + _px(16, density)),
        strip=holding(32 if small else 56, Role.SMALL, 8),
        button=max(touch, holding(60 if small else 96, Role.BODY, 28)),
        field=max(touch, holding(60 if small else 88, Role.BODY, 24)),
        key=max(touch, holding(60 if small else 84, Role.BODY, 20)),
        pill=holding(44 if small else 72, Role.SMALL, 16),
        touch=touch,
        icon=_px(30 if small else 44, density),
        icon_bed=_px(52 if small else 80, density),
        rail=_px(200 if small else 340, density),
        menu=_px(150 if small else 220, density),
        stroke=_px(2 if small else 2.5, density),
        hairline=_px(1 if small else 2, density),
    )


def _space(*, small: bool, density: float) -> Space:
    drawn = (4, 8, 12, 16, 24, 32) if small else (8, 12, 16, 24, 32, 48)
    return Space(*(_px(value, density) for value in drawn))


def _radius(*, small: bool, density: float) -> Radius:
    drawn = (20, 16, 14, 12, 10, 8) if small else (28, 24, 20, 16, 14, 12)
    return Radius(*(_px(value, density) for value in drawn))

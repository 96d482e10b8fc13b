"""Text as textures: one for a whole paragraph, white, to be tinted by the canvas.

Kivy's own Label would set one font only and break lines as it likes; here the lines and runs come from
`kiosk.text`, and SDL draws each run at its place. Textures are kept, least recently used out first, within
a budget of bytes, until told to forget.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path

from kivy.core.text._text_sdl2 import _SurfaceContainer
from kivy.core.text.text_sdl2 import LabelSDL2
from kivy.graphics.texture import Texture

from devices.font_file import FontUnusable
from kiosk.text.fonts import FontStack
from kiosk.text.setting import Paragraph, Typesetter

_TEXTURES_MAX_BYTES = 24 * 1024 * 1024
_PIXEL_BYTES = 4
_WHITE = (1.0, 1.0, 1.0, 1.0)
_log = logging.getLogger(__name__)


class _Pen(LabelSDL2):
    """One font at one size, as SDL draws it."""

    def __init__(self, font: Path, size_px: int) -> None:
        super().__init__(text="", font_name=str(font), font_size=size_px, color=_WHITE, font_hinting="light")
        # Asked for at every measure and stroke; the base class joins six options each time.
        self._font_id = f"{font}|{size_px}"

    def _get_font_id(self) -> str:
        return self._font_id


class Ink:
    """Measures and draws text with the fonts of one stack."""

    def __init__(self, fonts: FontStack) -> None:
        """Take the fonts; none is opened before the first text."""
        self.typesetter = Typesetter(fonts, self._measure)
        self._pens: dict[tuple[Path, int], _Pen] = {}
        self._textures: OrderedDict[tuple[Paragraph, str, int], Texture] = OrderedDict()
        self._kept_bytes = 0

    def forget(self) -> None:
        """Drop every text and its picture: they may be personal."""
        self.typesetter.forget()
        self._textures.clear()
        self._kept_bytes = 0

    def texture(self, paragraph: Paragraph, *, align: str = "left", width_px: int | None = None) -> Texture:
        """Return the picture of a paragraph, as wide as `width_px` or else as its longest line.

        `align` is "left", "center" or "right".
        """
        width = max(1, paragraph.width if width_px is None or align == "left" else width_px)
        key = (paragraph, align, width)
        texture = self._textures.get(key)
        if texture is not None:
            self._textures.move_to_end(key)
            return texture
        texture = self._drawn(paragraph, align, width)
        self._textures[key] = texture
        self._kept_bytes += _bytes_of(texture)
        while self._kept_bytes > _TEXTURES_MAX_BYTES and len(self._textures) > 1:
            _, oldest = self._textures.popitem(last=False)
            self._kept_bytes -= _bytes_of(oldest)
        return texture

    def _pen(self, font: Path, size_px: int) -> _Pen:
        pen = self._pens.get((font, size_px))
        if pen is None:
            pen = self._pens[font, size_px] = self._opened(font, size_px)
        return pen

    def _opened(self, font: Path, size_px: int) -> _Pen:
        """Open a font. The house font stands in for one behind it that will not open: it draws a missing character.

        Raises `FontUnusable` for a house font.
        """
        pen = _Pen(font, size_px)
        try:
            pen.get_ascent()  # SDL opens the file when it is first asked for something
        except ValueError as trouble:
            house = self.typesetter.fonts.regular[0].path
            if font in (house, self.typesetter.fonts.bold[0].path):
                raise FontUnusable(f"{font} is damaged: {trouble}") from trouble
            _log.error("left out: %s is damaged: %s", font, trouble)
            return self._pen(house, size_px)
        return pen

    def _measure(self, text: str, font: Path, size_px: int) -> int:
        width: int = self._pen(font, size_px).get_extents(text)[0]
        return width

    def _drawn(self, paragraph: Paragraph, align: str, width: int) -> Texture:
        height = max(1, paragraph.height)
        surface = _SurfaceContainer(width, height)
        # From the last line up: SDL copies a run's whole box, and the box of a line reaches further down
        # into the next line's air than up into the last one's.
        for index in range(len(paragraph.lines) - 1, -1, -1):
            line = paragraph.lines[index]
            spare = width - line.width
            left = {"left": 0, "center": spare // 2, "right": spare}[align]
            baseline = index * paragraph.line_height + paragraph.baseline
            for run in line.runs:
                pen = self._pen(run.font, paragraph.size_px)
                surface.render(pen, run.text, left + run.x, baseline - pen.get_ascent())
        texture = Texture.create(size=(width, height), colorfmt="rgba")
        texture.blit_data(surface.get_data())
        texture.flip_vertical()
        return texture


def _bytes_of(texture: Texture) -> int:
    width, height = texture.size
    return int(width * height * _PIXEL_BYTES)

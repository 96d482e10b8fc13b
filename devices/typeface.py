"""Opens a font file and knows which characters it has.

The file is given by who starts the program. In a collection (.ttc) the first face is the Japanese
one, which draws 门 直 骨 in Japanese forms: the simplified Chinese face is looked for by name.
What reads fonts is imported when the first character is drawn: it takes as long as a whole screen.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from devices.font_file import FontUnusable, tables_of

if typing.TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FACES_MAX = 32
_WANTED = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC")
_SAMPLE = "国"
_SAMPLE_PX = 24


class Typeface:
    """One face of a font file, at any size."""

    def __init__(self, path: Path) -> None:
        """Look at the head of the file. Raises `FontUnusable`."""
        self.path = path
        self._sizes: dict[int, FreeTypeFont] = {}
        tables_of(path)

    def check(self) -> None:
        """Open the face, read its characters and draw one: all that printing will do. Raises `FontUnusable`."""
        self.has(_SAMPLE)
        try:
            self.at(_SAMPLE_PX).getmask(_SAMPLE)
        except OSError as error:
            raise FontUnusable(f"{self.path} is damaged: it cannot draw {_SAMPLE} ({error})") from error

    def at(self, height_px: int) -> FreeTypeFont:
        """Return the face with an em of `height_px` pixels. Raises `FontUnusable`."""
        if height_px not in self._sizes:
            self._sizes[height_px] = self._open(height_px, self._face)
        return self._sizes[height_px]

    def has(self, character: str) -> bool:
        """Return whether the face has a glyph for `character`. Raises `FontUnusable`."""
        return self._glyph_of(ord(character)) is not None

    @cached_property
    def _glyph_of(self) -> Callable[[int], object]:
        from fontTools.ttLib import TTFont  # noqa: PLC0415 - see the head of this module

        try:
            with TTFont(str(self.path), fontNumber=self._face, lazy=True) as font:
                characters = font.getBestCmap()
        except FontUnusable:
            raise
        except Exception as error:  # whatever its tables, one by one, stumble over in a damaged file
            raise FontUnusable(f"{self.path} is damaged: {error}") from error
        if characters is None:
            raise FontUnusable(f"{self.path} is damaged: it does not say which characters it has")
        return dict(characters).get

    @cached_property
    def _face(self) -> int:
        first = self._open(16, 0)
        for index in range(_FACES_MAX):
            try:
                face = self._open(16, index) if index else first
            except FontUnusable:
                break
            if face.getname()[0] in _WANTED:
                return index
        return 0

    def _open(self, height_px: int, face: int) -> FreeTypeFont:
        from PIL import ImageFont  # noqa: PLC0415 - see the head of this module

        try:
            return ImageFont.truetype(str(self.path), height_px, index=face)
        except OSError as error:
            raise FontUnusable(f"{self.path} is damaged or has no face {face}") from error

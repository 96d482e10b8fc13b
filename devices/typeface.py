"""Opens a font file and knows which characters it has.

The file is given by who starts the program. In a collection (.ttc) the first face is the Japanese
one, which draws 门 直 骨 in Japanese forms: the simplified Chinese face is looked for by name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import ImageFont

_FACES_MAX = 32
_WANTED = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC")


class FontUnusable(Exception):
    """The font file is missing or is no font; the text names it."""


class Typeface:
    """One face of a font file, at any size."""

    def __init__(self, path: Path) -> None:
        """Open the face. Raises `FontUnusable`."""
        self._path = path
        self._index = self._find_face()
        self._sizes: dict[int, ImageFont.FreeTypeFont] = {}
        self._has: Callable[[int], object] | None = None

    def at(self, height_px: int) -> ImageFont.FreeTypeFont:
        """Return the face with an em of `height_px` pixels."""
        if height_px not in self._sizes:
            self._sizes[height_px] = ImageFont.truetype(str(self._path), height_px, index=self._index)
        return self._sizes[height_px]

    def has(self, character: str) -> bool:
        """Return whether the face has a glyph for `character`."""
        if self._has is None:
            from fontTools.ttLib import TTFont  # noqa: PLC0415 - takes 10 ms, and the first screen need not wait for it

            with TTFont(str(self._path), fontNumber=self._index, lazy=True) as font:
                self._has = dict(font.getBestCmap()).get
        return self._has(ord(character)) is not None

    def _find_face(self) -> int:
        first: str | None = None
        for index in range(_FACES_MAX):
            try:
                family = ImageFont.truetype(str(self._path), 16, index=index).getname()[0]
            except OSError as error:
                if first is None:
                    raise FontUnusable(f"{self._path} is missing or is no font") from error
                return 0
            if family in _WANTED:
                return index
            first = first or family
        return 0

"""Opens the font files of the printer and knows which characters they have.

The house font is given by who starts the program. In a collection (.ttc) the first face is the Japanese one, which
draws 门 直 骨 in Japanese forms: the simplified Chinese face is looked for by name. What the house font lacks, names in
CJK extensions B to F, comes from the file `RARE_FILE` beside it, where set-up has put one.
What draws is imported when the first character is drawn: it takes as long as a whole screen.
"""

from __future__ import annotations

import typing
from functools import cached_property
from pathlib import Path

from devices.font_coverage import Coverage, read_coverage
from devices.font_file import FontUnusable, tables_of

if typing.TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

RARE_FILE = "HanaMinB.ttf"
_FACES_MAX = 32
_WANTED = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC")
_SAMPLE = "国"
_SAMPLE_PX = 24


class Typeface:
    """One face of a font file and the file of rare characters beside it, at any size."""

    def __init__(self, path: Path) -> None:
        """Look at the head of the file. Raises `FontUnusable`."""
        self.path = path
        self._house = _Face(path)
        self._rare = _Face(path.with_name(RARE_FILE)) if path.with_name(RARE_FILE).exists() else None
        tables_of(path)

    def check(self) -> None:
        """Open the face, read its characters and draw one: all that printing will do. Raises `FontUnusable`."""
        self.has(_SAMPLE)
        try:
            self.at(_SAMPLE_PX).getmask(_SAMPLE)
        except OSError as error:
            raise FontUnusable(f"{self.path} is damaged: it cannot draw {_SAMPLE} ({error})") from error

    def at(self, height_px: int, character: str = _SAMPLE) -> FreeTypeFont:
        """Return the face that has `character`, with an em of `height_px` pixels. Raises `FontUnusable`."""
        return self._face_of(character).at(height_px)

    def has(self, character: str) -> bool:
        """Return whether there is a glyph for `character`. Raises `FontUnusable`."""
        return character in self._face_of(character).coverage

    def _face_of(self, character: str) -> _Face:
        """Return the house font, unless only the other one has the character."""
        if self._rare is None or character in self._house.coverage or character not in self._rare.coverage:
            return self._house
        return self._rare


class _Face:
    """One face of one file; opened and read when it is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sizes: dict[int, FreeTypeFont] = {}

    def at(self, height_px: int) -> FreeTypeFont:
        if height_px not in self._sizes:
            self._sizes[height_px] = self._open(height_px, self._index)
        return self._sizes[height_px]

    @cached_property
    def coverage(self) -> Coverage:
        return read_coverage(self._path, self._index)

    @cached_property
    def _index(self) -> int:
        first = self._open(16, 0)
        for index in range(_FACES_MAX):
            try:
                face = self._open(16, index) if index else first
            except FontUnusable:
                break
            if face.getname()[0] in _WANTED:
                return index
        return 0

    def _open(self, height_px: int, index: int) -> FreeTypeFont:
        from PIL import ImageFont  # noqa: PLC0415 - see the head of this module

        try:
            return ImageFont.truetype(str(self._path), height_px, index=index)
        except OSError as error:
            raise FontUnusable(f"{self._path} is damaged or has no face {index}") from error

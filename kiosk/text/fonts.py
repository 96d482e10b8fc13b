"""Which font shows which stretch of a text: the house font, and behind it others for what it lacks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from devices.font_coverage import Coverage, read_coverage
from devices.font_file import FontUnusable

BEHIND = tuple(
    map(
        Path,
        (
            "/usr/share/fonts/truetype/hanazono/HanaMinA.ttf",  # Debian fonts-hanazono: rare ideographs
            "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
            "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",  # symbols and other alphabets
        ),
    )
)
"""Fonts that are asked, where they are installed, for what the house font lacks."""

_log = logging.getLogger(__name__)


class FontRun(Struct, frozen=True):
    """A stretch of text that one font shows."""

    text: str
    font: Path


class Face:
    """One font file; its character map is read when a text first asks for it."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is read yet."""
        self.path = path

    @cached_property
    def coverage(self) -> Coverage:
        """The characters of this font. Raises `FontUnusable`."""
        return read_coverage(self.path)


@dataclass(frozen=True)
class FontStack:
    """The fonts in order of preference, for each of the two weights.

    A weight's last resort is its first font, which draws its sign for a missing character.
    """

    regular: Sequence[Face]
    bold: Sequence[Face]
    _seen: dict[tuple[str, bool], Path] = field(default_factory=dict)
    _left_out: set[Path] = field(default_factory=set)

    @classmethod
    def of_files(cls, regular: Path, bold: Path, behind: Sequence[Path] = BEHIND) -> FontStack:
        """Stack two house fonts, and behind both of them the same others, those of them that exist.

        Raises `FontUnusable` for a house font: no screen can do without it. One of the others that is damaged is left
        out when it is first asked.
        """
        others = [Face(path) for path in behind if path.is_file()]
        house = Face(regular), Face(bold)
        for face in house:
            _ = face.coverage
        return cls([house[0], *others], [house[1], *others])

    def runs(self, text: str, *, bold: bool) -> list[FontRun]:
        """Split `text` into stretches of one font each, in order."""
        runs: list[FontRun] = []
        start = 0
        font: Path | None = None
        for at, character in enumerate(text):
            # A mark that combines stays with its base, or it would be drawn beside it.
            found = font if _combines(character) and font else self._font(character, bold=bold)
            if found != font:
                if font is not None:
                    runs.append(FontRun(text[start:at], font))
                start, font = at, found
        if font is not None:
            runs.append(FontRun(text[start:], font))
        return runs

    def missing(self, text: str) -> str:
        """Return the characters of `text` that no font here can show, each once, in order."""
        return "".join(
            dict.fromkeys(
                character
                for character in text
                if not character.isspace() and self._face_with(character, self.regular) is None
            )
        )

    def _font(self, character: str, *, bold: bool) -> Path:
        key = (character, bold)
        font = self._seen.get(key)
        if font is None:
            faces = self.bold if bold else self.regular
            font = (self._face_with(character, faces) or faces[0]).path
            self._seen[key] = font
        return font

    def _face_with(self, character: str, faces: Sequence[Face]) -> Face | None:
        for face in faces:
            if face.path in self._left_out:
                continue
            try:
                if character in face.coverage:
                    return face
            except FontUnusable as unusable:
                # A rare character is then drawn as a missing one; whoever stands there can go on.
                _log.error("left out: %s", unusable)
                self._left_out.add(face.path)
        return None


def _combines(character: str) -> bool:
    code = ord(character)
    return 0x0300 <= code <= 0x036F or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF

"""Sets a text into lines of a width: breaks, fonts and, where it does not fit, an ellipsis.

Positions are whole pixels from the upper left corner of the paragraph. Every line is LINE_SPACING times the
size high, and the ideographs stand in its middle, whatever the font's own ascent is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from kiosk.text.breaking import CLOSING, Breaker
from kiosk.text.fonts import FontStack
from kiosk.theme import LINE_SPACING

Measure = Callable[[str, Path, int], int]
"""Width in pixels of a text in one font file at a size in pixels."""

ELLIPSIS = "…"
_LEFT_OUT = "，。、；：！？·… "  # what would look odd before an ellipsis
_EM_BOX_MIDDLE = 0.38  # ideographs reach from 0.12 em below the baseline to 0.88 em above it
_PARAGRAPHS_KEPT = 1024
_SPARE_PIECES = 2
_MARKS = re.escape(CLOSING)
_PARTS = re.compile(rf"[^-/. ]+[-/. ]*[{_MARKS}]*|[-/. ]+")
_CHARACTERS = re.compile(rf".[{_MARKS} ]*", re.DOTALL)


class SetRun(Struct, frozen=True):
    """A stretch of one font, `x` pixels from the line's start."""

    text: str
    font: Path
    x: int
    width: int


class SetLine(Struct, frozen=True):
    """One line, without the space it was broken at."""

    text: str
    runs: tuple[SetRun, ...]
    width: int


class Paragraph(Struct, frozen=True):
    """A text set into lines."""

    lines: tuple[SetLine, ...]
    size_px: int
    line_height: int
    cut: bool  # something was left out, an ellipsis says so

    @property
    def width(self) -> int:
        """Width of the longest line in pixels."""
        return max((line.width for line in self.lines), default=0)

    @property
    def height(self) -> int:
        """Height of all lines in pixels."""
        return self.line_height * len(self.lines)

    @property
    def baseline(self) -> int:
        """Where the baseline is, in pixels below the top of each line."""
        return baseline_of(self.size_px)


def line_height_of(size_px: int) -> int:
    """Return the height in pixels of a line of text of a size."""
    return round(size_px * LINE_SPACING)


def baseline_of(size_px: int) -> int:
    """Return how far below the top of its line a text's baseline is, in pixels."""
    return round(line_height_of(size_px) / 2 + _EM_BOX_MIDDLE * size_px)


class Typesetter:
    """Sets texts, and remembers the set paragraphs until told to forget."""

    def __init__(self, fonts: FontStack, measure: Measure) -> None:
        """Take the fonts and the way to measure with them."""
        self.fonts = fonts
        self._measure = measure
        self._breaker = Breaker()
        self._paragraphs: dict[tuple[str, int, bool, int | None, int | None], Paragraph] = {}
        self._widths: dict[tuple[str, int, bool], int] = {}

    def forget(self) -> None:
        """Drop every remembered text: texts may be personal."""
        self._paragraphs.clear()
        self._widths.clear()
        self._breaker.forget()

    def width_of(self, text: str, size_px: int, *, bold: bool = False) -> int:
        """Return the width in pixels of `text` on one line."""
        key = (text, size_px, bold)
        width = self._widths.get(key)
        if width is None:
            width = sum(self._measure(run.text, run.font, size_px) for run in self.fonts.runs(text, bold=bold))
            if len(self._widths) >= 4 * _PARAGRAPHS_KEPT:
                self._widths.clear()
            self._widths[key] = width
        return width

    def set(
        self,
        text: str,
        size_px: int,
        *,
        bold: bool = False,
        width_px: int | None = None,
        lines_max: int | None = None,
    ) -> Paragraph:
        """Set `text` into lines no wider than `width_px`, at most `lines_max` of them.

        Without a width only line feeds break. What does not fit ends in an ellipsis, which never stands for
        a part of a number: the whole number goes. Only what alone is wider than a line is broken inside.
        """
        key = (text, size_px, bold, width_px, lines_max)
        known = self._paragraphs.get(key)
        if known is None:
            known = _Setting(self, self._breaker, size_px, bold, width_px).paragraph(text, lines_max)
            if len(self._paragraphs) >= _PARAGRAPHS_KEPT:
                self._paragraphs.clear()
            self._paragraphs[key] = known
        return known

    def line(self, text: str, size_px: int, *, bold: bool) -> SetLine:
        """Return `text` as one line with the positions of its runs."""
        runs: list[SetRun] = []
        x = 0
        for run in self.fonts.runs(text, bold=bold):
            width = self._measure(run.text, run.font, size_px)
            runs.append(SetRun(run.text, run.font, x, width))
            x += width
        return SetLine(text, tuple(runs), x)


class _Setting(Struct, frozen=True):
    """One run of the line filler; a greedy one, as UAX #14 leaves only the choice of the width."""

    setter: Typesetter
    breaker: Breaker
    size_px: int
    bold: bool
    width_px: int | None

    def paragraph(self, text: str, lines_max: int | None) -> Paragraph:
        lines = [line for part in text.split("\n") for line in self._filled(part)]
        cut = lines_max is not None and len(lines) > lines_max
        if lines_max is not None and cut:
            # The last line that may be shown is filled anew, with what would have come after it.
            rest = "".join(lines[lines_max - 1 :])
            lines = [*lines[: lines_max - 1], self._with_ellipsis(rest)]
        return Paragraph(
            tuple(self.setter.line(line.rstrip(), self.size_px, bold=self.bold) for line in lines),
            self.size_px,
            line_height_of(self.size_px),
            cut,
        )

    def _width(self, text: str) -> int:
        return self.setter.width_of(text, self.size_px, bold=self.bold)

    def _fits(self, text: str) -> bool:
        return self.width_px is None or self._width(text.rstrip()) <= self.width_px

    def _filled(self, text: str) -> list[str]:
        if self.width_px is None or self._fits(text):
            return [text]
        lines: list[list[str]] = [[]]
        used = 0
        for piece in self._pieces(text):
            wanted = used + self._width(piece.rstrip())
            # Pieces are measured in whole pixels: together they may be wider than their sum.
            near = wanted > self.width_px - len(lines[-1])
            if lines[-1] and (wanted > self.width_px or (near and not self._fits("".join([*lines[-1], piece])))):
                lines.append([])
                used = 0
            lines[-1].append(piece)
            used += self._width(piece)
        if len(lines) > 1:
            self._keep_company(lines)
        return ["".join(line) for line in lines]

    def _pieces(self, text: str, *, numbers_whole: bool = False) -> list[str]:
        """Return what must stay whole; what alone is wider than a line is taken apart further."""
        pieces: list[str] = []
        for piece in self.breaker.pieces(text):
            if self._fits(piece) or (numbers_whole and any(map(str.isdigit, piece))):
                pieces.append(piece)
            else:
                pieces.extend(self._taken_apart(piece))
        return pieces

    def _taken_apart(self, piece: str) -> list[str]:
        smaller: list[str] = []
        for part in _PARTS.findall(piece):
            characters = [part] if self._fits(part) else _CHARACTERS.findall(part)
            for each in characters:
                smaller.extend([each] if self._fits(each) else each)
        return smaller

    def _keep_company(self, lines: list[list[str]]) -> None:
        """Let no last line consist of a single ideograph, if the line before can spare one."""
        last = "".join(lines[-1]).strip().rstrip(CLOSING)
        before = lines[-2]
        if len(last) > 1 or last.isascii() or len(before) <= _SPARE_PIECES:
            return
        if self._fits(before[-1] + "".join(lines[-1])):
            lines[-1].insert(0, before.pop())

    def _with_ellipsis(self, text: str) -> str:
        pieces = self._pieces(text, numbers_whole=True)
        while pieces:
            kept = "".join(pieces).rstrip(_LEFT_OUT)
            if kept and self._fits(kept + ELLIPSIS):
                return kept + ELLIPSIS
            pieces.pop()
        return ELLIPSIS

"""Where a line of Chinese, with numbers and Latin words in it, may break.

The rules are Unicode's line-breaking algorithm (UAX #14), taken from the library uniseg. On top of them
stand the needs of official Chinese: a number with its unit or a date (2026年11月23日, 5个工作日, 3.5%), a
telephone or case number (000-5550-123, 01-0007-X), and a Latin word with its hyphens and dots stay whole.

Two plain ideographs may always be parted (UAX #14 LB31), so only the stretches around anything else are
given to the library: its answer for the whole text is the same, and several times dearer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

CLOSING = "，。、；：？！）)】》〉」』”’]…·％%"
"""Marks that must not begin a line."""

_IDEOGRAPHS = "㐀-䶿一-鿿\U00020000-\U000323af"
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_PLAIN_RUN = re.compile(f"[{_IDEOGRAPHS}]{{2,}}")
_NUMBER = r"\d+(?:[.,:/]\d+)*"
_WHOLE = re.compile(
    # a date, with what is left out of it
    r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日|(?:\d{4}年)?\d{1,2}月|\d{4}年"
    # from one time of day to another: 8:30—12:00
    r"|\d{1,2}:\d{2}[—–]\d{1,2}:\d{2}"
    # a word or number held together by hyphens and the like: 000-5550-123, 14:32, an address of the web
    r"|[0-9A-Za-z]+(?:[-./:_@#+&][0-9A-Za-z]+)+"
    # a number and the sign or measure word that belongs to it, "5 个" as well as "第5个"
    rf"|(?:[第前约]\s?)?{_NUMBER}(?:\s?(?:个?工作日|[%％‰℃°元角分年月日号时点秒天周个件条人户位项步次页份类级组岁米亩]))?"
)
_ALIKE = str.maketrans(
    {**dict.fromkeys("123456789", "0"), **dict.fromkeys("bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "a")}
)
_TEXTS_KEPT = 2048
_SHAPES_KEPT = 4096


class Breaker:
    """Splits texts into pieces that stay whole, and remembers its answers until told to forget."""

    def __init__(self) -> None:
        """Start with nothing remembered; the library is imported when a text first needs it."""
        self._texts: dict[str, tuple[str, ...]] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}

    def forget(self) -> None:
        """Drop every remembered text: texts may be personal. Shapes say nothing of what was written."""
        self._texts.clear()

    def pieces(self, text: str) -> tuple[str, ...]:
        """Return the pieces of `text` that must not be broken; joined again they are `text`.

        A space that separates stays at the end of the piece before it; a line feed ends its piece.
        """
        known = self._texts.get(text)
        if known is None:
            known = tuple(self._pieces(text))
            if len(self._texts) >= _TEXTS_KEPT:
                self._texts.clear()
            self._texts[text] = known
        return known

    def positions(self, text: str) -> Iterator[int]:
        """Yield the ends of the pieces of `text` by UAX #14 alone, the end of the text last."""
        at = 0
        for run in _PLAIN_RUN.finditer(text):
            # One ideograph at each end goes with its neighbours: it decides about the break beside it.
            first, last = run.start() + 1, run.end() - 1
            yield from (at + end for end in self._stretch(text[at:first]))
            yield from range(first + 1, last + 1)
            at = last
        if at < len(text):
            yield from (at + end for end in self._stretch(text[at:]))

    def _pieces(self, text: str) -> Iterator[str]:
        inside = {at for match in _WHOLE.finditer(text) for at in range(match.start() + 1, match.end())}
        start = 0
        for end in self.positions(text):
            if end not in inside:
                yield text[start:end]
                start = end

    def _stretch(self, text: str) -> tuple[int, ...]:
        """Return the breaks of a short stretch. Those of 兰，1 are those of 一，0: asked of the library once."""
        if len(text) == 1:
            return (1,)
        shape = _IDEOGRAPH.sub("一", text.translate(_ALIKE))
        known = self._shapes.get(shape)
        if known is None:
            known = tuple(_library_breaks(shape))
            if len(self._shapes) >= _SHAPES_KEPT:
                self._shapes.clear()
            self._shapes[shape] = known
        return known


def _library_breaks(text: str) -> Iterator[int]:
    from uniseg.linebreak import line_break_units  # noqa: PLC0415 - 25 ms, and most texts fit on their line

    at = 0
    for unit in line_break_units(text):
        at += len(unit)
        yield at

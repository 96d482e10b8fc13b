"""The keys under the finger: candidates above, letters or digits below, and on to the next field.

Four rows, so that at 1024x600 the question and its field still show above them. All keys are drawn by one
element: forty widgets would take ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kiosk.input.keys import Candidate, Character, Command, Key, Mode, PanelView
from kiosk.theme import BLUE, BLUE_SOFT, CARD, INK, INK_SOFT, PAPER_DEEP, WHITE, Layout, Rgba, Role
from kiosk.views import Translate
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.icons import draw_icon
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

ROWS = 4
_LETTERS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_COLUMNS = 10
_DIGIT_COLUMNS = 4
_DIGITS = ("123", "456", "789")
_DIGITS_WIDTH_MAX_EM = 34


class _Cap(Struct, frozen=True):
    """One key: what it does, its words or its icon, how wide it is in key widths, its colour."""

    target_id: str
    key: Key
    text: str = ""
    icon: str = ""
    width: float = 1.0
    bed: Rgba = CARD
    ink: Rgba = INK
    bold: bool = False
    soft: bool = False  # smaller words, for keys that are no character
    enabled: bool = True


class KeyPanel(Element):
    """Draws a `PanelView` and tells which key was pressed."""

    def __init__(self, look: Look, view: PanelView, press: Callable[[Key], None], tr: Translate, *, done: str) -> None:
        """`done` are the words of the key that goes on to the next field."""
        super().__init__(look)
        self.view = view
        self.press = press
        self.tr = tr
        self.done = done
        self._from = 0  # the candidates of the page that are drawn: long ones do not all fit
        self._end = 0

    def height_for(self, width_px: int) -> int:
        """Four rows of keys, the gaps and the bed."""
        return ROWS * self.look.metrics.key + (ROWS - 1) * self._gap() + 2 * self._air()

    def tell(self, view: PanelView, done: str) -> None:
        """Show other candidates, another mode, or another word on the key that goes on."""
        if view != self.view or done != self.done:
            if view.candidates != self.view.candidates:
                self._from = 0
            self.view, self.done = view, done
            self.redraw()

    def place(self, x: int, y: int, width_px: int, height_px: int) -> None:
        """Take this place, drawing only what is not drawn there yet: the keys outlive the pages they stand on."""
        if self.box != Box(x, y, width_px, height_px) or not self.spots:
            super().place(x, y, width_px, height_px)

    def paint(self) -> None:
        """Draw the bed and the keys."""
        metrics = self.look.metrics
        radius = 0 if metrics.layout is Layout.SMALL else metrics.radius.card
        shapes.rounded(self.canvas.before, PAPER_DEEP, self.box, radius)
        margin = metrics.margin if metrics.layout is Layout.SMALL else self._air()
        inner = Box(self.box.x + margin, self.box.y + self._air(), self.box.width - 2 * margin, 0)
        if self.view.mode is Mode.DIGITS:
            self._digits(inner.x, inner.width)
        else:
            self._candidates(inner.x, inner.width)
            self._letters(inner.x, inner.width)

    def _row(self, row: int, x: int, caps: Sequence[_Cap], unit: float) -> None:
        """Draw the keys of a row from `x` on; `unit` is the width of a key of width 1 with its gap."""
        height = self.look.metrics.key
        y = self.box.top - self._air() - (row + 1) * height - row * self._gap()
        at = float(x)
        for cap in caps:
            right = at + cap.width * unit
            self._cap(cap, Box(round(at), y, round(right - self._gap()) - round(at), height))
            at = right

    def _cap(self, cap: _Cap, box: Box) -> None:
        radius = self.look.metrics.radius.key
        shapes.rounded(self.canvas.before, cap.bed, box, radius)
        if cap.icon:
            size = self.look.metrics.type.body * 1.1
            draw_icon(self.canvas.before, cap.icon, cap.ink, box.x + box.width / 2, box.y + box.height / 2, size)
        else:
            role = Role.SMALL if cap.soft else Role.BODY
            self.middle_words(cap.text, role, cap.ink, box, bold=cap.bold)
        self.spot(
            cap.target_id,
            cap.text or cap.icon,
            box,
            lambda: self._pressed_key(cap.key),
            radius=radius,
            enabled=cap.enabled,
            guarded=False,
        )

    def _candidates(self, x: int, width: int) -> None:
        """Draw the first row: candidates from the left, modes and the way on at the right."""
        unit = (width + self._gap()) / _COLUMNS
        right = [
            *([_mode_cap(Mode.DIGITS, self.tr)] if Mode.DIGITS in self.view.modes else []),
            self._done_cap(1.7),
        ]
        taken = sum(cap.width for cap in right) + (2.0 if self.view.candidates else 0.0)
        room = round((_COLUMNS - taken) * unit) - self._gap()
        self._candidate_caps(x, room)
        turn = self._turn_caps() if self.view.candidates else []
        self._row(0, round(x + (_COLUMNS - taken) * unit), [*turn, *right], unit)

    def _turn_caps(self) -> list[_Cap]:
        back = self.view.page_back or self._from > 0
        on = self.view.page_on or self._end < len(self.view.candidates)
        return [
            _Cap("key.page_back", Command.PAGE_BACK, icon="back", enabled=back, ink=_ink(back)),
            _Cap("key.page_on", Command.PAGE_ON, icon="forward", enabled=on, ink=_ink(on)),
        ]

    def _pressed_key(self, key: Key) -> None:
        """Turn to the candidates of this page that had no room; anything else is the field's."""
        if key is Command.PAGE_ON and self._end < len(self.view.candidates):
            self._from = self._end
            self.redraw()
        elif key is Command.PAGE_BACK and self._from:
            self._from = 0
            self.redraw()
        else:
            self.press(key)

    def _candidate_caps(self, x: int, room: int) -> None:
        """Draw as many candidates as there is room for, one at least."""
        height, air = self.look.metrics.key, self.look.metrics.space.m
        y = self.box.top - self._air() - height
        self._end = self._from
        for index, word in enumerate(self.view.candidates[self._from :], start=self._from):
            text = f"{index + 1} {word}"
            width = max(self.look.metrics.touch, self.set(text, Role.BODY).width + 2 * air)
            if index > self._from and width > room:
                break
            first = index == 0
            cap = _Cap(
                f"candidate.{index + 1}",
                Candidate(index),
                text,
                bed=BLUE if first else CARD,
                ink=WHITE if first else INK,
            )
            self._cap(cap, Box(x, y, min(width, room), height))
            x += width + self._gap()
            room -= width + self._gap()
            self._end = index + 1

    def _letters(self, x: int, width: int) -> None:
        unit = (width + self._gap()) / _COLUMNS
        upper, middle, lower = ([self._letter(letter) for letter in row] for row in _LETTERS)
        self._row(1, x, upper, unit)
        space = _Cap("key.space", Character(" "), self.tr("空格"), soft=True)
        self._row(2, x, [*middle, space], unit)
        other = Mode.ENGLISH if self.view.mode is Mode.PINYIN else Mode.PINYIN
        left: list[_Cap] = []
        if self.view.mode is Mode.ENGLISH:
            bed = BLUE_SOFT if self.view.shifted else CARD
            left.append(_Cap("key.shift", Command.SHIFT, icon="up", bed=bed))
        if other in self.view.modes:
            left.append(_mode_cap(other, self.tr))
        if len(left) == 1:
            left = [replace(left[0], width=1.5)]
        taken = sum(cap.width for cap in left) + len(lower)
        delete = _Cap("key.backspace", Command.BACKSPACE, icon="backspace", width=_COLUMNS - taken)
        self._row(3, x, [*left, *lower, delete], unit)

    def _letter(self, letter: str) -> _Cap:
        shown = letter.upper() if self.view.shifted else letter
        return _Cap(f"key.{letter}", Character(letter), shown)

    def _digits(self, x: int, width: int) -> None:
        """Draw the digits as on a telephone, and what is no digit in the last column."""
        narrow = min(width, self.look.metrics.type.body * _DIGITS_WIDTH_MAX_EM)
        x += (width - narrow) // 2
        unit = (narrow + self._gap()) / _DIGIT_COLUMNS
        modes = [_mode_cap(mode, self.tr) for mode in self.view.modes if mode is not Mode.DIGITS]
        last = [_Cap("key.backspace", Command.BACKSPACE, icon="backspace"), *modes]
        for row, digits in enumerate(_DIGITS):
            caps = [_Cap(f"key.{digit}", Character(digit), digit, bold=True) for digit in digits]
            self._row(row, x, [*caps, *last[row : row + 1]], unit)
        extras = [_Cap(f"key.{extra}", Character(extra), extra, bold=True) for extra in self.view.extras[:2]]
        zero = _Cap("key.0", Character("0"), "0", bold=True, width=3.0 - len(extras))
        self._row(3, x, [*extras[:1], zero, *extras[1:], self._done_cap(1.0)], unit)

    def _done_cap(self, width: float) -> _Cap:
        return _Cap("key.done", Command.DONE, self.done, width=width, bed=BLUE_SOFT, ink=BLUE, soft=True, bold=True)

    def _gap(self) -> int:
        return self.look.metrics.space.s

    def _air(self) -> int:
        return self.look.metrics.space.s if self.look.metrics.layout is Layout.SMALL else self.look.metrics.space.m


def _ink(enabled: bool) -> Rgba:
    return INK if enabled else INK_SOFT


def _mode_cap(mode: Mode, tr: Translate) -> _Cap:
    if mode is Mode.DIGITS:
        return _Cap("key.digits", Command.TO_DIGITS, "123", soft=True)
    if mode is Mode.PINYIN:
        return _Cap("key.pinyin", Command.TO_PINYIN, tr("拼音"), soft=True)
    return _Cap("key.english", Command.TO_ENGLISH, tr("英文"), soft=True)

"""Writing into one field: its text, the caret, the mode of the panel and the word being composed.

The visitor's session owns the one `TextEntry`, opens it on the focused field, passes it every key of the
panel or of a real keyboard, and wipes it with everything else that is personal.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.input.composition import LETTERS, PinyinComposition
from kiosk.input.engine import Pinyin, PinyinMissing
from kiosk.input.keys import Candidate, Character, Command, EntryView, Key, Mode, PanelView

_MODE_OF = {
    Command.TO_PINYIN: Mode.PINYIN,
    Command.TO_ENGLISH: Mode.ENGLISH,
    Command.TO_DIGITS: Mode.DIGITS,
}
ALL_MODES = (Mode.PINYIN, Mode.ENGLISH, Mode.DIGITS)
_CHINESE_MARKS = {",": "，", ".": "。", "?": "？", "!": "！", ":": "：", ";": "；", "(": "（", ")": "）"}


class TextEntry:
    """The text of one field while it is written."""

    def __init__(self, engine: Pinyin, *, page_size: int = 5) -> None:
        """Nothing is open yet; the engine is started when a field that takes pinyin is opened."""
        self._composition = PinyinComposition(engine, page_size)
        self._pinyin_missing = False
        self._shifted = False
        self._modes: tuple[Mode, ...] = ALL_MODES
        self._mode = Mode.PINYIN
        self._text = ""
        self._caret = 0
        self._length_max = 0
        self._extras: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text as it would be taken now: what is being composed is not part of it."""
        return self._text

    def open(
        self,
        text: str,
        *,
        modes: Sequence[Mode] = ALL_MODES,
        extras: Sequence[str] = (),
        length_max: int = 200,
        caret: int | None = None,
    ) -> None:
        """Begin to write in a field: `modes` it allows, the first one to start with; at most `length_max`
        characters; the caret before the character of that number, or at the end. `extras` are keys beside
        the ten digits, such as X for identity numbers.
        """
        self._composition.drop()
        self._modes = tuple(modes)
        self._mode = self._modes[0]
        if self._mode is Mode.PINYIN and self._pinyin_missing:
            self._mode = Mode.ENGLISH
        if self._mode is Mode.PINYIN:
            self._composition.warm()
        self._shifted = False
        self._text = text
        self._extras = tuple(extras)
        self._length_max = length_max
        self._caret = len(text) if caret is None else max(0, min(caret, len(text)))

    def press(self, key: Key) -> bool:
        """Take a key; True if the text changed. `Command.DONE` is for the caller, after `finish`."""
        before = self._text
        match key:
            case Character(text):
                self._write(text)
            case Candidate(index):
                self._insert(self._composition.choose(index))
            case Command.BACKSPACE:
                self._backspace()
            case Command.SHIFT:
                self._shifted = not self._shifted
            case Command.PAGE_ON | Command.PAGE_BACK:
                self._composition.turn(1 if key is Command.PAGE_ON else -1)
            case Command.LEFT | Command.RIGHT:
                self._move(1 if key is Command.RIGHT else -1)
            case Command.ESCAPE:
                self._composition.drop()
            case Command.DONE:
                self.finish()
            case _:
                self._change_mode(_MODE_OF[key])
        return self._text != before

    def finish(self) -> str:
        """End the composing: letters that were not chosen from become the text they are; return the text."""
        self._insert(self._composition.text)
        self._composition.drop()
        return self._text

    def move_to(self, caret: int) -> None:
        """Put the caret before the character of that number, unless something is being composed."""
        if not self._composition.active:
            self._caret = max(0, min(len(self._text), caret))

    def view(self) -> EntryView:
        """Return what the field shows."""
        return EntryView(self._text, self._caret, self._composition.text)

    def panel(self) -> PanelView:
        """Return what the panel shows."""
        composition = self._composition
        return PanelView(
            mode=self._mode,
            modes=tuple(mode for mode in self._modes if mode is not Mode.PINYIN or not self._pinyin_missing),
            letters=composition.text,
            candidates=composition.page,
            page_back=composition.has_page_before,
            page_on=composition.has_page_after,
            shifted=self._shifted,
            extras=self._extras,
        )

    def wipe(self) -> None:
        """Forget the text, what was composed and every word that was learned from it."""
        self._composition.wipe()
        self._text, self._caret = "", 0

    def _write(self, text: str) -> None:
        if self._mode is Mode.PINYIN and text in LETTERS and not self._pinyin_missing:
            try:
                if self._composition.type(text):
                    return
            except PinyinMissing:
                # Not this villager's trouble: letters are written as they are, and the panel says so.
                self._pinyin_missing = True
                self._mode = Mode.ENGLISH
        if self._composition.active:
            self._choose_first(text)
            return
        if self._mode is Mode.PINYIN:
            text = _CHINESE_MARKS.get(text, text)
        self._insert(text.upper() if self._shifted else text)
        self._shifted = False

    def _choose_first(self, text: str) -> None:
        """A digit chooses, a space takes the first candidate, anything else takes it and is written too."""
        if text.isdigit() and text != "0":
            self._insert(self._composition.choose(int(text) - 1))
            return
        while self._composition.active:
            if not self._composition.page:
                self.finish()
                break
            self._insert(self._composition.choose(0))
        if text != " ":
            self._insert(_CHINESE_MARKS.get(text, text))

    def _insert(self, text: str) -> None:
        room = max(0, self._length_max - len(self._text))
        text = text[:room]
        self._text = self._text[: self._caret] + text + self._text[self._caret :]
        self._caret += len(text)

    def _backspace(self) -> None:
        if self._composition.active:
            self._composition.backspace()
        elif self._caret:
            self._text = self._text[: self._caret - 1] + self._text[self._caret :]
            self._caret -= 1

    def _move(self, step: int) -> None:
        self.move_to(self._caret + step)

    def _change_mode(self, mode: Mode) -> None:
        if mode in self._modes:
            self.finish()
            self._mode = mode
            self._shifted = False

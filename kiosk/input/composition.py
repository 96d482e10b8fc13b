"""A word on its way from letters to characters: typed, narrowed down, chosen piece by piece."""

from __future__ import annotations

from kiosk.input.engine import LETTERS_MAX, Pinyin

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz'")


class PinyinComposition:
    """Letters typed so far, what of them is already chosen, and the candidates for the rest."""

    def __init__(self, engine: Pinyin, page_size: int = 5) -> None:
        """`page_size` candidates are shown at a time."""
        self._engine = engine
        self._letters = ""
        self._fixed = ""
        self._fixed_letters = 0
        self._candidates: tuple[str, ...] = ()
        self._first = 0
        self.page_size = page_size

    @property
    def text(self) -> str:
        """What stands at the caret: characters already chosen, then the letters that are left."""
        return self._fixed + self._letters[self._fixed_letters :]

    @property
    def active(self) -> bool:
        """Whether something is being composed."""
        return bool(self._letters)

    @property
    def page(self) -> tuple[str, ...]:
        """The candidates shown now. The first one of a narrowed search repeats what is fixed; it is cut."""
        shown = self._candidates[self._first : self._first + self.page_size]
        return tuple(candidate.removeprefix(self._fixed) or candidate for candidate in shown)

    @property
    def has_page_before(self) -> bool:
        """Whether there are better candidates than those shown."""
        return self._first > 0

    @property
    def has_page_after(self) -> bool:
        """Whether there are more candidates."""
        return self._first + self.page_size < len(self._candidates)

    def type(self, letter: str) -> bool:
        """Add a letter; False if it is none, or one too many. Raises `PinyinMissing`."""
        if letter not in LETTERS or len(self._letters) >= LETTERS_MAX:
            return False
        if letter == "'" and not self._letters:
            return False
        self._search(self._letters + letter)
        return True

    def backspace(self) -> None:
        """Take back the last letter; what had been chosen of the word is open again."""
        self._search(self._letters[:-1])

    def turn(self, pages: int) -> None:
        """Show other candidates, `pages` further on, or back if negative."""
        first = self._first + pages * self.page_size
        if 0 <= first < len(self._candidates):
            self._first = first

    def choose(self, index: int) -> str:
        """Take the candidate `index` of the shown page; return the whole word if that completes it, else ""."""
        at = self._first + index
        if not 0 <= index < self.page_size or at >= len(self._candidates):
            return ""
        found = self._engine.choose(at)
        self._fixed, self._fixed_letters, self._candidates = found.fixed, found.used, found.candidates
        self._first = 0
        if self._fixed_letters < len(self._letters):
            return ""
        word = self._fixed
        self.drop()
        return word

    def drop(self) -> None:
        """Give up the letters."""
        self._letters, self._fixed, self._fixed_letters = "", "", 0
        self._candidates, self._first = (), 0

    def warm(self) -> None:
        """Let the engine get ready for the first letter."""
        self._engine.warm()

    def wipe(self) -> None:
        """Give up the letters, and let the engine forget every word it learned."""
        self.drop()
        self._engine.forget()

    def _search(self, letters: str) -> None:
        found = self._engine.search(letters)
        self.drop()
        self._letters, self._candidates = letters, found.candidates

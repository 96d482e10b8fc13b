"""A scanner that types: an address that arrives key by key is one code, and never text in a field.

A scanner says what it has read as fast as a keyboard can, and ends with Enter. What begins like the address on a
receipt is held back until it is whole, or until it turns out to be something else: then every key goes on as if nothing
had been held. Nobody types such an address by hand here; a hand that begins to is let through after a moment.
"""

from __future__ import annotations

from collections.abc import Callable

BEGINNING = "https://"
CHARACTERS_MAX = 512
HELD_S_MAX = 0.3
"""A scanner's keys are some milliseconds apart."""


class ScannerKeys:
    """Stands between a keyboard and what its keys mean."""

    def __init__(
        self, now_s: Callable[[], float], scanned: Callable[[str], None], typed: Callable[[str], None]
    ) -> None:
        """`scanned` is given a whole code, `typed` every character that belongs to none; `now_s` is any clock."""
        self._now_s = now_s
        self._scanned = scanned
        self._typed = typed
        self._held = ""
        self._last_s = 0.0

    def characters(self, text: str) -> None:
        """Take what was typed."""
        for character in text:
            self.settle()
            held = self._held + character
            if self._may_be_code(held):
                self._held, self._last_s = held, self._now_s()
            else:
                self._let_go()
                # What broke a beginning off may begin anew itself.
                if self._may_be_code(character):
                    self._held, self._last_s = character, self._now_s()
                else:
                    self._typed(character)

    def entered(self) -> bool:
        """Take Enter; whether it ended a code, and so means nothing else."""
        self.settle()
        if not self._held.startswith(BEGINNING):
            self._let_go()
            return False
        code, self._held = self._held, ""
        self._scanned(code)
        return True

    def settle(self) -> None:
        """Let go of what a hand has begun and not a scanner; to be called now and then."""
        if self._held and self._now_s() - self._last_s > HELD_S_MAX:
            self._let_go()

    def _may_be_code(self, held: str) -> bool:
        known = min(len(held), len(BEGINNING))
        return len(held) <= CHARACTERS_MAX and held[:known].lower() == BEGINNING[:known]

    def _let_go(self) -> None:
        held, self._held = self._held, ""
        for character in held:
            self._typed(character)

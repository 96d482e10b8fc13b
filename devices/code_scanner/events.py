"""What a code scanner says."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ScanFault(StrEnum):
    """Why something that a scanner sent is no code. It was dropped whole."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    """Bytes that are no characters in the configured coding, or control characters."""
    NOT_ENDED = "not_ended"
    """Silence in the middle: bytes were lost, or the scanner does not send the configured suffix."""
    WRONG_PREFIX = "wrong_prefix"
    """It does not begin as configured."""
    KEYS_LOST = "keys_lost"
    """A scanner that types was faster than this program."""
    ALT_CODES = "alt_codes"
    """Characters typed as numbers with Alt held."""


class CodeScanned(Struct, frozen=True):
    """A whole code was read, for the first time since it was held before the scanner, which is never asked to.

    `text` is 1 to 512 characters without control characters (but GS, 1D, of GS1 codes). It may be an agent's card or a
    villager's receipt: it is for whoever asked for a code, and for no log. `symbology` is the letter of its AIM
    identifier (Q: QR code, C: Code 128), "" where the scanner sends none.
    """

    text: str
    symbology: str = ""

    def __repr__(self) -> str:
        """Tell the length only, so that no log and no traceback holds a code."""
        return f"CodeScanned({len(self.text)} characters)"


class ScanTrouble(Struct, frozen=True):
    """Something was scanned that is no code; nothing of it goes anywhere."""

    fault: ScanFault

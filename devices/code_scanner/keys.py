"""A keyboard's events as the bytes that a scanner types with them.

The kernel tells of a keyboard in records of fixed size (linux/input.h, struct input_event; the numbers are those of
linux/input-event-codes.h): when, a type, a code, a value. The time is two words of the machine that the program was
built for, so a record has 24 bytes on a 64-bit system and 16 on a 32-bit one.

Which character a key means is not told: a scanner presses the keys that would write its code on the keyboard it was
set to. The US layout is assumed, which is what scanners are delivered with. Shift and Caps Lock are followed;
characters typed as numbers while Alt is held are refused, since what they mean depends on a code page.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from devices.code_scanner.events import ScanFault


class InputLayout(Enum):
    """How one record lies in memory, for `struct`."""

    BITS_64 = "=qqHHi"
    BITS_32 = "=iiHHi"

    @classmethod
    def native(cls) -> InputLayout:
        """Return that of this program."""
        return cls.BITS_64 if struct.calcsize("@l") == struct.calcsize("=q") else cls.BITS_32


EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
RELEASED, PRESSED = 0, 1
KEY_ENTER, KEY_KEYPAD_ENTER, KEY_TAB, KEY_CAPS_LOCK = 28, 96, 15, 58
SHIFTS, CONTROLS, ALTS = frozenset({42, 54}), frozenset({29, 97}), frozenset({56, 100})

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
)
_KEYPAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"} | {
    55: "*", 74: "-", 78: "+", 83: ".", 98: "/", 117: "=", 121: ","
}  # fmt: skip
US_KEYS: dict[int, tuple[str, str]] = {
    first + at: (plain[at], shifted[at]) for first, plain, shifted in _ROWS for at in range(len(plain))
} | {code: (character, character) for code, character in _KEYPAD.items()}
"""Key → its character without and with Shift. A keypad is taken with Num Lock on."""

CONTROL_CHARACTERS = {14: 8, 27: 0x1D, 26: 0x1B, 43: 0x1C}
"""Keys that write a control character: Backspace by itself; with Ctrl those of the ASCII chart beside the letters."""


class KeysLost(Struct, frozen=True):
    """Keys of the code that is on its way are missing, or mean what nobody can tell."""

    fault: ScanFault


Stroke: TypeAlias = bytes | KeysLost


class KeyDecoder:
    """Follows one keyboard. Holds the rest of a record and which modifiers are down."""

    def __init__(self, layout: InputLayout) -> None:
        """Read records that lie in memory as `layout` says."""
        self._record = struct.Struct(layout.value)
        self._rest = b""
        self._down: set[int] = set()
        self._caps_lock = False
        self._dropped = False

    def feed(self, data: bytes) -> list[Stroke]:
        """Return what was typed: bytes that follow each other in one piece, and where something is missing."""
        data = self._rest + data
        whole = len(data) - len(data) % self._record.size
        self._rest = data[whole:]
        strokes: list[Stroke] = []
        for _, _, kind, code, value in self._record.iter_unpack(data[:whole]):
            stroke = self._event(kind, code, value)
            if isinstance(stroke, bytes) and strokes and isinstance(strokes[-1], bytes):
                strokes[-1] += stroke
            elif stroke:
                strokes.append(stroke)
        return strokes

    def pause(self) -> None:
        """Know that nobody is typing: what a scanner has switched on for one code does not last for the next."""
        self._caps_lock = False
        self._down.clear()

    def _event(self, kind: int, code: int, value: int) -> Stroke:
        if kind == EV_SYN:
            return self._report(code)
        if kind != EV_KEY or self._dropped:
            return b""
        if code in SHIFTS | CONTROLS | ALTS:
            (self._down.discard if value == RELEASED else self._down.add)(code)
            return b""
        if value != PRESSED:  # released, or repeated by the kernel because it is held
            return b""
        if code == KEY_CAPS_LOCK:
            self._caps_lock = not self._caps_lock
            return b""
        return self._typed(code)

    def _report(self, code: int) -> Stroke:
        """A record that says: the kernel had no room for some (all until the next report are to be passed over)."""
        if code == SYN_DROPPED:
            self._dropped = True
            return KeysLost(ScanFault.KEYS_LOST)
        if code == SYN_REPORT and self._dropped:
            self._dropped = False
            self._down.clear()
        return b""

    def _typed(self, code: int) -> Stroke:
        if self._down & ALTS:
            return KeysLost(ScanFault.ALT_CODES)
        if code in (KEY_ENTER, KEY_KEYPAD_ENTER):
            return b"\r"
        if code == KEY_TAB:
            return b"\t"
        plain, shifted = US_KEYS.get(code, ("", ""))
        if self._down & CONTROLS or not plain:
            number = CONTROL_CHARACTERS.get(code, ord(plain) & 0x1F if plain.isalpha() else 0)
            return bytes((number,))
        upper = bool(self._down & SHIFTS) != (self._caps_lock and plain.isalpha())
        return (shifted if upper else plain).encode("ascii")

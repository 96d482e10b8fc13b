"""What the kernel records of a scanner that types, made from the documented struct input_event.

struct input_event { struct timeval time; __u16 type; __u16 code; __s32 value; } with a timeval of two longs
(linux/input.h). A key stroke is, as `evtest` shows it of a real scanner: EV_MSC MSC_SCAN with the HID usage, EV_KEY
pressed, EV_SYN; then the same released. The numbers of the keys stand here by themselves, from
linux/input-event-codes.h, so that a mistake in the driver's table cannot hide in its own test.
"""

from __future__ import annotations

import struct

from devices.code_scanner.keys import InputLayout

SYN, KEY, MSC = 0, 1, 4
MSC_SCAN = 4
LEFT_SHIFT, RIGHT_SHIFT, LEFT_CTRL, LEFT_ALT, CAPS_LOCK, ENTER, TAB = 42, 54, 29, 56, 58, 28, 15
KEYPAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
PLAIN = {
    "1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11, "-": 12, "=": 13,
    "q": 16, "w": 17, "e": 18, "r": 19, "t": 20, "y": 21, "u": 22, "i": 23, "o": 24, "p": 25, "[": 26, "]": 27,
    "a": 30, "s": 31, "d": 32, "f": 33, "g": 34, "h": 35, "j": 36, "k": 37, "l": 38, ";": 39, "'": 40, "`": 41,
    "\\": 43, "z": 44, "x": 45, "c": 46, "v": 47, "b": 48, "n": 49, "m": 50, ",": 51, ".": 52, "/": 53, " ": 57,
}  # fmt: skip
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True)) | {
    letter.upper(): letter for letter in "abcdefghijklmnopqrstuvwxyz"
}
_STRUCTS = {InputLayout.BITS_64: struct.Struct("<qqHHi"), InputLayout.BITS_32: struct.Struct("<iiHHi")}


class Recording:
    """Writes what the kernel would have written while keys were pressed."""

    def __init__(self, layout: InputLayout = InputLayout.BITS_64) -> None:
        self._struct = _STRUCTS[layout]
        self._at_us = 0
        self.data = b""

    def event(self, kind: int, code: int, value: int) -> None:
        self._at_us += 100
        self.data += self._struct.pack(1_700_000_000, self._at_us % 1_000_000, kind, code, value)

    def key(self, code: int, value: int) -> None:
        self.event(MSC, MSC_SCAN, 0x70000 + code)
        self.event(KEY, code, value)
        self.event(SYN, 0, 0)

    def stroke(self, code: int) -> None:
        self.key(code, 1)
        self.key(code, 0)

    def types(self, text: str, end: int | None = ENTER) -> bytes:
        """A scanner types a text on the US layout, and its end key."""
        for character in text:
            if character in SHIFTED:
                self.key(LEFT_SHIFT, 1)
                self.stroke(PLAIN[SHIFTED[character]])
                self.key(LEFT_SHIFT, 0)
            else:
                self.stroke(PLAIN[character])
        if end is not None:
            self.stroke(end)
        return self.data


def typed(text: str, end: int | None = ENTER, layout: InputLayout = InputLayout.BITS_64) -> bytes:
    """Return a recording of a whole code."""
    return Recording(layout).types(text, end)

"""What a scanner sends, cut into codes: pure, bounded, the same for any chunking.

A serial scanner has no frames and no checksum: text, with something before and behind it by its settings. So
everything that is not a whole code as it was configured is dropped whole, and said: a piece of a code never becomes a
code, and never the beginning of the next one.

Silence is what somebody has listened to: a program that was held up looks at a line on which the rest of a code waits,
and perhaps the next one, and cannot tell when they came. So bytes that are read late are neither the rest nor the next.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

from devices.code_scanner.events import ScanFault
from devices.code_scanner.model import AIM_CHARACTERS, Framing, Suffix

CODE_BYTES_MAX = 512
"""Of one code, without what stands around it. A receipt's address has about 350."""
SAID_AGAIN_BYTES = 4096
"""What never ends is said again at every so many bytes."""

_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_NOT_TEXT = re.compile("[\x00-\x1c\x1e\x1f\x7f-\x9f]")
"""Control characters; 1D (GS) stands between the parts of a GS1 code."""
_STRAY_ENDS = b"\r\n"


class Code(Struct, frozen=True):
    """A whole code; `symbology` is the letter of its AIM identifier, "" when none is sent."""

    text: str
    symbology: str = ""


class Broken(Struct, frozen=True):
    """Something was sent that is no code, and was dropped."""

    fault: ScanFault


Found: TypeAlias = Code | Broken


class ScanDecoder:
    """Cuts the bytes of one scanner; holds `CODE_BYTES_MAX` bytes and what stands around them, never more."""

    def __init__(self, framing: Framing) -> None:
        """Read what a scanner sends that is set up so."""
        self._framing = framing
        self._end = framing.suffix.octets
        self._held_max = CODE_BYTES_MAX + len(framing.prefix) + (AIM_CHARACTERS if framing.aim else 0)
        self._held = b""
        self._half_end = b""  # what may be the first half of a suffix
        self._spoiled = False  # the rest of this code is thrown away; why has been said
        self._size = 0  # of this code so far, what was thrown away included
        self._last_ms = 0

    @property
    def held_bytes(self) -> int:
        """How much is being held."""
        return len(self._held) + len(self._half_end)

    def feed(self, data: bytes, now_ms: int) -> list[Found]:
        """Take what has arrived at `now_ms` (of any clock that does not go back) and return what is whole or broken.

        Nothing may be fed as well: that is how silence is heard.
        """
        if not data:
            return self.due(now_ms)
        found = self._overslept(now_ms)
        self._last_ms = now_ms
        data = self._half_end + data
        self._half_end = b""
        *pieces, rest = data.split(self._end) if self._end else (data,)
        for piece in pieces:
            found += self._take(piece)
            found += self._finish()
        if self._framing.suffix is Suffix.CRLF and rest.endswith(b"\r"):
            rest, self._half_end = rest[:-1], b"\r"
        return found + self._take(rest)

    def due(self, now_ms: int) -> list[Found]:
        """Return what silence until `now_ms` has ended."""
        at_ms = self.due_at_ms()
        if at_ms is None or now_ms < at_ms:
            return []
        found = self._take(self._half_end)
        self._half_end = b""
        if not self._end:
            return found + self._finish()
        if self._held.strip(_STRAY_ENDS) and not self._spoiled:
            found.append(Broken(ScanFault.NOT_ENDED))
        self._reset()
        return found

    def due_at_ms(self) -> int | None:
        """When silence will end what is being held; None when nothing is."""
        if not (self._held or self._half_end or self._spoiled):
            return None
        return self._last_ms + self._framing.quiet_ms

    def spoil(self, fault: ScanFault, now_ms: int) -> list[Found]:
        """Drop the code that is on its way, because of what is known from elsewhere, and say why once."""
        self._last_ms = now_ms
        found: list[Found] = [] if self._spoiled else [Broken(fault)]
        self._held = self._half_end = b""
        self._spoiled = True
        return found

    def _overslept(self, now_ms: int) -> list[Found]:
        """Drop what is held, and what follows up to the next end, if nobody has looked since silence was due."""
        at_ms = self.due_at_ms()
        if at_ms is None or now_ms < at_ms:
            return []
        if not (self._spoiled or (self._held + self._half_end).strip(_STRAY_ENDS)):
            self._half_end = b""
            self._reset()
            return []
        self._spoiled = False
        return self.spoil(ScanFault.NOT_ENDED, now_ms)

    def _take(self, piece: bytes) -> list[Found]:
        """Add to the code that is on its way. What is said depends on the code's size alone, not on its pieces."""
        before, self._size = self._size, self._size + len(piece)
        found: list[Found] = []
        if not self._spoiled:
            self._held += piece[: self._held_max - before]
            if self._size > self._held_max:
                found.append(Broken(ScanFault.TOO_LONG))
                self._held, self._spoiled = b"", True
        again = self._size // SAID_AGAIN_BYTES - before // SAID_AGAIN_BYTES
        return found + [Broken(ScanFault.TOO_LONG)] * again

    def _finish(self) -> list[Found]:
        """End the code that is on its way; a suffix behind a suffix ends nothing."""
        held = self._held if self._framing.suffix is Suffix.TAB else self._held.strip(_STRAY_ENDS)
        self._reset()
        return [self._read(held)] if held else []

    def _read(self, held: bytes) -> Found:
        framing = self._framing
        if not held.startswith(framing.prefix):
            return Broken(ScanFault.WRONG_PREFIX)
        held = held[len(framing.prefix) :]
        symbology = ""
        if framing.aim:
            if _AIM.match(held) is None:
                return Broken(ScanFault.WRONG_PREFIX)
            symbology, held = chr(held[1]), held[AIM_CHARACTERS:]
        try:
            text = held.decode(framing.coding.value)
        except UnicodeDecodeError:
            return Broken(ScanFault.NOT_TEXT)
        if not text or _NOT_TEXT.search(text):
            return Broken(ScanFault.NOT_TEXT)
        return Code(text, symbology)

    def _reset(self) -> None:
        self._held, self._spoiled, self._size = b"", False, 0

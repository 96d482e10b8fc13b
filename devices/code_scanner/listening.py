"""What becomes of codes and of what is none: the rules between a scanner's wire and the kiosk, without a wire.

* One code held before a scanner is one scan, however often the scanner reads it: a code counts again after it has not
  been read for `REPEAT_MS`.
* What is no code is dropped whole, and said once: what follows within `REPEAT_MS` is the same trouble. After
  `TROUBLES_MAX` without a good code between, or when one lasts for `LASTING_MS`, or at once when a keyboard writes in
  Alt codes, the scanner is at fault until it reads a good code; while it is, nobody is told of each.
* Nobody holds more than `CODES_MAX` papers before a scanner within `CODES_MS`. What says more is no scanner but another
  device on its port, and none of it is told until it pauses: each would stand over whatever is on the screen.
"""

from __future__ import annotations

from collections import deque
from hashlib import sha256

from devices.code_scanner.events import CodeScanned, ScanFault, ScanTrouble
from devices.code_scanner.frames import Broken, Found, ScanDecoder
from devices.code_scanner.keys import InputLayout, KeyDecoder, KeysLost
from devices.code_scanner.model import ScannerModel, Wire
from devices.ports import DeviceState, Reason

REPEAT_MS = 1_500
TROUBLES_MAX = 3
LASTING_MS = 5_000
CODES_MAX = 5
CODES_MS = 5_000


class Listener:
    """Hears one scanner from the moment its line is open; has no memory of the line before."""

    def __init__(self, model: ScannerModel, layout: InputLayout) -> None:
        """Hear a scanner of `model`; `layout` is that of the kernel's records, for one that types."""
        self._decoder = ScanDecoder(model.framing)
        self._keys = KeyDecoder(layout) if model.wire is Wire.KEYS else None
        # A serial line may lead nowhere; a keyboard has told the kernel that it is there.
        self._heard = model.wire is Wire.KEYS
        self._last_digest = b""  # a card's or receipt's own text is kept by nobody
        self._last_ms = 0
        self._codes_ms: deque[int] = deque(maxlen=CODES_MAX)
        self._babbles = False
        self._troubles = _Troubles()
        self._quiet_ms = model.framing.quiet_ms
        self._typed_ms: int | None = None

    @property
    def held_bytes(self) -> int:
        """How much of a code is being held."""
        return self._decoder.held_bytes

    def state(self) -> tuple[DeviceState, Reason]:
        """Return how the scanner is, as far as what it has sent tells."""
        if self._babbles:
            return DeviceState.FAULT, Reason.NOT_UNDERSTOOD
        if self._troubles.reason is not Reason.NONE:
            return DeviceState.FAULT, self._troubles.reason
        if self._heard:
            return DeviceState.READY, Reason.NONE
        return DeviceState.UNKNOWN, Reason.NEVER_ANSWERED

    def feed(self, data: bytes, now_ms: int) -> list[CodeScanned | ScanTrouble]:
        """Take what has arrived at `now_ms`, also nothing, and return what to tell."""
        if not data:
            self._hear_silence(now_ms)
        if self._keys is None or not data:
            return self._judged(self._decoder.feed(data, now_ms), now_ms)
        found: list[Found] = []
        self._typed_ms = now_ms
        for stroke in self._keys.feed(data):
            if isinstance(stroke, KeysLost):
                found += self._decoder.spoil(stroke.fault, now_ms)
            else:
                found += self._decoder.feed(stroke, now_ms)
        return self._judged(found, now_ms)

    def due_at_ms(self) -> int | None:
        """When to come again although nothing has arrived; None when there is no need."""
        # What is held of a typed code has come with its last key.
        return self._decoder.due_at_ms() if self._typed_ms is None else self._typed_ms + self._quiet_ms

    def _hear_silence(self, now_ms: int) -> None:
        """Know that nobody is typing, once nothing has come for long enough."""
        if self._keys is not None and self._typed_ms is not None and now_ms >= self._typed_ms + self._quiet_ms:
            self._keys.pause()
            self._typed_ms = None

    def _judged(self, found: list[Found], now_ms: int) -> list[CodeScanned | ScanTrouble]:
        events: list[CodeScanned | ScanTrouble] = []
        for each in found:
            if isinstance(each, Broken):
                if self._troubles.met(each.fault, now_ms):
                    events.append(ScanTrouble(each.fault))
                continue
            digest = sha256(each.text.encode()).digest()
            again = digest == self._last_digest and now_ms - self._last_ms < REPEAT_MS
            self._last_digest, self._last_ms = digest, now_ms
            self._heard, self._troubles = True, _Troubles()
            if not again and not self._is_one_too_many(now_ms):
                events.append(CodeScanned(each.text, each.symbology))
        return events

    def _is_one_too_many(self, now_ms: int) -> bool:
        """Count a code, and tell whether it comes sooner than anybody scans so many."""
        self._babbles = len(self._codes_ms) == CODES_MAX and now_ms - self._codes_ms[0] < CODES_MS
        self._codes_ms.append(now_ms)
        return self._babbles


class _Troubles:
    """What was no code since the last good one."""

    def __init__(self) -> None:
        self.reason = Reason.NONE
        self._count = 0
        self._began_ms = self._last_ms = 0

    def met(self, fault: ScanFault, now_ms: int) -> bool:
        """Whether this one is to be told."""
        was_well = self.reason is Reason.NONE
        is_new = self._count == 0 or now_ms - self._last_ms >= REPEAT_MS
        self._last_ms = now_ms
        if is_new:
            self._count, self._began_ms = self._count + 1, now_ms
        if fault is ScanFault.ALT_CODES:
            self.reason = Reason.ALT_CODES
        elif was_well and (self._count >= TROUBLES_MAX or now_ms - self._began_ms >= LASTING_MS):
            self.reason = Reason.NOT_UNDERSTOOD
        return is_new and was_well

"""The cables of simulated scanners; of one that types, a queue with what the kernel would have recorded of its keys.

A named pipe stands in the place of the input device: whoever opens it reads whole records. What its buffer has no
room for is lost, and said to be, as the kernel does.
"""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from devices.sim.noisy_port import NoisyPort
from tests.devices.input_events import CAPS_LOCK, ENTER, KEYPAD, LEFT_ALT, PLAIN, SHIFTED, SYN, TAB, Recording

_RECORD_BYTES = 24
_AT_ONCE = 4096 // _RECORD_BYTES * _RECORD_BYTES
"""So much is written whole or not at all."""
_FULL_S = 0.2


class WatchedPort(NoisyPort):
    """A `NoisyPort` that knows when its device was held up within a code, as no scanner is: a busy computer was.

    Such a pause is told from the one behind a code by `ends`, what ends a code.
    """

    def __init__(self, path: Path, seed: int, ends: bytes, quiet_s: float) -> None:
        super().__init__(path, seed)
        self.held_up_s = -math.inf
        self._ends, self._quiet_s = ends, quiet_s
        self._last_s, self._is_inside = -math.inf, False

    def write(self, data: bytes) -> None:
        """See `PtyPort`."""
        now_s = time.monotonic()
        if self._is_inside and now_s - self._last_s > self._quiet_s / 2:
            self.held_up_s = now_s
        self._last_s, self._is_inside = now_s, not (self._ends and data.endswith(self._ends))
        self.send(data)

    def send(self, data: bytes) -> None:
        """Let `data` leave the device."""
        super().write(data)


class TypingPort(WatchedPort):
    """Used as a `NoisyPort`; its levers spoil what is typed, never the kernel's records.

    A byte that no key writes is an event that spoils: keys that the kernel lost, Caps Lock, a number with Alt held.
    """

    _pipe = -1
    _has_lost = False

    def plug(self) -> None:
        """See `PtyPort`."""
        with self._lock:
            if self._pipe < 0:
                os.mkfifo(self.path)
                self._pipe = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def unplug(self) -> None:
        """See `PtyPort`."""
        with self._lock:
            if self._pipe >= 0:
                self.path.unlink()
                os.close(self._pipe)
                self._pipe = -1

    def send(self, data: bytes) -> None:
        """Let the keys be recorded that write `data`."""
        recording = Recording()
        if self._has_lost:
            _lose(recording)
        for byte in self._spoilt(data, sent_baud=9_600, heard_baud=9_600):
            _record(recording, chr(byte))
        self._has_lost = not self._is_written(recording.data)

    def _is_written(self, records: bytes) -> bool:
        end_s = time.monotonic() + _FULL_S
        while records:
            with self._lock:
                if self._pipe < 0:
                    return True  # unplugged: there is no kernel that could have lost anything
                try:
                    records = records[os.write(self._pipe, records[:_AT_ONCE]) :]
                    continue
                except BlockingIOError:
                    pass
            if time.monotonic() > end_s:
                return False
            time.sleep(0.001)
        return True


def _lose(recording: Recording) -> None:
    recording.event(SYN, 3, 0)
    recording.event(SYN, 0, 0)


def _record(recording: Recording, sign: str) -> None:
    if sign in PLAIN or sign in SHIFTED:
        recording.types(sign, end=None)
    elif sign in "\r\n\t":
        recording.stroke(TAB if sign == "\t" else ENTER)
    elif ord(sign) % 3 == 0:
        _lose(recording)
    elif ord(sign) % 3 == 1:
        recording.stroke(CAPS_LOCK)
    else:
        recording.key(LEFT_ALT, 1)
        recording.stroke(KEYPAD["4"])
        recording.key(LEFT_ALT, 0)

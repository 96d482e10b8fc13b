"""The cable of a simulated scanner that types: a queue with what the kernel would have recorded of its keys.

A named pipe stands in the place of the input device: whoever opens it reads whole records. What its buffer has no
room for is lost, and said to be, as the kernel does.
"""

from __future__ import annotations

import os
import time

from devices.sim.noisy_port import NoisyPort
from tests.devices.input_events import CAPS_LOCK, ENTER, KEYPAD, LEFT_ALT, PLAIN, SHIFTED, SYN, TAB, Recording

_RECORD_BYTES = 24
_AT_ONCE = 4096 // _RECORD_BYTES * _RECORD_BYTES
"""So much is written whole or not at all."""
_FULL_S = 0.2


class TypingPort(NoisyPort):
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

    def write(self, data: bytes) -> None:
        """See `PtyPort`: the keys that write `data`."""
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

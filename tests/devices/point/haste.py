"""The times of drivers and simulators made short together, so that a story of an hour takes seconds.

Only their lengths change, never which is longer than which: a slow pad is still faster than `late_ms`, a stuck key
still comes again sooner than a finger, a slow reader is still slower than the short answers that it is waited for.
"""

from __future__ import annotations

import pytest

_TIMES: tuple[tuple[str, float], ...] = (
    ("devices.attendant.RETRY_DELAY_S_MIN", 0.02),
    ("devices.attendant.RETRY_DELAY_S_MAX", 0.05),
    ("devices.rating_pad.window.CALM_MS", 600),
    ("devices.rating_pad.window.REPEAT_MS", 200),
    ("devices.rating_pad.serial_pad.ACKNOWLEDGED_MS", 300),
    ("devices.rating_pad.serial_pad.TRY_AGAIN_MS", 500),
    ("devices.rating_pad.text_pad.ANSWER_MS", 300),
    ("devices.id_reader.driver.CHECK_S", 0.2),
    ("devices.code_scanner.listening.LASTING_MS", 1_000),
    ("devices.code_scanner.listening.CODES_MS", 400),
    ("devices.sim.pad_body.SLOW_S", 0.15),
    ("devices.sim.pad_body.POWER_OFF_S", 0.1),
    ("devices.sim.sam_v.SLOW_S", 0.25),
    ("devices.sim.id_reader.BROWN_OUT_S", 0.1),
    ("devices.sim.scanner.OFF_S", 0.1),
)
LATE_MS = 600
"""Longer than a slow pad takes."""


def make_haste() -> pytest.MonkeyPatch:
    """Shorten all times until `undo` of what is returned."""
    shortened = pytest.MonkeyPatch()
    for name, value in _TIMES:
        shortened.setattr(name, value)
    return shortened

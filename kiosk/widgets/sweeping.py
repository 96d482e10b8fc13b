"""Freeing what old screens leave behind, a little after every frame instead of much at some moment.

Kivy's widgets and instructions refer to each other in circles, so only the collector frees them. Left to itself it
waits for tens of thousands of them and then stands still for a tenth of a second, under somebody's finger. Swept
after each frame it takes a few milliseconds.
"""

from __future__ import annotations

import gc

from kivy.clock import Clock
from kivy.core.window import Window

_AFTER_FRAME_S = 0.25
_YOUNG_OBJECTS_MAX = 50_000  # a limit for what grows without any frame; sweeping keeps well below it


def sweep_behind_frames() -> None:
    """Begin; what is there now, mostly code, is not looked at again. Call once, when the first screen is shown.

    A program may have put the collector off until now: what a start makes, it keeps.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(_YOUNG_OBJECTS_MAX, 10, 10)
    sweep = Clock.create_trigger(lambda _elapsed_s: gc.collect(), _AFTER_FRAME_S)
    Window.bind(on_flip=lambda _window: sweep())

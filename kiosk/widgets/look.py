"""What every element is given: the sizes of this window and the ink; and the guard against double touches."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct, field

from kiosk.theme import Metrics
from kiosk.widgets.ink import Ink

REPEAT_GUARD_S = 0.3
"""A finger that trembles touches twice within this; a second wish takes longer."""
_SAME_PLACE_PX = 48


@dataclass(slots=True)
class TouchGuard:
    """Refuses a touch that repeats the last one, also when the screen changed under the finger."""

    _last_s: float = float("-inf")
    _last_id: str = ""
    _last_x: float = 0.0
    _last_y: float = 0.0

    def admits(self, target_id: str, x: float, y: float, now_s: float) -> bool:
        """Tell whether a touch counts, and remember it if so. `now_s` is monotonic."""
        near = abs(x - self._last_x) < _SAME_PLACE_PX and abs(y - self._last_y) < _SAME_PLACE_PX
        repeats = near or target_id == self._last_id
        if repeats and 0 <= now_s - self._last_s < REPEAT_GUARD_S:
            return False
        self._last_s, self._last_id, self._last_x, self._last_y = now_s, target_id, x, y
        return True

    def ready_at_s(self) -> float:
        """Return the monotonic time from which on every touch counts."""
        return self._last_s + REPEAT_GUARD_S


class Look(Struct, frozen=True):
    """Sizes and ink; new ones are made when the window or the visitor's text size changes."""

    metrics: Metrics
    ink: Ink
    guard: TouchGuard = field(default_factory=TouchGuard)

"""Which byte from a pad is a rating: the rules, without a line and without a clock.

A bare byte proves little, so much has to be right before it counts:

* a window is open, and it is the first key in it;
* the byte came alone (noise comes in company) and is a key of this model;
* it came after the prompt and not sooner than a person can answer;
* its level is one of those that were asked for;
* the window has not seen more noise than the model allows.

Everything else is told as a `StrayKey`, and a window without a key ends as 未评. One byte of noise
that happens to equal a key, alone and in the right second, cannot be told from a key by anybody.
"""

from __future__ import annotations

from msgspec import Struct

from devices.ports import DeviceEvent, KeyPressed, Stray, StrayKey, WindowEnd, WindowEnded
from devices.rating_pad.frames import Burst
from devices.rating_pad.model import PadModel

AFTERMATH_MS = 60_000
"""So long a key after a window is called late or extra; after that it is just an early one."""


class Window(Struct, frozen=True):
    """A question that was put: its prompt and its end in milliseconds of the caller's clock."""

    window_id: str
    prompt_ms: int
    end_ms: int
    levels: tuple[int, ...]


class _Past(Struct, frozen=True):
    window_id: str
    ended_ms: int
    rated: bool


class WindowKeeper:
    """Keeps the one open window of a pad and judges what arrives."""

    def __init__(self, model: PadModel) -> None:
        self._model = model
        self._window: Window | None = None
        self._noise_bytes = 0
        self._past: _Past | None = None

    @property
    def window(self) -> Window | None:
        """The open window."""
        return self._window

    def open(self, window: Window) -> None:
        """Begin `window`. Any earlier one must have been ended."""
        self._window = window
        self._noise_bytes = 0

    def end(self, reason: WindowEnd, now_ms: int) -> list[DeviceEvent]:
        """End the open window unrated, if there is one."""
        if self._window is None:
            return []
        window_id = self._window.window_id
        self._put_away(now_ms, rated=False)
        return [WindowEnded(window_id, reason)]

    def pass_time(self, now_ms: int) -> list[DeviceEvent]:
        """End the window if its time is over."""
        if self._window is None or now_ms < self._window.end_ms:
            return []
        return self.end(WindowEnd.TIMED_OUT, now_ms)

    def leftover(self, data: bytes, now_ms: int) -> list[DeviceEvent]:
        """Judge bytes that were waiting in the line when a prompt was about to be given."""
        keys = sum(1 for byte in data if byte in self._model.levels)
        kind, window_id = self._aftermath(now_ms)
        found = ((kind, keys), (Stray.NOISE, len(data) - keys))
        return [StrayKey(stray, count, window_id) for stray, count in found if count]

    def judge(self, burst: Burst) -> list[DeviceEvent]:
        """Return what `burst` means; at most one `KeyPressed` or `WindowEnded` is in it."""
        level = self._model.levels.get(burst.data[0]) if len(burst.data) == 1 else None
        if level is None:
            return self._noise(burst)
        window = self._window
        if window is None:
            return [StrayKey(*self._stray_after(burst.at_ms))]
        if burst.at_ms < window.prompt_ms + self._model.too_soon_ms:
            return [StrayKey(Stray.EARLY, 1, window.window_id)]
        if burst.at_ms >= window.end_ms:
            return [StrayKey(Stray.LATE, 1, window.window_id)]
        if level not in window.levels:
            return [StrayKey(Stray.EXTRA, 1, window.window_id)]
        self._put_away(burst.at_ms, rated=True)
        return [KeyPressed(window.window_id, burst.data[0], level, burst.at_ms - window.prompt_ms)]

    def _noise(self, burst: Burst) -> list[DeviceEvent]:
        window_id = self._window.window_id if self._window else self._aftermath(burst.at_ms)[1]
        events: list[DeviceEvent] = [StrayKey(Stray.NOISE, len(burst.data), window_id)]
        self._noise_bytes += len(burst.data)
        if self._window is not None and self._noise_bytes > self._model.noise_bytes_max:
            events += self.end(WindowEnd.NOISE, burst.at_ms)
        return events

    def _stray_after(self, at_ms: int) -> tuple[Stray, int, str]:
        kind, window_id = self._aftermath(at_ms)
        return kind, 1, window_id

    def _aftermath(self, at_ms: int) -> tuple[Stray, str]:
        past = self._past
        if past is None or at_ms > past.ended_ms + AFTERMATH_MS:
            return Stray.EARLY, ""
        return (Stray.EXTRA if past.rated else Stray.LATE), past.window_id

    def _put_away(self, now_ms: int, *, rated: bool) -> None:
        if self._window is not None:
            self._past = _Past(self._window.window_id, now_ms, rated)
        self._window = None

"""Which bytes from a pad are a rating: the rules, without a line and without a clock.

A bare byte proves little, so much has to be right before it counts:

* a window is open, and it is the first key in it;
* the key came alone (noise comes in company) and is one of this model;
* it came after the prompt and not sooner than a person can answer;
* the same key was not sent a moment before: a finger is slower, a stuck key is not;
* it is not still on its way from the window before, as from a slow pad;
* the window has not seen more noise than the model allows.

Everything else is told as a `StrayKey`, and a window without a key ends as 未评. A pad whose line carries noise, or one
of whose keys is sent again and again, is in trouble and is not asked until it has been calm for `CALM_MS`. One byte of
noise that happens to equal a key, alone and in the right second, cannot be told from a key by anybody.
"""

from __future__ import annotations

from msgspec import Struct

from devices.ports import DeviceEvent, KeyPressed, Reason, Stray, StrayKey, WindowEnd, WindowEnded
from devices.rating_pad.bursts import Burst
from devices.rating_pad.model import PadKey, PadModel

AFTERMATH_MS = 60_000
"""So long a key after a window is called late or extra; after that it is just an early one."""
REPEAT_MS = 500
"""A key that comes again sooner than this is held, stuck or replayed: it is no new press."""
STUCK_STRAYS = 8
"""So often the same key, unasked, each within `CALM_MS` of the one before, is no person any more."""
CALM_MS = 5_000
"""So long nothing wrong has to come before a pad in trouble is asked again."""
_ENDS = {Reason.NOISE: WindowEnd.NOISE, Reason.STUCK_KEY: WindowEnd.STUCK_KEY}


class Window(Struct, frozen=True):
    """A question that was put: its prompt and its end in milliseconds of the caller's clock."""

    window_id: str
    prompt_ms: int
    end_ms: int


class _Past(Struct, frozen=True):
    window_id: str
    ended_ms: int
    rated: bool


class _Run(Struct, frozen=True):
    """One key that came unasked, so often in a row, last at `at_ms`."""

    key: PadKey
    count: int
    at_ms: int


class WindowKeeper:
    """Keeps the one open window of a pad and judges what arrives."""

    def __init__(self, model: PadModel) -> None:
        self._model = model
        self._window: Window | None = None
        self._past: _Past | None = None
        self._noise_bytes = 0
        self._noise_ms = -CALM_MS
        self._run: _Run | None = None
        self._seen_ms: dict[PadKey, int] = {}

    @property
    def window(self) -> Window | None:
        """The open window."""
        return self._window

    def trouble(self, now_ms: int) -> Reason | None:
        """Return why the pad cannot be asked now: `NOISE`, `STUCK_KEY`, or None."""
        if self._noise_bytes > self._model.noise_bytes_max and now_ms < self._noise_ms + CALM_MS:
            return Reason.NOISE
        run = self._run
        if run is not None and run.count >= STUCK_STRAYS and now_ms < run.at_ms + CALM_MS:
            return Reason.STUCK_KEY
        return None

    def refusal(self, now_ms: int) -> WindowEnd | None:
        """Return how a window that was asked for now ends at once, None: it can be opened."""
        trouble = self.trouble(now_ms)
        return _ENDS[trouble] if trouble is not None else None

    def calm_at_ms(self) -> int:
        """Return when the pad is out of trouble if nothing more comes; in the past if it is in none."""
        return max(self._noise_ms, self._run.at_ms if self._run else -CALM_MS) + CALM_MS

    def rested_at_ms(self) -> int:
        """Return from when on no key after a prompt can be of the window before; 0 if there was none."""
        return self._past.ended_ms + self._model.late_ms - self._model.too_soon_ms if self._past is not None else 0

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
        if not data:
            return []
        if (key := self._model.key(data)) is not None:
            return self._unasked(key, now_ms)
        return self._noise(len(data), now_ms)

    def judge(self, burst: Burst) -> list[DeviceEvent]:
        """Return what `burst` means; at most one `KeyPressed` or `WindowEnded` is in it."""
        key = None if burst.torn else self._model.key(burst.data)
        if key is None:
            return self._noise(len(burst.data), burst.at_ms)
        window = self._window
        is_repeat = burst.at_ms < self._seen_ms.get(key, -REPEAT_MS) + REPEAT_MS
        is_of_past = self._past is not None and burst.at_ms < self._past.ended_ms + self._model.late_ms
        is_in_time = window is not None and window.prompt_ms + self._model.too_soon_ms <= burst.at_ms < window.end_ms
        if window is None or is_repeat or is_of_past or not is_in_time:
            return self._unasked(key, burst.at_ms, is_of_past=is_of_past)
        self._seen_ms[key] = burst.at_ms
        self._run = _Run(key, 1, burst.at_ms)
        self._put_away(burst.at_ms, rated=True)
        return [KeyPressed(window.window_id, key.number, key.word, burst.at_ms - window.prompt_ms)]

    def _noise(self, count: int, at_ms: int) -> list[DeviceEvent]:
        if at_ms >= self._noise_ms + CALM_MS and self._window is None:
            self._noise_bytes = 0
        self._noise_bytes += count
        self._noise_ms = at_ms
        window_id = self._window.window_id if self._window else self._aftermath(at_ms)[1]
        return [StrayKey(Stray.NOISE, count, window_id), *self._end_in_trouble(at_ms)]

    def _unasked(self, key: PadKey, at_ms: int, *, is_of_past: bool = False) -> list[DeviceEvent]:
        self._seen_ms[key] = at_ms
        run = self._run
        goes_on = run is not None and run.key == key and at_ms < run.at_ms + CALM_MS
        self._run = _Run(key, run.count + 1 if run is not None and goes_on else 1, at_ms)
        window = self._window
        if window is None or is_of_past:
            kind, window_id = self._aftermath(at_ms)
        else:
            kind, window_id = Stray.LATE if at_ms >= window.end_ms else Stray.EARLY, window.window_id
        return [StrayKey(kind, 1, window_id), *self._end_in_trouble(at_ms)]

    def _end_in_trouble(self, now_ms: int) -> list[DeviceEvent]:
        refusal = self.refusal(now_ms)
        return self.end(refusal, now_ms) if refusal is not None else []

    def _aftermath(self, at_ms: int) -> tuple[Stray, str]:
        past = self._past
        if past is None or at_ms > past.ended_ms + AFTERMATH_MS:
            return Stray.EARLY, ""
        return (Stray.EXTRA if past.rated else Stray.LATE), past.window_id

    def _put_away(self, now_ms: int, *, rated: bool) -> None:
        if self._window is not None:
            self._past = _Past(self._window.window_id, now_ms, rated)
        self._window = None

"""Moves the bytes between one PJ06 pad and the rules in `window`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from devices.announcer import Announcer
from devices.line import Line, LineGone
from devices.mailbox import Mailbox
from devices.ports import (
    ALL_LEVELS,
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    KeyPressed,
    Reason,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
)
from devices.rating_pad.frames import Ask, BurstDecoder, Frame, SetLevels, SetTimeout, encode
from devices.rating_pad.model import PadModel
from devices.rating_pad.window import Window, WindowKeeper

WINDOW_S_MAX = 255
"""The pad's own timeout is one byte of seconds."""

_REQUESTS_MAX = 16
_WRITE_TIMEOUT_S = 1.0
_IDLE_S = 1.0


class _Open(Struct, frozen=True):
    window_id: str
    window_s: float
    levels: tuple[int, ...]


class _Close(Struct, frozen=True):
    window_id: str


_Request: TypeAlias = _Open | _Close


class Pj06Pad:
    """A `RatingPad` on a PJ06; requests from any thread, everything else in the hub's thread."""

    def __init__(
        self,
        model: PadModel,
        default_window_s: int,
        publish: Callable[[DeviceEvent], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._mailbox: Mailbox[_Request] = Mailbox(_REQUESTS_MAX)
        self._model = model
        self._default_window_s = default_window_s
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._announcer = Announcer(Device.RATING_PAD, publish)
        self._keeper = WindowKeeper(model)
        self._bursts = BurstDecoder(model.quiet_ms)
        self._has_answered = False
        self._pad_timeout_s = 0

    @property
    def doorbell(self) -> Mailbox[_Request]:
        """Where requests arrive."""
        return self._mailbox

    @property
    def status(self) -> DeviceStatus:
        """The status as last published."""
        return self._announcer.status

    def open_window(self, window_id: str, window_s: float, levels: tuple[int, ...] = ALL_LEVELS) -> None:
        """See `RatingPad`."""
        if not 1 <= window_s <= WINDOW_S_MAX:
            raise WindowNotPossible(f"a window lasts 1 to {WINDOW_S_MAX} s, not {window_s}")
        if not set(levels) & set(self._model.levels.values()):
            raise WindowNotPossible(f"{self._model.name} has no key for any of the levels {levels}")
        if not self._mailbox.put(_Open(window_id, window_s, levels)):
            raise WindowNotPossible("the pad has too many requests waiting")

    def close_window(self, window_id: str) -> None:
        """See `RatingPad`. If the mailbox is full the window ends by its time."""
        self._mailbox.put(_Close(window_id))

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Say that the pad cannot be reached, and end what is open or asked for."""
        self._has_answered = False
        end = WindowEnd.STOPPED if ending else WindowEnd.PAD_ABSENT
        self._publish_all(self._keeper.end(end, self._now_ms()))
        while request := self._mailbox.take():
            if isinstance(request, _Open):
                self._publish(WindowEnded(request.window_id, end))
        self._announcer.say(state, reason)

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the pad on `line` until `is_stopping`. Raises `LineGone` when it is unplugged."""
        self._announcer.say(DeviceState.STARTING)
        self._bursts = BurstDecoder(self._model.quiet_ms)
        self._begin(line)
        self._say_state()
        while not is_stopping():
            if request := self._mailbox.take():
                self._serve(request, line)
                continue
            line.wait(self._wait_s(), self._mailbox.fileno())
            self._listen(line)
            if not line.is_current():
                raise LineGone("the pad's path leads elsewhere now")

    def _begin(self, line: Line) -> None:
        """The opening sequence: timeout, a pause to take it in, number of levels."""
        self._set_timeout(line, self._default_window_s)
        self._pause(line, self._model.settle_ms)
        self._send(line, SetLevels(len(self._model.levels)))

    def _serve(self, request: _Request, line: Line) -> None:
        now_ms = self._now_ms()
        window = self._keeper.window
        if isinstance(request, _Close):
            if window is not None and window.window_id == request.window_id:
                self._listen(line)
                self._publish_all(self._keeper.end(WindowEnd.CLOSED, now_ms))
            return
        self._publish_all(self._keeper.end(WindowEnd.REPLACED, now_ms))
        try:
            self._ask(request, line)
        except Exception:
            self._publish(WindowEnded(request.window_id, WindowEnd.PAD_ABSENT))
            raise

    def _ask(self, request: _Open, line: Line) -> None:
        """Drain the line, so that no old key answers, then prompt and start the window."""
        if round(request.window_s) != self._pad_timeout_s:
            self._set_timeout(line, round(request.window_s))
            self._pause(line, self._model.settle_ms)
        waiting = self._bursts.flush() + line.read()
        self._publish_all(self._keeper.leftover(waiting, self._now_ms()))
        self._send(line, Ask())
        prompt_ms = self._now_ms()
        end_ms = prompt_ms + round(request.window_s * 1000)
        self._keeper.open(Window(request.window_id, prompt_ms, end_ms, request.levels))
        self._say_state()

    def _listen(self, line: Line) -> None:
        data = line.read()
        now_ms = self._now_ms()
        for burst in self._bursts.feed(data, now_ms) + self._bursts.due(now_ms):
            self._publish_all(self._keeper.judge(burst))
        if self._bursts.due_at_ms() is None:
            self._publish_all(self._keeper.pass_time(now_ms))

    def _publish_all(self, events: list[DeviceEvent]) -> None:
        for event in events:
            if isinstance(event, KeyPressed):
                self._has_answered = True
                self._say_state()
            if isinstance(event, WindowEnded) and event.reason is WindowEnd.NOISE:
                self._announcer.say(DeviceState.FAULT, Reason.NOISE)
            self._publish(event)

    def _say_state(self) -> None:
        """A PJ06 never speaks first: until it has answered a prompt nobody knows whether it is there."""
        if self._has_answered:
            self._announcer.say(DeviceState.READY)
        else:
            self._announcer.say(DeviceState.UNKNOWN, Reason.NEVER_ANSWERED)

    def _set_timeout(self, line: Line, seconds: int) -> None:
        self._send(line, SetTimeout(seconds))
        self._pad_timeout_s = seconds

    def _send(self, line: Line, frame: Frame) -> None:
        data = encode(frame)
        while data:
            taken = line.write(data, _WRITE_TIMEOUT_S)
            if not taken:
                line.discard()
                raise LineGone("the pad's line takes no bytes")
            data = data[taken:]

    def _pause(self, line: Line, pause_ms: int) -> None:
        end_ms = self._now_ms() + pause_ms
        while (left_ms := end_ms - self._now_ms()) > 0:
            line.wait(left_ms / 1000)
            self._listen(line)

    def _wait_s(self) -> float:
        moments = [self._bursts.due_at_ms()]
        if self._keeper.window is not None:
            moments.append(self._keeper.window.end_ms)
        left_ms = [moment - self._now_ms() for moment in moments if moment is not None]
        return min(_IDLE_S, max(min(left_ms, default=1000) / 1000, 0.001))

    def _now_ms(self) -> int:
        return int(self._monotonic_s() * 1000)

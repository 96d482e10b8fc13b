"""Moves the bytes between a pad on a serial line (PJ06, or a byte a key) and the rules in `window`."""

from __future__ import annotations

from collections.abc import Callable

from devices.line import Line, send_whole
from devices.ports import DeviceEvent, DeviceState, KeyPressed, Reason, WindowEnd
from devices.rating_pad.bursts import Burst, BurstDecoder
from devices.rating_pad.driver import NotAsked, Open, PadDriver
from devices.rating_pad.model import PadModel
from devices.rating_pad.speech import speech_of

ACKNOWLEDGED_MS = 1000
"""So long a pad that acknowledges may take to do it."""
TRY_AGAIN_MS = 5000
"""So often a pad that did not acknowledge is set up anew."""


class SerialPad(PadDriver):
    """A pad on a serial line.

    A pad that does not acknowledge never speaks first: until it has answered a prompt nobody knows whether it is
    there. One that lost its power comes back with defaults of its own: it is set up anew when it greets, and after
    every window that nobody answered.
    """

    def __init__(
        self,
        model: PadModel,
        default_window_s: int,
        publish: Callable[[DeviceEvent], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        """See `PadDriver`. The pad is told `default_window_s` when it is opened."""
        super().__init__(model, publish, monotonic_s)
        self._speech = speech_of(model, default_window_s)
        self._bursts = BurstDecoder(model.quiet_ms)
        self._has_answered = False
        self._is_stale = self._has_greeted = False
        self._set_up_ms = 0
        self._acknowledge_by_ms: int | None = None
        self._try_again_ms: int | None = None

    def _begin(self, line: Line) -> None:
        self._bursts = BurstDecoder(self._model.quiet_ms)
        self._set_up(line)

    def _set_up(self, line: Line) -> None:
        """The opening sequence, with a pause to take it in between its steps."""
        self._is_stale = self._has_greeted = False
        for count, step in enumerate(self._speech.opening):
            if count:
                self._pause(line)
            self._tell(line, step)
        self._set_up_ms = self._now_ms()

    def _ask(self, request: Open, line: Line) -> int:
        speech = speech_of(self._model, round(request.window_s))
        if speech != self._speech:
            self._speech = speech
            self._set_up(line)
            self._pause(line)
        self._settle(self._keeper.leftover(self._bursts.flush() + line.read(), self._now_ms()), line)
        refusal = self._keeper.refusal(self._now_ms())
        if refusal is not None:
            raise NotAsked(refusal)
        if self._try_again_ms is not None:
            raise NotAsked(WindowEnd.PAD_ABSENT)
        self._tell(line, self._speech.prompt)
        return self._now_ms()

    def _tell(self, line: Line, data: bytes) -> None:
        """Say something that is acknowledged, when what was said before has been: two answers at once are no answer."""
        if self._acknowledge_by_ms is not None:
            self._listen(line, self._acknowledge_by_ms, lambda: self._acknowledge_by_ms is None)
        send_whole(line, data)
        if self._speech.acknowledgement:
            self._acknowledge_by_ms = self._now_ms() + ACKNOWLEDGED_MS

    def _hear(self, line: Line) -> None:
        data = line.read()
        now_ms = self._now_ms()
        for burst in self._bursts.feed(data, now_ms) + self._bursts.due(now_ms):
            self._take(burst, line)
        if self._bursts.due_at_ms() is None:
            self._settle(self._keeper.pass_time(now_ms), line)
        self._do_what_is_due(line, now_ms)

    def _take(self, burst: Burst, line: Line) -> None:
        said = b"" if burst.torn else burst.data
        if said and said == self._speech.acknowledgement:
            self._has_answered = True
            self._acknowledge_by_ms = self._try_again_ms = None
        elif said and said == self._speech.timeout:
            self._settle(self._own_time_over(burst.at_ms), line)
        elif said and said == self._speech.greeting:
            # One that follows on a set-up is the answer to it, not another start.
            self._has_answered = True
            self._has_greeted = burst.at_ms >= self._set_up_ms + ACKNOWLEDGED_MS
        else:
            events = self._keeper.judge(burst)
            self._has_answered |= any(isinstance(event, KeyPressed) for event in events)
            self._settle(events, line)

    def _own_time_over(self, at_ms: int) -> list[DeviceEvent]:
        """The pad's own timeout; one that comes at once belongs to a window before."""
        window = self._keeper.window
        if window is None or at_ms < window.prompt_ms + self._model.too_soon_ms:
            return []
        return self._keeper.end(WindowEnd.TIMED_OUT, at_ms)

    def _do_what_is_due(self, line: Line, now_ms: int) -> None:
        if self._acknowledge_by_ms is not None and now_ms >= self._acknowledge_by_ms:
            self._acknowledge_by_ms, self._has_answered = None, False
            self._try_again_ms = now_ms + TRY_AGAIN_MS
            self._settle(self._keeper.end(WindowEnd.PAD_ABSENT, now_ms), line)
        if self._try_again_ms is not None and now_ms >= self._try_again_ms:
            self._try_again_ms = now_ms + TRY_AGAIN_MS
            self._is_stale = True
        if self._has_greeted:
            self._set_up(line)
            if self._keeper.window is not None:
                self._tell(line, self._speech.prompt)  # the same question again, in the same window
        elif self._is_stale and self._keeper.window is None:
            self._set_up(line)

    def _window_over(self, line: Line, *, rated: bool) -> None:
        send_whole(line, self._speech.thanks if rated else self._speech.closing)
        self._is_stale |= not rated

    def _health(self) -> tuple[DeviceState, Reason]:
        if self._try_again_ms is not None:
            return DeviceState.FAULT, Reason.NO_ANSWER
        if self._has_answered:
            return DeviceState.READY, Reason.NONE
        return DeviceState.UNKNOWN, Reason.NEVER_ANSWERED

    def _moments(self) -> list[int]:
        moments = [self._bursts.due_at_ms(), self._acknowledge_by_ms, self._try_again_ms]
        return [moment for moment in moments if moment is not None]

    def _forget(self) -> None:
        self._has_answered = self._is_stale = self._has_greeted = False
        self._acknowledge_by_ms = self._try_again_ms = None

    def _leave(self, line: Line) -> None:
        if self._keeper.window is not None:
            send_whole(line, self._speech.closing)

    def _pause(self, line: Line) -> None:
        """Let the pad take in what it was told."""
        self._listen(line, self._now_ms() + self._model.settle_ms)

    def _listen(self, line: Line, end_ms: int, enough: Callable[[], bool] = lambda: False) -> None:
        """Take what the pad says until then, or until it is enough."""
        while not enough() and (left_ms := end_ms - self._now_ms()) > 0:
            due_ms = self._bursts.due_at_ms()
            line.wait((left_ms if due_ms is None else min(left_ms, max(due_ms - self._now_ms(), 1))) / 1000)
            now_ms = self._now_ms()
            for burst in self._bursts.feed(line.read(), now_ms) + self._bursts.due(now_ms):
                self._take(burst, line)

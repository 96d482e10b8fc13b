"""What all pads have in common: requests from the kiosk, one window at a time, and what is told of it.

The rules of what is a rating are in `window`; how bytes are moved is each pad's own (`serial_pad`, `text_pad`).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from devices.announcer import Announcer
from devices.line import Line, LineGone
from devices.mailbox import Mailbox
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    KeyPressed,
    Reason,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
    WindowOpened,
)
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.model import PadModel
from devices.rating_pad.window import Window, WindowKeeper

WINDOW_S_MAX = 255
"""The own timeout of a PJ06 is one byte of seconds; the others keep to it too."""

_REQUESTS_MAX = 16
_IDLE_MS = 1000
_STAFF = re.compile(r"[A-Za-z0-9]{0,32}")


class Open(Struct, frozen=True):
    """The kiosk asks for a window."""

    window_id: str
    window_s: float
    staff: str


class Close(Struct, frozen=True):
    """The kiosk no longer wants an answer."""

    window_id: str


Request: TypeAlias = Open | Close


class NotAsked(Exception):
    """The pad could not be asked; the window ends with `reason`."""

    def __init__(self, reason: WindowEnd) -> None:
        super().__init__(reason.value)
        self.reason = reason


class PadDriver(ABC):
    """A `RatingPad`; requests from any thread, everything else in the hub's thread."""

    def __init__(
        self,
        model: PadModel,
        publish: Callable[[DeviceEvent], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        """Drive a pad of `model`."""
        self._mailbox: Mailbox[Request] = Mailbox(_REQUESTS_MAX)
        self._model = model
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._announcer = Announcer(Device.RATING_PAD, publish)
        self._keeper = WindowKeeper(model)

    @property
    def doorbell(self) -> Mailbox[Request]:
        """Where requests arrive."""
        return self._mailbox

    @property
    def words(self) -> tuple[KeyWord, ...]:
        """See `RatingPad`."""
        return self._model.words

    def open_window(self, window_id: str, window_s: float, staff: str = "") -> None:
        """See `RatingPad`."""
        if not 1 <= window_s <= WINDOW_S_MAX:
            raise WindowNotPossible(f"a window lasts 1 to {WINDOW_S_MAX} s, not {window_s}")
        if not _STAFF.fullmatch(staff):
            raise WindowNotPossible("a staff number has up to 32 letters and digits")
        if not self._mailbox.put(Open(window_id, window_s, staff)):
            raise WindowNotPossible("the pad has too many requests waiting")

    def close_window(self, window_id: str) -> None:
        """See `RatingPad`. If the mailbox is full the window ends by its time."""
        self._mailbox.put(Close(window_id))

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Say that the pad cannot be reached, and end what is open or asked for. The state is told first."""
        self._forget()
        self._announcer.say(state, reason)
        end = WindowEnd.STOPPED if ending else WindowEnd.PAD_ABSENT
        self._tell_all(self._keeper.end(end, self._now_ms()))
        while request := self._mailbox.take():
            if isinstance(request, Open):
                self._publish(WindowEnded(request.window_id, end))

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the pad on `line` until `is_stopping`. Raises `LineGone` when it is unplugged."""
        self._announcer.say(DeviceState.STARTING)
        self._begin(line)
        self._say_state()
        while not is_stopping():
            if request := self._mailbox.take():
                self._serve(request, line, is_stopping)
                continue
            line.wait(self._wait_s(), self._mailbox.fileno())
            self._hear(line)
            self._say_state()
            if not line.is_current():
                raise LineGone("the pad's path leads elsewhere now")
        self._leave(line)

    def _serve(self, request: Request, line: Line, is_stopping: Callable[[], bool]) -> None:
        window = self._keeper.window
        if isinstance(request, Close):
            if window is not None and window.window_id == request.window_id:
                self._hear(line)
                self._settle(self._keeper.end(WindowEnd.CLOSED, self._now_ms()), line)
            return
        try:
            self._settle(self._keeper.end(WindowEnd.REPLACED, self._now_ms()), line)
            self._rest(line, is_stopping)
            prompt_ms = self._ask(request, line)
        except NotAsked as refused:
            self._publish(WindowEnded(request.window_id, refused.reason))
        except Exception:
            self._publish(WindowEnded(request.window_id, WindowEnd.PAD_ABSENT))
            raise
        else:
            end_ms = prompt_ms + round(request.window_s * 1000)
            self._keeper.open(Window(request.window_id, prompt_ms, end_ms))
            self._publish(WindowOpened(request.window_id))
        self._say_state()

    def _rest(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Let arrive what is on its way from the window before: whoever is asked is asked when keys count."""
        while (left_ms := self._keeper.rested_at_ms() - self._now_ms()) > 0 and not is_stopping():
            line.wait(min(left_ms, _IDLE_MS) / 1000)
            self._hear(line)

    def _settle(self, events: list[DeviceEvent], line: Line) -> None:
        """Tell what happened, and the pad what became of its window. The state is told first."""
        if events:
            self._say_state()
        self._tell_all(events)
        for event in events:
            if isinstance(event, KeyPressed):
                self._window_over(line, rated=True)
            elif isinstance(event, WindowEnded):
                self._window_over(line, rated=False)

    def _tell_all(self, events: list[DeviceEvent]) -> None:
        for event in events:
            self._publish(event)

    def _say_state(self) -> None:
        trouble = self._keeper.trouble(self._now_ms())
        if trouble is not None:
            self._announcer.say(DeviceState.FAULT, trouble)
        else:
            self._announcer.say(*self._health())

    def _wait_s(self) -> float:
        now_ms = self._now_ms()
        moments = [now_ms + _IDLE_MS, *self._moments()]
        if self._keeper.window is not None:
            moments.append(self._keeper.window.end_ms)
        if self._keeper.trouble(now_ms) is not None:
            moments.append(self._keeper.calm_at_ms())
        return max(min(moments) - now_ms, 1) / 1000

    def _now_ms(self) -> int:
        return int(self._monotonic_s() * 1000)

    @abstractmethod
    def _begin(self, line: Line) -> None:
        """Set the pad up on a line that was just opened."""

    @abstractmethod
    def _ask(self, request: Open, line: Line) -> int:
        """Drain the line, so that no old key answers, prompt, and return when. Raises `NotAsked`."""

    @abstractmethod
    def _hear(self, line: Line) -> None:
        """Take what has arrived, and do what is due."""

    @abstractmethod
    def _window_over(self, line: Line, *, rated: bool) -> None:
        """Tell the pad that its window is over."""

    @abstractmethod
    def _health(self) -> tuple[DeviceState, Reason]:
        """Return how the pad is, as far as it is in no trouble with its keys."""

    @abstractmethod
    def _moments(self) -> list[int]:
        """Return when something is due that is not the window's end, in ms of the clock."""

    @abstractmethod
    def _forget(self) -> None:
        """Know nothing of the pad any more: its line is gone."""

    @abstractmethod
    def _leave(self, line: Line) -> None:
        """Take leave of the pad: the program ends."""

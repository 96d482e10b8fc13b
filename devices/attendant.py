"""The thread of one device: opens its line, has it served by its driver, and opens it again after every unplugging.

A driver may fail (it is started again), its thread may die (it gets another), and it may stop moving inside the system
or in a loop of its own. No thread can be ended from outside, so one that stands still is given up: what it owes is
ended, the device is at fault, and if it ever moves again it stops and begins anew. Nobody else notices.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

from devices.font_file import FontUnusable
from devices.guard import Guard
from devices.guarded_line import GuardedLine
from devices.line import Line, LineGone, LineNotOpened
from devices.ports import DeviceState, Reason

RETRY_DELAY_S_MIN = 0.1
RETRY_DELAY_S_MAX = 0.5
"""The ceiling: a device that is plugged in is ready soon, and two opens a second cost nothing."""
OPENING_S_MAX = 30.0
"""How long the system may take to open a line: it asks a name server that is silent again and again, 20 s as a rule."""
_ABSENT = frozenset({Reason.NOT_CONNECTED, Reason.UNPLUGGED})
_log = logging.getLogger(__name__)


class Doorbell(Protocol):
    """What is needed of a driver's mailbox."""

    def wait(self, timeout_s: float) -> None:
        """Return when a request came, when woken, or after `timeout_s`."""

    def wake(self) -> None:
        """Wake the thread that waits."""

    def close(self) -> None:
        """Take no more requests."""


class Driver(Protocol):
    """What is needed of a driver; `attend` and `without_line` run in the device's own thread."""

    @property
    def doorbell(self) -> Doorbell:
        """Where requests arrive."""

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the device until told to stop.

        Raises `LineGone` when it is unplugged, `FontUnusable` when it cannot serve with the font it was given.
        """

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Answer what was asked while there is no line, and say why there is none."""


class Backoff:
    """How long to wait before the next try: the same trouble again twice as long, another one anew."""

    def __init__(self) -> None:
        self._reason = Reason.NONE
        self._delay_s = 0.0

    def after(self, reason: Reason) -> float:
        """Return the seconds to wait after a try that ended for `reason`."""
        again = reason is self._reason
        self._delay_s = min(self._delay_s * 2, RETRY_DELAY_S_MAX) if again else RETRY_DELAY_S_MIN
        self._reason = reason
        return self._delay_s


class Attendant:
    """Keeps one device served from `start` to `stop`."""

    def __init__(self, driver: Driver, open_line: Callable[[], Line], guard: Guard) -> None:
        self._driver = driver
        self._open_line = open_line
        self._guard = guard
        self._is_stopping = False
        self._leave = Event()
        self._logged = ""  # a fault that stays is met again at every try, and logged once
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to serve."""
        self._leave = Event()
        self._guard.take_up()
        self._thread = Thread(target=self._run, args=(self._leave,), name=self._guard.device.value, daemon=True)
        self._thread.start()

    def look_after(self, stuck_after_s: float) -> None:
        """Give a thread that died a successor, and give up one that has not moved for `stuck_after_s` seconds."""
        if self._is_stopping or self._thread is None:
            return
        if not self._thread.is_alive():
            if not self._guard.is_given_up:
                self._guard.failed()
            self._settle()
            self.start()
        elif self._guard.still_s() > stuck_after_s and not self._guard.is_given_up:
            _log.error("%s: its driver has not moved for %g s and is given up", self._guard.device, stuck_after_s)
            self._leave.set()
            self._driver.doorbell.wake()
            self._guard.give_up()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._is_stopping = True
        self._leave.set()
        self._driver.doorbell.wake()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end, at most `timeout_s` seconds; nothing is taken or owed from then on."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        if self._guard.owes_anything:
            self._settle()
        self._driver.doorbell.close()

    def _settle(self) -> None:
        """End what is still asked for, in the place of a thread that does it no more."""
        if self._thread is None or not self._thread.is_alive():
            try:
                self._driver.without_line(DeviceState.ABSENT, Reason.STOPPED, ending=True)
            except Exception as fault:
                if self._is_news(fault):
                    _log.exception("%s: its driver cannot end what was asked of it", self._guard.device)
        self._guard.break_promises()

    def _run(self, leave: Event) -> None:
        backoff = Backoff()
        lost = Reason.NOT_CONNECTED
        while not leave.is_set():
            try:
                reason = self._serve_once(leave)
            except LineNotOpened as refusal:
                reason = lost if refusal.reason in _ABSENT else refusal.reason
            else:
                lost = Reason.UNPLUGGED
            if not leave.is_set():
                self._driver.without_line(DeviceState.ABSENT if reason in _ABSENT else DeviceState.FAULT, reason)
                delay_s = backoff.after(reason)
                self._guard.moves(delay_s)
                self._driver.doorbell.wait(delay_s)
        self._driver.without_line(DeviceState.ABSENT, Reason.STOPPED, ending=True)

    def _serve_once(self, leave: Event) -> Reason:
        """Open the line and serve the device on it; return why that ended."""
        self._guard.moves(OPENING_S_MAX)
        line = self._open_line()
        self._guard.moves()
        self._guard.opened()

        def is_stopping() -> bool:
            self._guard.moves()
            return leave.is_set()

        try:
            self._driver.attend(GuardedLine(line, self._guard), is_stopping)
        except LineGone as gone:
            _log.info("%s: %s", self._guard.device, gone)
            self._guard.lost()
            return Reason.UNPLUGGED
        except FontUnusable as unusable:
            if self._is_news(unusable):
                _log.error("%s: %s", self._guard.device, unusable)
            return Reason.FONT_UNUSABLE
        except Exception as fault:
            # A device that does the unforeseen must not take the others, or the screen, with it.
            self._guard.failed()
            if self._is_news(fault):
                _log.exception("%s: its driver failed and is started again until it works", self._guard.device)
            return Reason.DEVICE_ERROR
        finally:
            line.close()
        return Reason.STOPPED

    def _is_news(self, fault: Exception) -> bool:
        before, self._logged = self._logged, repr(fault)
        return self._logged != before

"""The thread of one device: opens its line, has it served by its driver, and opens it again after every unplugging."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

from devices.font_file import FontUnusable
from devices.line import Line, LineGone, LineNotOpened
from devices.ports import DeviceState, DeviceStatus, Reason

RETRY_DELAY_S_MIN = 0.25
RETRY_DELAY_S_MAX = 1.0
_ABSENT = frozenset({Reason.NOT_CONNECTED, Reason.UNPLUGGED})
_log = logging.getLogger(__name__)


class Doorbell(Protocol):
    """What the hub needs of a driver's mailbox."""

    def wait(self, timeout_s: float) -> None:
        """Return when a request came, when woken, or after `timeout_s`."""

    def wake(self) -> None:
        """Wake the thread that waits."""

    def close(self) -> None:
        """Take no more requests."""


class Driver(Protocol):
    """What the hub needs of a driver; `attend` and `without_line` run in the device's own thread."""

    @property
    def doorbell(self) -> Doorbell:
        """Where requests arrive."""

    @property
    def status(self) -> DeviceStatus:
        """How the device is, as last published."""

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the device until told to stop.

        Raises `LineGone` when it is unplugged, `FontUnusable` when it cannot serve with the font it was given.
        """

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Answer what was asked while there is no line, and say why there is none."""


class Attendant:
    """The thread of one device: opens its line, has it served, opens it again."""

    def __init__(self, name: str, driver: Driver, open_line: Callable[[], Line]) -> None:
        self._name = name
        self._driver = driver
        self._open_line = open_line
        self._stop = Event()
        self._logged = ""  # a fault that stays is met again at every try, and logged once
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop.set()
        self._driver.doorbell.wake()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end, at most `timeout_s` seconds; nothing is taken from then on."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._driver.doorbell.close()

    def _run(self) -> None:
        delay_s = RETRY_DELAY_S_MIN
        lost = Reason.NOT_CONNECTED
        while not self._stop.is_set():
            try:
                reason = self._serve_once()
            except LineNotOpened as refusal:
                reason = lost if refusal.reason in _ABSENT else refusal.reason
                delay_s = min(delay_s * 2, RETRY_DELAY_S_MAX)
            else:
                lost = Reason.UNPLUGGED
                delay_s = RETRY_DELAY_S_MIN if reason is Reason.UNPLUGGED else RETRY_DELAY_S_MAX
            if not self._stop.is_set():
                self._driver.without_line(DeviceState.ABSENT if reason in _ABSENT else DeviceState.FAULT, reason)
                self._driver.doorbell.wait(delay_s)
        self._driver.without_line(DeviceState.ABSENT, Reason.STOPPED, ending=True)

    def _serve_once(self) -> Reason:
        """Open the line and serve the device on it; return why that ended."""
        line = self._open_line()
        try:
            self._driver.attend(line, self._stop.is_set)
        except LineGone as gone:
            _log.info("%s: %s", self._name, gone)
            return Reason.UNPLUGGED
        except FontUnusable as unusable:
            if self._is_news(unusable):
                _log.error("%s: %s", self._name, unusable)
            return Reason.FONT_UNUSABLE
        except Exception as fault:
            # A device that does the unforeseen must not take the others, or the screen, with it.
            if self._is_news(fault):
                _log.exception("%s: its driver failed and is started again until it works", self._name)
            return Reason.DEVICE_ERROR
        finally:
            line.close()
        return Reason.STOPPED

    def _is_news(self, fault: Exception) -> bool:
        before, self._logged = self._logged, repr(fault)
        return self._logged != before

"""Supervises the devices: one thread each, opened by path, found again after every unplugging.

The kiosk holds a `Hub`, submits to `hub.printer`, asks by `hub.pad` and takes `hub.events`. A device
that is not fitted is there too and is always absent, so that nobody needs to ask first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from devices.config import DevicesConfig, PadConfig, PrinterConfig
from devices.event_queue import EventQueue
from devices.font_file import FontUnusable
from devices.line import Line, LineGone, LineNotOpened
from devices.not_fitted import NoPad, NoPrinter
from devices.ports import Device, DeviceState, DeviceStatus, RatingPad, Reason, ReceiptPrinter
from devices.printer.dialogue import Patience
from devices.printer.driver import EscPosPrinter
from devices.rating_pad.driver import Pj06Pad
from devices.typeface import Typeface

EVENTS_MAX = 256
RETRY_DELAY_S_MIN = 0.25
RETRY_DELAY_S_MAX = 1.0
CLOSE_TIMEOUT_S = 8.0
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

    def attend(self, line: Line, is_stopping: Callable[[], bool]) -> None:
        """Serve the device until told to stop.

        Raises `LineGone` when it is unplugged, `FontUnusable` when it cannot serve with the font it was given.
        """

    def without_line(self, state: DeviceState, reason: Reason, *, ending: bool = False) -> None:
        """Answer what was asked while there is no line, and say why there is none."""


class Hub:
    """All devices of a terminal."""

    def __init__(
        self,
        config: DevicesConfig,
        font: Path,
        monotonic_s: Callable[[], float],
        *,
        notify: Callable[[], None] = lambda: None,
        patience: Patience | None = None,
    ) -> None:
        """Make the drivers; nothing runs before `start`.

        `font` draws the characters that a printer does not have; `monotonic_s` counts seconds and
        never goes back; `notify` is called after every event, in a device's thread, and returns at
        once. Raises `FontUnusable`.
        """
        self.events = EventQueue(EVENTS_MAX, notify)
        self._monotonic_s = monotonic_s
        self._attendants: list[_Attendant] = []
        self._printer = self._fit_printer(config.printer, font, patience or Patience())
        self._pad = self._fit_pad(config.pad)

    @property
    def printer(self) -> ReceiptPrinter:
        """The receipt printer."""
        return self._printer

    @property
    def pad(self) -> RatingPad:
        """The rating pad."""
        return self._pad

    def statuses(self) -> dict[Device, DeviceStatus]:
        """Return how every device is now; before `start` a fitted one is `STARTING`."""
        return {status.device: status for status in (self._printer.status, self._pad.status)}

    def start(self) -> None:
        """Start the devices' threads."""
        for attendant in self._attendants:
            attendant.start()

    def close(self) -> None:
        """Stop the threads (at most 8 s each); what was still asked for ends with reason `STOPPED`."""
        for attendant in self._attendants:
            attendant.stop()
        for attendant in self._attendants:
            attendant.join(CLOSE_TIMEOUT_S)

    def _fit_printer(self, config: PrinterConfig | None, font: Path, patience: Patience) -> EscPosPrinter | NoPrinter:
        if config is None:
            return NoPrinter(self.events.put)
        typeface = Typeface(font)
        driver = EscPosPrinter(config.profile, config.flow, typeface, self.events.put, self._monotonic_s, patience)
        self._attendants.append(_Attendant("receipt printer", driver, config.place.open))
        return driver

    def _fit_pad(self, config: PadConfig | None) -> Pj06Pad | NoPad:
        if config is None:
            return NoPad(self.events.put)
        driver = Pj06Pad(config.model, config.window_s, self.events.put, self._monotonic_s)
        self._attendants.append(_Attendant("rating pad", driver, config.place.open))
        return driver


class _Attendant:
    """The thread of one device: opens its line, has it served, opens it again."""

    def __init__(self, name: str, driver: Driver, open_line: Callable[[], Line]) -> None:
        self._name = name
        self._driver = driver
        self._open_line = open_line
        self._stop = Event()
        self._logged = ""  # a fault that stays is met again at every try, and logged once
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._driver.doorbell.wake()

    def join(self, timeout_s: float) -> None:
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

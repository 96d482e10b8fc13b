"""Supervises the devices: one thread each, opened by path, found again after every unplugging.

The kiosk holds a `Hub`, submits to `hub.printer`, asks by `hub.pad` and takes `hub.events`. A device
that is not fitted is there too and is always absent, so that nobody needs to ask first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from devices.attendant import Attendant, Driver
from devices.config import DevicesConfig
from devices.event_queue import EventQueue
from devices.not_fitted import NoPad, NoPrinter
from devices.places import Place
from devices.ports import Device, DeviceStatus, RatingPad, ReceiptPrinter
from devices.printer.config import PrinterConfig
from devices.printer.dialogue import Patience
from devices.printer.driver import EscPosPrinter
from devices.rating_pad.config import PadConfig
from devices.rating_pad.driver import Pj06Pad
from devices.typeface import Typeface

EVENTS_MAX = 256
CLOSE_TIMEOUT_S = 8.0


class _AtAPlace(Protocol):
    """What is fitted of any kind."""

    @property
    def place(self) -> Place:
        """Where it is reached."""


Config = TypeVar("Config", bound=_AtAPlace)
Fitted = TypeVar("Fitted", bound=Driver)
NotFitted = TypeVar("NotFitted")


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
        self._attendants: list[Attendant] = []
        patience = patience or Patience()
        self._printer = self._fit(
            config.printer, lambda fitted: self._printer_driver(fitted, font, patience), NoPrinter(self.events.put)
        )
        self._pad = self._fit(config.pad, self._pad_driver, NoPad(self.events.put))

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
        return {device.status.device: device.status for device in (self._printer, self._pad)}

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

    def _printer_driver(self, fitted: PrinterConfig, font: Path, patience: Patience) -> EscPosPrinter:
        typeface = Typeface(font)
        return EscPosPrinter(fitted.profile, fitted.flow, typeface, self.events.put, self._monotonic_s, patience)

    def _pad_driver(self, fitted: PadConfig) -> Pj06Pad:
        return Pj06Pad(fitted.model, fitted.window_s, self.events.put, self._monotonic_s)

    def _fit(
        self, fitted: Config | None, driver_of: Callable[[Config], Fitted], absent: NotFitted
    ) -> Fitted | NotFitted:
        """Return the driver of what is fitted, with a thread of its own; `absent` if nothing is."""
        if fitted is None:
            return absent
        driver = driver_of(fitted)
        self._attendants.append(Attendant(driver.status.device.value, driver, fitted.place.open))
        return driver

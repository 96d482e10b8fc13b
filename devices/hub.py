"""Supervises the devices: one thread each, opened by path, found again after every unplugging.

The kiosk holds a `Hub`, submits to `hub.printer`, asks by `hub.pad` and `hub.reader` and takes `hub.events`. A device
that is not fitted is there too and is always absent, so that nobody needs to ask first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Protocol, TypeAlias, TypeVar

from devices.attendant import Attendant, Driver
from devices.code_scanner.config import ScannerConfig
from devices.code_scanner.driver import ListeningScanner
from devices.config import DevicesConfig
from devices.event_queue import EventQueue
from devices.guard import Guard
from devices.health import DeviceHealth
from devices.id_reader.config import ReaderConfig
from devices.id_reader.driver import SamVReader
from devices.not_fitted import NoPad, NoPrinter, NoReader
from devices.places import Place
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, IdReader, RatingPad, Reason, ReceiptPrinter
from devices.printer.config import PrinterConfig
from devices.printer.dialogue import Patience
from devices.printer.driver import EscPosPrinter
from devices.promised import PromisedPad, PromisedPrinter, PromisedReader
from devices.rating_pad.config import PadConfig
from devices.rating_pad.driver import PadDriver
from devices.rating_pad.serial_pad import SerialPad
from devices.rating_pad.text_pad import TextPad
from devices.typeface import Typeface

EVENTS_MAX = 256
CLOSE_TIMEOUT_S = 8.0
WATCH_S = 0.5
STUCK_AFTER_S = 10.0
"""A driver that has not moved for so long although it should have is given up."""

Publish: TypeAlias = Callable[[DeviceEvent], None]


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
        stuck_after_s: float = STUCK_AFTER_S,
    ) -> None:
        """Make the drivers; nothing runs before `start`.

        `font` draws the characters that a printer does not have; `monotonic_s` counts seconds and
        never goes back; `notify` is called after every event, in a device's thread, and returns at
        once. Raises `FontUnusable`.
        """
        self.events = EventQueue(EVENTS_MAX, notify)
        self._monotonic_s = monotonic_s
        self._stuck_after_s = stuck_after_s
        self._guards: dict[Device, Guard] = {}
        self._attendants: list[Attendant] = []
        self._closing = Event()
        self._watch = Thread(target=self._look_after_all, name="devices", daemon=True)
        self._font = font
        self._patience = patience or Patience()
        self._printer = PromisedPrinter(
            *self._fit(Device.RECEIPT_PRINTER, config.printer, self._printer_driver, NoPrinter)
        )
        self._pad = PromisedPad(*self._fit(Device.RATING_PAD, config.pad, self._pad_driver, NoPad))
        self._fit(Device.CODE_SCANNER, config.scanner, self._scanner_driver, lambda _publish: None)
        self._reader = PromisedReader(*self._fit(Device.ID_READER, config.reader, self._reader_driver, NoReader))

    @property
    def printer(self) -> ReceiptPrinter:
        """The receipt printer."""
        return self._printer

    @property
    def pad(self) -> RatingPad:
        """The rating pad."""
        return self._pad

    @property
    def reader(self) -> IdReader:
        """The reader of identity cards."""
        return self._reader

    def statuses(self) -> dict[Device, DeviceStatus]:
        """Return how every device is now; before `start` a fitted one is `STARTING`."""
        return {device: guard.status for device, guard in self._guards.items()}

    def health(self) -> dict[Device, DeviceHealth]:
        """Return how every device has been since the hub was made."""
        return {device: guard.health() for device, guard in self._guards.items()}

    def start(self) -> None:
        """Start the devices' threads, and one that looks after them."""
        for attendant in self._attendants:
            attendant.start()
        self._watch.start()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Stop the threads, in `timeout_s` seconds at most; whatever is still asked for ends."""
        end_s = self._monotonic_s() + timeout_s
        self._closing.set()
        if self._watch.is_alive():
            self._watch.join(timeout_s)
        for attendant in self._attendants:
            attendant.stop()
        for attendant in self._attendants:
            attendant.join(max(0.0, end_s - self._monotonic_s()))

    def _look_after_all(self) -> None:
        while not self._closing.wait(min(WATCH_S, self._stuck_after_s)):
            for attendant in self._attendants:
                attendant.look_after(self._stuck_after_s)

    def _printer_driver(self, fitted: PrinterConfig, publish: Publish) -> EscPosPrinter:
        typeface = Typeface(self._font)
        return EscPosPrinter(fitted.profile, fitted.flow, typeface, publish, self._monotonic_s, self._patience)

    def _pad_driver(self, fitted: PadConfig, publish: Publish) -> PadDriver:
        if fitted.model.text is not None:
            return TextPad(fitted.model, publish, self._monotonic_s)
        return SerialPad(fitted.model, fitted.window_s, publish, self._monotonic_s)

    def _scanner_driver(self, fitted: ScannerConfig, publish: Publish) -> ListeningScanner:
        return ListeningScanner(fitted.model, publish, self._monotonic_s)

    def _reader_driver(self, fitted: ReaderConfig, publish: Publish) -> SamVReader:
        return SamVReader(fitted.model, publish, self._monotonic_s)

    def _fit(
        self,
        device: Device,
        fitted: Config | None,
        driver_of: Callable[[Config, Publish], Fitted],
        absent_of: Callable[[Publish], NotFitted],
    ) -> tuple[Fitted | NotFitted, Guard]:
        """Return the driver of what is fitted, or what stands for it when nothing is, with its guard."""
        if fitted is None:
            status = DeviceStatus(device, DeviceState.ABSENT, Reason.NOT_CONFIGURED)
        else:
            status = DeviceStatus(device, DeviceState.STARTING)
        guard = self._guards[device] = Guard(status, self.events, self._monotonic_s)
        if fitted is None:
            return absent_of(guard.publish), guard
        driver = driver_of(fitted, guard.publish)
        self._attendants.append(Attendant(driver, fitted.place.open, guard))
        return driver, guard

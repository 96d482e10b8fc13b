"""The printer's table in terminal.json: `devices.printer`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from devices.config_fields import table
from devices.line import Flow
from devices.places import FilePlace, Place, SerialPlace
from devices.printer.profile import Profile, read_profile

BAUD = 9600
"""Speed of a printer whose table names none."""


class PrinterConfig(Struct, frozen=True):
    """The printer that is fitted."""

    profile: Profile
    place: Place

    @property
    def flow(self) -> Flow:
        """Its flow control; USB and network have their own."""
        return self.place.settings.flow if isinstance(self.place, SerialPlace) else Flow.RTSCTS


def parse_printer(section: object, base: Path, models: tuple[Path, ...]) -> PrinterConfig:
    """Return what the table says. Raises `DevicesConfigRefused` or `ModelRefused`."""
    fields = table(section, "devices.printer", {"profile", "path", "baud", "flow"}, base)
    profile = read_profile(fields.text("profile"), models)
    kind, _, rest = fields.text("path").partition(":")
    if kind == "file" and rest:
        return PrinterConfig(profile, FilePlace(base / rest, collects=not profile.says_how_it_is))
    if kind == "tcp":
        return PrinterConfig(profile, fields.socket_place())
    return PrinterConfig(profile, fields.serial_place(BAUD))

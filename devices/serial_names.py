"""The serial ports of a computer, the names each of them has, and which of these stays with it.

`/dev/ttyUSB0` goes to whichever adapter was found first. udev keeps two better names: by-id, made from the adapter's
serial number, and by-path, the socket it is plugged into. Cheap adapters (CH340, PL2303) have no serial number, or all
the same one, and then one by-id name leads to one of several ports: only by-path stays.

Everything is read below a root directory, tolerantly: what is missing or unreadable is not known, never an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

BY_ID, BY_PATH = Path("dev/serial/by-id"), Path("dev/serial/by-path")
_PORT = re.compile(r"tty(USB|ACM|S|AMA|XRUSB)\d+")
_CHIPS = {
    "1a86:5523": "CH341", "1a86:7522": "CH340", "1a86:7523": "CH340", "1a86:55d4": "CH9102", "1a86:55d3": "CH343",
    "067b:2303": "PL2303", "067b:23a3": "PL2303", "067b:23c3": "PL2303", "067b:23d3": "PL2303",
    "10c4:ea60": "CP210x", "0403:6001": "FT232R", "0403:6010": "FT2232", "0403:6011": "FT4232", "0403:6014": "FT232H",
    "0403:6015": "FT231X",
}  # fmt: skip
_SAYS_LITTLE = re.compile(r"0*1?|0*1234.*", re.ASCII)
"""Serial numbers that whole boxes of adapters share: 0, 0001, 12345678."""
_SYS_BYTES_MAX = 256


class UsbChip(Struct, frozen=True):
    """The adapter behind a port: `usb_id` is vendor and product, such as 1a86:7523; `serial` "" for none."""

    usb_id: str
    product: str
    serial: str

    def __str__(self) -> str:
        chip = _CHIPS.get(self.usb_id) or self.product or "unknown USB chip"
        number = f"serial number {self.serial}" if self.serial else "no serial number"
        return f"{chip} ({self.usb_id}, {number})"


class SerialPort(Struct, frozen=True):
    """One port: its kernel name such as `/dev/ttyUSB0`, its other names, and the chip, None for one that is no USB."""

    device: Path
    by_id: tuple[Path, ...]
    by_path: tuple[Path, ...]
    chip: UsbChip | None
    is_id_unique: bool

    @property
    def stable_name(self) -> Path:
        """The name that belongs into terminal.json."""
        if self.is_id_unique:
            return self.by_id[0]
        return self.by_path[0] if self.by_path else self.device

    @property
    def reason(self) -> str:
        """Why it is that name."""
        if self.is_id_unique:
            return "by-id: its serial number is its own"
        if self.by_path:
            what = "has no serial number of its own" if self.chip else "is no USB adapter"
            return f"by-path: it {what}, so keep it in this socket"
        if self.chip:
            return "it has no name that stays: udev makes none here"
        return "it is built in and keeps its name"

    @property
    def names(self) -> tuple[Path, ...]:
        """Every name it has."""
        return (self.device, *self.by_id, *self.by_path)


def find_ports(root: Path = Path("/")) -> list[SerialPort]:
    """Return the serial ports below `root`, by name."""
    devices = {name: _chip(root, name) for name in sorted(_port_names(root), key=_natural)}
    numbers = Counter((chip.usb_id, chip.serial) for chip in devices.values() if chip is not None)
    by_id, by_path = _links(root / BY_ID), _links(root / BY_PATH)
    found = []
    for name, chip in devices.items():
        has_own_number = (
            chip is not None and not _SAYS_LITTLE.fullmatch(chip.serial) and numbers[chip.usb_id, chip.serial] == 1
        )
        ids = tuple(by_id.get(name, ()))
        found.append(
            SerialPort(
                root / "dev" / name, ids, tuple(by_path.get(name, ())), chip, is_id_unique=has_own_number and bool(ids)
            )
        )
    return found


def advice(path: Path, ports: list[SerialPort]) -> str | None:
    """Return what is to be said about a configured name; None if it stays with its port, or nobody can know."""
    for port in ports:
        if path in port.names and path != port.stable_name and path not in port.by_path:
            return f"{path} may lead to another port one day; name it {port.stable_name} ({port.reason})"
    return None


def _port_names(root: Path) -> Iterator[str]:
    """Yield the ports that have hardware behind them: a PC has 32 names for four ports."""
    for entry in _entries(root / "sys/class/tty"):
        if _PORT.fullmatch(entry.name) and (entry / "device").exists() and _read(entry / "type") != "0":
            yield entry.name


def _chip(root: Path, name: str) -> UsbChip | None:
    """Return the USB device that the port is a part of: the first above it in /sys that has a vendor."""
    try:
        place = (root / "sys/class/tty" / name / "device").resolve()
    except OSError:
        return None
    for folder in (place, *place.parents):
        vendor, product = _read(folder / "idVendor"), _read(folder / "idProduct")
        if vendor and product:
            return UsbChip(f"{vendor}:{product}", _read(folder / "product"), _read(folder / "serial"))
    return None


def _links(folder: Path) -> dict[str, list[Path]]:
    """Return the links in a folder by the name of the port that they lead to; of several the plainest is first."""
    found: dict[str, list[Path]] = {}
    for link in sorted(_entries(folder), key=lambda link: ("-usbv" in link.name, len(link.name), link.name)):
        try:
            found.setdefault(link.readlink().name, []).append(link)
        except OSError:
            continue
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read(path: Path) -> str:
    """Return a line of /sys without what would move a terminal's cursor: what is in it is the device's own word."""
    try:
        with path.open("rb") as file:
            text = file.read(_SYS_BYTES_MAX).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return "".join(character for character in text if character.isprintable())


def _natural(name: str) -> tuple[str, int]:
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :])

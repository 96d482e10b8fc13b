"""The machines that are run: the whole service point, and each of its devices alone, for whom more happens then."""

from __future__ import annotations

from tests.devices.point.pad import PadActs
from tests.devices.point.point import Point
from tests.devices.point.printer import PrinterActs
from tests.devices.point.reader import ReaderActs
from tests.devices.point.scanner import ScannerActs


class WholePoint(PrinterActs, PadActs, ReaderActs, ScannerActs):
    """Everything at once."""


MACHINES: dict[str, type[Point]] = {
    "the whole point": WholePoint,
    "printer": PrinterActs,
    "pad": PadActs,
    "reader": ReaderActs,
    "scanner": ScannerActs,
}

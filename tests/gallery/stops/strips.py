"""The first screen with everything that its strip says of devices, several at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from devices.health import DeviceHealth
from devices.ports import Device, DeviceState, DeviceStatus, Paper, Reason
from kiosk.device_words import device_sentence
from kiosk.views import Level, StatusEntry
from tests.gallery.stops.stop import Stop, closing, stops_at
from tests.kiosk.point import Point

PRINTER, PAD, READER, SCANNER = (
    Device.RECEIPT_PRINTER,
    Device.RATING_PAD,
    Device.ID_READER,
    Device.CODE_SCANNER,
)
ABSENT, FAULT, STARTING, UNKNOWN = (
    DeviceState.ABSENT,
    DeviceState.FAULT,
    DeviceState.STARTING,
    DeviceState.UNKNOWN,
)
STRIPS: tuple[tuple[str, tuple[DeviceStatus, ...]], ...] = (
    ("absent", tuple(DeviceStatus(each, ABSENT, Reason.UNPLUGGED) for each in (PRINTER, PAD, READER, SCANNER))),
    ("fault", tuple(DeviceStatus(each, FAULT, Reason.DEVICE_ERROR) for each in (PRINTER, PAD, READER, SCANNER))),
    ("starting", tuple(DeviceStatus(each, STARTING) for each in (PRINTER, PAD, READER, SCANNER))),
    ("unknown", tuple(DeviceStatus(each, UNKNOWN, Reason.NO_ANSWER) for each in (PRINTER, PAD, READER, SCANNER))),
    ("near_end", (DeviceStatus(PRINTER, DeviceState.READY, paper=Paper.NEAR_END),)),
    ("keeps_rest", (DeviceStatus(PRINTER, FAULT, Reason.PAPER_OUT, keeps_rest=True),)),
    (
        "overheated",
        (
            DeviceStatus(PRINTER, FAULT, Reason.OVERHEATED),
            DeviceStatus(PAD, FAULT, Reason.STUCK_KEY),
        ),
    ),
    ("cutter", (DeviceStatus(PRINTER, FAULT, Reason.CUTTER),)),
    ("cover", (DeviceStatus(PRINTER, FAULT, Reason.COVER_OPEN),)),
)
_NAMES = {PRINTER: "printer", PAD: "pad", READER: "reader", SCANNER: "scanner"}


def stops(folder: Path) -> Iterator[Stop]:
    """Yield a stop a strip, and those where the technician is asked for."""
    with closing(Point(folder / "strips")) as point:
        for name, devices in STRIPS:
            yield from stops_at(point, f"strip-{name}", **{_NAMES[each.device]: each for each in devices})
        for reason in (Reason.STUCK, Reason.UNPLUGGED):
            status = DeviceStatus(PRINTER, ABSENT, reason)
            health = DeviceHealth(status, since_s=1_500, heard_s=1_500, opened=3, lost=2, failed=0)
            for stop in stops_at(point, f"strip-technician-{reason.value}", printer=status):
                point.tr.speak(stop.language)
                asked = StatusEntry(device_sentence(point.tr, {PRINTER: health}), Level.WARN)
                yield replace(stop, status=replace(stop.status, left=(*stop.status.left, asked)))

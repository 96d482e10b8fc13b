"""A stop: what a display is shown in one language, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from devices.ports import Device, DeviceState, DeviceStatus, Paper
from kiosk.bars import status_strip
from kiosk.i18n import LANGUAGES
from kiosk.own_views import ScreenView
from kiosk.views import OverlayView, StatusView, TopBarView
from tests.kiosk.point import Point

ALL_WELL = {
    "printer": DeviceStatus(Device.RECEIPT_PRINTER, DeviceState.READY, paper=Paper.OK),
    "pad": DeviceStatus(Device.RATING_PAD, DeviceState.READY),
    "reader": DeviceStatus(Device.ID_READER, DeviceState.READY),
    "scanner": DeviceStatus(Device.CODE_SCANNER, DeviceState.READY),
}


class Stop(Struct, frozen=True):
    """One picture: everything that a display was told."""

    name: str
    language: str
    screen: str
    view: ScreenView
    top: TopBarView
    status: StatusView
    overlay: OverlayView | None


def stops_at(point: Point, name: str, **devices: DeviceStatus) -> Iterator[Stop]:
    """Yield what the point shows now, in every language; its strip speaks of `devices`, of all others as well."""
    seen = point.seen
    for language in (*LANGUAGES[1:], LANGUAGES[0]):
        # Without a touch: that would take away what was said of a code.
        point.session.language = language
        point.tr.speak(language)
        point.visit.show()
        assert seen.view is not None
        assert seen.top is not None
        truths = replace(point.core.truths(), **{**ALL_WELL, **devices})
        status = status_strip(point.tr, truths, point.clock.wall_ms())
        yield Stop(name, language, seen.screen, seen.view, seen.top, status, seen.overlay)


@contextmanager
def closing(point: Point) -> Iterator[Point]:
    """Let go of a point's files afterwards."""
    try:
        yield point
    finally:
        point.close()

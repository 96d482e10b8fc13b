"""Being asked for a rating on pads of several kinds, and what happens when one fails meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from devices.ports import Device, DeviceState, DeviceStatus, Reason, WindowEnd, WindowEnded
from kiosk.intents import Do, Next
from tests.gallery.stops.stop import Stop, stops_at
from tests.kiosk.journeys import SIGN_IN, TAKE_IN, TAKE_IN_ANOTHER
from tests.kiosk.test_pad_at_the_desk import PadDesk

MODELS = ("pj06", "sample-byte", "sample-text")
GONE = DeviceStatus(Device.RATING_PAD, DeviceState.ABSENT, Reason.UNPLUGGED)


def stops(folder: Path) -> Iterator[Stop]:
    """Yield every stop about ratings on pads."""
    for model in MODELS:
        (folder / model).mkdir()
        with closing(PadDesk(folder / model, model)) as desk:
            yield from _asked(desk, model)


def _asked(desk: PadDesk, model: str) -> Iterator[Stop]:
    point = desk.point
    point.do(*SIGN_IN, *TAKE_IN, Next())
    yield from stops_at(point, f"rating-pad-{model}")
    if model != MODELS[0]:
        return
    window = point.rating_desk.window
    assert window is not None
    point.core.hear_devices()
    point.hub.events.put(WindowEnded(window.id, WindowEnd.PAD_ABSENT))
    point.core.hear_devices()
    yield from stops_at(point, "rating-pad_failed", pad=GONE)
    point.do(Do("skip"))
    point.visit.end()
    point.do(*SIGN_IN, *TAKE_IN_ANOTHER, Next())
    window = point.rating_desk.window
    assert window is not None
    point.hub.events.put(WindowEnded(window.id, WindowEnd.TIMED_OUT))
    point.core.hear_devices()
    yield from stops_at(point, "rating-none_given")

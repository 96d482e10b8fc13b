"""设备自检 from its first page to the signed record, on a pad that asks for its keys and paper of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from devices.ports import JobEnded, JobHeld, KeyPressed, Outcome, Reason, WindowOpened
from devices.rating_pad.key_word import KeyWord
from kiosk.intents import Do, Next, Open
from tests.gallery.stops.papers import says
from tests.gallery.stops.stop import Stop, stops_at
from tests.kiosk.journeys import SIGN_IN
from tests.kiosk.point import Point
from tests.kiosk.test_pad_at_the_desk import PadDesk


def stops(folder: Path) -> Iterator[Stop]:
    """Yield every stop of a self-test."""
    with closing(PadDesk(folder)) as desk:
        yield from _stops(desk.point)


def _stops(point: Point) -> Iterator[Stop]:
    point.do(*SIGN_IN, Open("self_test"))
    yield from stops_at(point, "self_test-begin")
    point.do(Next(), *(Open("cell", str(cell)) for cell in range(5)))
    yield from stops_at(point, "self_test-touch")
    point.do(*(Open("cell", str(cell)) for cell in range(5, 12)))
    yield from stops_at(point, "self_test-wait")
    says(point, WindowOpened("self-test-1.1"))
    yield from stops_at(point, "self_test-key")
    test = point.self_test.test
    assert test is not None
    assert test.pad is not None
    says(point, KeyPressed("self-test-1.1", 1, KeyWord.VERY_SATISFIED, 900))
    yield from stops_at(point, "self_test-next_key")
    point.do(Do("skip"))
    yield from stops_at(point, "self_test-print")
    point.core.handle(Next())
    job = str(test.slip_seq)
    yield from stops_at(point, "self_test-printing")
    for reason in (Reason.PAPER_OUT, Reason.NONE, Reason.OVERHEATED):
        says(point, JobHeld(job, reason))
        yield from stops_at(point, f"self_test-held-{reason.value}")
    says(point, JobEnded(job, Outcome.UNKNOWN, Reason.CANNOT_TELL))
    yield from stops_at(point, "self_test-unknown")
    point.do(Do("paper", "missing"))
    yield from stops_at(point, "self_test-done")
    point.do(Next())
    yield from stops_at(point, "self_test-signed")

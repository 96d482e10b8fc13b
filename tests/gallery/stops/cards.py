"""The form at everything that a reader of identity cards does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from devices.id_reader.card import read_text
from devices.id_reader.events import CardRead, CardTrouble, CardTroubleKind, ReadingEnd, ReadingEnded
from devices.ports import Device, DeviceState, DeviceStatus, Reason
from devices.sim.cards import CARDS
from kiosk.intents import Choose, Do, Focus, Next
from tests.gallery.stops.stop import Stop, stops_at
from tests.kiosk.card_counter import TO_THE_FORM, Counter, opened
from tests.kiosk.test_id_card import to_pension_form

ENDS = (
    ReadingEnd.TIMED_OUT,
    ReadingEnd.READER_ABSENT,
    ReadingEnd.READER_FAULT,
    ReadingEnd.NO_ANSWER,
    ReadingEnd.STOPPED,
)
GONE = DeviceStatus(Device.ID_READER, DeviceState.ABSENT, Reason.UNPLUGGED)


def stops(folder: Path) -> Iterator[Stop]:
    """Yield every stop about identity cards."""
    for name, days in (("cards", 0), ("lenient", 3650)):
        (folder / name).mkdir()
        counter = opened(folder / name, expired_days_max=days)
        with closing(counter.point), closing(counter.reader):
            yield from _troubles(counter) if name == "cards" else _used_though_expired(counter)


def _reading(counter: Counter) -> str:
    reading = counter.point.card_desk.reading
    assert reading is not None
    return reading.id


def _troubles(counter: Counter) -> Iterator[Stop]:
    point = counter.point
    point.do(*TO_THE_FORM)
    yield from stops_at(point, "form-asking")
    for kind in CardTroubleKind:
        point.visit.tell(CardTrouble(_reading(counter), kind))
        yield from stops_at(point, f"form-trouble-{kind.value}")
    point.do(Focus("applicant_name"))
    yield from stops_at(point, "form-trouble-typing")
    point.do(Focus(""), Do("stop_card"))
    yield from stops_at(point, "form-offering")
    for reason in ENDS:
        point.do(Do("read_card", "applicant"))
        point.visit.tell(ReadingEnded(_reading(counter), reason))
        yield from stops_at(point, f"form-ended-{reason.value}")
    point.do(Do("read_card", "applicant"))
    point.visit.tell(CardRead(_reading(counter), read_text(CARDS["expired"].text)))
    yield from stops_at(point, "form-expired")
    point.do(Do("read_card", "applicant"))
    point.visit.tell(CardRead(_reading(counter), read_text(CARDS["citizen"].text)))
    yield from stops_at(point, "form-read")
    point.visit.end()
    to_pension_form(counter)
    point.do(Next())
    yield from stops_at(point, "form-card_required")
    point.do(Choose("card_why", "no_card"))
    yield from stops_at(point, "form-card_required-why")
    point.visit.end()
    counter.reader.pull(unplug=True)
    counter.until(lambda: not point.card_desk.can_read, "the reader to be gone")
    point.do(*TO_THE_FORM)
    yield from stops_at(point, "form-reader_absent", reader=GONE)


def _used_though_expired(counter: Counter) -> Iterator[Stop]:
    point = counter.point
    point.do(*TO_THE_FORM)
    point.visit.tell(CardRead(_reading(counter), read_text(CARDS["expired"].text)))
    yield from stops_at(point, "form-used_though_expired")

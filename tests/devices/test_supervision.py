"""What the hub does about drivers that fail, die or stand still, and what it tells a technician."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from devices.attendant import RETRY_DELAY_S_MAX, RETRY_DELAY_S_MIN, Attendant, Backoff
from devices.config import parse_devices
from devices.event_queue import EventQueue
from devices.guard import Guard
from devices.hub import Hub
from devices.line import Flow, Line, LineNotOpened, SerialLine, SerialSettings
from devices.ports import (
    Device,
    DeviceState,
    DeviceStatus,
    JobAlreadySubmitted,
    JobEnded,
    KeyPressed,
    Outcome,
    PrintJob,
    Reason,
    TooManyJobs,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
)
from devices.printer.delivery import Ending
from devices.printer.document import Slip, Text
from devices.printer.driver import EscPosPrinter
from devices.printer.profile import read_profile
from devices.promised import PromisedPad, PromisedPrinter
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.serial_pad import SerialPad
from devices.sentences import health_sentence
from devices.sim.pad import SimulatedPad
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from tests.devices.bench import FONT, QUICK, Listener, wait_until

SLIP = Slip((Text("一行"),))
STUCK_AFTER_S = 0.5


class Point:
    """A printer, a pad and a hub that loses its patience with drivers soon."""

    def __init__(self, folder: Path, typeface: Typeface) -> None:
        self.printer = SimulatedPrinter(read_profile("escpos-80"), PtyPort(folder / "printer"), typeface, 0)
        self.pad = SimulatedPad(PtyPort(folder / "pad"), time.monotonic)
        config = parse_devices(
            {
                "printer": {"profile": "escpos-80", "path": "printer", "baud": 115200},
                "pad": {"model": "pj06", "path": "pad"},
            },
            folder,
        )
        self.hub = Hub(config, FONT, time.monotonic, patience=QUICK, stuck_after_s=STUCK_AFTER_S)
        self.events = Listener(self.hub)
        for part in (self.printer, self.pad, self.hub):
            part.start()

    def state(self, device: Device) -> DeviceState:
        return self.hub.statuses()[device].state

    def is_ready(self) -> None:
        wait_until(lambda: self.state(Device.RECEIPT_PRINTER) is DeviceState.READY, "the printer is not ready")
        open_states = (DeviceState.UNKNOWN, DeviceState.READY)
        wait_until(lambda: self.state(Device.RATING_PAD) in open_states, "the pad is not open")

    def close(self) -> None:
        for part in (self.hub, self.printer, self.pad):
            part.close()


@pytest.fixture
def point(tmp_path: Path, typeface: Typeface) -> Iterator[Point]:
    made = Point(tmp_path, typeface)
    yield made
    made.close()


def test_fault_printer_driver_stands_still_and_is_given_up_and_nobody_else_notices(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    point.is_ready()
    goes_on, attempt = Event(), EscPosPrinter._attempt

    def stands_still(*arguments: object) -> Ending:
        goes_on.wait(60)
        return attempt(*arguments)  # type: ignore[arg-type]  # as they came

    with monkeypatch.context() as broken:
        broken.setattr(EscPosPrinter, "_attempt", stands_still)
        point.hub.printer.submit(PrintJob("r1", SLIP))
        assert point.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.STUCK)
        assert point.hub.statuses()[Device.RECEIPT_PRINTER].reason is Reason.STUCK
        assert "has stopped moving" in health_sentence(point.hub.health()[Device.RECEIPT_PRINTER])
        point.hub.printer.submit(PrintJob("r2", SLIP))
        assert point.hub.events.get(0.0) == JobEnded("r2", Outcome.NOT_STARTED, Reason.STUCK)
        point.hub.pad.open_window("w1", 30)
        wait_until(lambda: point.pad.face().is_asking, "the pad was not asked")
        time.sleep(0.4)  # in less nobody has read the prompt
        point.pad.press(1)
        assert isinstance(point.events.window_end("w1"), KeyPressed)
    goes_on.set()
    point.is_ready()  # it moves again, so it begins anew
    assert point.printer.pieces() == [], "a slip that was ended must not be printed later"
    point.hub.printer.submit(PrintJob("r3", SLIP))
    assert point.events.job_end("r3").outcome is Outcome.PRINTED
    assert [event for event in point.events.endings() if isinstance(event, JobEnded)] == [
        JobEnded("r1", Outcome.UNKNOWN, Reason.STUCK), JobEnded("r3", Outcome.PRINTED),
    ]  # fmt: skip


def test_fault_pad_driver_stands_still_and_closing_does_not_wait_and_ends_what_it_owes(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    point.is_ready()
    goes_on, came = Event(), Event()

    def stands_still(*_: object) -> None:
        came.set()
        goes_on.wait(60)

    monkeypatch.setattr(SerialPad, "_ask", stands_still)
    point.hub.pad.open_window("w1", 30)
    assert came.wait(10)
    began_s = time.monotonic()
    point.hub.close(timeout_s=0.3)
    took_s = time.monotonic() - began_s
    goes_on.set()
    assert took_s < 3  # the other device's thread and this machine's load, not the 60 s of the one that stands still
    point.events.rest()
    assert point.events.endings() == [WindowEnded("w1", WindowEnd.PAD_ABSENT)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # that it dies is the test
def test_fault_printer_driver_dies_and_gets_another_thread_and_ends_what_it_owed(
    point: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    point.is_ready()
    with monkeypatch.context() as broken:

        def dies(*_: object) -> None:
            raise SystemExit

        broken.setattr(EscPosPrinter, "_attempt", dies)
        point.hub.printer.submit(PrintJob("r1", SLIP))
        assert point.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.STUCK)
    point.events.status(DeviceState.READY)
    point.hub.printer.submit(PrintJob("r2", SLIP))
    assert point.events.job_end("r2").outcome is Outcome.PRINTED
    assert point.hub.health()[Device.RECEIPT_PRINTER].failed == 1


def test_a_line_that_takes_long_to_open_is_waited_for_and_what_was_asked_meanwhile_was_not_begun() -> None:
    queue, guard = guarded(8)
    answers = Event()

    def look_up_a_name() -> Line:
        answers.wait(5)
        raise LineNotOpened(Reason.NOT_CONNECTED, "no such name")

    driver = EscPosPrinter(read_profile("escpos-80"), Flow.NONE, Typeface(FONT), guard.publish, time.monotonic, QUICK)
    attendant = Attendant(driver, look_up_a_name, guard)
    attendant.start()
    PromisedPrinter(driver, guard).submit(PrintJob("r1", SLIP))
    time.sleep(2 * RETRY_DELAY_S_MIN)
    attendant.look_after(RETRY_DELAY_S_MIN)
    assert not guard.is_given_up
    answers.set()
    wait_until(lambda: not guard.owes_anything, "the job never ended")
    attendant.stop()
    attendant.join(5)
    assert JobEnded("r1", Outcome.NOT_STARTED, Reason.NOT_CONNECTED) in queue.drain()


def test_health_tells_since_when_what_was_heard_and_how_often_the_line_was_opened_again(point: Point) -> None:
    point.is_ready()
    point.printer.pull(unplug=True)
    point.events.status(DeviceState.ABSENT, Reason.UNPLUGGED)
    point.printer.pull(unplug=False)
    point.events.status(DeviceState.READY)
    printer, pad = point.hub.health()[Device.RECEIPT_PRINTER], point.hub.health()[Device.RATING_PAD]
    assert (printer.opened, printer.reopened, printer.lost, printer.failed) == (2, 1, 1, 0)
    assert printer.heard_s is not None
    assert printer.heard_s < 10
    assert (pad.opened, pad.reopened, pad.lost, pad.heard_s) == (1, 0, 0, None)
    assert pad.since_s > printer.since_s
    assert health_sentence(pad).endswith("it has never been heard.")


def test_what_was_asked_before_a_hub_that_never_started_is_closed_still_ends(tmp_path: Path) -> None:
    hub = Hub(parse_devices({"pad": {"model": "pj06", "path": "pad"}}, tmp_path), FONT, time.monotonic)
    hub.pad.open_window("w1", 30)
    hub.close()
    assert WindowEnded("w1", WindowEnd.STOPPED) in hub.events.drain()


def test_the_same_trouble_is_tried_more_and_more_seldom_up_to_half_a_second_and_another_one_at_once() -> None:
    backoff = Backoff()
    delays_s = [backoff.after(Reason.NOT_CONNECTED) for _ in range(6)]
    assert delays_s[:3] == [RETRY_DELAY_S_MIN, RETRY_DELAY_S_MIN * 2, RETRY_DELAY_S_MIN * 4]
    assert delays_s[-2:] == [RETRY_DELAY_S_MAX, RETRY_DELAY_S_MAX]
    assert backoff.after(Reason.UNPLUGGED) == RETRY_DELAY_S_MIN


class Mute:
    """A driver that takes everything and never ends anything."""

    words: tuple[KeyWord, ...] = ()

    def submit(self, job: PrintJob) -> None:
        """Take the job."""

    def resume(self, job_id: str) -> None:
        """Take the wish."""

    def give_up(self, job_id: str) -> None:
        """Take the wish."""

    def open_window(self, window_id: str, window_s: float, staff: str = "") -> None:
        """Take the window."""

    def close_window(self, window_id: str) -> None:
        """Take the wish."""


def guarded(limit: int) -> tuple[EventQueue, Guard]:
    queue = EventQueue(limit, lambda: None)
    return queue, Guard(DeviceStatus(Device.RECEIPT_PRINTER, DeviceState.READY), queue, time.monotonic)


def test_an_ending_that_was_never_asked_for_or_comes_twice_goes_no_further() -> None:
    queue, guard = guarded(8)
    printer = PromisedPrinter(Mute(), guard)
    guard.publish(JobEnded("r0", Outcome.PRINTED))
    printer.submit(PrintJob("r1", SLIP))
    guard.publish(JobEnded("r1", Outcome.PRINTED))
    guard.publish(JobEnded("r1", Outcome.UNKNOWN, Reason.STALLED))
    assert queue.drain() == [JobEnded("r1", Outcome.PRINTED)]


def test_a_key_that_is_nobodys_rating_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    _, guard = guarded(8)
    guard.publish(KeyPressed("case-1.7", 5, KeyWord.VERY_DISSATISFIED, 900))
    assert "not owed" in caplog.text
    assert KeyWord.VERY_DISSATISFIED not in caplog.text
    assert "case-1.7" not in caplog.text


def test_more_than_the_queue_can_hold_the_endings_of_is_refused_and_possible_again_when_they_are_taken() -> None:
    queue, guard = guarded(4)
    printer, pad = PromisedPrinter(Mute(), guard), PromisedPad(Mute(), guard)
    printer.submit(PrintJob("r1", SLIP))
    pad.open_window("w1", 30)
    guard.publish(JobEnded("r1", Outcome.PRINTED))
    with pytest.raises(TooManyJobs):
        printer.submit(PrintJob("r2", SLIP))
    with pytest.raises(WindowNotPossible):
        pad.open_window("w2", 30)
    queue.drain()
    printer.submit(PrintJob("r2", SLIP))
    with pytest.raises(JobAlreadySubmitted):
        printer.submit(PrintJob("r2", SLIP))
    with pytest.raises(WindowNotPossible):
        pad.open_window("w1", 30)


def test_a_request_that_the_driver_refuses_keeps_no_seat(point: Point) -> None:
    for _ in range(300):  # more than the queue has seats
        with pytest.raises(WindowNotPossible):
            point.hub.pad.open_window("w", 9999)
    point.hub.pad.open_window("w", 1)


def test_fault_pad_port_that_this_user_may_not_open_is_said_to_be_so(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port")
    port.plug()
    port.path.resolve().chmod(0)
    user = os.geteuid()
    if user == 0:  # may open everything
        os.seteuid(65_534)
    try:
        with pytest.raises(LineNotOpened) as refused:
            SerialLine(port.path, SerialSettings())
    finally:
        os.seteuid(user)
        port.unplug()
    assert refused.value.reason is Reason.NOT_PERMITTED

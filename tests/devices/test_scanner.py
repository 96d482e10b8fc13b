"""The scanner on the bench: every lever, plug and unplug in any order, a keyboard that nobody else hears."""

from __future__ import annotations

import errno
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devices.code_scanner.driver import ListeningScanner
from devices.code_scanner.events import CodeScanned, ScanFault, ScanTrouble
from devices.code_scanner.input_line import InputLine
from devices.code_scanner.keys import InputLayout
from devices.code_scanner.listening import CODES_MAX, CODES_MS, LASTING_MS, REPEAT_MS, TROUBLES_MAX, Listener
from devices.code_scanner.model import Framing, Suffix, read_scanner_model
from devices.line import DescriptorLine, LineGone, LineNotOpened
from devices.ports import Device, DeviceEvent, DeviceState, DeviceStatus, Reason
from tests.devices.bench import wait_until
from tests.devices.input_events import KEYPAD, LEFT_ALT, Recording, typed
from tests.devices.scanner_bench import ScannerBench

RECEIPT = "https://sunpoint.qingshan.example/r#" + "4" * 306
CARD = "A01-7Q2M-4X9K"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ScannerBench]:
    made = ScannerBench(tmp_path)
    made.start()
    yield made
    made.close()


def status(bench: ScannerBench) -> DeviceStatus:
    return bench.hub.statuses()[Device.CODE_SCANNER]


def is_ready(bench: ScannerBench) -> None:
    wait_until(lambda: status(bench).state is DeviceState.READY, "the scanner is not ready")


def test_what_is_held_before_the_scanner_arrives_once_and_whole(bench: ScannerBench) -> None:
    assert status(bench) == DeviceStatus(Device.CODE_SCANNER, DeviceState.UNKNOWN, Reason.NEVER_ANSWERED)
    assert bench.answer(RECEIPT) == CodeScanned(RECEIPT)
    assert bench.answer(CARD) == CodeScanned(CARD)
    is_ready(bench)


def test_what_was_scanned_before_anybody_listened_is_for_nobody(tmp_path: Path) -> None:
    bench = ScannerBench(tmp_path)
    bench.scanner.start()
    bench.scanner.scan(CARD)
    wait_until(lambda: bench.scanner.sent == 1, "nothing was sent")
    bench.hub.start()
    bench.listens()
    assert bench.answer(RECEIPT) == CodeScanned(RECEIPT)
    bench.close()


def test_a_code_that_had_begun_before_anybody_listened_is_no_code(tmp_path: Path) -> None:
    bench = ScannerBench(tmp_path)
    bench.line.plug()
    sends = Event()

    def send() -> None:
        while not sends.wait(0.01):
            bench.line.write(b"7")
        bench.line.write(b"-rest\r")

    sending = Thread(target=send)
    sending.start()
    bench.hub.start()
    wait_until(lambda: bench.hub.health()[Device.CODE_SCANNER].opened > 0, "the line was never opened")
    sends.set()
    sending.join()
    bench.listens()
    bench.scanner.start()
    assert bench.answer(RECEIPT) == CodeScanned(RECEIPT)
    assert bench.codes() == [RECEIPT]
    bench.close()


# --- the rules, with a clock that a test moves ------------------------------------------------------------------------


def test_a_code_counts_again_after_it_was_taken_away() -> None:
    listener = Listener(read_scanner_model("serial"), InputLayout.native())
    data = CARD.encode() + b"\r"
    told = [at_ms for at_ms in range(0, 5_000, 300) if listener.feed(data, at_ms)]
    assert told == [0]
    assert listener.feed(data, 4_800 + REPEAT_MS - 1) == []
    assert listener.feed(data, 4_800 + REPEAT_MS - 1 + REPEAT_MS) == [CodeScanned(CARD)]


def test_nothing_of_a_code_is_kept_once_it_was_told() -> None:
    listener = Listener(read_scanner_model("serial"), InputLayout.native())
    assert listener.feed(CARD.encode() + b"\r", 0) == [CodeScanned(CARD)]
    assert CARD not in pickle.dumps(listener, protocol=0).decode("latin-1")


def test_fault_scanner_three_in_a_row_that_are_no_codes() -> None:
    listener = Listener(read_scanner_model("serial"), InputLayout.native())
    told = [listener.feed(b"\xff\xfe\r", at * REPEAT_MS) for at in range(TROUBLES_MAX + 2)]
    assert told == [[ScanTrouble(ScanFault.NOT_TEXT)]] * TROUBLES_MAX + [[], []]
    assert listener.state() == (DeviceState.FAULT, Reason.NOT_UNDERSTOOD)
    listener.feed(b"A01\r", 60_000)
    assert listener.state() == (DeviceState.READY, Reason.NONE)


def test_fault_scanner_says_more_than_anybody_scans() -> None:
    listener = Listener(read_scanner_model("serial"), InputLayout.native())

    def say(code: str, now_ms: int) -> list[CodeScanned | ScanTrouble]:
        return listener.feed(f"{code}\r".encode(), now_ms)

    told = [len(say(f"$GPGGA,{at}", at * 100)) for at in range(100)]
    assert told == [1] * CODES_MAX + [0] * (100 - CODES_MAX)
    assert listener.state() == (DeviceState.FAULT, Reason.NOT_UNDERSTOOD)
    assert say("a receipt", 9_900 + CODES_MS) == [CodeScanned("a receipt")]
    assert listener.state() == (DeviceState.READY, Reason.NONE)


def test_fault_scanner_garbage_without_end() -> None:
    listener = Listener(read_scanner_model("serial"), InputLayout.native())
    told = [event for at_ms in range(0, LASTING_MS + 2_000, 20) for event in listener.feed(b"U" * 100, at_ms)]
    assert told == [ScanTrouble(ScanFault.TOO_LONG)]
    assert listener.state() == (DeviceState.FAULT, Reason.NOT_UNDERSTOOD)


def test_fault_scanner_alt_codes() -> None:
    recording = Recording()
    recording.key(LEFT_ALT, 1)
    for digit in "065":
        recording.stroke(KEYPAD[digit])
    recording.key(LEFT_ALT, 0)
    listener = Listener(read_scanner_model("keyboard"), InputLayout.BITS_64)
    assert listener.feed(recording.types("", end=28), 0) == [ScanTrouble(ScanFault.ALT_CODES)]
    assert listener.state() == (DeviceState.FAULT, Reason.ALT_CODES)
    assert listener.feed(typed(CARD), 5_000) == [CodeScanned(CARD)]
    assert listener.state() == (DeviceState.READY, Reason.NONE)


class Plugging(RuleBasedStateMachine):
    """A scanner that sends pieces, falls silent, is unplugged, in any order; time passes by the rules only."""

    def __init__(self) -> None:
        super().__init__()
        self.listener = Listener(read_scanner_model("serial"), InputLayout.native())
        self.now_ms = 0
        self.pending = ""
        self.expected: list[str] = []
        self.got: list[str] = []

    def feed(self, data: bytes) -> None:
        events = self.listener.feed(data, self.now_ms)
        self.got += [event.text for event in events if isinstance(event, CodeScanned)]

    @rule(digits=st.text("0123456789", min_size=1, max_size=40))
    def sends_a_piece(self, digits: str) -> None:
        self.now_ms += 1
        self.feed(digits.encode())
        self.pending += digits

    @precondition(lambda self: bool(self.pending))
    @rule()
    def ends_it(self) -> None:
        # Every code is another one, so that none is taken for the same that still lies there.
        tail = f"-{len(self.expected)}-{self.now_ms}"
        self.feed(tail.encode() + b"\r")
        whole = self.pending + tail
        if len(whole) <= 512:
            self.expected.append(whole)
        self.pending = ""
        self.now_ms += CODES_MS // CODES_MAX  # nobody holds the next paper there sooner

    @rule()
    def falls_silent(self) -> None:
        self.now_ms += 5_000
        self.feed(b"")
        self.pending = ""

    @rule()
    def is_unplugged_and_comes_back(self) -> None:
        self.listener = Listener(read_scanner_model("serial"), InputLayout.native())
        self.now_ms += 250
        self.pending = ""

    @invariant()
    def only_whole_codes_arrive_each_once(self) -> None:
        assert self.got == self.expected
        assert self.listener.held_bytes <= 514


Plugging.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
test_plug_and_unplug_in_any_order = Plugging.TestCase


# --- a keyboard that nobody else hears --------------------------------------------------------------------------------


class Pipe(DescriptorLine):
    """Recorded events, as the kernel would hand them over; closing the other end is an unplugging."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        super().__init__(descriptor)

    def is_current(self) -> bool:
        return True

    def close(self) -> None:
        os.close(self._descriptor)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_recorded_keys_reach_the_kiosk_as_one_code_and_an_unplugged_keyboard_is_gone() -> None:
    heard_events: list[DeviceEvent] = []
    scanner = ListeningScanner(read_scanner_model("keyboard"), heard_events.append, time.monotonic, InputLayout.BITS_64)
    reading, writing = os.pipe()
    os.write(writing, typed("of the time before"))
    recorded = typed(RECEIPT)
    line = Pipe(reading)

    def is_stopping() -> bool:
        nonlocal recorded
        if not any(isinstance(event, DeviceStatus) and event.state is DeviceState.READY for event in heard_events):
            return False  # it lets pass what was begun before
        if recorded:
            recorded = recorded[os.write(writing, recorded[:1000]) :]
        elif CodeScanned(RECEIPT) in heard_events:
            os.close(writing)
        return False

    with pytest.raises(LineGone):
        scanner.attend(line, is_stopping)
    line.close()
    assert [event for event in heard_events if isinstance(event, CodeScanned)] == [CodeScanned(RECEIPT)]
    states = [event.state for event in heard_events if isinstance(event, DeviceStatus)]
    assert states[-1] is DeviceState.READY


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EBUSY, Reason.HELD_BY_ANOTHER_PROGRAM),
        (errno.EACCES, Reason.NOT_PERMITTED),
        (errno.ENODEV, Reason.NOT_CONNECTED),
        (errno.ENOTTY, Reason.DEVICE_ERROR),
    ],
)
def test_fault_scanner_keyboard_that_cannot_be_taken(tmp_path: Path, number: int, reason: Reason) -> None:
    path = tmp_path / "event0"
    path.touch()

    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    before = open_files()
    with pytest.raises(LineNotOpened) as refused:
        InputLine(path, refuse)
    assert refused.value.reason is reason
    assert open_files() == before


def test_what_is_no_input_device_is_not_listened_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LineNotOpened) as refused:
        InputLine(tmp_path / "file")
    assert refused.value.reason is Reason.DEVICE_ERROR
    with pytest.raises(LineNotOpened) as refused:
        InputLine(tmp_path / "none")
    assert refused.value.reason is Reason.NOT_CONNECTED


def test_silence_ends_a_code_also_on_a_real_line(tmp_path: Path) -> None:
    bench = ScannerBench(tmp_path, Framing(suffix=Suffix.NONE, quiet_ms=60))
    bench.start()
    assert bench.answer(CARD) == CodeScanned(CARD)
    bench.close()

"""The hub: opening by path, absence, other programs, one bounded queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.config import DevicesConfig, parse_devices
from devices.event_queue import EventQueue
from devices.font_file import FontUnusable, tables_of
from devices.hub import Hub
from devices.id_reader.events import ReadingEnd, ReadingEnded
from devices.line import LineGone, LineNotOpened, SerialLine, SerialSettings
from devices.mailbox import Mailbox
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    DeviceStatus,
    JobEnded,
    KeyPressed,
    Outcome,
    PrintJob,
    Reason,
    Stray,
    StrayKey,
    WindowEnd,
    WindowEnded,
)
from devices.printer.document import Slip, Text
from devices.printer.driver import EscPosPrinter
from devices.printer_lines import FileLine
from devices.rating_pad.key_word import KeyWord
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from tests.devices.bench import FONT, Listener, PrinterBench, wait_until

SLIP = Slip((Text("一行"),))


def test_fault_printer_not_fitted_says_so_at_once() -> None:
    hub = Hub(DevicesConfig(), FONT, time.monotonic)
    hub.start()
    hub.printer.submit(PrintJob("r1", SLIP))
    hub.pad.open_window("w1", 30)
    hub.pad.close_window("w1")
    hub.reader.begin("c1", 30)
    hub.reader.end("c1")
    assert hub.events.drain() == [
        JobEnded("r1", Outcome.NOT_STARTED, Reason.NOT_CONFIGURED),
        WindowEnded("w1", WindowEnd.PAD_ABSENT),
        ReadingEnded("c1", ReadingEnd.READER_ABSENT),
    ]
    assert {status.state for status in hub.statuses().values()} == {DeviceState.ABSENT}
    hub.close()


def test_a_path_with_nothing_behind_it_is_absent(tmp_path: Path) -> None:
    hub = Hub(parse_devices({"pad": {"model": "pj06", "path": "nothing"}}, tmp_path), FONT, time.monotonic)
    hub.start()
    assert Listener(hub).status(DeviceState.ABSENT).reason is Reason.NOT_CONNECTED
    hub.close()


def test_a_file_that_is_no_serial_port_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "pad").write_bytes(b"")
    hub = Hub(parse_devices({"pad": {"model": "pj06", "path": "pad"}}, tmp_path), FONT, time.monotonic)
    hub.start()
    assert Listener(hub).status(DeviceState.FAULT).reason is Reason.DEVICE_ERROR
    hub.close()


def test_fault_printer_port_held_by_another_program_is_taken_when_free(printer_bench: PrinterBench) -> None:
    printer_bench.is_ready()
    second = Hub(
        parse_devices({"printer": {"profile": "escpos-80", "path": str(printer_bench.path)}}, Path()),
        FONT,
        time.monotonic,
    )
    second.start()
    events = Listener(second)
    assert events.status(DeviceState.FAULT).reason is Reason.HELD_BY_ANOTHER_PROGRAM
    second.printer.submit(PrintJob("r1", SLIP))
    assert events.job_end("r1") == JobEnded("r1", Outcome.NOT_STARTED, Reason.HELD_BY_ANOTHER_PROGRAM)
    printer_bench.hub.close()
    events.status(DeviceState.READY)
    second.close()


def test_a_link_that_leads_to_another_port_is_followed(printer_bench: PrinterBench, tmp_path: Path) -> None:
    printer_bench.is_ready()
    other = PtyPort(tmp_path / "other")
    other.plug()
    target = other.path.readlink()
    printer_bench.path.unlink()
    printer_bench.path.symlink_to(target)
    printer_bench.events.status(DeviceState.ABSENT, Reason.UNPLUGGED)
    printer_bench.events.status(DeviceState.UNKNOWN, Reason.NEVER_ANSWERED)
    other.unplug()


def test_a_printer_behind_a_plain_file_gets_its_bytes_and_is_unknown(tmp_path: Path) -> None:
    section = {"printer": {"profile": "escpos-58-silent", "path": "file:out.bin"}}
    hub = Hub(parse_devices(section, tmp_path), FONT, time.monotonic)
    hub.start()
    hub.printer.submit(PrintJob("r1", SLIP))
    assert Listener(hub).job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.CANNOT_TELL)
    hub.close()
    assert "一行\n".encode("gbk") in (tmp_path / "out.bin").read_bytes()


def test_a_file_is_held_by_one_program_only(tmp_path: Path) -> None:
    first = FileLine(tmp_path / "out.bin", collects=True)
    with pytest.raises(LineNotOpened) as refused:
        FileLine(tmp_path / "out.bin", collects=True)
    assert refused.value.reason is Reason.HELD_BY_ANOTHER_PROGRAM
    first.close()


def test_a_file_that_always_says_that_there_is_something_to_read_keeps_nobody_busy() -> None:
    line = FileLine(Path("/dev/null"))
    mailbox: Mailbox[str] = Mailbox(1)
    end_s, looks = time.monotonic() + 0.3, 0
    while time.monotonic() < end_s:
        line.wait(0.5)
        assert line.read() == b""
        looks += 1
    assert looks < 20
    mailbox.put("asked")
    asked_s = time.monotonic()
    line.wait(0.5, mailbox.fileno())
    assert time.monotonic() - asked_s < 0.04  # whoever asks something is heard at once
    mailbox.close()
    line.close()


def test_a_line_that_hangs_up_is_gone_for_reading_and_writing(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port")
    port.plug()
    line = SerialLine(port.path, SerialSettings(9600))
    assert line.read() == b""
    assert port.baud() == 9600
    port.unplug()
    with pytest.raises(LineGone):
        line.read()
    with pytest.raises(LineGone):
        line.write(b"x", 0.1)
    line.close()


def test_status_events_are_told_only_when_something_changes(printer_bench: PrinterBench) -> None:
    printer_bench.is_ready()
    time.sleep(0.5)  # several looks at an idle printer
    statuses = [event for event in printer_bench.events.rest() if isinstance(event, DeviceStatus)]
    assert [status.state for status in statuses] == [DeviceState.READY]


def test_closing_twice_and_before_starting_is_harmless(tmp_path: Path) -> None:
    hub = Hub(parse_devices({"pad": {"model": "pj06", "path": "nothing"}}, tmp_path), FONT, time.monotonic)
    hub.close()
    hub.close()
    assert hub.events.drain() == []


def test_the_kiosk_is_called_after_every_event() -> None:
    calls: list[int] = []
    queue = EventQueue(4, lambda: calls.append(1))
    queue.put(JobEnded("r1", Outcome.PRINTED))
    assert calls == [1]


STATUS = DeviceStatus(Device.RATING_PAD, DeviceState.READY)
PRECIOUS: tuple[DeviceEvent, ...] = (
    JobEnded("r1", Outcome.PRINTED),
    KeyPressed("w1", 1, KeyWord.VERY_SATISFIED, 900),
    WindowEnded("w2", WindowEnd.TIMED_OUT),
)


def test_a_full_queue_drops_statuses_then_strays_and_never_an_ending() -> None:
    queue = EventQueue(3, lambda: None)
    for event in (STATUS, StrayKey(Stray.NOISE, 1, "w1"), *PRECIOUS):
        queue.put(event)
    assert queue.drain() == list(PRECIOUS)
    for event in PRECIOUS * 3:
        queue.put(event)
    queue.put(STATUS)
    assert queue.drain() == list(PRECIOUS * 3)


def test_noise_that_goes_on_is_one_event_with_a_count() -> None:
    queue = EventQueue(3, lambda: None)
    for _ in range(1000):
        queue.put(StrayKey(Stray.NOISE, 2, "w1"))
    assert queue.drain() == [StrayKey(Stray.NOISE, 2000, "w1")]


def test_waiting_for_an_event_ends_by_itself() -> None:
    assert EventQueue(3, lambda: None).get(0.01) is None


def test_a_font_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "font.otf").write_bytes(b"no font")
    with pytest.raises(FontUnusable):
        Typeface(tmp_path / "font.otf")
    with pytest.raises(FontUnusable):
        Typeface(tmp_path / "nothing.otf")


@pytest.fixture
def torn_fonts(tmp_path: Path) -> dict[str, Path]:
    """Copies of the house font, each damaged in a way of its own."""
    whole = FONT.read_bytes()
    tables = tables_of(FONT)
    torn = {
        "cut in half": whole[: len(whole) // 2],
        "cut within its head": whole[:20],
        "without a list of characters": whole.replace(b"cmap", b"cmaq", 1),
        "with a list that is nonsense": _overwritten(whole, tables["cmap"], b"\xff"),
        "without outlines": _overwritten(whole, tables.get("CFF ") or tables["glyf"], b"\0"),
    }
    paths = {how: tmp_path / f"torn-{at}.otf" for at, how in enumerate(torn)}
    for how, path in paths.items():
        path.write_bytes(torn[how])
    return paths


def _overwritten(font: bytes, table: tuple[int, int], byte: bytes) -> bytes:
    start, length = table
    return font[:start] + byte * length + font[start + length :]


@pytest.mark.parametrize(
    "how",
    [
        "cut in half",
        "cut within its head",
        "without a list of characters",
        "with a list that is nonsense",
        "without outlines",
    ],
)
def test_a_damaged_font_is_refused_by_name_whatever_is_damaged_in_it(torn_fonts: dict[str, Path], how: str) -> None:
    path = torn_fonts[how]
    with pytest.raises(FontUnusable, match=path.name):
        _check(path)


def _check(path: Path) -> None:
    Typeface(path).check()


def test_a_font_that_does_not_say_which_characters_it_has_is_refused_when_asked(torn_fonts: dict[str, Path]) -> None:
    with pytest.raises(FontUnusable, match="which characters"):
        Typeface(torn_fonts["without a list of characters"]).has("国")


def test_fault_printer_font_damaged_is_said_with_one_line_in_the_log(
    make_printer_bench: Callable[..., PrinterBench], torn_fonts: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make_printer_bench("escpos-80", font=torn_fonts["without outlines"])
    bench.events.status(DeviceState.FAULT, Reason.FONT_UNUSABLE)
    end = bench.print("r1", SLIP)
    assert (end.outcome, end.reason) == (Outcome.NOT_STARTED, Reason.FONT_UNUSABLE)
    time.sleep(2.5)  # several tries
    bench.events.rest()
    states = [event.state for event in bench.events.seen if isinstance(event, DeviceStatus)]
    assert states == [DeviceState.FAULT], "it must not flicker"
    assert len(caplog.records) == 1
    assert "Traceback" not in caplog.text


def test_a_driver_that_fails_again_and_again_writes_one_traceback_and_serves_when_it_can(
    printer_bench: PrinterBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    printer_bench.is_ready()

    def fails(*_: object) -> None:
        raise ZeroDivisionError("unforeseen")

    with monkeypatch.context() as broken:
        broken.setattr(EscPosPrinter, "_look", fails)
        printer_bench.events.status(DeviceState.FAULT, Reason.DEVICE_ERROR)
        time.sleep(2.5)  # several tries
        assert caplog.text.count("Traceback") == 1
    printer_bench.is_ready()


def test_unplugging_again_and_again_loses_no_thread(printer_bench: PrinterBench) -> None:
    for _ in range(5):
        printer_bench.printer.pull(unplug=True)
        wait_until(
            lambda: printer_bench.hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.ABSENT, "not absent"
        )
        printer_bench.printer.pull(unplug=False)
        printer_bench.is_ready()
    assert printer_bench.print("r1", SLIP).outcome is Outcome.PRINTED

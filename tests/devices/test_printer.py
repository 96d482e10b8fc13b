"""The printer's driver against the simulated printer: what is on the paper, and what is said about it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import zxingcpp
from msgspec.structs import replace

from devices.line import SerialLine, SerialSettings
from devices.ports import (
    Device,
    DeviceState,
    JobAlreadySubmitted,
    JobEnded,
    Outcome,
    Paper,
    PrintJob,
    Reason,
    TooManyJobs,
)
from devices.printer.document import Align, Cut, Pair, Qr, Rule, Size, Slip, Text
from devices.printer.driver import JOBS_MAX
from devices.printer.encoder import encode
from devices.sim.paper import MARGIN_DOTS
from devices.sim.printer import BUFFER_BYTES
from devices.typeface import Typeface
from tests.devices.bench import QUICK, PrinterBench, open_picture, wait_until

QR_TEXT = "https://banshi.example.cn/r#" + "0123456789" * 8
RECEIPT = Slip(
    (
        Text("柳溪村便民服务点", bold=True, align=Align.CENTRE),
        Text("代办收件回执", Size.LARGE, bold=True, align=Align.CENTRE),
        Rule(),
        Pair("事项", "高龄津贴申请"),
        Pair("申请人", "李＊兰"),
        Qr(QR_TEXT),
        Text("监督电话 12345"),
        Cut(),
    )
)
RECEIPT_TEXT = "柳溪村便民服务点\n代办收件回执\n事项   高龄津贴申请\n申请人 李＊兰\n监督电话 12345"
SHORT = Slip((Text("一行"), Cut()))
LONG = Slip((*(Text(f"第{number}行") for number in range(60)), Cut()))
PROFILES = ("escpos-58", "escpos-80")
MakeBench = Callable[..., PrinterBench]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_receipt_is_on_the_paper_word_for_word_and_said_to_be_printed(
    make_printer_bench: MakeBench, profile: str
) -> None:
    bench = make_printer_bench(profile)
    assert bench.print("r1", RECEIPT) == JobEnded("r1", Outcome.PRINTED)
    assert bench.text() == RECEIPT_TEXT


@pytest.mark.parametrize("profile", PROFILES)
def test_a_telephone_reads_the_qr_code_from_the_paper(make_printer_bench: MakeBench, profile: str) -> None:
    bench = make_printer_bench(profile)
    bench.print("r1", RECEIPT)
    (found,) = zxingcpp.read_barcodes(open_picture(bench.paper()[0]))
    assert found.text == QR_TEXT


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(4))
def test_a_telephone_reads_the_code_of_a_whole_receipt(make_printer_bench: MakeBench, profile: str, seed: int) -> None:
    """A signed token of 127 bytes has 306 digits; the narrow paper has 384 dots."""
    digits = str(int.from_bytes(random.Random(seed).randbytes(127), "big")).zfill(306)
    code = f"https://sunpoint.qingshan.example/r#{digits}"
    bench = make_printer_bench(profile)
    bench.print("r1", Slip((Qr(code), Cut())))
    (found,) = zxingcpp.read_barcodes(open_picture(bench.paper()[0]))
    assert found.text == code


def test_the_paper_has_the_bytes_it_was_made_from(printer_bench: PrinterBench, typeface: Typeface) -> None:
    printer_bench.print("r1", RECEIPT)
    assert printer_bench.paper()[0].raw == encode(RECEIPT, printer_bench.profile, typeface).data


def test_bytes_that_are_encoded_already_are_printed_as_they_are(printer_bench: PrinterBench) -> None:
    data = b"\x1b\x40\x1c\x26" + "原样\n".encode("gb18030") + b"\x1d\x56\x00"
    assert printer_bench.print("b1", data).outcome is Outcome.PRINTED
    assert printer_bench.text() == "原样"


def test_a_rare_name_is_drawn_where_its_letters_would_stand(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-58")
    assert bench.print("r1", Slip((Text("申请人 李㛃𬱖"),))).outcome is Outcome.PRINTED
    picture = open_picture(bench.paper()[0])
    head = picture.crop((MARGIN_DOTS, MARGIN_DOTS // 2, MARGIN_DOTS + 384, MARGIN_DOTS // 2 + 24))
    inked = [any(head.getpixel((x, y)) == 0 for y in range(24)) for x in range(384)]
    name_end = (3 * 2 + 1 + 3 * 2) * 12
    assert all(any(inked[cell : cell + 24]) for cell in (0, 24, 48, 84, 108, 132))
    assert not any(inked[72:84])
    assert not any(inked[name_end:])


def test_fault_printer_font_damaged_at_a_character_costs_its_slip_and_no_other(
    printer_bench: PrinterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer_bench.is_ready()

    def no_outline(*_: object, **__: object) -> None:
        raise OSError("invalid outline")

    with monkeypatch.context() as damaged:
        damaged.setattr("devices.printer.raster._glyph", no_outline)
        end = printer_bench.print("rare", Slip((Text("𰻝"),)))
        assert (end.outcome, end.reason) == (Outcome.NOT_STARTED, Reason.FONT_UNUSABLE)
        assert printer_bench.print("plain", Slip((Text("一行"),))).outcome is Outcome.PRINTED
    assert printer_bench.text() == "一行"


def test_two_slips_come_out_as_two_papers(printer_bench: PrinterBench) -> None:
    printer_bench.hub.printer.submit(PrintJob("a", SHORT))
    printer_bench.hub.printer.submit(PrintJob("b", RECEIPT))
    assert printer_bench.events.job_end("b").outcome is Outcome.PRINTED
    assert [piece.text for piece in printer_bench.paper()] == ["一行", RECEIPT_TEXT]


def test_the_same_job_twice_is_refused(printer_bench: PrinterBench) -> None:
    printer_bench.print("r1", SHORT)
    with pytest.raises(JobAlreadySubmitted):
        printer_bench.hub.printer.submit(PrintJob("r1", SHORT))
    assert len(printer_bench.paper()) == 1


def test_more_jobs_than_the_queue_holds_are_refused_at_once(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=100)
    bench.begin("long", LONG)
    for number in range(JOBS_MAX):
        bench.hub.printer.submit(PrintJob(str(number), SHORT))
    with pytest.raises(TooManyJobs):
        bench.hub.printer.submit(PrintJob("one too many", SHORT))


def test_paper_out_before_the_job_means_not_started_and_nothing_prints_later(printer_bench: PrinterBench) -> None:
    printer_bench.printer.pull(paper_out=True)
    assert printer_bench.print("r1", SHORT) == JobEnded("r1", Outcome.NOT_STARTED, Reason.PAPER_OUT)
    printer_bench.printer.pull(paper_out=False)
    printer_bench.is_ready()
    assert printer_bench.paper() == []


def test_an_open_cover_means_not_started(printer_bench: PrinterBench) -> None:
    printer_bench.printer.pull(cover_open=True)
    assert printer_bench.print("r1", SHORT) == JobEnded("r1", Outcome.NOT_STARTED, Reason.COVER_OPEN)


def test_a_stuck_knife_means_not_started(printer_bench: PrinterBench) -> None:
    printer_bench.printer.pull(cutter_jam=True)
    assert printer_bench.print("r1", SHORT) == JobEnded("r1", Outcome.NOT_STARTED, Reason.CUTTER)


def test_little_paper_is_said_and_still_prints(printer_bench: PrinterBench) -> None:
    printer_bench.printer.pull(near_end=True)
    assert printer_bench.print("r1", SHORT).outcome is Outcome.PRINTED
    assert printer_bench.events.status(DeviceState.READY).paper is Paper.NEAR_END


def test_fault_printer_without_power_means_not_started_and_unknown(printer_bench: PrinterBench) -> None:
    printer_bench.is_ready()
    printer_bench.printer.pull(dead=True)
    assert printer_bench.print("r1", SHORT) == JobEnded("r1", Outcome.NOT_STARTED, Reason.NO_ANSWER)
    printer_status = printer_bench.hub.statuses()[Device.RECEIPT_PRINTER]
    assert (printer_status.state, printer_status.reason) == (DeviceState.UNKNOWN, Reason.NO_ANSWER)
    printer_bench.printer.pull(dead=False)
    printer_bench.is_ready()
    assert printer_bench.paper() == []


def test_a_printer_that_never_answered_is_unknown_not_ready(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80")
    bench.printer.pull(dead=True)
    bench.events.status(DeviceState.UNKNOWN)


def test_fault_printer_power_lost_in_the_middle_is_unknown(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=200)
    bench.begin("r1", LONG)
    bench.printer.pull(dead=True)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.NO_ANSWER)


def test_a_printer_that_gives_no_status_is_never_said_to_have_printed(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-58-silent")
    bench.events.status(DeviceState.UNKNOWN, Reason.CANNOT_TELL)
    assert bench.print("r1", RECEIPT) == JobEnded("r1", Outcome.UNKNOWN, Reason.CANNOT_TELL)
    wait_until(lambda: bench.text() == RECEIPT_TEXT, "the receipt never came")


def test_fault_printer_absent_ends_a_job_at_once_and_prints_nothing_when_it_comes(
    make_printer_bench: MakeBench,
) -> None:
    bench = make_printer_bench("escpos-80")
    bench.printer.pull(unplug=True)
    bench.events.status(DeviceState.ABSENT)
    assert bench.print("r1", SHORT).outcome is Outcome.NOT_STARTED
    bench.printer.pull(unplug=False)
    bench.is_ready()
    assert bench.paper() == []
    assert bench.print("r2", SHORT).outcome is Outcome.PRINTED


def test_fault_printer_unplugged_in_the_middle_is_unknown_and_the_next_slip_is_whole(
    make_printer_bench: MakeBench,
) -> None:
    bench = make_printer_bench("escpos-58", speed_mm_s=100)
    picture = Slip((Text("开头"), Qr("7" * 400), Text("结尾")))
    bench.begin("r1", picture)
    bench.printer.pull(unplug=True)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.UNPLUGGED)
    bench.printer.pull(unplug=False)
    bench.is_ready()
    assert bench.print("r2", RECEIPT).outcome is Outcome.PRINTED
    papers = bench.paper()
    assert "结尾" not in papers[0].text
    assert papers[-1].text == RECEIPT_TEXT
    (found,) = zxingcpp.read_barcodes(open_picture(papers[-1]))
    assert found.text == QR_TEXT


def test_unplugged_in_a_picture_the_next_slip_is_whole_on_a_printer_that_never_answers(
    make_printer_bench: MakeBench,
) -> None:
    bench = make_printer_bench("escpos-58-silent", speed_mm_s=100)
    bench.hub.printer.submit(PrintJob("r1", Slip((Text("开头"), Qr("7" * 400), Text("结尾")))))
    wait_until(lambda: bool(bench.printer.pieces()) and bench.printer.is_reading_a_command(), "no picture began")
    bench.printer.pull(unplug=True)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.UNPLUGGED)
    bench.printer.pull(unplug=False)
    bench.events.status(DeviceState.UNKNOWN, Reason.CANNOT_TELL)
    bench.print("r2", RECEIPT)
    wait_until(lambda: bench.text().endswith(RECEIPT_TEXT), "the next slip never came")


def test_a_slow_printer_that_says_it_is_well_has_printed(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=1000)
    bench.printer.pull(slow=True)
    assert bench.print("r1", RECEIPT).outcome is Outcome.PRINTED
    assert bench.printer.is_idle()


def test_fault_printer_takes_no_more_bytes_and_the_job_ends_as_unknown(make_printer_bench: MakeBench) -> None:
    patience = replace(QUICK, stall_s=0.3)
    bench = make_printer_bench("escpos-58-silent", patience=patience)
    bench.printer.pull(cover_open=True)
    endless = b"\x1b\x40" + b"0" * 400_000
    ended = bench.print("r1", endless)
    assert (ended.outcome, ended.reason) == (Outcome.UNKNOWN, Reason.STALLED)
    bench.printer.pull(cover_open=False)
    assert bench.print("r2", SHORT).outcome is Outcome.UNKNOWN
    wait_until(lambda: "一行" in bench.text(), "the next slip never came")
    assert len(bench.paper()[0].raw) < 4 * BUFFER_BYTES  # what the system held was not sent later


def test_a_slip_that_cannot_be_printed_does_not_disturb_the_next(printer_bench: PrinterBench) -> None:
    impossible = Slip((Qr("x" * 5000),))
    assert printer_bench.print("r1", impossible) == JobEnded("r1", Outcome.NOT_STARTED, Reason.CANNOT_PRINT_THIS)
    assert printer_bench.print("r2", SHORT).outcome is Outcome.PRINTED


def test_fault_printer_busy_for_too_long_prints_nothing_late(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=300)
    bench.is_ready()
    bench.hub.printer.submit(PrintJob("long", LONG))
    bench.hub.printer.submit(PrintJob("late", SHORT, start_within_s=0.05))
    assert bench.events.job_end("late") == JobEnded("late", Outcome.NOT_STARTED, Reason.WAITED_TOO_LONG)
    assert "一行" not in bench.text()


def test_fault_printer_program_ends_and_ends_what_is_printing_and_what_waits(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=50)
    bench.begin("a", LONG)
    bench.hub.printer.submit(PrintJob("b", SHORT))
    bench.hub.close()
    bench.events.rest()
    assert bench.events.endings() == [
        JobEnded("a", Outcome.UNKNOWN, Reason.STOPPED),
        JobEnded("b", Outcome.NOT_STARTED, Reason.STOPPED),
    ]


def test_every_job_ends_exactly_once_whatever_happens(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80")
    for number in range(6):
        bench.hub.printer.submit(PrintJob(str(number), SHORT))
        bench.printer.pull(unplug=number % 2 == 0)
    bench.printer.pull(unplug=False)
    bench.is_ready()
    bench.print("last", SHORT)
    bench.hub.close()
    bench.events.rest()
    ended = [event.job_id for event in bench.events.endings() if isinstance(event, JobEnded)]
    assert sorted(ended) == ["0", "1", "2", "3", "4", "5", "last"]


def test_fault_printer_program_killed_in_a_slip_does_not_swallow_the_next(
    make_printer_bench: MakeBench, typeface: Typeface
) -> None:
    bench = make_printer_bench("escpos-58", running=False)
    line = SerialLine(bench.path, SerialSettings(115200))
    picture = next(piece for piece in encode(RECEIPT, bench.profile, typeface).pieces if len(piece) > 500)
    assert line.write(picture[:200], 1.0) == 200
    wait_until(bench.printer.is_reading_a_command, "the picture never arrived")
    line.close()
    bench.hub.start()
    bench.is_ready()
    assert bench.print("r1", RECEIPT).outcome is Outcome.PRINTED
    assert bench.paper()[-1].text == RECEIPT_TEXT

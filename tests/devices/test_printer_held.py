"""A slip that stands still in the middle: what goes on, what ends, and what must not come out for the next visitor."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from devices.ports import Device, DeviceState, JobEnded, JobHeld, Outcome, Paper, PrintJob, Reason
from devices.printer.document import Cut, Slip, Text
from tests.devices.bench import QUICK, PrinterBench, wait_until

LONG = Slip((*(Text(f"第{number}行") for number in range(36)), Cut()))
LONG_TEXT = "\n".join(f"第{number}行" for number in range(36))
SHORT = Slip((Text("下一位"), Cut()))
MakeBench = Callable[..., PrinterBench]


def out_of_paper_in_the_middle(bench: PrinterBench, job: str = "r1", **options: float) -> None:
    bench.is_ready()
    bench.printer.pull(lines_left=20)
    bench.hub.printer.submit(PrintJob(job, LONG, **options))


def words(bench: PrinterBench) -> str:
    """All words on all papers, without empty lines."""
    return "\n".join(line for line in bench.text().splitlines() if line)


def test_fault_printer_paper_out_in_the_middle_waits_and_goes_on_with_new_paper(make_printer_bench: MakeBench) -> None:
    printer_bench = make_printer_bench("escpos-80", speed_mm_s=200)
    out_of_paper_in_the_middle(printer_bench)
    printer_bench.held("r1", Reason.PAPER_OUT)
    assert printer_bench.hub.statuses()[Device.RECEIPT_PRINTER].paper is Paper.OUT
    printer_bench.hub.printer.resume("r1")  # too early: said again, and nothing else
    printer_bench.held("r1", Reason.PAPER_OUT)
    printer_bench.new_paper()
    printer_bench.held("r1", Reason.NONE)
    printer_bench.hub.printer.resume("r1")
    assert printer_bench.events.job_end("r1") == JobEnded("r1", Outcome.PRINTED, Reason.IN_TWO_PARTS)
    assert words(printer_bench) == LONG_TEXT


def test_given_up_in_the_middle_nothing_more_comes_out_with_new_paper(printer_bench: PrinterBench) -> None:
    out_of_paper_in_the_middle(printer_bench)
    printer_bench.held("r1", Reason.PAPER_OUT)
    printer_bench.hub.printer.give_up("r1")
    assert printer_bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.GIVEN_UP)
    before = printer_bench.text()
    printer_bench.new_paper()
    assert printer_bench.print("r2", SHORT).outcome is Outcome.PRINTED
    assert printer_bench.text() == f"{before}\n下一位"


def test_fault_printer_held_and_nobody_says_anything_ends_by_itself(printer_bench: PrinterBench) -> None:
    out_of_paper_in_the_middle(printer_bench, hold_s=0.3)
    assert printer_bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.PAPER_OUT)
    before = printer_bench.text()
    printer_bench.new_paper()
    printer_bench.is_ready()
    assert printer_bench.text() == before


@pytest.mark.parametrize("profile", ["escpos-58", "escpos-80"])
def test_what_a_printer_cannot_forget_is_told_and_cut_off_before_the_next_slip(
    make_printer_bench: MakeBench, profile: str
) -> None:
    bench = make_printer_bench(profile, model={"forgets": False})
    out_of_paper_in_the_middle(bench, hold_s=0.2)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.PAPER_OUT, keeps_rest=True)
    was_held = any(isinstance(event, JobHeld) for event in bench.events.seen)
    assert was_held is bench.profile.end_marker, "only who shows its end may go on"
    status = bench.events.status(DeviceState.FAULT)
    assert (status.reason, status.keeps_rest) == (Reason.PAPER_OUT, True)
    bench.new_paper()
    bench.is_ready()
    assert not bench.hub.statuses()[Device.RECEIPT_PRINTER].keeps_rest
    assert bench.print("r2", SHORT).outcome is Outcome.PRINTED
    assert bench.paper()[-1].text.strip() == "下一位"


def test_a_printer_that_is_switched_off_before_the_paper_is_changed_prints_nothing_of_the_rest(
    make_printer_bench: MakeBench,
) -> None:
    bench = make_printer_bench("escpos-58")
    out_of_paper_in_the_middle(bench)
    assert bench.events.job_end("r1").keeps_rest
    before = [piece.text for piece in bench.printer.pieces()]
    bench.printer.pull(dead=True)
    bench.events.status(DeviceState.UNKNOWN, Reason.NO_ANSWER)
    bench.printer.pull(dead=False, paper_out=False, lines_left=None)
    bench.is_ready()
    bench.paper()
    assert [piece.text for piece in bench.printer.pieces()] == before


def test_fault_printer_cover_open_in_the_middle_ends_the_slip_because_a_line_may_be_spoilt(
    make_printer_bench: MakeBench,
) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=200)
    bench.begin("r1", LONG)
    bench.printer.pull(cover_open=True)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.COVER_OPEN)
    bench.printer.pull(cover_open=False)
    assert bench.print("r2", SHORT).outcome is Outcome.PRINTED
    assert "第35行" not in bench.text()


def test_fault_printer_overheated_in_the_middle_goes_on_by_itself(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=200)
    bench.begin("r1", LONG)
    bench.printer.pull(overheat=True)
    bench.held("r1", Reason.OVERHEATED)
    bench.printer.pull(overheat=False)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.PRINTED)
    assert words(bench) == LONG_TEXT


def test_fault_printer_power_dip_in_the_middle_is_never_called_printed(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", speed_mm_s=200)
    bench.is_ready()
    bench.hub.printer.submit(PrintJob("r1", LONG))
    wait_until(lambda: any("第5行" in piece.text for piece in bench.printer.pieces()), "too little came out")
    bench.printer.pull(brown_out=True)
    assert bench.events.job_end("r1").outcome is Outcome.UNKNOWN
    assert words(bench) != LONG_TEXT


def test_more_answers_than_questions_are_no_proof_that_a_slip_was_printed(make_printer_bench: MakeBench) -> None:
    """The end of a report whose beginning was lost looks like the answer to an end marker, three times."""
    bench = make_printer_bench("escpos-80", speed_mm_s=200)
    bench.begin("r1", LONG)
    bench.line.write(b"\x00\x00\x00")
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.NO_ANSWER)


def test_more_answers_than_questions_are_no_proof_that_a_printer_holds_nothing(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", model={"forgets": False})
    bench.is_ready()
    bench.printer.pull(lines_left=2)
    bench.hub.printer.submit(PrintJob("r1", Slip((*(Text("短") for _ in range(5)), Cut())), hold_s=0.5))
    bench.held("r1", Reason.PAPER_OUT)
    bench.line.write(bytes(30))
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.PAPER_OUT, keeps_rest=True)


def test_a_power_dip_while_the_paper_is_changed_is_never_called_printed(printer_bench: PrinterBench) -> None:
    out_of_paper_in_the_middle(printer_bench)
    printer_bench.held("r1", Reason.PAPER_OUT)
    printer_bench.printer.pull(brown_out=True)
    printer_bench.new_paper()
    printer_bench.hub.printer.resume("r1")
    assert printer_bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.NO_ANSWER)


def test_switched_off_while_it_is_held_a_slip_ends(printer_bench: PrinterBench) -> None:
    out_of_paper_in_the_middle(printer_bench)
    printer_bench.held("r1", Reason.PAPER_OUT)
    printer_bench.printer.pull(dead=True)
    assert printer_bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.NO_ANSWER)


def test_what_waits_behind_a_held_slip_ends_in_its_time_and_is_not_printed(printer_bench: PrinterBench) -> None:
    out_of_paper_in_the_middle(printer_bench)
    printer_bench.held("r1", Reason.PAPER_OUT)
    printer_bench.hub.printer.submit(PrintJob("late", SHORT, start_within_s=0.1))
    printer_bench.hub.printer.submit(PrintJob("unwanted", SHORT))
    printer_bench.hub.printer.give_up("unwanted")
    assert printer_bench.events.job_end("late") == JobEnded("late", Outcome.NOT_STARTED, Reason.WAITED_TOO_LONG)
    printer_bench.events.rest()
    assert JobEnded("unwanted", Outcome.NOT_STARTED, Reason.GIVEN_UP) in printer_bench.events.seen
    printer_bench.hub.printer.give_up("r1")
    printer_bench.events.job_end("r1")
    assert "下一位" not in printer_bench.text()


def test_fault_printer_stops_taking_bytes_is_held_until_somebody_has_looked(make_printer_bench: MakeBench) -> None:
    """A line that says "wait" for any cause lets no question through either."""
    bench = make_printer_bench("escpos-80", flow="xonxoff", patience=replace(QUICK, stall_s=0.3))
    bench.is_ready()
    bench.printer.pull(busy=True)
    time.sleep(0.1)
    bench.hub.printer.submit(PrintJob("r0", SHORT))
    assert bench.events.job_end("r0") == JobEnded("r0", Outcome.NOT_STARTED, Reason.STALLED)
    bench.printer.pull(busy=False)
    bench.begin("r1", b"\x1b\x40" + b"0123456789\n" * 1000)
    bench.printer.pull(busy=True)
    bench.held("r1", Reason.STALLED)
    bench.printer.pull(busy=False)
    bench.hub.printer.resume("r1")
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.PRINTED, Reason.IN_TWO_PARTS)
    assert bench.text().count("0123456789") == 1000


def test_two_in_a_row_each_out_of_paper_are_told_apart(printer_bench: PrinterBench) -> None:
    for job in ("r1", "r2"):
        out_of_paper_in_the_middle(printer_bench, job)
        printer_bench.held(job, Reason.PAPER_OUT)
        printer_bench.new_paper()
        printer_bench.hub.printer.resume(job)
        assert printer_bench.events.job_end(job).outcome is Outcome.PRINTED


def test_a_report_that_gets_lost_does_not_hold_a_slip_for_ever(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80")
    out_of_paper_in_the_middle(bench)
    bench.held("r1", Reason.PAPER_OUT)
    bench.printer.pull(no_reports=True)
    bench.new_paper()
    bench.hub.printer.resume("r1")
    assert bench.events.job_end("r1").outcome is Outcome.PRINTED


def test_a_printer_that_only_reports_is_as_good_as_one_that_is_asked(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", model={"answers": False})
    out_of_paper_in_the_middle(bench)
    bench.held("r1", Reason.PAPER_OUT)
    bench.new_paper()
    bench.hub.printer.resume("r1")
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.PRINTED, Reason.IN_TWO_PARTS)
    bench.printer.pull(cover_open=True)
    assert bench.events.status(DeviceState.FAULT).reason is Reason.COVER_OPEN


@pytest.mark.parametrize("profile", ["escpos-58", "escpos-80"])
@pytest.mark.parametrize("fault", ["garbage", "half_status"])
def test_fault_printer_that_answers_nonsense_is_never_said_to_have_printed(
    make_printer_bench: MakeBench, profile: str, fault: str
) -> None:
    bench = make_printer_bench(profile)
    bench.is_ready()
    bench.printer.pull(**{fault: True})
    assert bench.print("r1", SHORT).outcome is not Outcome.PRINTED
    bench.printer.pull(**{fault: False})
    bench.is_ready()
    assert bench.print("r2", SHORT).outcome is Outcome.PRINTED
    assert bench.paper()[-1].text.endswith("下一位")

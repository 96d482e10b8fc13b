"""The ways to a printer: network, a line with XON and XOFF, a USB file. What is the same on all is elsewhere."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.line import LineGone, LineNotOpened
from devices.ports import Device, DeviceState, DeviceStatus, JobEnded, Outcome, Paper, PrintJob, Reason
from devices.printer.dialogue import Dialogue
from devices.printer.document import Cut, Slip, Text
from devices.printer.profile import read_profile
from devices.printer_lines import FileLine, SocketLine
from devices.sim.pty_port import PtyPort
from devices.sim.tcp_port import TcpPort
from tests.devices.bench import QUICK, REPOSITORY, PrinterBench, wait_until

SLIP = Slip((Text("一行"), Cut()))
LONG = Slip((*(Text(f"第{number}行") for number in range(60)), Cut()))
MakeBench = Callable[..., PrinterBench]


@pytest.fixture
def network() -> Iterator[TcpPort]:
    """A place in the network for a printer."""
    port = TcpPort()
    yield port
    port.unplug()


def test_a_printer_in_the_network_is_left_to_others_between_looks_and_jobs(
    make_printer_bench: MakeBench, network: TcpPort
) -> None:
    bench = make_printer_bench("escpos-80", network=network)
    bench.is_ready()
    wait_until(lambda: not network.is_taken, "the printer was kept from everybody else")
    assert bench.print("r1", SLIP) == JobEnded("r1", Outcome.PRINTED)
    wait_until(lambda: not network.is_taken, "the job was never closed")
    assert bench.text() == "一行"


def test_fault_printer_used_by_another_program_is_waited_for(make_printer_bench: MakeBench, network: TcpPort) -> None:
    bench = make_printer_bench("escpos-80", network=network)
    bench.is_ready()
    wait_until(lambda: not network.is_taken, "the printer was kept from everybody else")
    with socket.create_connection(("127.0.0.1", int(network.path.rpartition(":")[2]))):
        wait_until(lambda: network.is_taken, "the other program never got in")
        assert bench.print("r1", SLIP) == JobEnded("r1", Outcome.NOT_STARTED, Reason.NO_ANSWER)
    assert bench.print("r2", SLIP).outcome is Outcome.PRINTED
    assert bench.text() == "一行"


def test_fault_printer_on_the_network_switched_off_means_not_started(
    make_printer_bench: MakeBench, network: TcpPort
) -> None:
    bench = make_printer_bench("escpos-80", network=network)
    bench.is_ready()
    bench.printer.pull(unplug=True)
    bench.events.status(DeviceState.ABSENT)
    assert bench.print("r1", SLIP).outcome is Outcome.NOT_STARTED
    bench.printer.pull(unplug=False)
    bench.is_ready()
    assert bench.print("r2", SLIP).outcome is Outcome.PRINTED
    assert [piece.text for piece in bench.paper()] == ["一行"]


def test_fault_printer_network_lost_in_the_middle_is_unknown_and_the_next_slip_is_whole(
    make_printer_bench: MakeBench, network: TcpPort
) -> None:
    bench = make_printer_bench("escpos-80", network=network, speed_mm_s=100)
    bench.begin("r1", LONG)
    bench.printer.pull(unplug=True)
    assert bench.events.job_end("r1") == JobEnded("r1", Outcome.UNKNOWN, Reason.UNPLUGGED)
    assert bench.print("r2", SLIP).outcome is Outcome.NOT_STARTED
    bench.printer.pull(unplug=False)
    bench.is_ready()
    assert bench.print("r3", SLIP).outcome is Outcome.PRINTED
    assert bench.paper()[-1].text == "一行"


def test_paper_out_is_heard_over_the_network_while_the_job_is_held(
    make_printer_bench: MakeBench, network: TcpPort
) -> None:
    bench = make_printer_bench("escpos-80", network=network)
    bench.is_ready()
    bench.printer.pull(lines_left=20)
    bench.hub.printer.submit(PrintJob("r1", LONG))
    bench.held("r1", Reason.PAPER_OUT)
    assert network.is_taken
    bench.new_paper()
    bench.hub.printer.resume("r1")
    assert bench.events.job_end("r1").outcome is Outcome.PRINTED


def test_a_network_line_that_was_given_back_takes_nothing_until_it_is_taken_again(network: TcpPort) -> None:
    network.plug()
    line = SocketLine("127.0.0.1", int(network.path.rpartition(":")[2]))
    line.rest()
    assert line.read() == b""
    with pytest.raises(LineGone):
        line.write(b"x", 0.1)
    line.take()
    assert line.write(b"x", 0.1) == 1
    line.close()
    network.unplug()
    with pytest.raises(LineGone):
        line.take()


def test_a_line_with_xon_and_xoff_loses_nothing_of_what_the_printer_says(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-80", flow="xonxoff", speed_mm_s=1000)
    bench.is_ready()
    assert bench.print("r1", b"\x1b\x40" + b"0123456789\n" * 500) == JobEnded("r1", Outcome.PRINTED)
    bench.printer.pull(near_end=True)
    near_end = DeviceStatus(Device.RECEIPT_PRINTER, DeviceState.READY, paper=Paper.NEAR_END)
    wait_until(lambda: bench.hub.statuses()[Device.RECEIPT_PRINTER] == near_end, "the paper's end was not reported")


class UsbPort(FileLine):
    """A USB file whose port tells `status` (LPGETSTATUS); the rest of it is a plain file."""

    status = 0x18

    def says_paper_out(self) -> bool:
        return bool(self.status & 0x20)


@pytest.mark.parametrize(("status", "reason"), [(0x18, Reason.NO_ANSWER), (0x38, Reason.PAPER_OUT)])
def test_what_a_usb_port_tells_counts_only_against_the_printer(tmp_path: Path, status: int, reason: Reason) -> None:
    line = UsbPort(tmp_path / "lp0", collects=True)
    line.status = status
    dialogue = Dialogue(line, read_profile("escpos-58-silent"), QUICK, lambda: 0.0)
    assert dialogue.health().reason is reason
    line.close()


def test_a_file_that_knows_nothing_of_ports_says_nothing_of_paper(tmp_path: Path) -> None:
    line = FileLine(tmp_path / "out.bin", collects=True)
    assert not line.says_paper_out()
    line.close()
    master, slave = os.openpty()
    terminal = FileLine(Path(os.ttyname(slave)))
    assert not terminal.says_paper_out()
    terminal.close()
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("written", ["root:x:0:0:root:/root:/bin/bash\n", '{"terminal": 1}', "SQLite format 3\0"])
def test_a_wrong_path_to_somebody_elses_file_costs_nobody_a_byte(tmp_path: Path, written: str) -> None:
    (tmp_path / "document").write_text(written)
    with pytest.raises(LineNotOpened, match="something else than what a printer was sent") as refused:
        FileLine(tmp_path / "document", collects=True)
    assert refused.value.reason is Reason.DEVICE_ERROR
    assert (tmp_path / "document").read_text() == written


def test_fault_printer_whose_file_has_gone_is_absent_and_no_plain_file_comes_to_its_place(
    make_printer_bench: MakeBench,
) -> None:
    bench = make_printer_bench("epson-tm-t20", by_file=True)
    bench.is_ready()
    bench.printer.pull(unplug=True)
    bench.events.status(DeviceState.ABSENT, Reason.UNPLUGGED)
    time.sleep(1.2)  # it is looked for every half second
    assert not bench.path.exists()
    bench.printer.pull(unplug=False)
    bench.is_ready()
    assert bench.print("r1", SLIP) == JobEnded("r1", Outcome.PRINTED)
    (bench.path.parent / "plain").touch()
    with pytest.raises(LineNotOpened, match="never answers"):
        FileLine(bench.path.parent / "plain")


def test_a_file_that_collects_what_is_printed_is_gone_on_with(tmp_path: Path) -> None:
    for data in (bytes(4), b"\x10\x04\x01", b"\x1b@"):
        (tmp_path / "out.bin").write_bytes(data)
        line = FileLine(tmp_path / "out.bin", collects=True)
        assert line.write(b"more", 0.1) == 4
        line.close()
        assert (tmp_path / "out.bin").read_bytes() == data + b"more"


def test_a_terminal_that_is_used_as_a_file_takes_nobody_with_it_when_it_is_unplugged(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port")
    port.plug()
    program = (
        "import sys, time; from pathlib import Path; from devices.printer_lines import FileLine\n"
        "line = FileLine(Path(sys.argv[1])); print('open', flush=True); time.sleep(0.5); print('alive')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(port.path)],
        cwd=REPOSITORY, stdout=subprocess.PIPE, start_new_session=True, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        port.unplug()
        assert process.stdout.readline() == "alive\n"
    assert process.returncode == 0


def test_a_file_that_is_replaced_by_another_is_let_go(tmp_path: Path) -> None:
    line = FileLine(tmp_path / "out.bin", collects=True)
    assert line.is_current()
    (tmp_path / "new.bin").touch()
    (tmp_path / "new.bin").replace(tmp_path / "out.bin")
    assert not line.is_current()
    line.close()


def test_a_file_that_never_stops_talking_does_not_hold_up_its_driver() -> None:
    line = FileLine(Path("/dev/zero"))
    line.discard()
    assert line.read()
    line.close()


def test_fault_printer_silent_model_is_unknown_whatever_happens(make_printer_bench: MakeBench) -> None:
    bench = make_printer_bench("escpos-58-silent")
    bench.printer.pull(paper_out=True)
    assert bench.print("r1", SLIP) == JobEnded("r1", Outcome.UNKNOWN, Reason.CANNOT_TELL)
    assert bench.hub.statuses()[Device.RECEIPT_PRINTER].reason is Reason.CANNOT_TELL

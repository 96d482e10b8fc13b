"""Which name of a serial port stays with it, read from a made-up /dev and /sys; and what speaks on a port."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from devices.commands.asking_port import speaks_at
from devices.line import SerialLine, SerialSettings
from devices.port_trials import TRIALS
from devices.printer.profile import read_profile
from devices.serial_names import advice, find_ports
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from tests.devices.test_device_commands import run

CH340 = {"idVendor": "1a86", "idProduct": "7523", "product": "USB Serial"}
FTDI = {"idVendor": "0403", "idProduct": "6001", "product": "FT232R USB UART", "serial": "A10KZP45"}
CP2102 = {"idVendor": "10c4", "idProduct": "ea60", "product": "CP2102 USB to UART Bridge Controller", "serial": "0001"}


class Computer:
    """A root directory with the files that a kernel and udev make for serial ports."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "dev/serial/by-id").mkdir(parents=True)
        (root / "dev/serial/by-path").mkdir()
        (root / "sys/class/tty").mkdir(parents=True)

    def plug(self, name: str, usb: dict[str, str], by_id: str, by_path: str) -> None:
        """Plug an adapter in; a by-id name that another one has already is taken over, as udev does."""
        device = self.root / "sys/devices" / by_path
        (device / "1-1:1.0" / name).mkdir(parents=True)
        for field, value in usb.items():
            (device / field).write_text(value + "\n")
        (self.root / "sys/class/tty" / name).mkdir()
        (self.root / "sys/class/tty" / name / "device").symlink_to(device / "1-1:1.0" / name)
        (self.root / "dev" / name).touch()
        for folder, link in (("by-id", by_id), ("by-path", by_path)):
            path = self.root / "dev/serial" / folder / link
            path.unlink(missing_ok=True)
            path.symlink_to(f"../../{name}")

    def build_in(self, name: str, kind: str) -> None:
        """Give the board a port of its own; kind 0 is one that has no hardware behind it."""
        (self.root / "sys/class/tty" / name / "device").mkdir(parents=True)
        (self.root / "sys/class/tty" / name / "type").write_text(kind + "\n")

    def stable_names(self) -> dict[str, str]:
        return {port.device.name: str(port.stable_name.relative_to(self.root)) for port in find_ports(self.root)}


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_an_adapter_with_a_number_of_its_own_is_named_by_it_and_one_without_by_its_socket(computer: Computer) -> None:
    computer.plug("ttyUSB0", CH340, "usb-1a86_USB_Serial-if00-port0", "usb-0:1:1.0-port0")
    computer.plug("ttyUSB1", FTDI, "usb-FTDI_FT232R_A10KZP45-if00-port0", "usb-0:2:1.0-port0")
    assert computer.stable_names() == {
        "ttyUSB0": "dev/serial/by-path/usb-0:1:1.0-port0",
        "ttyUSB1": "dev/serial/by-id/usb-FTDI_FT232R_A10KZP45-if00-port0",
    }
    chips = [str(port.chip) for port in find_ports(computer.root)]
    assert chips == ["CH340 (1a86:7523, no serial number)", "FT232R (0403:6001, serial number A10KZP45)"]


def test_two_adapters_with_the_same_number_are_named_by_their_sockets(computer: Computer) -> None:
    for at in (0, 1):
        computer.plug(f"ttyUSB{at}", FTDI, "usb-FTDI_FT232R_A10KZP45-if00-port0", f"usb-0:{at}:1.0-port0")
    assert set(computer.stable_names().values()) == {f"dev/serial/by-path/usb-0:{at}:1.0-port0" for at in (0, 1)}


def test_what_an_adapter_calls_itself_is_said_in_one_line_whatever_it_is(computer: Computer) -> None:
    usb = {"idVendor": "dead", "idProduct": "beef", "product": "Pad\x1b[2J\nttyUSB9", "serial": "A1\r"}
    computer.plug("ttyUSB0", usb, "usb-Pad-if00-port0", "usb-0:1:1.0-port0")
    (port,) = find_ports(computer.root)
    assert str(port.chip) == "Pad[2JttyUSB9 (dead:beef, serial number A1)"


def test_a_number_that_a_whole_box_of_adapters_shares_is_none(computer: Computer) -> None:
    computer.plug("ttyUSB0", CP2102, "usb-Silicon_Labs_CP2102_0001-if00-port0", "usb-0:1:1.0-port0")
    assert computer.stable_names() == {"ttyUSB0": "dev/serial/by-path/usb-0:1:1.0-port0"}


def test_ports_of_the_board_are_listed_only_where_there_is_hardware(computer: Computer) -> None:
    computer.build_in("ttyS0", "4")
    computer.build_in("ttyS1", "0")
    computer.build_in("console", "4")
    assert computer.stable_names() == {"ttyS0": "dev/ttyS0"}


def test_a_computer_that_tells_nothing_has_no_ports_and_no_error(tmp_path: Path) -> None:
    assert find_ports(tmp_path / "nothing") == []
    (tmp_path / "sys/class/tty/ttyUSB0").mkdir(parents=True)
    (tmp_path / "sys/class/tty/ttyUSB0/device").symlink_to("device")  # leads to itself
    assert find_ports(tmp_path) == []


def test_a_configured_name_that_may_move_is_told_with_the_one_that_stays(computer: Computer) -> None:
    computer.plug("ttyUSB0", CH340, "usb-1a86_USB_Serial-if00-port0", "usb-0:1:1.0-port0")
    ports = find_ports(computer.root)
    socket = computer.root / "dev/serial/by-path/usb-0:1:1.0-port0"
    for name in ("dev/ttyUSB0", "dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"):
        assert f"name it {socket}" in str(advice(computer.root / name, ports))
    assert advice(socket, ports) is None
    assert advice(Path("/somewhere/else"), ports) is None


class Peer:
    """Something on a pty that answers one question; it keeps everything that it was told."""

    def __init__(self, port: PtyPort, question: bytes, answer: bytes) -> None:
        self.port, self.question, self.answer, self.told = port, question, answer, b""
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        port.plug()
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)
        self.port.unplug()

    def _run(self) -> None:
        heard = b""
        while not self._stop.is_set():
            data = self.port.read(64, 0.02)
            self.told += data
            heard += data
            if self.question and self.question in heard:
                heard = b""
                self.port.write(self.answer)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[PtyPort]:
    made = PtyPort(tmp_path / "port")
    yield made
    made.unplug()


def test_a_reader_of_cards_is_known_by_its_answer_as_published(port: PtyPort) -> None:
    peer = Peer(port, bytes.fromhex("AAAAAA9669 0003 11FF ED"), bytes.fromhex("AAAAAA9669 0004 000090 94"))
    found = speaks_at(port.path, time.monotonic)
    peer.close()
    assert found is not None
    assert (found.what, found.baud) == ("a reader of ID cards", 115200)


def test_a_printer_is_known_before_anything_is_sent_that_it_would_print(port: PtyPort, typeface: Typeface) -> None:
    printer = SimulatedPrinter(read_profile("escpos-58"), port, typeface, 0)
    printer.start()
    code, said = run("probe", "--port", str(port.path))
    assert (code, said) == (0, "A receipt printer answers at 9600 baud.\n")
    assert printer.pieces() == []
    printer.close()


def test_what_never_answers_or_says_nonsense_is_not_taken_for_a_device(port: PtyPort) -> None:
    peer = Peer(port, b"\x10\x04\x01", b"\xff\xff\xff")
    code, said = run("probe", "--port", str(port.path))
    peer.close()
    assert (code, said[:16]) == (1, "Nothing answers.")
    assert peer.told.endswith(b"\x1b@"), "a printer that took the reader's question for text must forget it"


@pytest.mark.parametrize("answer", [b"", b"\xaa\xaa\xaa\x96\x69", bytes.fromhex("AAAAAA9669 0004 000090 95"), b"\x12"])
def test_half_an_answer_or_one_with_a_wrong_checksum_is_none(answer: bytes) -> None:
    assert not any(trial.is_answer(answer) for trial in TRIALS)


def test_a_port_that_is_configured_or_held_is_left_alone(computer: Computer) -> None:
    computer.plug("ttyUSB0", CH340, "usb-1a86_USB_Serial-if00-port0", "usb-0:1:1.0-port0")
    computer.plug("ttyUSB1", FTDI, "usb-FTDI_FT232R_A10KZP45-if00-port0", "usb-0:2:1.0-port0")
    plug = PtyPort(computer.root / "pty")
    for name in ("ttyUSB0", "ttyUSB1"):
        (computer.root / "dev" / name).unlink()
        (computer.root / "dev" / name).symlink_to(plug.path)
    peer = Peer(plug, b"", b"")
    by_path = computer.root / "dev/serial/by-path/usb-0:1:1.0-port0"
    config = computer.root / "terminal.json"
    config.write_text(json.dumps({"devices": {"pad": {"model": "pj06", "path": str(by_path)}}}))
    code, said = run("probe", "--port", str(computer.root / "dev/ttyUSB0"), "--config", str(config))
    assert code == 2
    assert "is configured for the pad" in said
    held = SerialLine(plug.path, SerialSettings())
    code, said = run("list", "--root", str(computer.root), "--ask")
    held.close()
    peer.close()
    assert code == 0
    assert said.count("cannot be opened: another program has its port") == 2
    assert "  " + str(by_path) in said
    assert peer.told == b""

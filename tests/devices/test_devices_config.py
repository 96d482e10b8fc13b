"""The devices part of terminal.json, and the model files."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.line import Flow, SerialSettings
from devices.model_files import model_names
from devices.places import FilePlace, SerialPlace, SocketPlace
from devices.printer.profile import MODELS, read_profile

PRINTER = {"profile": "escpos-58", "path": "/dev/printer"}
PAD = {"model": "pj06", "path": "/dev/pad"}


def test_printer_and_pad_with_their_speeds() -> None:
    config = parse_devices({"printer": PRINTER | {"baud": 19200, "flow": "rtscts"}, "pad": PAD}, Path("/c"))
    assert config.printer is not None
    assert config.printer.place == SerialPlace(Path("/dev/printer"), SerialSettings(19200, Flow.RTSCTS))
    assert config.printer.flow is Flow.RTSCTS
    assert config.pad is not None
    assert config.pad.place == SerialPlace(Path("/dev/pad"), SerialSettings(9600, Flow.NONE))
    assert config.pad.window_s == 30


def test_a_relative_path_starts_at_the_folder_of_the_configuration() -> None:
    config = parse_devices({"pad": PAD | {"path": "sim/pad"}}, Path("/c"))
    assert config.pad is not None
    assert config.pad.place == SerialPlace(Path("/c/sim/pad"), SerialSettings(9600, Flow.NONE))


def test_a_printer_behind_a_file_or_in_the_network() -> None:
    for path, place in (
        ("file:/dev/usb/lp0", FilePlace(Path("/dev/usb/lp0"))),
        ("tcp:192.168.1.87:9100", SocketPlace("192.168.1.87", 9100)),
    ):
        config = parse_devices({"printer": PRINTER | {"path": path}}, Path("/c"))
        assert config.printer is not None
        assert config.printer.place == place


def test_nothing_configured_is_nothing_fitted() -> None:
    assert parse_devices({}, Path("/c")).printer is None
    assert parse_devices({}, Path("/c")).pad is None


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ([], "devices must be an object"),
        ({"camera": {}}, "devices: there is no field named 'camera'"),
        ({"printer": "x"}, "devices.printer must be an object"),
        ({"printer": {"path": "/dev/x"}}, "devices.printer.profile must be a text"),
        ({"printer": {"profile": "escpos-58"}}, "devices.printer.path must be a text"),
        ({"printer": PRINTER | {"profile": "hp"}}, r"^devices\.printer: there is no model named hp"),
        ({"printer": PRINTER | {"baud": 9601}}, "devices.printer.baud must be one of 110, 300"),
        ({"printer": PRINTER | {"baud": "9600"}}, "devices.printer.baud must be one of 110, 300"),
        ({"printer": PRINTER | {"flow": "dtr"}}, "devices.printer.flow must be one of none, rtscts, xonxoff"),
        ({"printer": PRINTER | {"speed": 1}}, "devices.printer: there is no field named 'speed'"),
        ({"printer": PRINTER | {"path": "tcp:host"}}, "tcp:host:port"),
        ({"printer": PRINTER | {"path": "tcp:host:99999"}}, "tcp:host:port"),
        ({"pad": PAD | {"window_s": 300}}, "devices.pad.window_s must be a whole number from 1 to 255"),
        ({"pad": PAD | {"window_s": True}}, "devices.pad.window_s"),
        (
            {"pad": PAD, "printer": PRINTER | {"path": "/dev/pad"}},
            r"devices\.pad\.path and devices\.printer\.path are",
        ),
        ({"pad": PAD, "printer": PRINTER | {"path": "/dev/../dev/pad"}}, r"devices\.printer\.path are the same"),
        (
            {"pad": PAD | {"path": "tcp:host:8001"}},
            "devices.pad.path must be a serial port such as /dev/tty",
        ),
        ({"printer": PRINTER | {"path": "udp:host:9100"}}, "devices.printer.path must be a serial port"),
        ({"printer": PRINTER | {"path": "file:"}}, "devices.printer.path must be a serial port"),
        ({"pad": PAD, "models": "/nowhere"}, "devices.models: /nowhere is no folder"),
        ({"models": 5}, "devices.models must be a text"),
        ({"models": "a\0b"}, "devices.models is longer than any path, or holds what no path can hold"),
        ({"pad": PAD | {"path": "/dev/\ud800"}}, "devices.pad.path is longer than any path, or"),
        ({"pad": PAD | {"path": "x" * 5000}}, "devices.pad.path is longer than any path, or"),
        ({"printer": PRINTER | {"path": "file:/dev/\0"}}, "devices.printer.path is longer than any path, or"),
        ({"printer": PRINTER | {"path": "tcp:a\0b:9100"}}, "devices.printer.path is longer than any path, or"),
        ({"printer": PRINTER | {"path": "tcp:a..b:9100"}}, "tcp:host:port"),
        ({"x" * 1_000_000: 1}, "there is no field named 'xxxx.{0,60}$"),
    ],
)
def test_a_mistake_is_named_by_its_field(section: object, said: str) -> None:
    with pytest.raises(DevicesConfigRefused, match=said):
        parse_devices(section, Path("/c"))


def test_all_profiles_that_come_with_the_package_are_good() -> None:
    assert [read_profile(name).name for name in model_names([MODELS])] == model_names([MODELS])


def test_a_county_corrects_a_profile_by_a_file_of_its_own(tmp_path: Path) -> None:
    text = (MODELS / "escpos-58.toml").read_text().replace("tear_lines = 4", "tear_lines = 9")
    (tmp_path / "escpos-58.toml").write_text(text)
    config = parse_devices({"printer": PRINTER, "models": str(tmp_path)}, Path("/c"))
    assert config.printer is not None
    assert config.printer.profile.tear_lines == 9


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("dots = 384", "dots = 380", "multiple of 8"),
        ("columns = 32", "columns = 48", "hold 12 for each column"),
        ("answers = true", "answers = false\nblue = 1", "no field named blue"),
        ("end_marker = false", "end_marker = 0", "end_marker must be true or false"),
        ('title = "ESC/POS', 'title = "" #', "title must be a text"),
    ],
)
def test_a_mistake_in_a_profile_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = (MODELS / "escpos-58.toml").read_text()
    assert before in text
    (tmp_path / "mine.toml").write_text(text.replace(before, after))
    with pytest.raises(DevicesConfigRefused, match=said):
        parse_devices({"printer": PRINTER | {"profile": "mine"}, "models": str(tmp_path)}, Path("/c"))


def test_an_end_marker_without_answers_makes_no_sense(tmp_path: Path) -> None:
    text = (MODELS / "escpos-80.toml").read_text().replace("answers = true", "answers = false")
    (tmp_path / "mine.toml").write_text(text.replace("reports = true", "reports = false"))
    with pytest.raises(DevicesConfigRefused, match="no end_marker"):
        parse_devices({"printer": PRINTER | {"profile": "mine"}, "models": str(tmp_path)}, Path("/c"))

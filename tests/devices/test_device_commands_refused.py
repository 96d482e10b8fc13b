"""`python -m devices`: commands and configurations that make no sense, each refused in a sentence."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from devices.__main__ import main
from devices.rating_pad.model import MODELS
from tests.devices.bench import FONT


def code_of(arguments: list[str]) -> int:
    """Run one command in this process, which is quicker; return its exit code."""
    try:
        return main(arguments)
    except SystemExit as refused:  # argparse's own
        return int(refused.code or 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND (python -m devices --help)"),
        (["prob"], "argument COMMAND: invalid choice: 'prob'"),
        (["probe", "--speed", "9600"], "unrecognized arguments: --speed 9600"),
        (["print-test"], "no device is configured"),
        (["print-test", "--pad", "pj06=x"], "no printer is configured"),
        (["print-test", "--printer", "escpos-99=x"], "no model named escpos-99"),
        (["probe", "--printer", "escpos-58"], "--printer is a model and a path, such as escpos-58=/dev/ttyUSB0"),
        (["probe", "--pad", "=/dev/ttyUSB1"], "--pad is a model and a path"),
        (["probe", "--config", "/nowhere/terminal.json"], "cannot read /nowhere/terminal.json"),
        (["simulate", "--dir", "{tmp}", "--panel", "0.0.0.0:0"], "for this computer only"),
        (["simulate", "--dir", "{tmp}", "--panel", "here"], "--panel must be address:port"),
        (["print-test", "--printer", "escpos-58=x", "--font", "/nowhere/font.otf"], "is missing or is no font"),
        (["simulate", "--dir", "/dev/null"], "cannot make the folder /dev/null: File exists"),
        (["simulate", "--dir", "{tmp}", "--speed", "-3"], "--speed is 0 to 1000 mm/s, not -3"),
        (["simulate", "--dir", "{tmp}", "--speed", "9" * 400], "--speed is 0 to 1000 mm/s, not 99"),
        (["simulate", "--dir", "{tmp}", "--panel", "127.0.0.1:" + "1" * 5000], "--panel must be address:port"),
        (["simulate", "--dir", "{tmp}", "--models", "{tmp}/half.otf"], "half.otf is no folder of model files"),
        (["simulate", "--dir", "{tmp}", "--lever", "printer", "paper_out=null"], "paper_out must be true or false"),
        (["simulate", "--dir", "{tmp}", "--lever", "pad", "dead=" + "[" * 9000], "the value of a lever is JSON"),
        (["simulate", "--dir", "{tmp}", "--printer-port", "70000"], "70000 is no port from 1 to 65535"),
        (["simulate", "--dir", "{tmp}", "--printer-port", "{taken}"], "cannot listen at tcp:127.0.0.1:"),
        (["simulate", "--dir", "{tmp}", "--pad-port", "8001"], "--pad-port is for pads of texts; pj06 is on a pty"),
        (
            [
                "simulate",
                "--dir",
                "{tmp}",
                "--pad-model",
                "stream",
                "--models",
                "{tmp}",
                "--pad-port",
                "{taken}",
            ],
            "cannot listen at tcp port",
        ),
        (["simulate", "--dir", ""], "the path is empty"),
        (["probe", "--printer", "escpos-58=x", "--font", ""], "the path is empty"),
        (["list", "--models", ""], "the path is empty"),
        (["list", "--root", "/nowhere"], "/nowhere is no folder"),
        (["list", "--config", "/nowhere/terminal.json"], "--config goes together with --ask"),
        (["list", "--root", "{tmp}", "--ask", "--config", "/nowhere/t.json"], "cannot read /nowhere/t.json"),
        (["probe", "--port", "{tmp}"], "is no serial port"),
        (["probe", "--port", "/dev/ttyUSB9", "--baud", "9600"], "--baud does not go together with --port"),
        (["watch", "--learn", "{tmp}/half.otf"], "half.otf is no serial port"),
        (["watch", "--learn", "/dev/ttyUSB9", "--pad", "pj06=x"], "--pad does not go together with --learn"),
        (["watch", "--pad", "pj06=x", "--parity", "even"], "--parity and --stop-bits go together with --learn"),
        (["probe", "--config", "{tmp}/t.json", "--pad", "pj06=x"], "--pad does not go together with --config"),
        (["watch", "--config", "{tmp}/t.json", "--models", "{tmp}"], "--models does not go together with --config"),
        (["print-test", "--config", "{tmp}/t.json", "--baud", "9600"], "--baud does not go together with --config"),
        (["list", "--models", "/nowhere"], "/nowhere is no folder of model files"),
        (["probe", "--seconds", "nan"], "'nan' is not a time from 0 to 86400 seconds"),
        (["watch", "--seconds", "0"], "'0' is not a time"),
        (["watch", "--seconds", "long"], "'long' is not a time"),
        (["probe", "--pad", "pj06={tmp}/pad", "--seconds", "inf"], "'inf' is not a time"),
        (["probe", "--pad", "pj06={tmp}/pad", "--seconds", "300"], "a window lasts 1 to 255 s, not 300"),
        (["simulate", "--dir", "/proc/1"], "cannot make the link /proc/1/printer"),
        (["simulate", "--dir", "{tmp}/taken"], "printer is there and is no simulated device; it is not replaced"),
        (["simulate", "--dir", "{tmp}/full"], "printer is there and is no simulated device; it is not replaced"),
        (["simulate", "--dir", "{tmp}", "--font", "{tmp}/half.otf"], "half.otf is damaged: it is shorter than"),
        (["print-test", "--printer", "escpos-58={tmp}/printer", "--font", "{tmp}/half.otf"], "half.otf is damaged"),
        (["watch", "--printer", "escpos-58={tmp}/printer", "--font", "{tmp}/empty.otf"], "empty.otf is damaged"),
        (["probe", "--printer", "escpos-58={tmp}/printer", "--font", "{tmp}/empty.otf"], "empty.otf is damaged"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "printer").write_text("the only copy")
    (tmp_path / "full" / "printer").mkdir(parents=True)
    on_stream = (MODELS / "sample-text.toml").read_text("utf-8").replace('"udp"', '"tcp"')
    (tmp_path / "stream.toml").write_text(on_stream.replace("listens = 0", 'ends_with = "#"'))
    font = FONT.read_bytes()
    (tmp_path / "half.otf").write_bytes(font[: len(font) // 2])
    (tmp_path / "empty.otf").write_bytes(font[:10_000] + bytes(len(font) - 10_000))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        put_in = {"tmp": str(tmp_path), "taken": str(taken.getsockname()[1])}
        assert code_of([argument.format_map(put_in) for argument in arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert (tmp_path / "taken" / "printer").read_text() == "the only copy"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is nested too deep"),
        ('"' + "x" * 1_048_576, "is longer than 1048576 bytes"),
        (
            '{"devices": {"pad": {"model": "pj6", "path": "x"}}}',
            "terminal.json: devices.pad: there is no model",
        ),
        ('{"devices": {"pad": {"model": "pj06", "path": "\\ud800 "}}}', "is not JSON"),
        (
            '{"devices": {"models": "\\u0000"}}',
            "devices.models is longer than any path, or holds what no path can hold",
        ),
    ],
)
def test_a_terminal_file_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    (tmp_path / "terminal.json").write_text(content)
    assert code_of(["probe", "--config", str(tmp_path / "terminal.json")]) == 2
    assert said in capsys.readouterr().err

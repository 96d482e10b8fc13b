"""`python -m devices`: what a technician types, and the panel of the simulators, as real processes."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import requests
import zxingcpp
from PIL import Image

from devices.__main__ import main
from devices.printer.profile import MODELS
from devices.rating_pad.model import read_pad_model
from devices.sample_slip import QR_TEXT
from devices.sim.pad import SimulatedPad
from devices.sim.pty_port import PtyPort
from tests.devices.bench import FONT, REPOSITORY, wait_until

TIMEOUT_S = 60


@dataclass(frozen=True)
class Simulators:
    """A running `python -m devices simulate`."""

    folder: Path
    address: str

    def ask(self, path: str, body: object = None, host: str | None = None) -> tuple[int, bytes]:
        """Send one request to the panel; return status and body."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        headers = {"Host": host} if host else {}
        data = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, data, headers)
        reply = connection.getresponse()
        answer = reply.status, reply.read()
        connection.close()
        return answer

    def get(self, path: str) -> dict[str, dict[str, object]]:
        found = json.loads(self.ask(path)[1])
        assert isinstance(found, dict)
        return found

    def terminal(self) -> Path:
        """Return a terminal.json for these devices."""
        path = self.folder / "terminal.json"
        devices = {
            "printer": {"profile": "escpos-80", "path": "printer", "baud": 115200},
            "pad": {"model": "pj06", "path": "pad"},
            "reader": {"model": "sam-v", "path": "reader"},
        }
        path.write_text(json.dumps({"devices": devices}))
        return path


@pytest.fixture
def simulators(tmp_path: Path) -> Iterator[Simulators]:
    arguments = [
        "simulate",
        "--dir",
        str(tmp_path),
        "--printer-profile",
        "escpos-80",
        "--speed",
        "0",
        "--font",
        str(FONT),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "devices", *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"page (http://\S+)", process.stdout.readline())
        assert found is not None
        yield Simulators(tmp_path, urlsplit(found[1]).netloc)
        process.terminate()
        assert process.wait(TIMEOUT_S) == 0
    assert not (tmp_path / "pad").is_symlink()


def run(*arguments: str) -> tuple[int, str]:
    """Run one command; return its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "devices", *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_printed_test_slip_is_seen_on_the_panel_and_its_code_is_readable(
    simulators: Simulators, tmp_path: Path
) -> None:
    code, said = run("print-test", "--config", str(simulators.terminal()), "--font", str(FONT))
    assert code == 0
    assert "was printed" in said
    (job,) = json.loads(simulators.ask("/printer/jobs")[1])
    assert job["complete"]
    assert "打印测试" in job["text"]
    (tmp_path / "paper.png").write_bytes(simulators.ask(job["png"])[1])
    (found,) = zxingcpp.read_barcodes(Image.open(tmp_path / "paper.png"))
    assert found.text == QR_TEXT
    assert len(simulators.ask(job["raw"])[1]) == job["bytes"]


def test_without_paper_nothing_is_printed_and_the_exit_code_says_so(simulators: Simulators) -> None:
    assert simulators.ask("/printer/lever", {"paper_out": True})[0] == 200
    code, said = run("print-test", "--config", str(simulators.terminal()), "--font", str(FONT))
    assert code == 1
    assert "it has no paper" in said
    assert json.loads(simulators.ask("/printer/jobs")[1]) == []


def test_paper_that_ends_in_the_middle_has_an_exit_code_of_its_own(simulators: Simulators) -> None:
    simulators.ask("/printer/lever", {"lines_left": 3})
    code, said = run("print-test", "--config", str(simulators.terminal()), "--font", str(FONT))
    assert code == 3
    assert "please look" in said


def test_probing_greets_and_names_the_key_that_was_pressed(simulators: Simulators) -> None:
    terminal = str(simulators.terminal())
    with subprocess.Popen(
        [sys.executable, "-m", "devices", "probe", "--config", terminal, "--seconds", "30", "--font", str(FONT)],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        wait_until(lambda: simulators.get("/state")["pad"]["is_asking"] is True, "the pad was not asked")
        wait_until(lambda: simulators.get("/state")["pad"]["greetings"] == 1, "the pad did not greet")
        time.sleep(0.5)  # in less nobody has read the prompt, and the key would be an early one
        simulators.ask("/pad/press", {"key": 2})
        said = process.stdout.read() if process.stdout else ""
    assert process.returncode == 0
    assert "The receipt printer is ready" in said
    assert "key 2 says 满意" in said
    assert "The ID-card reader is ready.\nIts SAM is number 0500…3412." in said


def test_probing_a_reader_that_is_not_authorised_is_not_well(simulators: Simulators) -> None:
    simulators.ask("/reader/lever", {"not_authorised": True})
    code, said = run("probe", "--reader", f"sam-v={simulators.folder / 'reader'}", "--font", str(FONT))
    assert (code, said) == (
        1,
        "The ID-card reader has a fault: its SAM is not authorised, the maker must have it released.\n",
    )


def test_a_card_is_laid_down_and_taken_away_on_the_panel(simulators: Simulators) -> None:
    simulators.ask("/reader/lay", {"card": "citizen"})
    assert simulators.get("/state")["reader"]["card"] == "citizen"
    simulators.ask("/reader/take", {})
    assert simulators.get("/state")["reader"]["card"] == ""
    assert simulators.ask("/reader/brown_out", {})[0] == 200
    simulators.ask("/reader/lever", {"slow": True, "forgetful": True})
    state = simulators.get("/state")["reader"]
    assert (state["slow"], state["forgetful"], state["dead"]) == (True, True, False)


def test_probing_a_pad_that_nobody_presses_is_not_well(simulators: Simulators) -> None:
    code, said = run("probe", "--pad", f"pj06={simulators.folder / 'pad'}", "--seconds", "1", "--font", str(FONT))
    assert code == 1
    assert "nobody pressed a key" in said


def test_watching_tells_what_happens(simulators: Simulators) -> None:
    simulators.ask("/printer/lever", {"cover_open": True})
    code, said = run("watch", "--config", str(simulators.terminal()), "--seconds", "1.5", "--font", str(FONT))
    assert code == 1
    assert "its cover is open" in said
    assert "it has never answered" in said
    assert "last heard 0 s ago" in said or "last heard 1 s ago" in said
    assert "it has never been heard.\n" in said


def test_listing_names_models_and_ports() -> None:
    code, said = run("list")
    assert code == 0
    assert all(name in said for name in ("escpos-58", "escpos-80", "pj06", "sam-v", "Ports"))


def _nested(depth: int) -> list[object]:
    """Return lists in lists, which a JSON reader follows only so far."""
    found: list[object] = []
    for _ in range(depth):
        found = [found]
    return found


def test_the_panel_shows_a_page_and_refuses_what_makes_no_sense(simulators: Simulators) -> None:
    status, page = simulators.ask("/")
    assert status == 200
    assert "评价器" in page.decode()
    assert "扫码器" in page.decode()
    for path, body, expected in (
        ("/pad/press", {"key": 900}, 400),
        ("/pad/press", {}, 400),
        ("/pad/noise", {"hex": "zz"}, 400),
        ("/pad/noise", {}, 400),
        ("/pad/noise", _nested(600), 400),
        ("/pad/lever", {"dead": 1}, 400),
        ("/reader/lay", {"card": "nobody"}, 400),
        ("/reader/lay", {"card": ["citizen"]}, 400),
        ("/reader/lever", {"colour": True}, 400),
        ("/reader/lever", {"dead": "yes"}, 400),
        ("/printer/lever", {"colour": True}, 400),
        ("/printer/lever", {"lines_left": "3"}, 400),
        ("/printer/lever", [], 400),
        ("/nothing", {}, 404),
        ("/printer/jobs/7.png", None, 404),
        ("/../../etc/passwd", None, 404),
    ):
        assert simulators.ask(path, body)[0] == expected, path


def test_a_printer_on_the_network_is_simulated_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ["simulate", "--dir", str(tmp_path), "--printer-port", str(port), "--speed", "0", "--font", str(FONT)]
    with subprocess.Popen(
        [sys.executable, "-m", "devices", *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert f"printer tcp:127.0.0.1:{port} (" in said
        assert "lines of pad, scanner, reader, " in said
        code, told = run("print-test", "--printer", f"escpos-58=tcp:127.0.0.1:{port}", "--font", str(FONT))
        process.terminate()
    assert code == 0
    assert "was printed" in told


def test_the_panel_is_not_for_pages_of_other_hosts(simulators: Simulators) -> None:
    assert simulators.ask("/state", host="evil.example")[0] == 403
    page = f"http://{simulators.address}"
    # A frame without an origin of its own is on somebody's page all the same.
    for origin, status in (("http://evil.example", 403), ("null", 403), (page, 200)):
        assert requests.post(f"{page}/pad/lever", b"{}", headers={"Origin": origin}, timeout=10).status_code == status
    assert requests.post(f"{page}/pad/lever", b"[" * 4000, timeout=10).status_code == 400


def test_a_device_is_not_plugged_in_over_a_file_that_has_come_to_its_place(simulators: Simulators) -> None:
    simulators.ask("/printer/lever", {"unplug": True})
    (simulators.folder / "printer").write_text("the only copy")
    status, said = simulators.ask("/printer/lever", {"unplug": False})
    assert status == 400
    assert "is not replaced" in json.loads(said)["error"]
    assert (simulators.folder / "printer").read_text() == "the only copy"


def test_a_model_of_ones_own_is_tried_before_anything_is_configured(simulators: Simulators, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    shipped = (MODELS / "escpos-80.toml").read_text("utf-8")
    (folder / "hall.toml").write_text(re.sub("(?m)^title = .*", 'title = "大厅打印机"', shipped), "utf-8")
    printer = ["--printer", f"hall={simulators.folder / 'printer'}", "--baud", "115200"]
    code, said = run("print-test", *printer, "--models", str(folder), "--font", str(FONT))
    assert code == 0, said
    (job,) = json.loads(simulators.ask("/printer/jobs")[1])
    assert "大厅打印机" in job["text"]
    assert run("print-test", *printer)[0] == 2
    code, said = run("list", "--models", str(folder), "--root", str(tmp_path))
    assert "大厅打印机" in said


def test_the_links_of_simulators_that_were_killed_are_taken_over(tmp_path: Path) -> None:
    (tmp_path / "printer").symlink_to("/dev/pts/4711")
    port = PtyPort(tmp_path / "printer")
    port.plug()
    assert (tmp_path / "printer").is_char_device()
    port.unplug()
    assert not (tmp_path / "printer").is_symlink()


def test_a_second_simulator_leaves_the_plugs_of_the_first_in_place(simulators: Simulators) -> None:
    before = (simulators.folder / "printer").readlink()
    code, said = run("simulate", "--dir", str(simulators.folder), "--panel", "127.0.0.1:0", "--font", str(FONT))
    assert (code, said) == (2, f"devices: a simulator runs in {simulators.folder} already\n")
    assert (simulators.folder / "printer").readlink() == before


def test_links_stay_in_place_when_a_device_is_unplugged_and_plugged_in(simulators: Simulators) -> None:
    link = simulators.folder / "printer"
    simulators.ask("/printer/lever", {"unplug": True})
    assert not link.is_symlink()
    simulators.ask("/printer/lever", {"unplug": False})
    assert link.is_char_device()


def test_the_bytes_of_keys_are_learnt_by_listening_to_their_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pad = SimulatedPad(PtyPort(tmp_path / "pad"), time.monotonic, read_pad_model("sample-byte"))
    pad.start()

    def press() -> None:
        for key in (1, 4):
            time.sleep(0.25)
            pad.press(key)

    fingers = Thread(target=press)
    fingers.start()
    learning = ["watch", "--learn", str(pad_path := tmp_path / "pad"), "--parity", "even", "--stop-bits", "2"]
    assert main([*learning, "--seconds", "0.8"]) == 0
    fingers.join()
    pad.close()
    said = capsys.readouterr().out
    assert f"Listening on {pad_path} at 9600 baud" in said
    assert "1 byte: 31" in said
    assert "2 bytes: 1B 34" in said
    assert main([*learning, "--seconds", "0.2"]) == 1
    assert f"{pad_path} cannot be opened: nothing is connected at its path." in capsys.readouterr().out


def test_a_pad_whose_bytes_nobody_knows_is_refused_with_what_to_do(tmp_path: Path) -> None:
    code, said = run("watch", "--pad", f"cent-gwq={tmp_path / 'pad'}", "--seconds", "1", "--font", str(FONT))
    assert code == 2
    assert "listen with `devices watch --learn`" in said

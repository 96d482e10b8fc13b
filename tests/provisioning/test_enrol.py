"""The technician's visit: grant in the county, enrol in the village, agents."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from provisioning.__main__ import main
from provisioning.stage import Stage
from sync.clock import SystemClock
from sync.gateway import config as gateway_config
from sync.one_time_code import OneTimeCode
from sync.terminal import TerminalConfig
from sync.tls import gateway_context
from tests.gateway.county_site import Box, Site

POINT = "990101102201"


class Technician:
    """Types commands and reads what comes."""

    def __init__(self, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
        self._stage = stage
        self.gateway_url = stage.gateway_url
        self._capsys = capsys
        self.said = ""

    def types(self, *arguments: str) -> int:
        code = main(list(arguments))
        captured = self._capsys.readouterr()
        self.said = captured.out + captured.err
        return code

    def is_granted(self, terminal: str) -> str:
        county = ("--county-dir", str(self._stage.county_dir))
        name = ("--point", POINT, "--terminal", terminal, "--point-name", "荷塘村便民服务点")
        assert main(["grant", *county, *name]) == 0
        return self._capsys.readouterr().out.strip()

    def enrols(self, data: Path, code: str, *more: str) -> int:
        return self.types("enrol", "--data", str(data), "--gateway", self._stage.gateway_url, "--code", code, *more)


@pytest.fixture
def technician(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Technician:
    return Technician(stage, capsys)


def test_a_box_becomes_a_terminal_and_a_second_run_changes_nothing(technician: Technician, tmp_path: Path) -> None:
    data = tmp_path / "terminal"
    code = technician.is_granted("11")
    assert technician.enrols(data, code, "--pad", "pj06=../devices/pad", "--reader", "sam-v=../reader") == 0, (
        technician.said
    )
    config = TerminalConfig.load(data)
    assert (config.region, config.terminal_number, config.point_name) == (POINT, "11", "荷塘村便民服务点")
    assert config.devices == {
        "pad": {"model": "pj06", "path": "../devices/pad"},
        "reader": {"model": "sam-v", "path": "../reader"},
    }
    assert len(list((data / "packs" / "current").glob("*.pack"))) == 3
    private = [data / "keys" / "record.pem", data / "keys" / "tls-key.pem"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in private)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert technician.enrols(data, code) == 0
    assert "已入网" in technician.said
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("lost", ["terminal.json", "keys/tls-certificate.pem", "keys/root-certificate.pem"])
def test_an_enrolment_that_broke_before_its_end_is_run_again(technician: Technician, tmp_path: Path, lost: str) -> None:
    data = tmp_path / "terminal"
    number = str(20 + len(lost))
    code = technician.is_granted(number)
    assert technician.enrols(data, code) == 0
    for name in {lost, "terminal.json"}:
        (data / name).unlink()
    assert technician.enrols(data, code) == 0, technician.said
    assert TerminalConfig.load(data).terminal_number == number


def test_packs_that_did_not_arrive_are_fetched_by_another_run(technician: Technician, tmp_path: Path) -> None:
    data = tmp_path / "terminal"
    code = technician.is_granted("13")
    assert technician.enrols(data, code) == 0
    (data / "packs" / "current" / "catalogue.pack").unlink()
    assert technician.enrols(data, code) == 0
    assert (data / "packs" / "current" / "catalogue.pack").exists()


def test_each_misuse_of_a_code_has_its_own_sentence(technician: Technician, tmp_path: Path) -> None:
    code = technician.is_granted("14")
    wrong_name = ("--point", POINT, "--terminal", "15")
    assert technician.enrols(tmp_path / "a", code, *wrong_name) == 1
    assert "给另一台终端" in technician.said
    slip = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert technician.enrols(tmp_path / "b", slip) == 1
    assert "入网码输错了" in technician.said
    held = OneTimeCode.read(code)
    assert technician.enrols(tmp_path / "c", OneTimeCode(held.token_id, bytes(10), held.fingerprint).text()) == 1
    assert "入网码不对" in technician.said
    assert technician.enrols(tmp_path / "d", OneTimeCode("000000", held.secret, held.fingerprint).text()) == 1
    assert "不认识这个入网码" in technician.said
    assert technician.enrols(tmp_path / "e", code, "--point", POINT, "--terminal", "14") == 0
    assert technician.enrols(tmp_path / "f", code) == 1
    assert "已经用过" in technician.said
    assert not (tmp_path / "f" / "terminal.json").exists()


def test_an_address_that_terminal_json_cannot_hold_does_not_use_up_the_code(
    technician: Technician, tmp_path: Path
) -> None:
    code, address = technician.is_granted("50"), technician.gateway_url.removeprefix("https://")
    for url in ("nonsense", address, f"http://{address}", f"https:/{address}", f"https://{address}/v1"):
        assert technician.types("enrol", "--data", str(tmp_path / "t"), "--gateway", url, "--code", code) == 1
        assert "网关网址应写成 https://" in technician.said
    assert not (tmp_path / "t").exists()
    assert technician.enrols(tmp_path / "t", code) == 0


def test_a_terminal_json_that_somebody_wrote_wrongly_is_to_be_mended_not_enrolled_again(
    technician: Technician, tmp_path: Path
) -> None:
    code = technician.is_granted("60")
    assert technician.enrols(tmp_path / "t", code) == 0
    file = tmp_path / "t" / "terminal.json"
    right = file.read_text("utf-8")
    file.write_text(right.replace("https://", "http://"), "utf-8")
    for command in (
        ("doctor", "--data", str(tmp_path / "t")),
        ("agent-remove", "--data", str(tmp_path / "t"), "--id", "A01"),
    ):
        assert technician.types(*command) == 1
        assert "terminal.json 写得不对" in technician.said
        assert "gateway_url" in technician.said
    assert technician.enrols(tmp_path / "t", code) == 1
    assert "写得不对" in technician.said
    file.write_text(right.replace("https://127.0.0.1", "https://127.0.0.2"), "utf-8")
    assert technician.enrols(tmp_path / "t", code) == 1
    assert "gateway_url" in technician.said


@pytest.mark.parametrize("given", ["escpos-58", "=/dev/lp0", "escpos-58="])
def test_a_device_is_a_model_and_a_path(technician: Technician, tmp_path: Path, given: str) -> None:
    assert technician.enrols(tmp_path / "t", "", "--printer", given) == 1
    assert f"--printer 应写成 型号=接口：{given}" in technician.said


def test_a_terminal_keeps_its_name(technician: Technician, tmp_path: Path) -> None:
    code = technician.is_granted("16")
    assert technician.enrols(tmp_path / "t", code) == 0
    assert technician.enrols(tmp_path / "t", code, "--point", POINT, "--terminal", "17") == 1
    assert "不能改名" in technician.said


def test_a_gateway_of_another_county_gets_no_secret(technician: Technician, tmp_path: Path) -> None:
    code = technician.is_granted("18")
    other = Site(tmp_path / "other")
    other.start()
    try:
        command = ("enrol", "--data", str(tmp_path / "t"), "--gateway", other.url, "--code", code)
        assert technician.types(*command) == 1
        assert "不是入网码所说的那个县" in technician.said
        assert "/v1/enrol" not in other.log()
    finally:
        other.stop()
    assert technician.enrols(tmp_path / "t", code) == 0


def test_an_answer_for_somebody_else_s_keys_is_not_believed(technician: Technician, tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    site.start()
    try:
        name = site.next_name()
        code = site.code_for(name)
        answer = Box(site, tmp_path / "other").enrol(code).encode()
    finally:
        site.stop()
    authorities = (site.gateway_dir / gateway_config.AUTHORITIES).read_bytes()

    class Liar(BaseHTTPRequestHandler):
        """Has the gateway's certificate and gives one terminal's answer to another."""

        def do_GET(self) -> None:
            self._give(authorities)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._give(answer)

        def _give(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = HTTPServer(("127.0.0.1", 0), Liar)
    keys = (gateway_config.SERVER_CERTIFICATES, gateway_config.SERVER_KEY, gateway_config.AUTHORITIES)
    shown, tls_key, trusted = (site.gateway_dir / name for name in keys)
    context = gateway_context(shown, tls_key, trusted, SystemClock())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{server.server_address[1]}"
    assert technician.types("enrol", "--data", str(tmp_path / "t"), "--gateway", url, "--code", code.text()) == 1
    server.shutdown()
    server.server_close()
    assert "网关的回答不可信" in technician.said
    assert not (tmp_path / "t" / "terminal.json").exists()


def test_nobody_at_the_address(technician: Technician, tmp_path: Path) -> None:
    code = technician.is_granted("19")
    for url in ("https://127.0.0.1:9", "https://nowhere.invalid"):
        command = ("enrol", "--data", str(tmp_path / "t"), "--gateway", url, "--code", code)
        assert technician.types(*command) == 1
        assert "连不上网关" in technician.said


def test_something_else_at_the_address(technician: Technician, tmp_path: Path) -> None:
    code = technician.is_granted("19")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        def answer() -> None:
            far, _ = listener.accept()
            far.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n")
            far.close()

        threading.Thread(target=answer, daemon=True).start()
        assert technician.types("enrol", "--data", str(tmp_path / "t"), "--gateway", url, "--code", code) == 1
    assert "没有建成" in technician.said or "连不上" in technician.said


@pytest.mark.parametrize(
    ("point", "terminal", "name", "sentence"),
    [
        ("990102102201", "1", "邻村", "开头的十二位数字"),
        ("990101", "1", "短码", "开头的十二位数字"),
        (POINT, "0", "零号", "1 至 99"),
        (POINT, "100", "百号", "1 至 99"),
        (POINT, "21", "名" * 41, "1 至 40 个字"),
    ],
)
def test_a_grant_that_makes_no_sense(
    technician: Technician, stage: Stage, point: str, terminal: str, name: str, sentence: str
) -> None:
    county = ("--county-dir", str(stage.county_dir))
    assert technician.types("grant", *county, "--point", point, "--terminal", terminal, "--point-name", name) == 1
    assert sentence in technician.said


def test_a_grant_without_a_county(technician: Technician, tmp_path: Path) -> None:
    command = ("grant", "--county-dir", str(tmp_path), "--point", POINT, "--terminal", "1", "--point-name", "某村")
    assert technician.types(*command) == 1
    assert "不是县的数据目录" in technician.said


def test_devices_that_make_no_sense_are_refused_before_anything_is_made(technician: Technician, tmp_path: Path) -> None:
    assert technician.enrols(tmp_path / "t", "x", "--printer", "no-such=/dev/null") == 1
    assert "设备的写法不对" in technician.said
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("agent-add", "--data", "{tmp}", "--id", "A01", "--name", "王建国"), 1, "还没有入网"),
        (("run", "--state", "{tmp}", "--size", "wide"), 2, "'wide' is not like 1024x600"),
    ],
)
def test_a_command_that_makes_no_sense_here_is_refused_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    command = [sys.executable, "-m", "provisioning", *(each.replace("{tmp}", str(tmp_path)) for each in arguments)]
    # A session of its own has no terminal that a PIN could be typed at.
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []

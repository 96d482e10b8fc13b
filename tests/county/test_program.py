"""`python -m county` as a program: started, killed, misused."""

from __future__ import annotations

import io
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from county.__main__ import main
from sync import county_config as files
from sync.model.transitions import Status
from sync.passwords import make_verifier
from tests.county.browser import Console, county
from tests.county.hall import PASSWORD, Hall
from tests.county.office import INTAKE, open_office
from tests.county.village import NOON_MS


def test_the_program_ends_cleanly_when_told_and_goes_on_after_being_killed(home: Path) -> None:
    office = open_office(home)
    office.clerks.add(INTAKE, make_verifier(PASSWORD), NOON_MS)
    number = office.village.take_in(office.item, 1)
    office.pull()
    console = Console(home)
    try:
        console.start()
        clerk = console.browser()
        clerk.log_in("chen", PASSWORD)
        page = clerk.get(f"/cases/{number}")
        console.end(signal.SIGKILL)
        console.start()
        clerk.port = console.port
        assert clerk.send(page, f"/cases/{number}/do/accept").status == 303, "the session and its forms still hold"
        assert console.end(signal.SIGTERM) == 0
    finally:
        console.clean_up()
    assert office.desk.open(number).case.status is Status.ACCEPTED
    office.database.close()


def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(county(*arguments), input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_a_clerk_is_added_by_command_and_can_log_in_then(hall: Hall) -> None:
    data = str(hall.office.directory)
    common = ("user-add", "--data", data, "--name", "wu", "--shown-as", "吴敏", "--role", "intake", "--password-stdin")
    added = run(*common, "--department", "civil", typed=PASSWORD + "\n")
    assert added.returncode == 0, added.stderr
    assert hall.console.browser().log_in("wu", PASSWORD).status == 303
    again = run(*common, "--department", "civil", typed=PASSWORD + "\n")
    assert again.returncode == 1
    assert "there is a clerk called wu already" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("--name", "x", "--role", "intake"), PASSWORD, "name a department with --department"),
        (("--name", "x", "--role", "intake", "--department", "moon"), PASSWORD, "no such department"),
        (("--name", "x", "--role", "supervisor", "--department", "civil"), PASSWORD, "has no department"),
        (("--name", "x", "--role", "intake", "--department", "civil"), "short", "a password has 10 to 200 characters"),
        (("--name", "a b", "--role", "intake", "--department", "civil"), PASSWORD, "a log-in name has letters"),
    ],
)
def test_a_clerk_that_cannot_be_is_refused_in_a_sentence(
    hall: Hall,
    arguments: tuple[str, ...],
    typed: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
    assert main(["user-add", "--data", str(hall.office.directory), *arguments, "--password-stdin"]) == 1
    assert said in capsys.readouterr().err


def test_what_is_missing_or_wrong_is_a_sentence_and_no_traceback(
    hall: Hall, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unpublished, whole = str(home / "county"), str(hall.office.directory)
    shutil.rmtree(home / "county" / "packs" / "published")
    for arguments, said in (
        (("--data", str(tmp_path)), "county.json"),
        (("--data", unpublished), "not published"),
        (("verify", "--data", str(tmp_path)), "county.db"),
        (("--data", whole, "--console", "0.0.0.0:8460"), "loopback"),
        (("--data", whole, "--console", "nonsense"), "nonsense"),
        (("--data", whole, "--console", "127.0.0.1:²"), "127.0.0.1:²"),
        (("--data", whole, "--console", "127.0.0.1:８４６０"), "127.0.0.1:８４６０"),
        (("resume-chain", "--data", whole, "zz"), "hexadecimal"),
        (("resume-chain", "--data", whole, "00" * 8), "no chain"),
        (("--data", whole, "--clock", str(tmp_path / "none")), "clock"),
    ):
        assert main(list(arguments)) == 1, arguments
        assert said in capsys.readouterr().err


def test_a_key_or_certificate_of_the_line_that_cannot_be_used_is_named_before_anything_is_served(
    hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "county"
    shutil.copytree(hall.office.directory, data, ignore=shutil.ignore_patterns("*.lock"))
    for name in (files.TLS_KEY, files.TLS_CERTIFICATE):
        held = (data / name).read_bytes()
        (data / name).write_bytes(held[:40])
        assert main(["--data", str(data), "--console", "127.0.0.1:0"]) == 1
        assert Path(name).name in capsys.readouterr().err
        (data / name).write_bytes(held)


def test_a_console_s_port_that_another_program_has_is_one_sentence(
    hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "county"
    shutil.copytree(hall.office.directory, data, ignore=shutil.ignore_patterns("*.lock"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        assert main(["--data", str(data), "--console", listen]) == 1
    assert capsys.readouterr().err == f"county: cannot listen on {listen}: Address already in use\n"


def test_a_damaged_store_is_a_sentence_and_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "county.db").write_bytes(bytes(range(256)) * 16)
    assert main(["verify", "--data", str(tmp_path)]) == 1
    assert "county.db 不能用" in capsys.readouterr().err


def test_the_store_is_verified_and_rebuilt_by_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = open_office(home)
    office.village.take_in(office.item, 1)
    office.pull()
    data = str(home / "county")
    assert main(["verify", "--data", data]) == 0
    assert main(["rebuild", "--data", data]) == 0
    assert "办件 / cases: 1" in capsys.readouterr().out
    with office.database.writing() as connection:
        connection.execute("UPDATE records SET body = zeroblob(length(body))")
    assert main(["verify", "--data", data]) == 1
    assert "record 1" in capsys.readouterr().out
    office.database.close()

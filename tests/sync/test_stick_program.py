"""`python -m sync.stick` and the real gateway; with and without the sync process running beside it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sync.bundle.report import Report, Taken, decode_report
from sync.errand import Errand, What
from sync.gateway import config as files
from sync.journal import Journal
from sync.lock import ProcessLock
from sync.transport.said import StickFault, StickStage, stick_said
from tests.sync.import_counter import Visitor, make_page, running_page
from tests.sync.village import SOURCES, TAKEN_IN, Village, eventually, program, sync, write


@pytest.fixture
def journal(village: Village) -> Iterator[Journal]:
    opened = village.journal()
    yield opened
    opened.close()


@pytest.fixture
def stick(village: Village) -> Path:
    made = village.home / "stick"
    made.mkdir()
    return made


def know_the_key(village: Village) -> None:
    """As enrolment leaves it."""
    statement = (village.gateway / files.STICK_STATEMENT).read_bytes()
    (village.terminal / "keys" / "stick.statement").write_bytes(statement)


def stick_program(village: Village, what: str, stick: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sync.stick", what, "--data", str(village.terminal), "--stick", str(stick)],
        cwd=SOURCES, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def carry(village: Village, url: str, stick: Path) -> Report:
    """Somebody with a certificate of the county sends the stick's bundle and puts the answer onto it."""
    [file] = stick.glob("sunpoint-up-*.sun")
    keys = village.terminal / "keys"
    with file.open("rb") as bundle:
        answer = requests.post(
            f"{url}/v1/bundles",
            data=bundle,
            cert=(str(keys / "tls-certificate.pem"), str(keys / "tls-key.pem")),
            verify=str(keys / "root-certificate.pem"),
            timeout=20,
        )
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "big")
    if down := answer.content[4 + length :]:
        (stick / "sunpoint-down.sun").write_bytes(down)
    return decode_report(answer.content[4 : 4 + length])


def acknowledged_seq(village: Village, journal: Journal) -> int:
    held = village.transport().acknowledgement(journal.chain)
    return held.link.seq if held else 0


def test_a_terminal_that_never_had_a_line_again_gets_everything_over_by_stick(
    village: Village, journal: Journal, stick: Path
) -> None:
    know_the_key(village)
    write(journal, *[TAKEN_IN] * 4)
    wrote = stick_program(village, "export", stick)
    assert wrote.returncode == 0, wrote.stderr
    assert "5 records are on the stick" in wrote.stdout
    assert "is known to hold 0 records" in wrote.stdout
    with village.running_gateway() as url:
        [report] = carry(village, url, stick).chains
        assert (report.fresh, report.head_seq, report.taken) == (5, 5, Taken.ALL)
    read = stick_program(village, "import", stick)
    assert read.returncode == 0, read.stderr
    assert "is known to hold 5 records" in read.stdout
    assert acknowledged_seq(village, journal) == 5
    assert village.transport().checkpoint() is not None


def test_the_key_for_sticks_is_learnt_on_the_line_and_replaced_there(
    village: Village, journal: Journal, stick: Path
) -> None:
    write(journal, TAKEN_IN)
    refused = stick_program(village, "export", stick)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert StickFault.NO_KEY in refused.stderr
    with village.running_gateway() as url:
        village.configure(url)
        sync(village)
        write(journal, TAKEN_IN)
        assert stick_program(village, "export", stick).returncode == 0
        [report] = carry(village, url, stick).chains
        assert (report.fresh, report.known) == (1, 0)


def test_the_running_sync_process_does_it_when_it_is_asked(village: Village, journal: Journal, stick: Path) -> None:
    know_the_key(village)
    village.fix_port()
    write(journal, TAKEN_IN)
    with program("sync.client", "--data", str(village.terminal)):
        eventually(20, lambda: village.transport().line().last_try_ms)
        assert stick_program(village, "export", stick).returncode == 0
        said = stick_said(village.transport())
        assert said is not None
        assert (said.stage, said.records, said.left) == (StickStage.DONE, 2, 0)
        empty = stick_program(village, "import", stick)
        assert (empty.returncode, StickFault.NOTHING_HERE in empty.stderr) == (1, True)
        Errand("from-the-screen", What.EXPORT, str(stick / "gone")).leave(village.terminal)

        def missing() -> bool:
            said = stick_said(village.transport())
            return said is not None and said.errand == "from-the-screen" and said.fault is StickFault.MISSING

        eventually(20, missing)
    assert acknowledged_seq(village, journal) == 0


def test_what_was_asked_before_is_not_done_again_after_the_program_has_done_something(
    village: Village, journal: Journal, stick: Path
) -> None:
    know_the_key(village)
    write(journal, TAKEN_IN)
    Errand("from-the-screen", What.EXPORT, str(stick)).leave(village.terminal)
    with village.running_gateway() as url:
        village.configure(url)
        sync(village)
        [file] = stick.glob("sunpoint-up-*.sun")
        file.unlink()
        assert stick_program(village, "import", stick).returncode == 1
        sync(village)
    assert not list(stick.iterdir())


def test_a_program_that_meets_another_does_its_work_when_that_has_ended(
    village: Village, journal: Journal, stick: Path
) -> None:
    know_the_key(village)
    write(journal, TAKEN_IN)
    other = ProcessLock(village.terminal / "client.lock")
    arguments = ("export", "--data", str(village.terminal), "--stick", str(stick))
    try:
        with program("sync.stick", *arguments) as waiting:
            eventually(20, (village.terminal / "errand.json").exists)
            other.release()
            assert waiting.wait(20) == 0
    finally:
        other.release()
    assert list(stick.glob("sunpoint-up-*.sun"))


@pytest.mark.parametrize("content", [b"", b"{", b'{"id": 7}', b'{"id":"","what":"export","stick":"/"}', b"\xff" * 50])
def test_an_errand_that_is_none_does_not_end_the_sync_process(
    village: Village, journal: Journal, content: bytes
) -> None:
    write(journal, TAKEN_IN)
    (village.terminal / "errand.json").write_bytes(content)
    with village.running_gateway() as url:
        village.configure(url)
        sync(village)
    assert acknowledged_seq(village, journal) == 2


def test_a_terminal_that_is_none_is_named_in_one_sentence(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sync.stick", "export", "--data", str(tmp_path), "--stick", str(tmp_path)],
        cwd=SOURCES, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1


def test_the_gateway_names_what_is_wrong_with_a_bundle(village: Village, journal: Journal, stick: Path) -> None:
    know_the_key(village)
    write(journal, TAKEN_IN)
    assert stick_program(village, "export", stick).returncode == 0
    [file] = stick.glob("sunpoint-up-*.sun")
    whole = file.read_bytes()
    keys = village.terminal / "keys"
    certificate = (str(keys / "tls-certificate.pem"), str(keys / "tls-key.pem"))
    with village.running_gateway() as url:

        def word(content: bytes, cert: tuple[str, str] | None = certificate) -> str:
            answer = requests.post(
                f"{url}/v1/bundles", data=content, cert=cert, verify=str(keys / "root-certificate.pem"), timeout=20
            )
            return answer.headers.get("Sunpoint-Refusal", "taken")

        assert word(b"hello") == "not-a-bundle"
        assert word(whole[:-1]) == "bundle-damaged"
        assert word(whole.replace(b"990101", b"990102", 1)) == "bundle-of-another-county"
        assert word(whole, None) == "no-certificate"
        assert word(bytes(49 * 1024 * 1024)) == "bundle-too-large"
        assert word(whole) == "taken"


def test_a_gateway_without_room_for_a_bundle_does_not_blame_the_bundle(
    village: Village, journal: Journal, stick: Path
) -> None:
    know_the_key(village)
    write(journal, TAKEN_IN)
    assert stick_program(village, "export", stick).returncode == 0
    [file] = stick.glob("sunpoint-up-*.sun")
    keys = village.terminal / "keys"
    with village.running_gateway() as url:

        def brought() -> tuple[int, str]:
            answer = requests.post(
                f"{url}/v1/bundles",
                data=file.read_bytes(),
                cert=(str(keys / "tls-certificate.pem"), str(keys / "tls-key.pem")),
                verify=str(keys / "root-certificate.pem"),
                timeout=20,
            )
            return answer.status_code, answer.headers.get("Sunpoint-Refusal", "taken")

        assert brought() == (200, "taken")
        gateway = [pid for pid in children(os.getpid()) if b"sync.gateway" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert gateway
        with running_page(make_page(village, url)) as page:
            visitor = Visitor(page)
            visitor.log_in()
            for limit, said, told in (
                (512, (503, "store-unavailable"), "县里网关的硬盘满了或者坏了，没有收好，不是 U 盘的问题"),
                (resource.RLIM_INFINITY, (200, "taken"), "全部收到"),
            ):
                for pid in gateway:
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
                assert brought() == said
                assert told in visitor.bring((file.name, file.read_bytes())), "whoever brings it reads whose disk it is"


def children(pid: int) -> list[int]:
    """All that a process has started, and what those have."""
    found = [int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]
    return found + [each for child in found for each in children(child)]

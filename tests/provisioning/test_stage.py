"""The programs of a stage: real processes, started, killed and kept running."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.demonstration import prepare
from provisioning.speech import Refused, Sentence
from provisioning.stage import NotReady, Options, Stage
from provisioning.supervision import RESTARTS_MAX, Supervisor, alone
from sync.clock import Steering, SystemClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass, SignInRefused
from sync.record import Link
from sync.transport.reader import TransportReader
from tests.demo_desk import readers
from tests.provisioning.conftest import SETTING

PROGRAMS = ("gateway", "county", "sync")


def wait_until(holds: object, wait_s: float = 30) -> None:
    for _ in range(int(wait_s / 0.05)):
        if holds():  # type: ignore[operator]  # a callable without arguments
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come to hold")


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, "[1]", '{"gateway": 1}', '{"gateway": "1", "console": 2, "panel": 3}',
             '{"gateway": 70000, "console": 2, "panel": 3}'],
)  # fmt: skip
def test_a_damaged_file_of_ports_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "stage.json").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="stage"):
        Stage(tmp_path, SystemClock())


@pytest.fixture
def running(stage: Stage) -> Iterator[Stage]:
    for name in PROGRAMS:
        stage.start(name)
        stage.wait_ready(name)
    yield stage
    for name in ("sync", "county"):
        stage.stop(name)
    stage.start("gateway")
    stage.wait_ready("gateway")


def write(stage: Stage, count: int) -> Link:
    signer = FileSigner.load(stage.terminal_dir / "keys" / "record.pem")
    journal = Journal.open_or_create(
        stage.terminal_dir / "journal.db", signer, readers(stage.terminal_dir), SystemClock()
    )
    with journal.transaction() as transaction:
        for tries in range(count):
            transaction.append(SignInRefused(tries=tries), actor="kiosk", actor_class=ActorClass.SYSTEM)
    head = journal.head()
    journal.close()
    return head


def acknowledged_seq(stage: Stage, chain: bytes) -> int:
    transport = TransportReader(stage.terminal_dir / "transport.db")
    try:
        held = transport.acknowledgement(chain)
        return held.link.seq if held else 0
    finally:
        transport.close()


def county_seqs(stage: Stage, chain: bytes) -> list[int]:
    with sqlite3.connect(stage.county_dir / "county.db") as db:
        return [seq for (seq,) in db.execute("SELECT seq FROM records WHERE chain = ? ORDER BY seq", (chain,))]


@pytest.mark.parametrize("killed", PROGRAMS)
def test_records_reach_the_county_once_whoever_is_killed_on_the_way(running: Stage, killed: str) -> None:
    head = write(running, 30)
    running.kill(killed)
    assert not running.running(killed)
    assert running.exit_code(killed) == -9
    running.start(killed)
    running.wait_ready(killed)
    wait_until(lambda: acknowledged_seq(running, head.chain) == head.seq)
    wait_until(lambda: len(county_seqs(running, head.chain)) >= head.seq)
    assert county_seqs(running, head.chain) == list(range(1, head.seq + 1))


def test_preparing_again_leaves_everything_as_it_is(stage: Stage) -> None:
    kept = [
        stage.terminal_dir / "terminal.json",
        stage.terminal_dir / "keys" / "agents.json",
        stage.county_dir / "keys",
    ]
    before = [path.stat().st_mtime_ns for path in kept]
    said: list[Sentence] = []
    prepare(stage, said.append, SETTING)
    assert [path.stat().st_mtime_ns for path in kept] == before
    assert all(sentence.english.startswith("there already") for sentence in said)


def test_a_stage_goes_by_the_clock_it_is_given(tmp_path: Path) -> None:
    Steering(SystemClock().wall_ms(), 1_795_415_520_000).write(tmp_path / "clock.json")
    stage = Stage(tmp_path / "stage", SystemClock(), Options(clock_file=tmp_path / "clock.json"))
    assert abs(stage.domain_clock().wall_ms() - 1_795_415_520_000) < 60_000
    assert stage.clock_arguments() == ("--clock", str(tmp_path / "clock.json"))


def test_two_runs_do_not_take_the_programs_of_one_folder_from_each_other(tmp_path: Path) -> None:
    alone(Stage(tmp_path / "state", SystemClock()))
    with pytest.raises(Refused) as refused:
        alone(Stage(tmp_path / "state", SystemClock()))
    assert refused.value.sentence.english == "another run keeps its programs here; stop that one first"
    alone(Stage(tmp_path / "other", SystemClock()))


def test_ports_are_chosen_once(tmp_path: Path) -> None:
    first, again = Stage(tmp_path, SystemClock()), Stage(tmp_path, SystemClock())
    assert (first.gateway_url, first.console_url, first.panel_url) == (
        again.gateway_url, again.console_url, again.panel_url,
    )  # fmt: skip
    assert len({first.gateway_url[-5:], first.console_url[-6:-1], first.panel_url[-6:-1]}) == 3
    (tmp_path / "stage.json").write_text("{}")
    with pytest.raises(Refused):
        Stage(tmp_path, SystemClock())


def test_a_program_that_cannot_start_is_named_with_its_last_words(stage: Stage, tmp_path: Path) -> None:
    other = Stage(tmp_path / "empty", SystemClock())
    other.start("county")
    with pytest.raises(NotReady) as refused:
        other.wait_ready("county")
    assert "county.json" in refused.value.sentence.chinese
    assert other.exit_code("county") == 1


def test_a_program_that_dies_is_started_again_and_said(running: Stage) -> None:
    said: list[str] = []
    stop = threading.Event()
    supervisor = Supervisor(running, PROGRAMS, lambda sentence: said.append(sentence.english), stop)
    supervisor.start()
    running.kill("sync")
    # The watch runs in this thread: what it starts ends with the thread that started it.

    def stop_when_revived() -> None:
        wait_until(lambda: running.running("sync"))
        stop.set()

    until = threading.Thread(target=stop_when_revived)
    until.start()
    assert supervisor.watch() == 0
    until.join()
    assert "sync ended; started again" in said
    assert running.running("sync")
    assert said[:3] == ["gateway: up", "county: up", "sync: up"]


def test_a_program_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "empty", SystemClock())
    said: list[str] = []
    supervisor = Supervisor(stage, ("sync",), lambda sentence: said.append(sentence.english), _Impatient())
    assert supervisor.watch() == 1
    assert sum("started again" in sentence for sentence in said) == RESTARTS_MAX
    assert "left alone" in said[-1]


class _Impatient(threading.Event):
    """Never waits, and stops the watch after some looks."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self._looks += 1
        return self._looks > 4 * RESTARTS_MAX


def test_nothing_is_left_running_behind_a_killed_program_that_started_it(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from provisioning.stage import Stage\n"
        "from sync.clock import SystemClock\n"
        "stage = Stage(Path(sys.argv[1]), SystemClock())\n"
        "stage.start('simulators')\n"
        "stage.wait_ready('simulators')\n"
        "print(stage.pid('simulators'), flush=True)\n"
        "time.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    started = Path("/proc") / starter.stdout.readline().strip()
    assert (started / "cmdline").exists()
    starter.kill()
    starter.wait()
    starter.stdout.close()
    wait_until(lambda: not (started / "cmdline").exists() or not (started / "cmdline").read_bytes())

"""A county's gateway and one terminal with a long queue, as processes: what the pipe's figures are measured on."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning.county_init import CHECKOUT
from sync.gateway import config as files
from sync.journal import JournalReader
from sync.transport.reader import TransportReader
from tests.bench import corpus
from tests.seals import READERS
from tests.sync.village import Village

LOOPBACK = "127.0.0.1"
READY_S, DRAIN_S = 30.0, 900.0
LOOK_S = 0.02
_TICKS_A_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Drained:
    """One queue that went up.

    Attributes:
        records: how many were sent, content keys included.
        took_s: from the first connection to the last acknowledgement on the terminal's disk.
        client_cpu_s: of the sync process since its start.
        gateway_cpu_s: of the gateway's processes meanwhile.
    """

    records: int
    took_s: float
    client_cpu_s: float
    gateway_cpu_s: float


class PipeSite:
    """A village whose journal holds the corpus, and a gateway that can be put back to where it has nothing of it.

    The terminal has been in contact before: its first record is at the county, and it knows that.

    Args:
        directory: a new one.
        cases: how many whole cases wait on the terminal.
        stored: a gateway's store that is there already, None for an empty one.
        host: where the gateway listens, beside the loopback.
    """

    def __init__(self, directory: Path, cases: int, stored: Path | None = None, host: str = "127.0.0.1") -> None:
        directory.mkdir(parents=True)
        self.village = Village(directory, (*dict.fromkeys(("127.0.0.1", "localhost", host)),))
        self.host = host
        self.port = self.village.fix_port()
        if stored is not None:
            shutil.copyfile(stored, self._store)
            self.village.enrol()
        self.records = 1
        path = self.terminal / "journal.db"
        corpus.write_first(path, self.village.keys.record, READERS)
        with self.gateway() as gateway:
            self.drain(gateway)
        self._began = directory / "began"
        self._began.mkdir()
        for kept in (self._store, self.terminal / "transport.db"):
            _fold_wal(kept)
            shutil.copyfile(kept, self._began / kept.name)
        self.records = corpus.write(path, self.village.keys.record, READERS, cases)

    @property
    def terminal(self) -> Path:
        """The terminal's data directory."""
        return self.village.terminal

    @property
    def public_key(self) -> bytes:
        """Of the terminal's chain."""
        return self.village.keys.record.public_key

    @property
    def _store(self) -> Path:
        return self.village.gateway / files.STORE_FILE

    def put_back(self) -> None:
        """Let nothing have been sent. Nothing may run."""
        for path in (*self.village.gateway.glob("gateway.db*"), *self.terminal.glob("transport.db*")):
            path.unlink()
        shutil.copyfile(self._began / self._store.name, self._store)
        shutil.copyfile(self._began / "transport.db", self.terminal / "transport.db")

    @contextmanager
    def gateway(self, *before: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the gateway; `before` is what its command is begun with: a tracer, another network namespace."""
        listen = ("--listen", f"{self.host if before else LOOPBACK}:{self.port}")
        with (
            (self.village.home / "gateway.log").open("wb") as log,
            running([*before, *module("sync.gateway", "--data", str(self.village.gateway), *listen)], log) as process,
        ):
            until(READY_S, self._said_where, "a gateway that listens")
            yield process

    def drain(self, gateway: subprocess.Popen[bytes], *before: str) -> Drained:
        """Let the sync process send everything, once."""
        clocked = self.village.home / "clocked"
        clocked.unlink(missing_ok=True)
        burnt_s = cpu_s(gateway.pid)
        ran = subprocess.run(
            [*before, *module("tests.bench.clocked_client", str(clocked), *self._client(), "--once")],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=DRAIN_S, check=False,
        )  # fmt: skip
        if ran.returncode != 0:
            raise RuntimeError(f"the sync process failed:\n{ran.stderr}")
        self.check()
        said = json.loads(clocked.read_text().splitlines()[0])
        took_s = said["ended_s"] - said["began_s"]
        return Drained(self.records - 1, took_s, said["cpu_s"], cpu_s(gateway.pid) - burnt_s)

    @contextmanager
    def client(self, *before: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the sync process as a terminal does, until left."""
        with (
            (self.village.home / "client.log").open("ab") as log,
            running([*before, *module("sync.client", *self._client())], log) as process,
        ):
            yield process

    def acknowledged(self) -> int:
        """How many records are known on the terminal to be at the county."""
        reader = TransportReader(self.terminal / "transport.db")
        try:
            held = reader.acknowledgement(self.village.chain)
        finally:
            reader.close()
        return held.link.seq if held else 0

    def check(self) -> None:
        """Check that both ends hold the same records, each once, and that the terminal knows."""
        reader = JournalReader.open(self.terminal / "journal.db")
        written = [record.hash for record in reader.read(0, self.records + 1)]
        reader.close()
        store = sqlite3.connect(f"file:{self._store}?mode=ro", uri=True)
        rows = store.execute("SELECT hash FROM records WHERE chain = ? ORDER BY seq", (self.village.chain,)).fetchall()
        store.close()
        if [digest for (digest,) in rows] != written:
            raise RuntimeError(f"the gateway has {len(rows)} records, the terminal wrote {len(written)}, or others")
        if self.acknowledged() != len(written):
            raise RuntimeError("not all records were acknowledged")

    def _client(self) -> tuple[str, ...]:
        return ("--data", str(self.terminal))

    def _said_where(self) -> bool:
        log = (self.village.home / "gateway.log").read_text()
        return re.search(rf"^gateway of county .*:{self.port}$", log, re.MULTILINE) is not None


def module(name: str, *arguments: str) -> list[str]:
    """The command of one of the programs."""
    return [sys.executable, "-m", name, *arguments]


@contextmanager
def running(command: Sequence[str], log: object = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until left; told to stop, and ended if it does not."""
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=subprocess.STDOUT)  # type: ignore[call-overload]  # a file
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[Any], first: signal.Signals = signal.SIGTERM, wait_s: float = 15) -> None:
    """Tell a program to end, and end it with all that it has started if it does not.

    A tracer that is ended lets go of what it traces, which then goes on; so what it traces is told.
    """
    started = family(process.pid)
    command = Path(f"/proc/{process.pid}/comm")
    is_tracer = command.exists() and command.read_text().strip() == "strace"
    traced = started[1:2] if is_tracer else started[:1]
    for each in traced:
        with suppress(ProcessLookupError):
            os.kill(each, first)
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        for each in started:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        process.wait()


def until(timeout_s: float, is_so: object, what: str, look_s: float = LOOK_S) -> float:
    """Wait until a callable returns something true, and return when, by the monotonic clock. Raises TimeoutError.

    `look_s`: between two looks.
    """
    limit_s = time.monotonic() + timeout_s
    while not is_so():  # type: ignore[operator]  # any callable
        if time.monotonic() > limit_s:
            raise TimeoutError(f"{what} did not come within {timeout_s:.0f} s")
        time.sleep(look_s)
    return time.monotonic()


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for each in found:
        try:
            found += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())
        except OSError:
            continue
    return found


def cpu_s(pid: int) -> float:
    """What a process and all that it has started have burnt so far, user and system, by all threads."""
    burnt = 0.0
    for each in family(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        burnt += (int(fields[11]) + int(fields[12])) / _TICKS_A_S
    return burnt


def rss_mb(pid: int) -> float:
    """What a process and all that it has started hold in memory, shared pages counted in each."""
    held = 0.0
    for each in family(pid):
        for line in Path(f"/proc/{each}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                held += int(line.split()[1]) / 1024
    return held


def _fold_wal(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

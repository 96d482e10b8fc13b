"""A PostgreSQL of the tests' own: a new cluster in a temporary directory, on a Unix socket only, with fsync on.

Debian's own cluster `main` and its port are left alone. PostgreSQL refuses to run as root, so root starts it as the
user `postgres`. The postmaster is a direct child: it can be killed, and is waited for.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from provisioning.stage import ENDS_WITH_PARENT

BINARIES = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"
DATABASE = "gateways"
READY_S = 30.0
STOP_S = 30.0
# The log's files have a megabyte for the sake of `store_ground.PostgresGround.full_disk`.
_INITDB = ("-A", "trust", "-k", "-U", USER, "-E", "UTF8", "--no-locale", "--wal-segsize=1")
_SETTINGS = {
    "listen_addresses": "",  # nobody else's port, nobody else's network
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
    "log_min_messages": "warning",
    "autovacuum": "off",  # nothing in a test lives long enough to need it, and it takes locks when it likes
}


class NotRunning(RuntimeError):
    """PostgreSQL did not start; the text is its log."""


class Cluster:
    """One cluster, started when it is made. `stop` ends it and removes every file of it."""

    def __init__(self) -> None:
        # Not below pytest's directory, which only its owner may enter, and short: a socket's path has 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="sunpoint-pg-"))
        self._as_user: tuple[str, ...] = ()
        self._places = 0
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(self.home, USER, USER)
            self._as_user = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--")
        try:
            self.run(str(BINARIES / "initdb"), *_INITDB, "-D", str(self.data))
            self.start()
            self.execute(f"CREATE DATABASE {DATABASE}")
        except BaseException:
            self.stop()
            raise

    @property
    def data(self) -> Path:
        return self.home / "data"

    def new_place(self) -> str:
        """The address of an empty schema that nobody else uses; a database for each would be ten times the files."""
        self._places += 1
        name = f"place_{self._places}"
        self.execute(f"CREATE SCHEMA {name}", at=self._address(DATABASE))
        return f"{self._address(DATABASE)}&options=-csearch_path%3D{name}"

    def execute(self, statement: str, *values: object, at: str | None = None) -> list[tuple[object, ...]]:
        """Carry out a statement as the superuser, at an address or beside all places, and return its rows."""
        with psycopg.connect(at or self._address(USER), autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def _address(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.home}"

    def configure(self, **settings: str) -> None:
        """Change settings that a reload takes over, and wait until it has."""
        for name, value in settings.items():
            self.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")
        until = time.monotonic() + READY_S
        for name, value in settings.items():
            while self.execute(f"SHOW {name}") != [(value,)]:
                if time.monotonic() > until:
                    raise NotRunning(f"{name} is not {value!r}: {self.log()}")
                time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        if self._process is None:
            raise NotRunning("it is not running")
        return self._process.pid

    def start(self, **settings: str) -> None:
        """Start it, with other settings than usual if any, and wait until it answers. Raises NotRunning."""
        until = time.monotonic() + READY_S
        while True:
            self._spawn(settings)
            while self._process is not None and self._process.poll() is None and time.monotonic() < until:
                try:
                    self.execute("SELECT 1")
                    return
                except psycopg.OperationalError:
                    time.sleep(0.02)
            # Children of a killed postmaster may hold its shared memory for another moment.
            if time.monotonic() > until or "pre-existing shared memory" not in self.log():
                raise NotRunning(self.log())
            time.sleep(0.1)

    def kill(self) -> None:
        """`kill -9` of the postmaster, as a power cut of its processes; its children see it gone and end."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it at once, for there is nothing to be kept, and remove it."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.home)

    def log(self) -> str:
        """What it has said since it was started last."""
        return (self.home / "log").read_text("utf-8", errors="replace")

    def _spawn(self, differently: dict[str, str]) -> None:
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, **differently}.items()]
        settings.append(f"--unix_socket_directories={self.home}")
        command = [*self._as_user, *ENDS_WITH_PARENT, str(BINARIES / "postgres"), "-D", str(self.data), *settings]
        with (self.home / "log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log, start_new_session=True)

    def _end(self, with_signal: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait(STOP_S)
            self._process = None

    def run(self, *command: str) -> None:
        """Run a program as the cluster's owner. Raises NotRunning with what it said when it fails."""
        done = subprocess.run(
            [*self._as_user, *command], cwd=self.home, check=False, capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            raise NotRunning(done.stdout + done.stderr)

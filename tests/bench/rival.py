"""What a peer of the pipe is, and how its ends are run as processes that say lines of JSON."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.county_init import CHECKOUT
from sync.gateway import config as files
from tests.bench.site import PipeSite, end, until

HOME = CHECKOUT / "build" / "bench" / "peers"
DRIVERS = CHECKOUT / "tests" / "bench" / "peers" / "drivers.js"
LOOPBACK = "127.0.0.1"
CARRY_S = 900.0


class PeerMissing(RuntimeError):
    """A peer is not installed; the text says which and what installs it."""


class PeerFailed(RuntimeError):
    """A peer did not carry everything in time, or ended by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run of a peer takes place.

    Attributes:
        directory: a new one, for all that the run writes.
        site: whose certificates are used.
        documents: a file of JSON documents, one a line.
        count: how many they are.
        host: of the county's end.
        county: what commands at the county's end begin with.
        village: what commands at the village's end begin with.
        limit_s: how long it may take.
    """

    directory: Path
    site: PipeSite
    documents: Path
    count: int
    host: str = LOOPBACK
    county: tuple[str, ...] = ()
    village: tuple[str, ...] = ()
    limit_s: float = CARRY_S

    @property
    def root(self) -> Path:
        """PEM of the trusted root."""
        return self.site.terminal / "keys" / "root-certificate.pem"

    @property
    def certificates(self) -> Path:
        """PEM of the county's end."""
        return self.site.village.gateway / files.SERVER_CERTIFICATES

    @property
    def key(self) -> Path:
        """Its private key."""
        return self.site.village.gateway / files.SERVER_KEY


@dataclass
class Talk:
    """A process that says lines of JSON."""

    process: subprocess.Popen[str]
    said: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to it."""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                self.said.append(json.loads(line))

    def wait_for(self, key: str, limit_s: float, what: str) -> float:
        """Wait until it has said a value under a key. Raises PeerFailed."""

        def found() -> bool:
            if self.process.poll() not in (None, 0):
                raise PeerFailed(f"{what} ended with {self.process.returncode}")
            return any(key in each for each in self.said)

        try:
            until(limit_s, found, what)
        except TimeoutError as cause:
            raise PeerFailed(str(cause)) from cause
        return next(each[key] for each in self.said if key in each)


@dataclass(frozen=True, slots=True)
class CountyEnd:
    """The county's end of a peer, while it runs.

    Attributes:
        port: where it listens.
        arrived: how many documents are stored there; asked past the line.
        stored_s: waits for all of them, so many seconds at most, and returns when that was, by the monotonic clock;
            None where the village's end is told so itself. Raises PeerFailed.
    """

    port: int
    arrived: Callable[[], int]
    stored_s: Callable[[float], float] | None = None


class Rival(ABC):
    """One peer with its settings. It keeps nothing of a run, so that several may go on at once.

    Args:
        name: in the table.
        promise: what is true when it says that it is done.
    """

    def __init__(self, name: str, promise: str) -> None:
        self.name = name
        self.promise = promise

    @abstractmethod
    def missing(self) -> str | None:
        """What is not installed, None when everything is."""

    @abstractmethod
    def serve(self, place: Place) -> AbstractContextManager[CountyEnd]:
        """Run the county's end."""

    @abstractmethod
    def push(self, place: Place, county: CountyEnd, port: int) -> float:
        """Carry all documents to a port of the place's host, the county's own or that of a line to it.

        Returns how many seconds it took. Raises PeerFailed.
        """

    def carry(self, place: Place) -> float:
        """Serve and push. Raises PeerMissing, PeerFailed."""
        self.check()
        with self.serve(place) as county:
            return self.push(place, county, county.port)

    def check(self) -> None:
        """Raise PeerMissing unless it is installed."""
        absent = self.missing()
        if absent is not None:
            raise PeerMissing(f"{absent} is not installed (make setup-bench)")


def timed_push(driver: str, options: dict[str, object], place: Place) -> float:
    """Run a driver that says when it began and ended."""
    with node(driver, options, place, place.village) as talk:
        began_s = begin(talk, place)
        return talk.wait_for("ended_s", place.limit_s, driver) - began_s


def begin(talk: Talk, place: Place) -> float:
    """Let a driver that is ready begin, and return when, by the monotonic clock."""
    talk.wait_for("ready", place.limit_s, "the driver")
    assert talk.process.stdin is not None
    talk.process.stdin.write("go\n")
    talk.process.stdin.flush()
    return time.monotonic()


@contextmanager
def node(driver: str, options: dict[str, object], place: Place, before: Sequence[str]) -> Iterator[Talk]:
    """Run one end of a peer that is written in JavaScript."""
    with talking([*before, "node", str(DRIVERS), driver, json.dumps(options)], place) as talk:
        yield talk


@contextmanager
def talking(command: Sequence[str], place: Place) -> Iterator[Talk]:
    """Run a process that says lines of JSON, until left."""
    environment = {
        **os.environ,
        "PEERS_HOME": str(HOME),
        "NODE_EXTRA_CA_CERTS": str(place.root),
        "NODE_NO_WARNINGS": "1",
    }
    with (place.directory.parent / "peers.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            yield Talk(process)
        finally:
            end(process, signal.SIGKILL)


def answers(place: Place, port: int) -> bool:
    """Whether something listens at the county's end."""
    probe = f"import socket; socket.create_connection(({place.host!r}, {port}), 1)"
    ran = subprocess.run([*place.county, sys.executable, "-c", probe], capture_output=True, check=False, timeout=10)
    return ran.returncode == 0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as free:
        port: int = free.getsockname()[1]
    return port

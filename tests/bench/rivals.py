"""The peers of the pipe as processes: PouchDB, mosquitto, NATS JetStream, and one signed record a POST.

Each carries the facts of the corpus from a terminal to a county over TLS, with the gateway's own certificate; the first
three as JSON, not sealed, not signed. What a peer promises when it says "done" is in `Rival.promise`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.county_init import CHECKOUT
from sync.gateway import config as files
from tests.bench import corpus
from tests.bench.one_post import ACKNOWLEDGED, BARE
from tests.bench.site import PipeSite, end, module, running, until

HOME = CHECKOUT / "build" / "bench" / "peers"
PYTHON = CHECKOUT / "build" / "bench" / "python" / "bin"
DRIVERS = CHECKOUT / "tests" / "bench" / "peers" / "drivers.js"
STORE = CHECKOUT / "tests" / "bench" / "peers" / "mqtt_store.py"
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


class Rival:
    """One peer with its settings. `serve` runs its county's end, `push` carries everything and returns the seconds.

    Attributes:
        name: in the table.
        promise: what is true when it says that it is done.
    """

    name = ""
    promise = ""

    def missing(self) -> str | None:
        """What is not installed, None when everything is."""
        raise NotImplementedError

    @contextmanager
    def serve(self, place: Place) -> Iterator[int]:
        """Run the county's end; yields its port."""
        raise NotImplementedError

    def push(self, place: Place, host: str, port: int) -> float:
        """Carry all documents to an address; returns how many seconds it took. Raises PeerFailed."""
        raise NotImplementedError

    def carry(self, place: Place) -> float:
        """Serve and push. Raises PeerMissing, PeerFailed."""
        self.check()
        with self.serve(place) as port:
            return self.push(place, place.host, port)

    def check(self) -> None:
        """Raise PeerMissing unless it is installed."""
        absent = self.missing()
        if absent is not None:
            raise PeerMissing(f"{absent} is not installed (make setup-bench)")


class Pouch(Rival):
    """PouchDB replicates to express-pouchdb; both keep LevelDB, which syncs neither end before it answers."""

    promise = "in the file's cache at both ends; neither sealed nor signed"

    def __init__(self, batch: int) -> None:
        self.name = f"PouchDB, batch {batch}"
        self._batch = batch

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        return None if (HOME / "node_modules" / "express-pouchdb").is_dir() else "express-pouchdb"

    @contextmanager
    def serve(self, place: Place) -> Iterator[int]:
        """See `Rival.serve`."""
        port = free_port()
        directory = place.directory / "pouch-county"
        directory.mkdir(parents=True)
        options = {"directory": str(directory), "port": port, "host": place.host}
        options |= {"certificates": str(place.certificates), "key": str(place.key)}
        with node("pouchServer", options, place, place.county) as talk:
            talk.wait_for("listens", 60, "express-pouchdb")
            yield port

    def push(self, place: Place, host: str, port: int) -> float:
        """See `Rival.push`."""
        directory = place.directory / "pouch-village"
        directory.mkdir(parents=True, exist_ok=True)
        url = f"https://{host}:{port}/records"
        options = {"directory": str(directory), "url": url, "file": str(place.documents), "batch": self._batch}
        return timed_push("pouchPush", options, place)


class Mosquitto(Rival):
    """An MQTT broker with QoS 1; a subscriber stores what it hands on."""

    promise = "on the sender's and the subscriber's disk; the broker syncs nothing; neither sealed nor signed"

    def __init__(self, in_flight: int, *, tuned: bool) -> None:
        self.name = f"mosquitto, QoS 1, {in_flight} in flight{', tuned' if tuned else ''}"
        self._in_flight = in_flight
        self._tuned = tuned

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        if not Path("/usr/sbin/mosquitto").exists():
            return "mosquitto"
        return None if (HOME / "node_modules" / "mqtt").is_dir() and (PYTHON / "python").exists() else "an MQTT client"

    @contextmanager
    def serve(self, place: Place) -> Iterator[int]:
        """See `Rival.serve`."""
        port = free_port()
        place.directory.mkdir(parents=True, exist_ok=True)
        settings = [f"listener {port} {place.host}", f"certfile {place.certificates}", f"keyfile {place.key}"]
        settings += [
            "allow_anonymous true",
            "user root",
            "persistence true",
            f"persistence_location {place.directory}/",
        ]
        if self._tuned:
            settings += ["max_inflight_messages 1000", "max_queued_messages 0", "set_tcp_nodelay true"]
        else:
            # By default the broker drops what it cannot queue, and QoS 1 with it.
            settings += ["max_queued_messages 0"]
        config = place.directory / "mosquitto.conf"
        config.write_text("\n".join(settings) + "\n")
        store = [str(PYTHON / "python"), str(STORE), place.host, str(port), str(place.root)]
        with ExitStack() as stack:
            stack.enter_context(running([*place.county, "/usr/sbin/mosquitto", "-c", str(config)]))
            until(20, lambda: answers(place, port), "mosquitto")
            command = [*place.county, *store, str(place.directory / "records.db"), str(place.count)]
            self._subscriber = stack.enter_context(talking(command, place))
            self._subscriber.wait_for("listens", 20, "the subscriber")
            yield port

    def push(self, place: Place, host: str, port: int) -> float:
        """See `Rival.push`: until the subscriber has stored everything."""
        kept = str(place.directory / "acknowledged")
        options = {
            "url": f"mqtts://{host}:{port}",
            "file": str(place.documents),
            "inFlight": self._in_flight,
            "kept": kept,
        }
        with node("mqttPublish", options, place, place.village) as talk:
            began_s = begin(talk, place)
            ended_s = self._subscriber.wait_for("ended_s", place.limit_s, self.name)
            published_s = talk.wait_for("ended_s", place.limit_s, self.name)
        return max(ended_s, published_s) - began_s


class JetStream(Rival):
    """NATS JetStream with a file store."""

    def __init__(self, in_flight: int, *, sync_always: bool, timeout_ms: int = 30_000) -> None:
        self.name = f"NATS JetStream{', sync always' if sync_always else ''}, {in_flight} in flight"
        synced = "on both disks" if sync_always else "on the sender's disk, in the county's cache"
        self.promise = f"{synced}; neither sealed nor signed"
        self._in_flight = in_flight
        self._sync_always = sync_always
        self._timeout_ms = timeout_ms

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        installed = (PYTHON / "nats-server").exists() and (HOME / "node_modules" / "@nats-io").is_dir()
        return None if installed else "NATS"

    @contextmanager
    def serve(self, place: Place) -> Iterator[int]:
        """See `Rival.serve`."""
        port = free_port()
        place.directory.mkdir(parents=True, exist_ok=True)
        sync = "sync_interval: always" if self._sync_always else ""
        config = place.directory / "nats.conf"
        config.write_text(
            f'host: "{place.host}"\nport: {port}\n'
            f'jetstream {{ store_dir: "{place.directory}/jetstream"\n{sync} }}\n'
            f'tls {{ cert_file: "{place.certificates}"\nkey_file: "{place.key}"\ntimeout: 60 }}\n'
        )
        with running([*place.county, str(PYTHON / "nats-server"), "-c", str(config)]):
            until(20, lambda: answers(place, port), "nats-server")
            yield port

    def push(self, place: Place, host: str, port: int) -> float:
        """See `Rival.push`."""
        options: dict[str, object] = {
            "url": f"tls://{host}:{port}",
            "file": str(place.documents),
            "inFlight": self._in_flight,
        }
        options |= {"timeoutMs": self._timeout_ms, "kept": str(place.directory / "acknowledged")}
        return timed_push("natsPublish", options, place)


class OnePost(Rival):
    """One of our own signed and sealed records a request, to a server that checks and commits each by itself.

    `acknowledged`: it answers as our gateway does, and the sender keeps the answer as our own does.
    """

    def __init__(self, *, one_connection: bool, acknowledged: bool) -> None:
        connection = "one connection" if one_connection else "a connection each"
        self.name = f"one signed record a POST, {connection}{'' if acknowledged else ', bare answers'}"
        self.promise = f"on both disks; sealed and signed; {'the answer too' if acknowledged else 'the answer not'}"
        self._one_connection = one_connection
        self._acknowledged = acknowledged

    def missing(self) -> str | None:
        """See `Rival.missing`: it is ours."""
        return None

    @contextmanager
    def serve(self, place: Place) -> Iterator[int]:
        """See `Rival.serve`."""
        place.directory.mkdir(parents=True, exist_ok=True)
        store, gateway = str(place.directory / "records.db"), str(place.site.village.gateway)
        arguments = (place.host, store, gateway, place.site.public_key.hex())
        with talking([*place.county, *module("tests.bench.one_post", "serve", *arguments)], place) as talk:
            yield int(talk.wait_for("listens", 20, "the server of single records"))

    def push(self, place: Place, host: str, port: int) -> float:
        """See `Rival.push`."""
        how = ("one" if self._one_connection else "each", ACKNOWLEDGED if self._acknowledged else BARE)
        kept = str(place.directory / "acknowledged.db")
        arguments = (host, str(port), str(place.site.terminal), kept, str(place.count), *how)
        with talking([*place.village, *module("tests.bench.one_post", "push", *arguments)], place) as talk:
            ended_s = talk.wait_for("ended_s", place.limit_s, self.name)
            return ended_s - talk.wait_for("began_s", 1, self.name)


def write_documents(path: Path, cases: int) -> int:
    """Write the corpus as the peers carry it; returns how many documents."""
    lines = list(corpus.documents(cases))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return len(lines)


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

"""The peers of the pipe as processes: PouchDB, mosquitto, NATS JetStream, and one signed record a POST.

Each carries the facts of the corpus from a terminal to a county over TLS, with the gateway's own certificate; the first
three as JSON, not sealed, not signed. What a peer promises when it says "done" is in `Rival.promise`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from provisioning.county_init import CHECKOUT
from tests.bench import corpus
from tests.bench.one_post import ACKNOWLEDGED, BARE
from tests.bench.rival import (
    HOME,
    CountyEnd,
    Place,
    Rival,
    answers,
    begin,
    free_port,
    node,
    talking,
    timed_push,
)
from tests.bench.site import module, running, until

PYTHON = CHECKOUT / "build" / "bench" / "python" / "bin"
STORE = CHECKOUT / "tests" / "bench" / "peers" / "mqtt_store.py"
ASKED_S = 30.0


class Pouch(Rival):
    """PouchDB replicates to express-pouchdb; both keep LevelDB, which syncs neither end before it answers."""

    def __init__(self, batch: int) -> None:
        super().__init__(f"PouchDB, batch {batch}", "in the file's cache at both ends; neither sealed nor signed")
        self._batch = batch

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        return None if (HOME / "node_modules" / "express-pouchdb").is_dir() else "express-pouchdb"

    @contextmanager
    def serve(self, place: Place) -> Iterator[CountyEnd]:
        """See `Rival.serve`."""
        port = free_port()
        directory = place.directory / "pouch-county"
        directory.mkdir(parents=True)
        options = {"directory": str(directory), "port": port, "host": place.host}
        options |= {"certificates": str(place.certificates), "key": str(place.key)}
        with node("pouchServer", options, place, place.county) as talk:
            talk.wait_for("listens", 60, "express-pouchdb")
            yield CountyEnd(port, lambda: counted("pouchCount", f"https://{place.host}:{port}/records", place))

    def push(self, place: Place, county: CountyEnd, port: int) -> float:
        """See `Rival.push`."""
        directory = place.directory / "pouch-village"
        directory.mkdir(parents=True, exist_ok=True)
        url = f"https://{place.host}:{port}/records"
        options = {"directory": str(directory), "url": url, "file": str(place.documents), "batch": self._batch}
        return timed_push("pouchPush", options, place)


class Mosquitto(Rival):
    """An MQTT broker with QoS 1; a subscriber stores what it hands on."""

    def __init__(self, in_flight: int, *, tuned: bool) -> None:
        super().__init__(
            f"mosquitto, QoS 1, {in_flight} in flight{', tuned' if tuned else ''}",
            "on the sender's and the subscriber's disk; the broker syncs nothing; neither sealed nor signed",
        )
        self._in_flight = in_flight
        self._tuned = tuned

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        if not Path("/usr/sbin/mosquitto").exists():
            return "mosquitto"
        return None if (HOME / "node_modules" / "mqtt").is_dir() and (PYTHON / "python").exists() else "an MQTT client"

    @contextmanager
    def serve(self, place: Place) -> Iterator[CountyEnd]:
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
            records = place.directory / "records.db"
            subscriber = stack.enter_context(talking([*place.county, *store, str(records), str(place.count)], place))
            subscriber.wait_for("listens", 20, "the subscriber")
            yield CountyEnd(
                port, lambda: rows_in(records), lambda limit_s: subscriber.wait_for("ended_s", limit_s, self.name)
            )

    def push(self, place: Place, county: CountyEnd, port: int) -> float:
        """See `Rival.push`: until the subscriber has stored everything."""
        assert county.stored_s is not None
        options = {
            "url": f"mqtts://{place.host}:{port}",
            "file": str(place.documents),
            "inFlight": self._in_flight,
            "kept": str(place.directory / "acknowledged"),
        }
        with node("mqttPublish", options, place, place.village) as talk:
            began_s = begin(talk, place)
            ended_s = county.stored_s(place.limit_s)
            noted_s = talk.wait_for("ended_s", place.limit_s - (ended_s - began_s), self.name)
        return max(ended_s, noted_s) - began_s


class JetStream(Rival):
    """NATS JetStream with a file store."""

    def __init__(self, in_flight: int, *, sync_always: bool, timeout_ms: int = 30_000) -> None:
        synced = "on both disks" if sync_always else "on the sender's disk, in the county's cache"
        super().__init__(
            f"NATS JetStream{', sync always' if sync_always else ''}, {in_flight} in flight",
            f"{synced}; neither sealed nor signed",
        )
        self._in_flight = in_flight
        self._sync_always = sync_always
        self._timeout_ms = timeout_ms

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        installed = (PYTHON / "nats-server").exists() and (HOME / "node_modules" / "@nats-io").is_dir()
        return None if installed else "NATS"

    @contextmanager
    def serve(self, place: Place) -> Iterator[CountyEnd]:
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
            yield CountyEnd(port, lambda: counted("natsCount", f"tls://{place.host}:{port}", place))

    def push(self, place: Place, county: CountyEnd, port: int) -> float:
        """See `Rival.push`."""
        options: dict[str, object] = {
            "url": f"tls://{place.host}:{port}",
            "file": str(place.documents),
            "inFlight": self._in_flight,
            "timeoutMs": self._timeout_ms,
            "kept": str(place.directory / "acknowledged"),
        }
        return timed_push("natsPublish", options, place)


class OnePost(Rival):
    """One of our own signed and sealed records a request, to a server that checks and commits each by itself.

    `acknowledged`: it answers as our gateway does, and the sender keeps the answer as our own does.
    """

    def __init__(self, *, one_connection: bool, acknowledged: bool) -> None:
        connection = "one connection" if one_connection else "a connection each"
        super().__init__(
            f"one signed record a POST, {connection}{'' if acknowledged else ', bare answers'}",
            f"on both disks; sealed and signed; {'the answer too' if acknowledged else 'the answer not'}",
        )
        self._one_connection = one_connection
        self._acknowledged = acknowledged

    def missing(self) -> str | None:
        """See `Rival.missing`: it is ours."""
        return None

    @contextmanager
    def serve(self, place: Place) -> Iterator[CountyEnd]:
        """See `Rival.serve`."""
        place.directory.mkdir(parents=True, exist_ok=True)
        store = place.directory / "records.db"
        arguments = (place.host, str(store), str(place.site.village.gateway), place.site.public_key.hex())
        with talking([*place.county, *module("tests.bench.one_post", "serve", *arguments)], place) as talk:
            port = int(talk.wait_for("listens", 20, "the server of single records"))
            yield CountyEnd(port, lambda: rows_in(store))

    def push(self, place: Place, county: CountyEnd, port: int) -> float:
        """See `Rival.push`."""
        how = ("one" if self._one_connection else "each", ACKNOWLEDGED if self._acknowledged else BARE)
        kept = str(place.directory / "acknowledged.db")
        arguments = (place.host, str(port), str(place.site.terminal), kept, str(place.count), *how)
        with talking([*place.village, *module("tests.bench.one_post", "push", *arguments)], place) as talk:
            ended_s = talk.wait_for("ended_s", place.limit_s, self.name)
            return ended_s - talk.wait_for("began_s", 1, self.name)


def write_documents(path: Path, cases: int) -> int:
    """Write the corpus as the peers carry it; returns how many documents."""
    lines = list(corpus.documents(cases))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return len(lines)


def rows_in(store: Path) -> int:
    """How many records a peer that stores them in SQLite has, also while it goes on."""
    if not store.exists():
        return 0
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("SELECT count(*) FROM records").fetchone()[0]
    return count


def counted(driver: str, url: str, place: Place) -> int:
    """Let a driver ask a peer how many documents it has stored. Raises PeerFailed."""
    with node(driver, {"url": url}, place, place.county) as talk:
        return int(talk.wait_for("count", ASKED_S, driver))

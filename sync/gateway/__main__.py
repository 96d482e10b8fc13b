"""`python -m sync.gateway --data DIR [--listen HOST:PORT|unix:/PATH] [--clock FILE]`: the outer gateway of a county.

Flask on gunicorn, which terminates TLS 1.3 itself, or on a Unix socket behind a proxy that does. One process, whose
requests run on threads; with a database as its store it may be one of several.
"""

from __future__ import annotations

import argparse
import logging
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask

from sync import core_dumps, served
from sync.certificates import CertificateRefused, Issuer, read_chain
from sync.clock import Clock, SteeredClock, SteeringUnreadable, SystemClock
from sync.enrolment import trust_of
from sync.gateway import access_log
from sync.gateway import config as files
from sync.gateway.attachments import AttachmentDesk
from sync.gateway.bundles import BundleDesk, Reader
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.config import GatewayConfig, GatewayConfigRefused
from sync.gateway.enrolling import Authority, Enroller, TriesLimit
from sync.gateway.epochs import take_up
from sync.gateway.http import Gateway, make_app
from sync.gateway.intake import Intake
from sync.gateway.peers import Peers, ProxyDoor, TlsDoor
from sync.gateway.revocations_http import add_revocation_route
from sync.gateway.sequencer import Sequencer
from sync.gateway.shelf import PublishedPacks
from sync.gateway.stick_http import add_stick_routes
from sync.gateway.store import LogNotAsRecovered, Store, StoreUnavailable
from sync.gateway.store.attachments import AttachmentStore
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.store.sqlite_attachments import SqliteBase
from sync.gateway.terms import ServerTls
from sync.gateway.voice import Acknowledger, LentKey, NotVouched
from sync.gateway.worker import Worker
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Purpose, Signer, StatementRefused, Trust
from sync.listening import CannotListen, check_address
from sync.lock import HeldElsewhere, ProcessLock
from sync.protocol.recovery import RecoveryRefused
from sync.revocation_file import RevocationFile, heeding
from sync.sealing import KeyOpener

THREADS = 512
"""One for each request that is under way: on a slow line that is seconds, and a whole county may come back at once."""
KEEPALIVE_S = 30
LOCK_WAIT_S = 10.0


class Parts:
    """What the gateway is made of; built once it is known that nothing is missing."""

    def __init__(self, data: Path, listen: str | None, clock: Clock, machine_clock: Clock) -> None:
        config = GatewayConfig.load(data)
        config = config.listening_on(listen or config.listen)
        self.config = config
        self._data = data
        self._clock = clock
        self._machine_clock = machine_clock
        self._authorities = (data / files.AUTHORITIES).read_bytes()
        try:
            chain = read_chain(self._authorities)
            root = trust_of(chain, bytes.fromhex(config.root_fingerprint), config.county)
        except CertificateRefused as refusal:
            raise CertificateRefused(f"{files.AUTHORITIES}: {refusal}") from refusal
        trust = heeding(root, data / files.REVOCATIONS)
        self._revocations = RevocationFile(data / files.REVOCATIONS, root)
        if (data / files.REVOCATIONS).exists() and self._revocations.message() is None:
            raise GatewayConfigRefused(f"{files.REVOCATIONS} is damaged; copy it from the county's directory")
        self._lent = LentKey(self._read_voice, trust)
        self._lent.at(clock.wall_ms())
        issuer = Issuer(FileSigner.load(data / files.ISSUER_KEY).private_key, chain[0])
        readers = []
        for purpose, file in ((Purpose.OPENING, files.OPENING_STATEMENT), (Purpose.ESCROW, files.ESCROW_STATEMENT)):
            readers.append((data / file).read_bytes())
            trust.check(readers[-1], purpose, at_ms=None)
        self._authority = Authority(issuer, trust, self._lent, *readers)
        self._stick = _stick_reader(data, trust)
        self.certificates = data / files.SERVER_CERTIFICATES
        self.tls = ServerTls(self.certificates, data / files.SERVER_KEY, data / files.AUTHORITIES, machine_clock)

    def _read_voice(self) -> tuple[Signer, bytes]:
        """Read the acknowledgement key and the root's word for it. Raises KeyFileRefused, OSError."""
        statement = (self._data / files.ACKNOWLEDGEMENT_STATEMENT).read_bytes()
        return FileSigner.load(self._data / files.ACKNOWLEDGEMENT_KEY), statement

    def open_store(self) -> tuple[Store, AttachmentStore]:
        """Open the store that gateway.json names, and that of attachments beside it. Raises StoreUnavailable."""
        if self.config.store is None:
            store = SqliteStore(self._data / files.STORE_FILE)
            return store, AttachmentStore(SqliteBase(self._data / files.ATTACHMENTS_FILE))
        # psycopg needs the system's libpq, which a gateway on a file does not.
        from sync.gateway.store.postgres import PostgresStore  # noqa: PLC0415 - see above
        from sync.gateway.store.postgres_attachments import PostgresBase  # noqa: PLC0415 - see above

        shared = PostgresStore(self.config.store)
        return shared, AttachmentStore(PostgresBase(shared.database))

    def prepare_store(self) -> None:
        """Make the store ready, and let it go on in a new epoch when the root says so.

        Raises StoreUnavailable, RecoveryRefused, LogNotAsRecovered, OSError.
        """
        store, attachments = self.open_store()
        try:
            take_up(store, self._data / files.RECOVERY, self._authority.trust, self._clock.wall_ms())
        finally:
            attachments.close()
            store.close()

    def make_app(self, store: Store, attachments: AttachmentStore, sequencer: Sequencer) -> Flask:
        """Put the parts together."""
        door = ProxyDoor(self._authority.issuer.certificate) if self.config.behind_proxy else TlsDoor()
        packs = PublishedPacks(self._data / files.PACKS_DIRECTORY, self._authority.trust)
        clock = self._clock
        acknowledger = Acknowledger(self._lent, clock)
        checkpoints = CheckpointDesk(store, sequencer, self._lent, clock, self._authority.trust)
        gateway = Gateway(
            store=store,
            peers=Peers(store, self.config.county, door, self._revocations),
            intake=Intake(store, sequencer, self._clock),
            acknowledger=acknowledger,
            checkpoints=checkpoints,
            enroller=Enroller(store, self._authority, packs, self._clock, self._machine_clock),
            tries=TriesLimit(self._clock),
            packs=packs,
            attachments=attachments,
            attachment_desk=AttachmentDesk(store, attachments, clock),
            authorities=self._authorities,
        )
        app = make_app(gateway)
        add_revocation_route(app, self._revocations.message, gateway.peers)
        if self._stick is not None:
            desk = BundleDesk(
                store=store,
                sequencer=sequencer,
                checkpoints=checkpoints,
                packs=packs,
                reader=self._stick,
                acknowledger=acknowledger,
                issuer=self._authority.issuer.certificate,
                county=self.config.county,
                clock=clock,
                spool=self._data,
                revocations=self._revocations.message,
            )
            add_stick_routes(app, desk, gateway.peers)
        return app


def serve(parts: Parts, clock: Clock) -> None:
    """Serve until told to stop."""
    running: list[tuple[Sequencer, Store, AttachmentStore]] = []

    def load() -> Flask:
        # In the worker, after the fork: neither a thread nor an SQLite connection survives one.
        store, attachments = parts.open_store()
        sequencer = Sequencer(store, clock)
        running.append((sequencer, store, attachments))
        return parts.make_app(store, attachments, sequencer)

    def worker_exit(_arbiter: object, _worker: object) -> None:
        for sequencer, store, attachments in running:
            sequencer.close()
            attachments.close()
            store.close()

    def ssl_context(_settings: object, _default: object) -> ssl.SSLContext:
        return parts.tls.context()  # asked for every connection

    def when_ready(arbiter: Any) -> None:
        where = parts.config.listen if parts.config.behind_proxy else f"https://{served.address_of(arbiter)}"
        print(f"gateway of county {parts.config.county}: {where}", flush=True)

    settings = {
        "bind": parts.config.listen,
        "umask": 0o007,  # of a Unix socket: for this user and its group, which is the proxy's
        "worker_class": Worker,
        "threads": THREADS,
        "keepalive": KEEPALIVE_S,
        "when_ready": when_ready,
        "worker_exit": worker_exit,
        "accesslog": "-",
        "access_log_format": access_log.FORMAT,
        "logger_class": access_log.AccessLog,
        "limit_request_line": 1024,
        "limit_request_fields": 40,
        "limit_request_field_size": 4096,
    }
    if not parts.config.behind_proxy:
        settings |= {
            "certfile": str(parts.certificates),  # says that this is HTTPS; `ServerTls` reads the files
            "ssl_context": ssl_context,
            "do_handshake_on_connect": True,
        }
    served.serve(load, settings)


def main(arguments: list[str]) -> int:
    """Run the gateway; returns 1 with a sentence when something is missing or damaged."""
    parser = argparse.ArgumentParser(prog="python -m sync.gateway", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the gateway's data directory")
    parser.add_argument("--listen", help="host:port or unix:/path instead of that in gateway.json")
    parser.add_argument("--clock", type=Path, help="file that steers the domain clock; TLS keeps real time")
    asked = parser.parse_args(arguments)
    core_dumps.refuse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        machine_clock = SystemClock()
        clock: Clock = SteeredClock(asked.clock, machine_clock) if asked.clock else machine_clock
        GatewayConfig.load(asked.data)  # a directory of something else is left as it is, without a lock in it
        lock = _lock(asked.data / "gateway.lock")
        parts = Parts(asked.data, asked.listen, clock, machine_clock)
        if not parts.config.behind_proxy:
            check_address(parts.config.listen)
        parts.prepare_store()
    except HeldElsewhere:
        print("the gateway of this directory runs already", file=sys.stderr)
        return 1
    except (
        GatewayConfigRefused, CannotListen, CertificateRefused, StatementRefused, NotVouched, KeyFileRefused,
        SteeringUnreadable, StoreUnavailable, RecoveryRefused, LogNotAsRecovered, OSError, ssl.SSLError,
    ) as refusal:  # fmt: skip
        print(f"the gateway does not start: {refusal}", file=sys.stderr)
        return 1
    try:
        serve(parts, clock)
    finally:
        lock.release()
    return 0


def _stick_reader(data: Path, trust: Trust) -> Reader | None:
    """Read the key of the USB road; None where `county-init` has made none yet: such a gateway takes no bundles.

    Raises KeyFileRefused, StatementRefused, GatewayConfigRefused, OSError.
    """
    if not (data / files.STICK_KEY).exists():
        return None
    opener = KeyOpener.load(data / files.STICK_KEY)
    statement = (data / files.STICK_STATEMENT).read_bytes()
    if trust.check(statement, Purpose.STICK, at_ms=None).key != opener.recipient.public_key:
        raise GatewayConfigRefused(f"{files.STICK_STATEMENT} is for another key")
    return Reader(opener, statement)


def _lock(path: Path) -> ProcessLock:
    """Wait a moment for a worker whose parent was killed, and which is just ending. Raises HeldElsewhere."""
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            return ProcessLock(path)
        except HeldElsewhere:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The gateway: its real routes, intake, admission, checkpoints and store, asked in this thread and not by sockets."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from sync.clock import Clock, FixedClock
from sync.gateway.admission import Decision
from sync.gateway.attachments import QUOTA_BYTES, AttachmentDesk
from sync.gateway.bundles import BundleDesk, Reader
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.enrolling import Authority, Enroller, TriesLimit
from sync.gateway.epochs import take_up
from sync.gateway.growth import Growth
from sync.gateway.http import REFUSAL_HEADER, Gateway, make_app
from sync.gateway.intake import POST_BYTES_MAX, Intake
from sync.gateway.peers import Environ, Peers
from sync.gateway.revocations_http import add_revocation_route
from sync.gateway.sequencer import Waiting, commit
from sync.gateway.shelf import PublishedPacks
from sync.gateway.stick_http import add_stick_routes
from sync.gateway.store import Grant, Store, Submission
from sync.gateway.store.attachments import AttachmentStore, Upload
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.store.sqlite_attachments import SqliteBase
from sync.gateway.voice import Acknowledger, LentKey
from sync.keys import Purpose
from sync.peer_name import PeerName
from sync.protocol import tus
from sync.record import Link, Record
from sync.revocation_file import RevocationFile
from tests.campaign.village import estate
from tests.campaign.village.disk import Disk, Killed, Process
from tests.campaign.village.stream import NO_BODY, Body, Stream
from tests.seals import ESCROW, OPENING

UPLOAD = "PATCH"
"""The method that brings the bytes of an attachment."""
NO_HEADERS: Mapping[str, str] = {}
_SHOWN = "campaign.certificate"


class Reply(Struct, frozen=True):
    """What the gateway answers."""

    status: int
    refusal: str
    body: bytes
    upload_offset: int | None = None


class ShownDoor:
    """A door at which the certificate is held up: what TLS would have shown."""

    def check(self, environ: Environ) -> None:
        """Refuse nobody."""

    def certificate(self, environ: Environ) -> x509.Certificate | None:
        """What was held up."""
        shown: x509.Certificate | None = environ[_SHOWN]
        return shown

    def address(self, environ: Environ) -> str:
        """Everybody comes from nowhere."""
        return "nowhere"


class InTurn:
    """A sequencer without a thread: what was handed in is committed when somebody wants a decision, or in its turn.

    Requests nest, and the process may die in an inner one: whoever comes back to the outer one is dead too.
    """

    def __init__(self, store: Store, clock: Clock, process: Process) -> None:
        self._process = process
        self._deaths = process.deaths
        self._store = store
        self._clock = clock
        self._growth = Growth(store, clock)
        self._waiting: list[Waiting] = []

    def hand_in(self, submission: Submission) -> Future[Decision]:
        """See `Sequencer.hand_in`."""
        self._check_alive()
        waiting = Waiting(submission)
        self._waiting.append(waiting)
        return waiting.decided

    def decisions(self, futures: Sequence[Future[Decision]]) -> list[Decision]:
        """See `Sequencer.decisions`."""
        self.turn()
        return [future.result() for future in futures]

    def restate(self) -> None:
        """See `Sequencer.restate`."""
        self.turn()
        self._growth.restate()

    def turn(self) -> None:
        """What the sequencer's thread does once around."""
        self._check_alive()
        batch, self._waiting = self._waiting, []
        if batch:
            commit(self._store, self._growth, batch, self._clock.wall_ms())
        self._growth.run()

    def _check_alive(self) -> None:
        if self._process.deaths != self._deaths:
            raise Killed(self._process)


class GatewayEnd:
    """A gateway on a file. `start` opens it, `process.end` is its death.

    Args:
        directory: where its store is.
        disk: what its connections belong to.
        clock: the county's.
        post_bytes_max: the byte budget of a request.
        quota_bytes: room for the attachments of a terminal.
    """

    def __init__(
        self,
        directory: Path,
        disk: Disk,
        clock: FixedClock,
        post_bytes_max: int = POST_BYTES_MAX,
        quota_bytes: int = QUOTA_BYTES,
    ) -> None:
        self.quota_bytes = quota_bytes
        self.process = Process("gateway", disk)
        self.file = directory / "gateway.db"
        self.attachments_file = directory / "attachments.db"
        self.recovery = directory / "recovery.statement"
        self._directory = directory
        self._disk = disk
        self._clock = clock
        self._post_bytes_max = post_bytes_max
        self._app: Any = None
        self.store: SqliteStore
        self.sequencer: InTurn

    def start(self) -> None:
        """Open the store and be ready. Raises StoreUnavailable."""
        with self._disk.acting(self.process):
            self.store = store = SqliteStore(self.file)
            take_up(store, self.recovery, estate.trust(), self._clock.wall_ms())
            self._base = SqliteBase(self.attachments_file)
            attachments = AttachmentStore(self._base)
            # Other tests have a disk that is nearly full; here it is the machine's own, of any size.
            attachment_desk = AttachmentDesk(store, attachments, self._clock, self.quota_bytes, free_bytes_least=0)
            self.sequencer = InTurn(store, self._clock, self.process)
            signer = estate.signer("acknowledge")
            statement = estate.statement(Purpose.ACKNOWLEDGE, signer.public_key, estate.GATEWAY.urn())
            lent = LentKey(lambda: (signer, statement), estate.trust())
            packs = PublishedPacks(self._directory, estate.trust())
            words = (
                estate.statement(purpose, reader.recipient.public_key, estate.GATEWAY.urn())
                for purpose, reader in ((Purpose.OPENING, OPENING), (Purpose.ESCROW, ESCROW))
            )
            revocations = RevocationFile(self._directory / "revocations.list", estate.trust())
            authority = Authority(estate.issuer(), estate.trust(), lent, *words)
            gateway = Gateway(
                store=store,
                peers=Peers(store, estate.COUNTY, ShownDoor(), revocations),
                intake=Intake(store, self.sequencer, self._clock, self._post_bytes_max),
                acknowledger=Acknowledger(lent, self._clock),
                checkpoints=CheckpointDesk(store, self.sequencer, lent, self._clock, estate.trust()),
                enroller=Enroller(store, authority, packs, self._clock, self._clock),
                tries=TriesLimit(self._clock),
                packs=packs,
                attachments=attachments,
                attachment_desk=attachment_desk,
                authorities=estate.issuer().certificate.public_bytes(Encoding.PEM),
            )
            self._app = make_app(gateway)
            add_revocation_route(self._app, revocations.message, gateway.peers)
            add_stick_routes(self._app, self._bundle_desk(gateway, revocations), gateway.peers)
        self.process.alive = True

    def _bundle_desk(self, gateway: Gateway, revocations: RevocationFile) -> BundleDesk:
        key = estate.stick_key()
        return BundleDesk(
            store=self.store,
            sequencer=self.sequencer,  # type: ignore[arg-type]  # one that takes turns, see InTurn
            checkpoints=gateway.checkpoints,
            packs=gateway.packs,
            reader=Reader(key, estate.statement(Purpose.STICK, key.recipient.public_key, estate.GATEWAY.urn())),
            acknowledger=gateway.acknowledger,
            issuer=estate.issuer().certificate,
            county=estate.COUNTY,
            clock=self._clock,
            spool=self._directory,
            revocations=revocations.message,
        )

    def enrol(self, name: PeerName, record_key: bytes, county_key: bytes) -> None:
        """Let a terminal in, as a grant and its code would."""
        county = estate.statement(Purpose.COUNTY_CHAIN, county_key, name.urn())
        own = estate.statement(Purpose.TERMINAL_CHAIN, record_key, name.urn())
        token = name.urn()
        with self._disk.acting(self.process):
            self.store.add_grant(Grant(token, b"digest", name, "点", estate.FOREVER_MS), county_key, county)
            self.store.use_grant(token, b"request", b"answer", record_key, own)

    def close(self, old: PeerName) -> Link:
        """End a terminal whose place another takes, as enrolling does; returns where its chain stands."""
        with self._disk.acting(self.process):
            self.store.revoke(old, self._clock.wall_ms())
            chain = self.store.terminal_chain(old)
        assert chain is not None, f"{old.urn()} is not enrolled"
        return chain.standing.head

    def handle(
        self, peer: PeerName, method: str, target: str, body: Stream = NO_BODY, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        """Answer one request. Raises Killed."""
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
            "SERVER_NAME": "gateway", "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "https", "wsgi.input": Body(body, is_upload=method == UPLOAD),
            "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0),
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
            _SHOWN: estate.certificate(peer),
            **{_in_environ(name): value for name, value in headers.items()},
        }  # fmt: skip
        said: list[tuple[str, list[tuple[str, str]]]] = []
        with self._disk.acting(self.process):
            parts = self._app.wsgi_app(environ, lambda status, headers, _=None: said.append((status, headers)))
            content = b"".join(parts)
        status, answered = said[0]
        told = dict(answered)
        offset = told.get(tus.OFFSET)
        refusal = told.get(REFUSAL_HEADER, "")
        return Reply(int(status.split()[0]), refusal, content, None if offset is None else int(offset))

    def uploads(self) -> list[Upload]:
        """How every attachment that somebody has begun to upload, and that was not given up, stands."""
        query = (
            "SELECT chain, digest, size, (SELECT coalesce(sum(length(content)), 0) FROM upload_pieces AS piece"
            " WHERE piece.chain = uploads.chain AND piece.digest = uploads.digest), arrival FROM uploads"
            " WHERE NOT released"
        )
        with self._disk.looking():
            rows = self._base._db.execute(query).fetchall()
        return [Upload(chain, digest, size, held, arrival is not None) for chain, digest, size, held, arrival in rows]

    def records(self, chain: bytes) -> list[Record]:
        """All that is stored of a chain."""
        with self._disk.acting(self.process):
            return self.store.records_after(chain, 0, 1 << 40)


def _in_environ(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"

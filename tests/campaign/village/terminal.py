"""A terminal: the kiosk's real journal and desk, and the sync process with its real client and lanes."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from random import Random

from msgspec.structs import replace

from kiosk.__main__ import _acknowledged, _checkpoint
from kiosk.county_word import CountyWord
from kiosk.desk import SYSTEM, Desk
from kiosk.documents import DocumentDesk
from kiosk.succession import begin_chain
from sync import succession
from sync.attachments.shelf import DIRECTORY, AttachmentShelf
from sync.client.arrivals import Arrivals
from sync.client.attachments_lane import AttachmentsLane
from sync.client.checkpoint_lane import CheckpointLane
from sync.client.client import Client, Lanes
from sync.client.errands import Errands
from sync.client.inbox_lane import InboxLane
from sync.client.interrupts import Interrupts
from sync.client.packs_lane import PacksLane
from sync.client.queue import Queue
from sync.client.records_lane import RecordsLane
from sync.client.revocations_lane import RevocationsLane
from sync.client.stick_key_lane import StickKeyLane
from sync.client.stick_road import StickRoad
from sync.clock import FixedClock
from sync.desk_key import OpenDesk
from sync.journal import Journal, JournalRefused
from sync.keys import FileSigner, Purpose
from sync.known_day import KnownDay, Sealed
from sync.model.case import Case
from sync.model.county_day import CountyDay
from sync.model.facts import TerminalStarted
from sync.peer_name import PeerName
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.recovery import BACKUP_WINDOW_MS
from sync.protocol.uploader import Backoff
from sync.record import Link, Record, chain_id
from sync.revocation_file import RevocationFile
from sync.terminal import TerminalConfig, readers_of
from sync.transport.reader import TransportReader
from sync.transport.schema import TransportRefused
from sync.transport.transport import Transport
from tests.campaign.village import estate
from tests.campaign.village.disk import Disk, Process
from tests.campaign.village.network import Network, TerminalLine
from tests.campaign.village.papers import Papers


class _Undisturbed(Interrupts):
    """Nobody sends signals here: a death is `Killed`."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._exchanging = False


class Terminal:
    """A terminal's machine with its two programs.

    Attributes:
        kiosk: writes the journal.
        sync: writes transport.db.
        said: every record that the desk has reported, by seq from 1: what must never be lost.
        brought: what was taken in as an attachment, by the digest of its sealed form.
        gone: the machine is no more; what it had not sent is lost, as the papers say beforehand.
        before: whose place this terminal has, the first one first.
    """

    def __init__(
        self,
        directory: Path,
        name: PeerName,
        disk: Disk,
        clock: FixedClock,
        network: Network,
        generation: int,
        shelf_bytes: int,
    ) -> None:
        directory.mkdir()
        self.name = name
        self.short = f"{name.region[-2:]}-{name.terminal}"
        self.signer: FileSigner = estate.signer(f"record {name.urn()}")
        self.chain = chain_id(self.signer.public_key)
        self.clock = clock
        self.kiosk = Process(f"kiosk {self.short}", disk)
        self.sync = Process(f"sync {self.short}", disk)
        self.said: list[bytes] = []
        self.gone = False
        self.before: tuple[PeerName, ...] = ()
        self.started = False
        self.directory = directory
        self.shelf_bytes = shelf_bytes
        self.shelf = AttachmentShelf(directory / DIRECTORY, shelf_bytes, free_bytes_least=0)
        self.papers = Papers()
        self.documents = DocumentDesk(self.papers, self.shelf)
        self.brought: dict[bytes, bytes] = {}
        self.config = TerminalConfig(name.region, "便民服务点", name.terminal, estate.COUNTY, "https://gateway:443")
        estate.furnish(directory, self.config, name, generation)
        self._disk = disk
        self._network = network
        self.journal: Journal
        self.county: TransportReader
        self.desk: Desk
        self.word: CountyWord
        self.transport: Transport
        self.errands: Errands
        self.client: Client

    def succeed(self, old: Terminal, last: Link) -> None:
        """Be told at enrolment whose place this is, and where that one stood."""
        key, self.before = self.signer.public_key, (*old.before, old.name)
        subject = succession.succession_subject(old.name, self.name, old.before)
        word = estate.statement(Purpose.SUCCESSION, key, subject)
        (self.directory / succession.FILE).write_bytes(succession.Succession(word, last).encode())

    # --- the kiosk --------------------------------------------------------------------------------------------------

    def start_kiosk(self) -> None:
        """What the kiosk's program does before its first screen. Raises JournalRefused, Killed."""
        with self._disk.acting(self.kiosk):
            self.county = TransportReader(self.directory / "transport.db")
            journal: Journal | None = None
            try:
                key = estate.desk_key(self.name)
                readers = readers_of(self.directory, self.config, key.recipient)
                self.journal = journal = Journal.open_or_create(
                    self.directory / "journal.db", self.signer, readers, self.clock,
                    acknowledged=_acknowledged(self.county, self.signer), checkpoint=lambda: _checkpoint(self.county),
                )  # fmt: skip
                begin_chain(journal, self.directory)
                number = int(self.name.terminal)
                self.desk = Desk(self.journal, self.county, key.recipient, self._now, self.name.region, number)
                self.desk.note(TerminalStarted(version="campaign", recovered=False), SYSTEM)
                self.desk.unlock(OpenDesk(key))
                known = KnownDay(self.clock, journal, self.county, lambda: Sealed(0, None))
                kept_before_ms = known.county_ms - BACKUP_WINDOW_MS
                with suppress(TransportRefused, JournalRefused, OSError):
                    self.documents.tidy(self.desk, self.county.outgoing_kept_before(kept_before_ms))
                self.word = CountyWord(
                    self.county, self.journal, self.shelf, self.directory, self.config, self._acknowledged
                )
            except BaseException:
                if journal is not None:
                    journal.close()
                raise
            self.kiosk.alive = True
            self.started = True

    def end_kiosk(self) -> None:
        """The kiosk is dead; the kernel lets go of its lock."""
        if self.kiosk.alive:
            self.journal.close()
            self.county.close()
        self.kiosk.end()

    def fold(self) -> str:
        """Look at what came from the county. Raises TransportRefused, JournalRefused, Killed."""
        with self._disk.acting(self.kiosk):
            self.desk.fold_inbox()
            try:
                self.word.heed()
            except OSError as full:
                # As `kiosk.core`: what could not be kept now is heeded with the next look.
                return str(full)
        return ""

    def _now(self) -> CountyDay:
        return CountyDay(self.clock.wall_ms())

    def _acknowledged(self) -> int:
        shown = self.county.acknowledgement(self.chain)
        return shown.link.seq if shown else 0

    def shown(self) -> Acknowledgement | None:
        """What 县里已收到 on the strip is made from."""
        with self._disk.acting(self.kiosk):
            return self.county.acknowledgement(self.chain)

    def written(self) -> list[Record]:
        """The whole journal."""
        return self.journal.read(0, 1 << 30)

    def open_cases(self) -> dict[str, Case]:
        """Every case that goes on at this desk."""
        with self._disk.acting(self.kiosk):
            return {row.case_no: self.desk.cases.case(row.case_no) for row in self.desk.cases.rows(over=False)}

    def statuses(self) -> dict[str, str]:
        """Every case as the desk's list shows it."""
        return dict(self.journal.connection.execute("SELECT case_no, status FROM case_row").fetchall())

    # --- the sync process -------------------------------------------------------------------------------------------

    def start_sync(self, rng: Random) -> None:
        """What the sync process does before its first round. Raises TransportRefused, Killed."""
        with self._disk.acting(self.sync):
            self.transport = transport = Transport.open_or_create(self.directory / "transport.db")
            line = TerminalLine(self._network, self.sync, self.name)
            queue = Queue(self.directory / "journal.db", transport)
            revocations = RevocationFile(self.directory / "revocations.list", estate.trust())
            trust = replace(estate.trust(), revoked=revocations)
            arrivals = Arrivals(
                queue, transport, trust, self.name.urn(), self.directory / "incoming", self.clock, revocations
            )
            road = StickRoad(self.directory, self.config, arrivals, self.clock)
            self.errands = errands = Errands(self.directory, road, queue, transport, self.clock)
            records = RecordsLane(line, arrivals, self.clock, errands.look)
            self.lanes = Lanes(
                records,
                CheckpointLane(line, arrivals),
                InboxLane(line, arrivals),
                PacksLane(line, arrivals),
                StickKeyLane(line, road),
                RevocationsLane(line, arrivals),
                AttachmentsLane(line, arrivals, records, self.shelf, self.clock),
            )
            backoff = Backoff(Random(rng.getrandbits(32)), 1, 60)
            self.client = Client(line, self.lanes, transport, backoff, self.clock, _Undisturbed(), errands, 2)
        self.sync.alive = True

    def round(self) -> str:
        """One round of the sync process; returns the name of the fault that it says the line has. Raises Killed."""
        with self._disk.acting(self.sync):
            self.client.round()
        return self.client.fault.value if self.client.fault else ""

    def look(self) -> None:
        """The sync process looks for an errand with a stick, as it does while nothing happens. Raises Killed."""
        with self._disk.acting(self.sync):
            self.errands.look()

    @property
    def up_name(self) -> str:
        """What this terminal calls its file on a stick."""
        return f"sunpoint-up-{self.name.region}-{self.name.terminal}.sun"

"""A county to which disasters happen: a real gateway process, points with real journals and the real sync process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from county.attachments import DIRECTORY, AttachmentFetcher, AttachmentVault
from county.courier import Courier
from county.evidence import EvidenceDesk
from county.gateway_line import GatewayLine
from county.intake import Intake
from county.outbox import Outbox
from county.pack_reading import PublishedLibrary
from county.store.database import Database
from county.store.ledger import Ledger
from provisioning.recovery import PutBack, recover
from sync import county_config
from sync.attachments.shelf import AttachmentShelf
from sync.clock import Clock, SystemClock
from sync.county_config import CountyConfig
from sync.gateway import config as gateway_config
from sync.journal import Journal
from sync.keyring import Keyring
from sync.lock import HeldElsewhere, ProcessLock
from sync.model.facts import ActorClass, CaseWithdrawn, Fact, SignInRefused
from sync.protocol.recovery import Begun
from sync.record import Record
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig, readers_of
from sync.tls import client_context
from sync.transport.line_state import LogFork
from sync.transport.reader import TransportReader
from sync.transport.transport import Transport
from tests.gateway.county_site import COUNTY, Box, Site
from tests.seals import DESK

SOURCES = Path(__file__).resolve().parents[2]


@dataclass
class Point:
    """An enrolled terminal: its journal as the kiosk writes it, and its sync process."""

    box: Box
    data: Path
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        name = self.box.name
        assert name is not None
        config = TerminalConfig(
            name.region, "柳溪村便民服务点", name.terminal, COUNTY, self.box.site.url, poll_s=1, retry_delay_s_max=1
        )
        config.save(self.data)
        self.open()

    def open(self, clock: Clock | None = None) -> None:
        """Start the kiosk's end anew."""
        readers = readers_of(self.data, TerminalConfig.load(self.data), DESK.recipient)
        self.journal = Journal.open_or_create(
            self.data / "journal.db", self.box.records, readers, clock or SystemClock()
        )

    def write(self, count: int = 1, happened: Fact | None = None, case_no: str | None = None) -> list[Record]:
        """Write facts, each durable by itself."""
        written = []
        for number in range(count):
            with self.journal.transaction() as writing:
                fact = happened or SignInRefused(tries=number)
                written.append(writing.append(fact, actor="A01", actor_class=ActorClass.AGENT, case_no=case_no))
        return written

    def write_body(self) -> Record:
        """Write a fact with a body, and return the record that tells the content key it is sealed with."""
        (written,) = self.write(1, CaseWithdrawn(reason="不办了"))
        told = self.journal.record(written.header.content_key or 0)
        assert told is not None
        return told

    def sync(self) -> subprocess.CompletedProcess[str]:
        """One round of the real sync process."""
        return subprocess.run(
            [sys.executable, "-m", "sync.client", "--data", str(self.data), "--once"],
            cwd=SOURCES, env=os.environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @property
    def shelf(self) -> AttachmentShelf:
        """Where its sealed attachments lie."""
        return AttachmentShelf(self.data / DIRECTORY, free_bytes_least=0)

    @property
    def said(self) -> TransportReader:
        """What the sync process has written down."""
        return TransportReader(self.data / "transport.db")

    def acknowledged(self) -> int:
        """Up to where the county has signed for the chain."""
        held = self.said.acknowledgement(self.journal.chain)
        return held.link.seq if held else 0

    def evidence(self) -> list[LogFork]:
        """What is kept of logs that were not those seen before."""
        transport = Transport.open_or_create(self.data / "transport.db")
        try:
            return transport.log_forks()
        finally:
            transport.close()


class Disaster(Site):
    """A whole county in a directory of its own."""

    def point(self) -> Point:
        """A new terminal."""
        box = self.enrol_box()
        data = box.keys.parent
        for name in ("opening", "escrow"):
            shutil.copy(self.gateway_dir / f"keys/{name}.statement", data / f"keys/{name}.statement")
        return Point(box, data)

    def stop(self, with_signal: int = signal.SIGKILL) -> None:
        """End the gateway; its worker may outlive it by a moment."""
        super().stop(with_signal)
        until = time.monotonic() + 10
        while True:
            try:
                ProcessLock(self.gateway_dir / "gateway.lock").release()
            except HeldElsewhere:
                assert time.monotonic() < until
                time.sleep(0.02)
            else:
                return

    def back_up(self, name: str) -> Path:
        """Copy the gateway's store as a nightly backup does; the gateway is stopped for it."""
        copy = self.home / name
        copy.mkdir()
        for file in self.gateway_dir.glob(gateway_config.STORE_FILE + "*"):
            shutil.copy(file, copy)
        return copy

    def put_back(self, backup: Path) -> None:
        """Put a backup in the place of the gateway's store."""
        for file in self.gateway_dir.glob(gateway_config.STORE_FILE + "*"):
            file.unlink()
        for file in backup.iterdir():
            shutil.copy(file, self.gateway_dir)

    def recover(self, last_epoch: int = 1) -> Begun:
        """What the technician with the root key does."""
        return recover(PutBack(self.county_dir, self.gateway_dir, last_epoch), SystemClock())

    def database(self) -> Database:
        """The county's store."""
        opener = KeyOpener.load(self.county_dir / county_config.OPENING_KEY)
        return Database(self.county_dir / "county.db", Keyring([opener]))

    def courier(self, database: Database) -> Courier:
        """The county's line to its gateway, put together as the program does it."""
        config = CountyConfig.load(self.county_dir)
        trust = config.trust(self.county_dir)
        context = client_context(
            self.county_dir / county_config.AUTHORITIES,
            self.county_dir / county_config.TLS_CERTIFICATE,
            self.county_dir / county_config.TLS_KEY,
        )
        line = GatewayLine(config.gateway_url, context)
        library = PublishedLibrary(self.county_dir / county_config.PACKS_DIRECTORY, trust)
        clock = SystemClock()
        intake = Intake(database, library.current, trust, clock)
        fetcher = AttachmentFetcher(database, AttachmentVault(self.county_dir / DIRECTORY), line, clock)
        return Courier(
            line,
            intake,
            Outbox(database, line, trust),
            fetcher,
            upkeep=lambda: None,
            answer=lambda: None,  # the county writes here only what a test tells it to
            evidence=EvidenceDesk(database, line, library.current, trust, clock),
            clock=clock,
            jitter=lambda: 0.5,
        )


def heads(database: Database) -> dict[bytes, int]:
    """Where every chain stands at the county."""
    with database.reading() as connection:
        return {each.chain: each.head.seq for each in Ledger(connection).chains()}

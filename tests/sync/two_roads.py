"""Both roads in one process: a terminal's real lanes and stick road, a gateway's real intake and bundle desk.

Between them a line that carries the same bytes as HTTP would and can be cut anywhere, and a directory as the stick.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl

from msgspec.structs import replace

from sync.certificates import read_chain
from sync.client.arrivals import Arrivals
from sync.client.checkpoint_lane import CheckpointLane
from sync.client.inbox_lane import InboxLane
from sync.client.line import Answer, LineFailed
from sync.client.queue import Queue
from sync.client.records_lane import RecordsLane
from sync.client.stick_road import StickRoad
from sync.clock import FixedClock
from sync.gateway import config as files
from sync.gateway.bundles import Answered, BundleDesk, Reader
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.intake import Ending, Intake
from sync.gateway.sequencer import Sequencer
from sync.gateway.shelf import PublishedPacks
from sync.gateway.store import Submission
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.voice import Acknowledger, LentKey
from sync.journal import Journal
from sync.protocol.frame import encode_frame
from sync.protocol.relay import Relay
from sync.protocol.segment import cut
from sync.record import Link, Record
from sync.revocation_file import RevocationFile
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault
from sync.transport.transport import Transport
from tests.seals import READERS
from tests.sync.village import COUNTY, Village

NOON_MS = 1_795_415_520_000
_STATUS = {Ending.WHOLE: 200, Ending.BUDGET: 200, Ending.GAP: 409, Ending.FORK: 422}


class GatewayEnd:
    """The gateway of a village, in this process."""

    def __init__(self, village: Village, clock: FixedClock) -> None:
        data = village.gateway
        self.village = village
        self.store = SqliteStore(data / files.STORE_FILE)
        self.sequencer = Sequencer(self.store, clock, gather_s=0, tree_interval_s=0)
        self.intake = Intake(self.store, self.sequencer, clock)
        statement = (data / files.ACKNOWLEDGEMENT_STATEMENT).read_bytes()
        signer = village.keys.gateway
        self.acknowledger = Acknowledger(LentKey(lambda: (signer, statement), village.trust), clock)
        lent = self.acknowledger.lent
        self.checkpoints = CheckpointDesk(self.store, self.sequencer, lent, clock, village.trust)
        opener = KeyOpener.load(data / files.STICK_KEY)
        self.bundles = BundleDesk(
            store=self.store,
            sequencer=self.sequencer,
            checkpoints=self.checkpoints,
            packs=PublishedPacks(data / files.PACKS_DIRECTORY, village.trust),
            reader=Reader(opener, (data / files.STICK_STATEMENT).read_bytes()),
            acknowledger=self.acknowledger,
            issuer=read_chain((data / files.AUTHORITIES).read_bytes())[0],
            county=COUNTY,
            clock=clock,
            spool=data,
            revocations=RevocationFile(data / files.REVOCATIONS, village.trust).message,
        )

    def close(self) -> None:
        self.sequencer.close()
        self.store.close()

    def carry(self, bundle: bytes) -> Answered:
        """Somebody brings a bundle."""
        return self.bundles.take(self.village.name, io.BytesIO(bundle).read)

    def county_writes(self, records: list[Record]) -> None:
        """The county pushes records of its chain for this point."""
        holder = self.store.chain(records[0].header.chain)
        assert holder is not None
        for segment in cut(records):
            opened = segment.open(holder.public_key)
            self.sequencer.decisions(
                [self.sequencer.hand_in(Submission(opened, holder.standing.holder, segment.encode()))]
            )

    def stored(self, chain: bytes) -> list[Record]:
        return self.store.records_after(chain, 0, 1 << 30)


class LoopLine:
    """What `sync.client.line.Line` does, without HTTP. `cut_at` ends the next exchange after so many bytes up."""

    def __init__(self, end: GatewayEnd) -> None:
        self._end = end
        self.is_down = False
        self.cut_at: int | None = None

    def close(self) -> None:
        """There is no connection."""

    def ask(self, path: str, bytes_max: int, headers: Mapping[str, str] | None = None) -> Answer:
        if self.is_down or self._is_cut():
            raise LineFailed(LineFault.NO_LINE, "the line is down")
        name, _, query = path.partition("?")
        asked = {key: int(value) for key, value in parse_qsl(query)}
        chain = self._end.store.terminal_chain(self._end.village.name)
        assert chain is not None
        if name.startswith("/v1/head/"):
            return Answer(200, "", self._end.acknowledger.answer(chain.standing.head))
        if name == "/v1/checkpoint":
            return Answer(
                200, "", self._end.checkpoints.answer(chain.standing.head.chain, asked["from"], asked.get("epoch"))
            )
        assert name == "/v1/inbox"
        county = self._end.store.county_chain(self._end.village.name)
        assert county is not None
        records = self._end.store.records_after(county.standing.head.chain, asked["after"], 4096)
        relays = (Relay(each.last_seq, county.statement, each.encode()) for each in cut(records))
        return Answer(200, "", b"".join(encode_frame(each.encode()) for each in relays))

    def send(self, path: str, frames: Iterator[bytes], bytes_max: int) -> Answer:
        if self.is_down:
            raise LineFailed(LineFault.NO_LINE, "the line is down")
        body = b"".join(frames)
        arrived, self.cut_at = (body if self.cut_at is None else body[: self.cut_at]), None
        reception = self._end.intake.receive(self._end.village.name, io.BytesIO(arrived).read)
        if arrived != body:
            raise LineFailed(LineFault.CUT, "the line died")
        head = reception.head
        assert head is not None, reception.reason
        return Answer(_STATUS[reception.ending], "", self._end.acknowledger.answer(head))

    def _is_cut(self) -> bool:
        was, self.cut_at = self.cut_at is not None, None
        return was


@dataclass
class TerminalEnd:
    """The terminal of a village, in this process: the kiosk's journal and all of the sync process but its loop."""

    village: Village
    clock: FixedClock
    line: LoopLine
    between: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        data = self.village.terminal
        self.config = TerminalConfig.load(data)
        self.journal = Journal.open_or_create(data / "journal.db", self.village.keys.record, READERS, self.clock)
        stick = (self.village.gateway / files.STICK_STATEMENT).read_bytes()
        (data / self.config.stick_statement).write_bytes(stick)
        self.start()

    def start(self) -> None:
        """Start the sync process."""
        data = self.village.terminal
        self.transport = Transport.open_or_create(data / "transport.db")
        self.queue = Queue(data / "journal.db", self.transport)
        incoming = data / "packs" / "incoming"
        # Without the issuing authority's key, as the real one.
        trust = type(self.village.trust)(self.village.trust.root_key, COUNTY)
        revocations = RevocationFile(data / self.config.revocations, trust)
        trust = replace(trust, revoked=revocations)
        subject = self.village.name.urn()
        self.arrivals = Arrivals(self.queue, self.transport, trust, subject, incoming, self.clock, revocations)
        self.road = StickRoad(data, self.config, self.arrivals, self.clock)
        line = self.line
        self.lanes = (
            RecordsLane(line, self.arrivals, self.clock, self.between),  # type: ignore[arg-type]  # a line without HTTP
            CheckpointLane(line, self.arrivals),  # type: ignore[arg-type]  # likewise
            InboxLane(line, self.arrivals),  # type: ignore[arg-type]  # likewise
        )

    def stop(self) -> None:
        """kill -9 the sync process."""
        self.queue.close()
        self.transport.close()

    def close(self) -> None:
        self.stop()
        self.journal.close()

    def round(self) -> LineFault | None:
        """One round on the line; returns what was wrong."""
        for lane in self.lanes:
            try:
                lane.run()
            except LineFailed as failure:
                return failure.fault
        return None

    def export(self, stick: Path) -> bytes:
        """Write to the stick and return what is in the file."""
        self.road.export(stick)
        return self.up_file(stick).read_bytes()

    def up_file(self, stick: Path) -> Path:
        [file] = stick.glob("sunpoint-up-*.sun")
        return file

    @property
    def acknowledged_seq(self) -> int:
        held = self.transport.acknowledgement(self.journal.chain)
        return held.link.seq if held else 0


class TwoRoads:
    """A village with both ends open, to be used in `with`."""

    def __init__(self, home: Path) -> None:
        self.clock = FixedClock(NOON_MS)
        self.village = Village(home)
        self.gateway = GatewayEnd(self.village, self.clock)
        self.line = LoopLine(self.gateway)
        self.terminal = TerminalEnd(self.village, self.clock, self.line)
        self.stick = home / "stick"
        self.stick.mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminal.close()
        self.gateway.close()

    def bring_back(self, answered: Answered, name: str = "sunpoint-down.sun") -> None:
        """Put the answer onto the stick."""
        assert answered.down is not None
        with answered.down as down:
            (self.stick / name).write_bytes(down.read())

    def county_link(self) -> Link | None:
        """Where the county's chain stands at the gateway; None: it is empty."""
        chain = self.gateway.store.county_chain(self.village.name)
        return chain.standing.head if chain and chain.standing.head.seq else None

"""The gateway's store and log without its process: what a village hands in, and what the county reads of it."""

from __future__ import annotations

from pathlib import Path

from county.evidence import EvidenceDesk
from county.gateway_line import GatewayAway
from county.store.evidence import EvidenceTable
from county.timing import Finding
from sync.evidence import Interval
from sync.gateway import config as gateway_config
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.sequencer import Sequencer
from sync.gateway.store import Grant, Submission
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.voice import LentKey
from sync.keys import FileSigner
from sync.peer_name import PeerName
from sync.protocol.checkpoint import Checkpoint
from tests.county.office import CountyOffice
from tests.county.village import Village, new_signer


class OuterGateway:
    """A real store with its log, dated by a clock of its own; `log` is the county's line to it."""

    def __init__(self, home: Path, office: CountyOffice) -> None:
        files = home / "gateway"
        self.office = office
        self.store = SqliteStore(home / "log.db")
        self.sequencer = Sequencer(self.store, office.clock, tree_interval_s=10**6)
        signer = FileSigner.load(files / gateway_config.ACKNOWLEDGEMENT_KEY)
        statement = (files / gateway_config.ACKNOWLEDGEMENT_STATEMENT).read_bytes()
        lent = LentKey(lambda: (signer, statement), office.trust)
        self.desk = CheckpointDesk(self.store, self.sequencer, lent, office.clock, office.trust)
        self.evidence = EvidenceDesk(office.database, self, lambda: office.library, office.trust, office.clock)
        self.away = False
        self.asked = 0

    def log(self, after: Checkpoint) -> bytes:
        """See `county.evidence.LogLine`."""
        self.asked += 1
        if self.away:
            raise GatewayAway("连不上网关")
        return self.desk.page(max(0, after.at_ms), after.size, after.epoch)

    def enrol(self, village: Village) -> None:
        """Take records of a village from now on."""
        name = PeerName.from_urn(f"urn:sunpoint:990101:terminal:{village.region}:{village.terminal}")
        token = f"{village.region}{village.terminal}"
        self.store.add_grant(Grant(token, bytes(32), name, "某村", 1 << 50), new_signer().public_key, b"statement")
        public_key = village.signer.public_key
        assert self.store.use_grant(token, b"who", b"answer", public_key, village.statement)

    def take(self, village: Village, *, hand_on: bool = True) -> Checkpoint:
        """Take what the village has, make its head a leaf, and hand everything on to the county."""
        name = PeerName.from_urn(f"urn:sunpoint:990101:terminal:{village.region}:{village.terminal}")
        self.store.append([Submission(tuple(village.records), name, b"wire")], self.office.clock.wall_ms())
        stated = self.store.grow_tree(self.office.clock.wall_ms())
        assert stated is not None
        if hand_on:
            self.office.intake.take(village.relays())
        return stated

    def interval(self, village: Village, seq: int) -> Interval:
        with self.office.database.reading() as connection:
            return EvidenceTable(connection).interval(village.chain, seq)

    def findings(self, number: str) -> list[Finding]:
        with self.office.database.reading() as connection:
            return EvidenceTable(connection).of_case(number)

    def grave(self) -> list[str]:
        with self.office.database.reading() as connection:
            return [each.finding.doubt.value for each in EvidenceTable(connection).grave()]

    def faults(self) -> list[str]:
        with self.office.database.reading() as connection:
            return [each.reason for each in EvidenceTable(connection).faults()]

    def close(self) -> None:
        self.sequencer.close()
        self.store.close()

"""What the two ends of the pipe and the gateway between them hold, read from their files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioning.stage import Stage
from sync import county_config
from sync.keyring import Keyring
from sync.model.facts import FACTS, Kind
from sync.reading import Keys
from sync.record import Record, restore
from sync.sealing import KeyOpener

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Ends:
    """The files of a stage. Everything is read anew at every question."""

    stage: Stage

    @property
    def journal(self) -> Path:
        """What the kiosk has written."""
        return self.stage.terminal_dir / "journal.db"

    @property
    def transport(self) -> Path:
        """What the sync process has brought."""
        return self.stage.terminal_dir / "transport.db"

    @property
    def gateway(self) -> Path:
        """What the gateway stores."""
        return self.stage.gateway_dir / "gateway.db"

    @property
    def county(self) -> Path:
        """What the county stores."""
        return self.stage.county_dir / "county.db"

    @property
    def keyring(self) -> Keyring:
        """What the county may read."""
        return Keyring([KeyOpener.load(self.stage.county_dir / county_config.OPENING_KEY)])

    def keys(self, path: Path) -> Keys:
        """The content keys that the county finds in a store."""

        def record_at(chain: bytes, seq: int) -> Record | None:
            return next((each for each in self.of_chain(path, chain) if each.header.seq == seq), None)

        return self.keyring.among(record_at)

    def terminal_records(self) -> list[Record]:
        """The terminal's chain as the kiosk wrote it."""
        return _records(self.journal, "SELECT header, body, signature FROM records ORDER BY seq")

    def county_records(self) -> list[Record]:
        """The county's chain for this terminal as the county wrote it."""
        return _records(
            self.county,
            "SELECT header, body, signature FROM records r JOIN chains c ON c.chain = r.chain"
            " WHERE author = 'county' ORDER BY seq",
        )

    def of_chain(self, path: Path, chain: bytes) -> list[Record]:
        """A chain as the gateway or the county has it."""
        return _records(path, "SELECT header, body, signature FROM records WHERE chain = ? ORDER BY seq", chain)

    def inbox(self) -> list[Record]:
        """The county's chain as it has reached the terminal."""
        return _records(self.transport, "SELECT header, body, signature FROM inbox ORDER BY seq")

    def acknowledged_seq(self) -> int:
        """Up to where the terminal's chain is under the county's signature."""
        rows = select(self.transport, "SELECT MAX(seq) FROM acknowledgements")
        return int(str(rows[0][0] or 0))

    def settled(self) -> bool:
        """Whether each end has as many records as the other has written for it."""
        if not (self.county.exists() and self.transport.exists()):
            return False
        written = select(self.journal, "SELECT MAX(seq) FROM records")[0][0]
        arrived = select(self.county, "SELECT MAX(head_seq) FROM chains WHERE author = 'terminal'")[0][0]
        answered = select(self.county, "SELECT MAX(head_seq) FROM chains WHERE author = 'county'")[0][0]
        returned = select(self.transport, "SELECT MAX(seq) FROM inbox")[0][0]
        return written == arrived == self.acknowledged_seq() and answered == returned

    def status_at_desk(self, case_no: str) -> str:
        """How the kiosk says a case stands."""
        return str(select(self.journal, "SELECT status FROM case_row WHERE case_no = ?", case_no)[0][0])

    def status_at_county(self, case_no: str) -> str:
        """How the county says a case stands."""
        return str(select(self.county, "SELECT status FROM cases WHERE number = ?", case_no)[0][0])

    def ratings_at_county(self, case_no: str) -> Rows:
        """(stage, outcome, level) of a case's ratings."""
        return select(
            self.county, "SELECT stage, outcome, level FROM ratings WHERE case_no = ? ORDER BY stage, visit", case_no
        )

    def open_papers(self) -> Rows:
        """The papers of which the kiosk does not know yet how they ended."""
        return select(self.journal, "SELECT issued_seq FROM slip WHERE result IS NULL")

    def alarms(self) -> Rows:
        """What the county did not believe."""
        return select(self.county, "SELECT place, reason FROM alarms")

    def parked(self) -> Rows:
        """What made no sense to the county."""
        return select(self.county, "SELECT seq, reason FROM parked")


def check_equal(ends: Ends) -> None:
    """Check that nothing is lost and nothing is there twice: every chain is the same wherever it is kept."""
    written = hashes(ends.terminal_records())
    chain = ends.terminal_records()[0].header.chain
    assert [record.header.seq for record in ends.terminal_records()] == list(range(1, len(written) + 1))
    assert hashes(ends.of_chain(ends.gateway, chain)) == written, "the gateway has another chain of the terminal"
    assert hashes(ends.of_chain(ends.county, chain)) == written, "the county has another chain of the terminal"
    assert ends.acknowledged_seq() == len(written)
    answered = ends.county_records()
    assert hashes(ends.inbox()) == hashes(answered), "the terminal has another chain of the county"
    if answered:
        at_gateway = ends.of_chain(ends.gateway, answered[0].header.chain)
        assert hashes(at_gateway) == hashes(answered), "the gateway has another chain of the county"
    assert ends.alarms() == []
    assert ends.parked() == []


def check_once(ends: Ends, case_no: str, *wanted: Kind) -> None:
    """Check that each of these facts was written exactly once about a case, and that every paper ended once."""
    written = kinds(ends.terminal_records(), case_no)
    for kind in wanted:
        assert written.count(kind) == 1, f"{kind.name} was written {written.count(kind)} times"
    assert written.count(Kind.SLIP_ISSUED) == written.count(Kind.SLIP_ENDED)
    assert ends.open_papers() == []


def kinds(records: list[Record], case_no: str | None = None) -> list[Kind]:
    """The kinds of records, in order; of one case when it is named."""
    return [
        Kind(record.header.kind)
        for record in records
        if record.header.kind in FACTS and (case_no is None or record.header.case_no == case_no)
    ]


def hashes(records: list[Record]) -> list[bytes]:
    """What identifies records."""
    return [record.hash for record in records]


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Look into a file that a program may be writing."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def select(path: Path, statement: str, *arguments: object) -> Rows:
    """Read rows of a file."""
    with reading(path) as connection:
        return connection.execute(statement, arguments).fetchall()


def _records(path: Path, statement: str, *arguments: object) -> list[Record]:
    return [restore(*row) for row in select(path, statement, *arguments)]  # type: ignore[arg-type]  # by the schemas

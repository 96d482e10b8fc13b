"""What the county has read of its gateway's log, and what follows from it for each record, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from county.logbook import NOTHING_READ, Followed, Read
from county.timing import Doubt, Finding
from sync.evidence import NOTHING_KNOWN, Cover, Interval
from sync.protocol.checkpoint import Checkpoint
from sync.record import Link

FAULTS_KEPT_MAX = 64
FINDINGS_SHOWN = 500
_MARKS_PER_QUESTION = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS log_checkpoints (
    hash BLOB PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    epoch INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS log_checkpoints_by_age ON log_checkpoints (epoch, at_ms);
CREATE TABLE IF NOT EXISTS log_leaves (
    leaf INTEGER PRIMARY KEY,
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS log_leaves_of_chain ON log_leaves (chain, leaf);
CREATE TABLE IF NOT EXISTS log_lost (
    epoch INTEGER NOT NULL,
    leaf INTEGER NOT NULL,
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at_ms INTEGER,
    PRIMARY KEY (epoch, leaf)
) STRICT;
CREATE TABLE IF NOT EXISTS log_peaks (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, place)
) STRICT;
CREATE TABLE IF NOT EXISTS log_covers (
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS log_faults (
    reason TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    page BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS intervals (
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    not_before_ms INTEGER,
    not_after_ms INTEGER,
    unknown_checkpoint INTEGER NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;
CREATE INDEX IF NOT EXISTS intervals_open ON intervals (chain, seq) WHERE not_after_ms IS NULL;
CREATE TABLE IF NOT EXISTS findings (
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    doubt TEXT NOT NULL,
    case_no TEXT,
    of_case INTEGER NOT NULL,
    by_ms INTEGER NOT NULL,
    limit_ms INTEGER NOT NULL,
    told_ms INTEGER NOT NULL,
    since_kind INTEGER NOT NULL,
    PRIMARY KEY (chain, seq, doubt)
) STRICT;
CREATE INDEX IF NOT EXISTS findings_of_case ON findings (case_no) WHERE case_no IS NOT NULL
"""

_DUE = """
SELECT c.chain FROM chains c WHERE c.head_seq > coalesce((SELECT max(seq) FROM intervals i WHERE i.chain = c.chain), 0)
OR EXISTS (
    SELECT 1 FROM intervals i WHERE i.chain = c.chain AND i.not_after_ms IS NULL
    AND i.seq <= (SELECT max(seq) FROM log_covers l WHERE l.chain = c.chain AND l.seq <= c.head_seq)
)
"""

_GRAVE = f"""
SELECT f.* FROM findings f JOIN records r ON r.chain = f.chain AND r.seq = f.seq
WHERE doubt IN ({", ".join(f"'{each.value}'" for each in Doubt if each.grave)})
ORDER BY r.received_ms DESC, f.seq DESC LIMIT ?
"""  # noqa: S608 - words of ours


def forget_older_reading(connection: sqlite3.Connection) -> None:
    """Let the log be read again from its beginning where a version without `log_leaves` has read it."""
    newest = connection.execute("SELECT size FROM log_checkpoints ORDER BY epoch DESC, at_ms DESC LIMIT 1").fetchone()
    (held,) = connection.execute("SELECT count(*) FROM (SELECT 1 FROM log_leaves LIMIT 1)").fetchone()
    (lost,) = connection.execute("SELECT count(*) FROM (SELECT 1 FROM log_lost LIMIT 1)").fetchone()
    if newest and newest[0] and not held and not lost:
        for table in ("log_checkpoints", "log_peaks", "log_covers"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours


class LogFault(Struct, frozen=True):
    """A page of the log that was not followed: when (ms since 1970 UTC), why (in Chinese), and the page as it came."""

    at_ms: int
    reason: str
    page: bytes


class CaseFinding(Struct, frozen=True):
    """A doubt, with the case that its record is about, if it is about one."""

    finding: Finding
    case_no: str | None


class EvidenceTable:
    """The log as far as it was read, intervals and doubts, on one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # --- the log -------------------------------------------------------------------------------------------------

    def followed(self) -> Followed:
        """Return how far the log has been read."""
        row = self._connection.execute(
            "SELECT size, root, at_ms, epoch FROM log_checkpoints ORDER BY epoch DESC, at_ms DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return NOTHING_READ
        peaks = self._connection.execute("SELECT level, place, hash FROM log_peaks")
        return Followed(Checkpoint(*row), {(level, place): digest for level, place, digest in peaks})

    def keep(self, read: Read) -> None:
        """Keep what a page has brought."""
        self._connection.executemany(
            "INSERT INTO log_checkpoints (hash, at_ms, size, root, epoch) VALUES (?, ?, ?, ?, ?)",
            [(each.hash, each.at_ms, each.size, each.root, each.epoch) for each in read.checkpoints],
        )
        first = read.followed.newest.size - len(read.covers)
        self._connection.executemany(
            "INSERT INTO log_leaves (leaf, chain, seq, hash) VALUES (?, ?, ?, ?)",
            [(leaf, each.link.chain, each.link.seq, each.link.hash) for leaf, each in enumerate(read.covers, first)],
        )
        # The first word about a record counts; a log has no two leaves of one chain with one seq.
        self._connection.executemany(
            "INSERT OR IGNORE INTO log_covers (chain, seq, hash, at_ms) VALUES (?, ?, ?, ?)",
            [(each.link.chain, each.link.seq, each.link.hash, each.at_ms) for each in read.covers],
        )
        self._connection.execute("DELETE FROM log_peaks")
        self._connection.executemany(
            "INSERT INTO log_peaks (level, place, hash) VALUES (?, ?, ?)",
            [(*node, digest) for node, digest in read.followed.peaks.items()],
        )

    def leaves(self, size: int) -> Iterator[Link]:
        """Yield where the first `size` leaves that were read say that chains stood, in their order."""
        rows = self._connection.execute("SELECT chain, seq, hash FROM log_leaves WHERE leaf < ? ORDER BY leaf", (size,))
        return (Link(*row) for row in rows)

    def go_back(self, size: int, epoch: int) -> int:
        """Let a log that goes on in an epoch have its first `size` leaves only; return how many it lost.

        They are kept as evidence, with the times that they had proven, and so are all checkpoints: records name them.
        What followed from lost leaves is forgotten, and worked out anew from those that come.
        """
        lost = self._connection.execute(
            "INSERT INTO log_lost (epoch, leaf, chain, seq, hash, at_ms)"
            " SELECT ?, l.leaf, l.chain, l.seq, l.hash, c.at_ms FROM log_leaves l"
            " LEFT JOIN log_covers c ON c.chain = l.chain AND c.seq = l.seq AND c.hash = l.hash WHERE l.leaf >= ?",
            (epoch, size),
        ).rowcount
        self._connection.execute("DELETE FROM log_leaves WHERE leaf >= ?", (size,))
        for table in ("log_covers", "intervals"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE chain IN (SELECT chain FROM log_lost WHERE epoch = ?) AND seq > coalesce("  # noqa: S608 - names of ours
                f"(SELECT seq FROM log_leaves k WHERE k.chain = {table}.chain ORDER BY leaf DESC LIMIT 1), 0)",
                (epoch,),
            )
        return lost

    def keep_fault(self, fault: LogFault) -> bool:
        """Keep a page that was not followed; False when this was seen before, or enough of them are kept."""
        (kept,) = self._connection.execute("SELECT count(*) FROM log_faults").fetchone()
        if kept >= FAULTS_KEPT_MAX:
            return False
        done = self._connection.execute(
            "INSERT INTO log_faults (reason, at_ms, page) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (fault.reason, fault.at_ms, fault.page),
        )
        return done.rowcount == 1

    def faults(self) -> list[LogFault]:
        """Return the pages that were not followed, newest first."""
        rows = self._connection.execute("SELECT at_ms, reason, page FROM log_faults ORDER BY at_ms DESC")
        return [LogFault(*row) for row in rows]

    def stated(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Return the county's time of each of these checkpoints that it has stated."""
        wanted = list(dict.fromkeys(hashes))
        found: dict[bytes, int] = {}
        for at in range(0, len(wanted), _MARKS_PER_QUESTION):
            part = wanted[at : at + _MARKS_PER_QUESTION]
            marks = ", ".join("?" * len(part))
            rows = self._connection.execute(
                f"SELECT hash, at_ms FROM log_checkpoints WHERE hash IN ({marks})",  # noqa: S608 - marks only
                part,
            )
            found.update((row[0], row[1]) for row in rows)
        return found

    def covers(self, chain: bytes, first: int, last: int) -> list[Cover]:
        """Return what the log says of the records of a chain from seq `first` to `last`."""
        rows = self._connection.execute(
            "SELECT seq, hash, at_ms FROM log_covers WHERE chain = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            (chain, first, last),
        )
        return [Cover(Link(chain, seq, digest), at_ms) for seq, digest, at_ms in rows]

    def next_cover(self, chain: bytes, after: int, until: int) -> Cover | None:
        """Return the first word of the log about a record of a chain behind a seq, up to another."""
        return next(iter(self.covers(chain, after + 1, until)), None)

    def drop_cover(self, link: Link) -> None:
        """Forget a leaf that is about another record than the one that is here; the fault is kept."""
        self._connection.execute("DELETE FROM log_covers WHERE chain = ? AND seq = ?", (link.chain, link.seq))

    def withheld(self, before_ms: int) -> list[tuple[bytes, int, int]]:
        """Return (chain, highest seq, time) of what the log had before a time, and the gateway never handed on."""
        rows = self._connection.execute(
            "SELECT l.chain, max(l.seq), l.at_ms FROM log_covers l LEFT JOIN chains c ON c.chain = l.chain"
            " WHERE l.at_ms < ? AND l.seq > coalesce(c.head_seq, 0) AND c.stopped_for IS NULL GROUP BY l.chain",
            (before_ms,),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    # --- intervals -----------------------------------------------------------------------------------------------

    def due_chains(self) -> list[bytes]:
        """Return the chains about which something more can be said than is kept."""
        return [row[0] for row in self._connection.execute(_DUE)]

    def first_open(self, chain: bytes) -> int:
        """Return the seq of the first record of a chain whose interval is not closed."""
        row = self._connection.execute(
            "SELECT min(seq) FROM intervals WHERE chain = ? AND not_after_ms IS NULL", (chain,)
        ).fetchone()
        if row[0] is not None:
            return int(row[0])
        last = self._connection.execute("SELECT max(seq) FROM intervals WHERE chain = ?", (chain,)).fetchone()[0]
        return (last or 0) + 1

    def interval(self, chain: bytes, seq: int) -> Interval:
        """Return what is known of a record."""
        row = self._connection.execute(
            "SELECT not_before_ms, not_after_ms, unknown_checkpoint FROM intervals WHERE chain = ? AND seq = ?",
            (chain, seq),
        ).fetchone()
        return NOTHING_KNOWN if row is None else Interval(row[0], row[1], bool(row[2]))

    def write_intervals(self, chain: bytes, first: int, intervals: Sequence[Interval]) -> None:
        """Put what is known of records of a chain, from seq `first` on, in the place of what was kept before."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO intervals (chain, seq, not_before_ms, not_after_ms, unknown_checkpoint)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (chain, seq, each.not_before_ms, each.not_after_ms, int(each.unknown_checkpoint))
                for seq, each in enumerate(intervals, first)
            ],
        )

    # --- doubts --------------------------------------------------------------------------------------------------

    def write_chain_findings(
        self, chain: bytes, first: int, last: int, found: Iterable[Finding], cases: Mapping[int, str | None]
    ) -> None:
        """Put the doubts about records of a chain, seq `first` to `last`, in the place of those before."""
        self._connection.execute(
            "DELETE FROM findings WHERE chain = ? AND seq BETWEEN ? AND ? AND of_case = 0", (chain, first, last)
        )
        self._insert(((each, cases.get(each.seq)) for each in found), of_case=0)

    def write_case_findings(self, case_no: str, found: Sequence[Finding]) -> None:
        """Put the doubts about the course of a case in the place of those before."""
        self._connection.execute("DELETE FROM findings WHERE case_no = ? AND of_case = 1", (case_no,))
        self._insert(((each, case_no) for each in found), of_case=1)

    def of_case(self, case_no: str) -> list[Finding]:
        """Return the doubts about the records of a case."""
        rows = self._connection.execute("SELECT * FROM findings WHERE case_no = ? ORDER BY chain, seq", (case_no,))
        return [_finding(row) for row in rows]

    def grave(self) -> list[CaseFinding]:
        """Return what somebody has to look into, newest records first, at most FINDINGS_SHOWN."""
        rows = self._connection.execute(_GRAVE, (FINDINGS_SHOWN,))
        return [CaseFinding(_finding(row), row["case_no"]) for row in rows]

    def clear(self) -> None:
        """Forget what follows from records and log, to be worked out anew. The log itself stays."""
        self._connection.execute("DELETE FROM intervals")
        self._connection.execute("DELETE FROM findings")

    def _insert(self, rows: Iterable[tuple[Finding, str | None]], *, of_case: int) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO findings"
            " (chain, seq, doubt, case_no, of_case, by_ms, limit_ms, told_ms, since_kind)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    each.chain,
                    each.seq,
                    each.doubt.value,
                    case_no,
                    of_case,
                    each.by_ms,
                    each.limit_ms,
                    each.told_ms,
                    each.since_kind,
                )
                for each, case_no in rows
            ],
        )


def _finding(row: sqlite3.Row) -> Finding:
    return Finding(
        row["chain"], row["seq"], Doubt(row["doubt"]), row["by_ms"], row["limit_ms"], row["told_ms"], row["since_kind"]
    )

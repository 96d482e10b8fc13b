"""The embedded store: one SQLite file, WAL, synchronous=FULL, one writing connection."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sync.durable import keep_private
from sync.gateway.admission import Decision, Verdict, decide
from sync.gateway.store import (
    Admitted,
    Chain,
    Fork,
    Grant,
    Late,
    StoreUnavailable,
    Submission,
    TerminalAlreadyNamed,
    TerminalHasAnotherChain,
    sqlite_feed,
    sqlite_late,
    sqlite_tree,
)
from sync.gateway.store.erasure import ERASE, REMEMBER, erasures, without_erased
from sync.gateway.store.rows import (
    CHAIN_COLUMNS,
    FORKS_KEPT_MAX,
    GRANT_COLUMNS,
    chain_of,
    grant_of,
    page_of_records,
)
from sync.peer_name import PeerName, PeerRole
from sync.protocol.checkpoint import Checkpoint, Leaf
from sync.protocol.recovery import Begun
from sync.record import NO_HASH, Link, Record, chain_id
from sync.tree import Node

_BUSY_TIMEOUT_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chains (
    chain       BLOB PRIMARY KEY,
    public_key  BLOB NOT NULL,
    holder      TEXT NOT NULL,          -- urn of who writes it: a terminal, or the county
    about       TEXT NOT NULL,          -- urn of the terminal that it is about
    statement   BLOB NOT NULL,
    revoked_ms  INTEGER,
    head_seq    INTEGER NOT NULL DEFAULT 0,
    head_hash   BLOB NOT NULL,
    UNIQUE (holder, about)
);
CREATE TABLE IF NOT EXISTS records (
    chain       BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    header      BLOB NOT NULL,
    body        BLOB,
    signature   BLOB,
    PRIMARY KEY (chain, seq)
);
CREATE TABLE IF NOT EXISTS grants (
    token_id    TEXT PRIMARY KEY,
    secret_digest BLOB NOT NULL,
    holder      TEXT NOT NULL,
    point_name  TEXT NOT NULL,
    expires_ms  INTEGER NOT NULL,
    wrong_tries INTEGER NOT NULL DEFAULT 0,
    used_by     BLOB,
    answer      BLOB
);
CREATE TABLE IF NOT EXISTS forks (
    id          INTEGER PRIMARY KEY,
    chain       BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    stored_hash BLOB NOT NULL,
    wire        BLOB NOT NULL,
    peer        TEXT NOT NULL,
    seen_ms     INTEGER NOT NULL,
    UNIQUE (chain, seq, wire)
);
CREATE TABLE IF NOT EXISTS erased (     -- what the county has said to be over
    chain       BLOB NOT NULL,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    PRIMARY KEY (chain, last_seq, first_seq)
) WITHOUT ROWID;
"""
_ERASED = "SELECT first_seq, last_seq FROM erased WHERE chain = ? AND last_seq >= ? AND first_seq <= ?"
_APPEND = "INSERT INTO records (chain, seq, hash, header, body, signature) VALUES "
_ROW = "(?, ?, ?, ?, ?, ?)"
_CHAIN = f"SELECT {CHAIN_COLUMNS} FROM chains "  # noqa: S608 - a constant
_GRANT = f"SELECT {GRANT_COLUMNS} FROM grants WHERE token_id = ?"  # noqa: S608 - a constant


class SqliteStore:
    """`Store` in one file. Raises StoreUnavailable when the file cannot be opened as one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._erased = False
        self._idle_readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        try:
            keep_private(path)
            self._writer = self._connect()
            self._writer.executescript(_SCHEMA + sqlite_feed.SCHEMA + sqlite_tree.SCHEMA + sqlite_late.SCHEMA)
            sqlite_feed.mark_all(self._writer)
            # What a killed process had committed and not yet synced can be read: from here on it also survives.
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except (OSError, sqlite3.Error) as cause:
            raise StoreUnavailable(f"the gateway's store {path.name} cannot be opened: {cause}") from cause

    def append(self, submissions: Sequence[Submission], now_ms: int) -> list[Decision]:
        """See `Store.append`."""
        with self._transaction() as db:
            decisions = [self._append_one(db, submission, now_ms) for submission in submissions]
        if self._erased:
            self._wipe()
        return decisions

    def chain(self, chain: bytes) -> Chain | None:
        """See `Store.chain`."""
        return self._one_chain("WHERE chain = ?", chain)

    def confirmed(self, chain: bytes) -> Chain | None:
        """See `Store.confirmed`: what can be read here has been synced, when it was committed or when it was opened."""
        return self.chain(chain)

    def chains(self) -> list[Chain]:
        """See `Store.chains`."""
        with self._reading() as db:
            return [chain_of(row) for row in db.execute(_CHAIN + "ORDER BY rowid")]

    def county_chain(self, terminal: PeerName) -> Chain | None:
        """See `Store.county_chain`."""
        county = PeerName(terminal.county, PeerRole.COUNTY)
        return self._one_chain("WHERE holder = ? AND about = ?", county.urn(), terminal.urn())

    def terminal_chain(self, name: PeerName) -> Chain | None:
        """See `Store.terminal_chain`."""
        return self._one_chain("WHERE holder = ? AND about = ?", name.urn(), name.urn())

    def records_after(self, chain: bytes, seq: int, bytes_max: int) -> list[Record]:
        """See `Store.records_after`."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT header, body, signature FROM records WHERE chain = ? AND seq > ? ORDER BY seq", (chain, seq)
            )
            return page_of_records(rows, bytes_max)

    def admitted_after(self, admission: int, bytes_max: int) -> list[Admitted]:
        """See `Store.admitted_after`."""
        with self._reading() as db:
            return sqlite_feed.admitted_after(db, admission, bytes_max)

    def mark_of_admission(self, admission: int) -> bytes | None:
        """See `Store.mark_of_admission`."""
        with self._reading() as db:
            return sqlite_feed.mark_of(db, admission)

    def add_grant(self, grant: Grant, county_key: bytes, county_statement: bytes) -> None:
        """See `Store.add_grant`."""
        county = PeerName(grant.name.county, PeerRole.COUNTY)
        with self._transaction() as db:
            taken = db.execute("SELECT 1 FROM chains WHERE holder = ?", (grant.name.urn(),)).fetchone()
            if taken is not None:
                raise TerminalAlreadyNamed(
                    f"terminal {grant.name.terminal} of {grant.name.region} is enrolled; numbers are never reused"
                )
            _open_chain(db, county_key, county, grant.name, county_statement)
            row = db.execute(
                "SELECT public_key FROM chains WHERE holder = ? AND about = ?", (county.urn(), grant.name.urn())
            ).fetchone()
            if row is None or row[0] != county_key:
                raise TerminalHasAnotherChain(f"the county keeps another chain for {grant.name.urn()}")
            # A new code for a name ends the older ones: only the last paper in somebody's hands works.
            db.execute("DELETE FROM grants WHERE holder = ?", (grant.name.urn(),))
            db.execute(
                "INSERT INTO grants (token_id, secret_digest, holder, point_name, expires_ms) VALUES (?, ?, ?, ?, ?)",
                (grant.token_id, grant.secret_digest, grant.name.urn(), grant.point_name, grant.expires_ms),
            )
            sqlite_late.note_succession(db, grant.name, grant.succession)

    def grant(self, token_id: str) -> Grant | None:
        """See `Store.grant`."""
        with self._reading() as db:
            row = db.execute(_GRANT, (token_id,)).fetchone()
        return grant_of(row) if row else None

    def count_wrong_try(self, token_id: str) -> int:
        """See `Store.count_wrong_try`."""
        with self._transaction() as db:
            db.execute("UPDATE grants SET wrong_tries = wrong_tries + 1 WHERE token_id = ?", (token_id,))
            row = db.execute("SELECT wrong_tries FROM grants WHERE token_id = ?", (token_id,)).fetchone()
        return int(row[0]) if row else 0

    def use_grant(self, token_id: str, used_by: bytes, answer: bytes, public_key: bytes, statement: bytes) -> bool:
        """See `Store.use_grant`."""
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE grants SET used_by = ?, answer = ? WHERE token_id = ? AND used_by IS NULL",
                (used_by, answer, token_id),
            ).rowcount
            if changed:
                (holder,) = db.execute("SELECT holder FROM grants WHERE token_id = ?", (token_id,)).fetchone()
                name = PeerName.from_urn(holder)
                if not _open_chain(db, public_key, name, name, statement):
                    raise TerminalAlreadyNamed("this terminal, or this record key, is enrolled already")
        return changed == 1

    def revoke(self, name: PeerName, now_ms: int, closed_at: int | None = None) -> bool:
        """See `Store.revoke`."""
        with self._transaction() as db:
            sqlite_late.close_chain(db, name, closed_at)
            changed = db.execute(
                "UPDATE chains SET revoked_ms = coalesce(revoked_ms, ?) WHERE holder = ?", (now_ms, name.urn())
            )
            return changed.rowcount > 0

    def late_after(self, place: int, bytes_max: int) -> list[Late]:
        """See `Store.late_after`."""
        with self._reading() as db:
            return sqlite_late.late_after(db, place, bytes_max)

    def forks(self) -> list[Fork]:
        """See `Store.forks`."""
        with self._reading() as db:
            rows = db.execute("SELECT chain, seq, stored_hash, wire, peer, seen_ms FROM forks ORDER BY id")
            return [Fork(*row) for row in rows]

    def grow_tree(self, now_ms: int, *, restate: bool = False) -> Checkpoint | None:
        """See `Store.grow_tree`."""
        with self._transaction() as db:
            return sqlite_tree.grow(db, now_ms, restate=restate)

    def checkpoint(self) -> Checkpoint | None:
        """See `Store.checkpoint`."""
        with self._reading() as db:
            return sqlite_tree.checkpoint(db)

    def checkpoints_after(self, at_ms: int, limit: int, epoch: int | None = None) -> list[Checkpoint]:
        """See `Store.checkpoints_after`."""
        with self._reading() as db:
            return sqlite_tree.checkpoints_after(db, at_ms, limit, epoch)

    def begin_epoch(self, message: bytes, begun: Begun, now_ms: int) -> bool:
        """See `Store.begin_epoch`."""
        with self._transaction() as db:
            return sqlite_tree.begin_epoch(db, message, begun, now_ms)

    def recovery(self) -> bytes | None:
        """See `Store.recovery`."""
        with self._reading() as db:
            return sqlite_tree.recovery(db)

    def tree_leaf(self, chain: bytes, size: int) -> Leaf | None:
        """See `Store.tree_leaf`."""
        with self._reading() as db:
            return sqlite_tree.leaf_of(db, chain, size)

    def tree_leaves(self, first: int, end: int) -> list[Link]:
        """See `Store.tree_leaves`."""
        with self._reading() as db:
            return sqlite_tree.leaves(db, first, end)

    def tree_nodes(self, wanted: Collection[Node]) -> dict[Node, bytes]:
        """See `Store.tree_nodes`."""
        with self._reading() as db:
            return sqlite_tree.nodes(db, wanted)

    def close(self) -> None:
        """See `Store.close`."""
        self._writer.close()
        while not self._idle_readers.empty():
            self._idle_readers.get_nowait().close()

    def _append_one(self, db: sqlite3.Connection, submission: Submission, now_ms: int) -> Decision:
        records = submission.records
        chain, before, last = records[0].header.chain, records[0].header.seq - 1, records[-1].header.seq
        row = db.execute(_CHAIN + "WHERE chain = ?", (chain,)).fetchone()
        stored = dict(
            db.execute("SELECT seq, hash FROM records WHERE chain = ? AND seq BETWEEN ? AND ?", (chain, before, last))
        )
        decision = decide(records, submission.peer, chain_of(row).standing if row else None, stored)
        if decision.forked_seq is not None:
            _keep_fork(db, submission, decision.forked_seq, stored.get(decision.forked_seq, NO_HASH), now_ms)
        if decision.verdict is Verdict.LATE:
            sqlite_late.keep(db, submission, now_ms)
        missing = [record for record in decision.fresh if record.header.seq not in stored]
        if missing:
            # One statement: SQLite lets other threads of the interpreter go before every one.
            held: list[bytes | int | None] = []
            erased = db.execute(_ERASED, (chain, missing[0].header.seq, last)).fetchall()
            for each in (without_erased(each, erased) for each in missing) if erased else missing:
                held += (chain, each.header.seq, each.hash, each.header_bytes, each.body, each.signature)
            db.execute(_APPEND + ", ".join([_ROW] * len(missing)), held)
        if decision.fresh:
            sqlite_feed.admit(db, chain, decision.fresh[0].header.seq, last)
        for values in erasures(decision.fresh):
            db.execute(REMEMBER.replace("%s", "?"), values)
            db.execute(ERASE.replace("%s", "?"), values)
            self._erased = True
        if decision.head is not None:
            db.execute(
                "UPDATE chains SET head_seq = ?, head_hash = ? WHERE chain = ?",
                (decision.head.seq, decision.head.hash, chain),
            )
        return decision

    def _wipe(self) -> None:
        """Leave nothing of what was erased in the file's log; a reader in the middle of a page only delays it."""
        with self._writing, suppress(sqlite3.Error):
            busy, *_ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._erased = bool(busy)

    def _one_chain(self, where: str, *values: bytes | str) -> Chain | None:
        with self._reading() as db:
            row = db.execute(_CHAIN + where, values).fetchone()
        return chain_of(row) if row else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One writing transaction: committed durably at the end, or nothing of it. Raises StoreUnavailable."""
        with self._writing:
            db = self._writer
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException as cause:
                # After a failed commit SQLite may have rolled back by itself.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                if isinstance(cause, sqlite3.Error):
                    raise StoreUnavailable(f"the gateway's store could not commit: {cause}") from cause
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            try:
                db = self._idle_readers.get_nowait()
            except queue.Empty:
                db = self._connect()
            try:
                yield db
            finally:
                self._idle_readers.put(db)
        except sqlite3.Error as cause:
            raise StoreUnavailable(f"the gateway's store could not be read: {cause}") from cause

    def _connect(self) -> sqlite3.Connection:
        # Used by one thread at a time, though not always the same: the lock and the pool see to that.
        db = sqlite3.connect(self._path, _BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        return db


def _open_chain(db: sqlite3.Connection, public_key: bytes, holder: PeerName, about: PeerName, statement: bytes) -> bool:
    opened = db.execute(
        "INSERT INTO chains (chain, public_key, holder, about, statement, head_hash) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (chain_id(public_key), public_key, holder.urn(), about.urn(), statement, NO_HASH),
    )
    return opened.rowcount == 1


def _keep_fork(db: sqlite3.Connection, submission: Submission, seq: int, stored_hash: bytes, now_ms: int) -> None:
    (kept,) = db.execute("SELECT count(*) FROM forks").fetchone()
    if kept < FORKS_KEPT_MAX:
        db.execute(
            "INSERT INTO forks (chain, seq, stored_hash, wire, peer, seen_ms) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (
                submission.records[0].header.chain,
                seq,
                stored_hash,
                submission.wire,
                submission.peer.urn(),
                now_ms,
            ),
        )

"""transport.db as the sync process writes it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sync.ballast import Ballast
from sync.model.facts import BodiesErased, Kind, from_plain
from sync.model.plain import FactDoesNotFit
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.pack_offer import PackOffer
from sync.record import Link, Record, RecordRefused, restore
from sync.transport.line_state import LineFault, LineState, LogFork
from sync.transport.outgoing import COLUMNS, Outgoing, OutgoingState, outgoing_of
from sync.transport.schema import (
    NEWEST_CHECKPOINT,
    TransportRefused,
    acknowledgement_of,
    line_state_of,
    open_file,
    put_aside,
)

LOG_FORKS_KEPT_MAX = 64
"""The first ones say what happened; a county that goes on with another log must not fill this disk."""

_log = logging.getLogger(__name__)


class Transport:
    """transport.db, held by its one writer, the sync process."""

    def __init__(self, connection: sqlite3.Connection, ballast: Ballast) -> None:
        """Take over an open file; `open_or_create` is how programs come by it."""
        self._connection = connection
        self._ballast = ballast
        ballast.keep()

    @classmethod
    def open_or_create(cls, path: Path) -> Transport:
        """Open the file, begun anew when it is damaged or not there. Raises TransportRefused."""
        ballast = Ballast(path)
        try:
            try:
                return cls(open_file(path, ballast), ballast)
            except sqlite3.DatabaseError as cause:
                if isinstance(cause, sqlite3.OperationalError):
                    raise
                put_aside(path)
                _log.error("transport.db was damaged and is begun anew: %s", cause)
                return cls(open_file(path, ballast), ballast)
        except (OSError, sqlite3.Error) as cause:
            raise TransportRefused(f"transport.db cannot be opened: {cause}") from cause

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._ballast.keep_rest()

    def acknowledgement(self, chain: bytes) -> Acknowledgement | None:
        """Return the newest acknowledgement of a chain."""
        rows = self._rows("SELECT seq, hash, at_ms FROM acknowledgements WHERE chain = ?", chain)
        return acknowledgement_of(chain, rows[0]) if rows else None

    def keep_acknowledgement(self, acknowledgement: Acknowledgement, answer: bytes) -> None:
        """Keep a verified acknowledgement and the answer it came in, as its proof. The newest to arrive holds, also
        when it names less than the one before: then the county was put back, and says so.
        """
        link = acknowledgement.link
        before = self.acknowledgement(link.chain)
        with self._transaction():
            if before is not None and before.link.seq > link.seq:
                self._doubt_outgoing()
            self._connection.execute(
                "INSERT OR REPLACE INTO acknowledgements (chain, seq, hash, at_ms, answer) VALUES (?, ?, ?, ?, ?)",
                (link.chain, link.seq, link.hash, acknowledgement.at_ms, answer),
            )
            self._connection.execute("DELETE FROM doubts")

    def doubt(self) -> None:
        """Take nothing for stored at the county before it has said again how much it has."""
        with self._transaction():
            self._connection.execute("INSERT OR IGNORE INTO doubts (id) VALUES (1)")
            self._doubt_outgoing()

    def doubted(self) -> bool:
        """Whether the county's log was seen to be put back since the newest acknowledgement: it may have less now."""
        return bool(self._rows("SELECT 1 FROM doubts"))

    def acknowledgement_answer(self, chain: bytes) -> bytes | None:
        """Return the answer that the newest acknowledgement of a chain came in."""
        rows = self._rows("SELECT answer FROM acknowledgements WHERE chain = ?", chain)
        return rows[0][0] if rows else None

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint."""
        rows = self._rows(NEWEST_CHECKPOINT)
        return Checkpoint(*rows[0]) if rows else None

    def checkpoint_answer(self) -> bytes | None:
        """Return the answer that the newest checkpoint came in."""
        rows = self._rows("SELECT answer FROM checkpoint")
        return rows[0][0] if rows else None

    def drop_checkpoint(self, evidence: LogFork) -> None:
        """Believe the checkpoint that is held no more: it is kept as evidence only, and the next one is the first."""
        with self._transaction():
            self._keep_log_fork(evidence)
            self._connection.execute("DELETE FROM checkpoint")

    def keep_checkpoint(self, checkpoint: Checkpoint, answer: bytes, evidence: LogFork | None = None) -> None:
        """Keep a checkpoint that was verified to go on from the one before, and the answer it came in.

        One that goes on from another epoch comes with `evidence`: the old one is kept beside it for good.
        """
        held = (1, checkpoint.size, checkpoint.root, checkpoint.at_ms, checkpoint.epoch, answer)
        with self._transaction():
            if evidence is not None:
                self._keep_log_fork(evidence)
                self._doubt_outgoing()
            self._connection.execute(
                "INSERT OR REPLACE INTO checkpoint (id, size, root, at_ms, epoch, answer) VALUES (?, ?, ?, ?, ?, ?)",
                held,
            )

    def keep_log_fork(self, fork: LogFork) -> None:
        """Keep evidence beside the checkpoint that is held; the same answer once, and the oldest stay."""
        with self._transaction():
            self._keep_log_fork(fork)

    def log_forks(self) -> list[LogFork]:
        """Return the evidence, oldest first."""
        rows = self._rows("SELECT seen_ms, fault, sentence, answer, held FROM log_forks ORDER BY rowid")
        return [LogFork(seen_ms, LineFault(fault), *rest) for seen_ms, fault, *rest in rows]

    def inbox_link(self) -> Link | None:
        """Return where the copy of the county's chain stands, None when it holds nothing."""
        rows = self._rows("SELECT seq, header, body, signature FROM inbox ORDER BY seq DESC LIMIT 1")
        try:
            return restore(*rows[0][1:]).link if rows else None
        except RecordRefused as cause:
            raise TransportRefused(f"the inbox is damaged: {cause}") from cause

    def keep_records(self, records: Sequence[Record]) -> None:
        """Keep verified records of the county's chain that follow what is here, all or none."""
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO inbox (seq, header, body, signature) VALUES (?, ?, ?, ?)",
                [(each.header.seq, each.header_bytes, each.body, each.signature) for each in records],
            )
            erased = sum(self._erase(each) for each in records if each.header.kind == Kind.BODIES_ERASED)
        if erased:
            # Best effort: the kiosk may be reading; what is left in the log is overwritten with the next time.
            with suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _erase(self, record: Record) -> int:
        """Erase the bodies of the county's own chain whose time it says to be over, and return how many there were."""
        try:
            said = from_plain(record.header.kind, record.header.plain, {})
        except FactDoesNotFit:
            return 0
        if not isinstance(said, BodiesErased) or said.chain != record.header.chain:
            return 0
        return self._connection.execute(
            "UPDATE inbox SET body = NULL WHERE seq BETWEEN ? AND ? AND length(body) > 0",
            (said.first_seq, said.last_seq),
        ).rowcount

    def outgoing_noted(self, chain: bytes) -> int:
        """Return up to which seq a journal was looked through for attachments, 0 at first."""
        rows = self._rows("SELECT seq FROM outgoing_noted WHERE chain = ?", chain)
        return int(rows[0][0]) if rows else 0

    def note_outgoing(self, chain: bytes, seq: int, named: Sequence[Outgoing]) -> None:
        """Note the attachments that records up to `seq` name; one that is known stays as it is."""
        with self._transaction():
            self._connection.executemany(
                f"INSERT INTO outgoing ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608 - a constant
                [(each.digest, each.chain, each.seq, each.size, each.sent, each.state, each.kept_ms) for each in named],
            )
            self._connection.execute("INSERT OR REPLACE INTO outgoing_noted (chain, seq) VALUES (?, ?)", (chain, seq))

    def outgoing(self, state: OutgoingState, limit: int) -> list[Outgoing]:
        """Return at most so many attachments in a state, oldest first."""
        query = f"SELECT {COLUMNS} FROM outgoing WHERE state = ? ORDER BY rowid LIMIT ?"  # noqa: S608 - a constant
        return [outgoing_of(row) for row in self._rows(query, state, limit)]

    def keep_outgoing(self, attachment: Outgoing) -> None:
        """Keep how far an attachment has come."""
        each = attachment
        with self._transaction():
            self._connection.execute(
                "UPDATE outgoing SET sent = ?, state = ?, kept_ms = coalesce(kept_ms, ?) WHERE digest = ?",
                (each.sent, each.state, each.kept_ms, each.digest),
            )

    def _doubt_outgoing(self) -> None:
        """The county was put back: its gateway may have lost attachments too, and each is asked for anew."""
        self._connection.execute("UPDATE outgoing SET state = 'waiting' WHERE state = 'kept'")

    def pack(self, name: str) -> PackOffer | None:
        """Return which pack of this name was last fetched."""
        rows = self._rows("SELECT version, size_bytes, digest FROM packs WHERE name = ?", name)
        return PackOffer(name, *rows[0]) if rows else None

    def packs(self) -> tuple[PackOffer, ...]:
        """Return which packs were last fetched, by name."""
        rows = self._rows("SELECT name, version, size_bytes, digest FROM packs ORDER BY name")
        return tuple(PackOffer(*row) for row in rows)

    def keep_pack(self, offer: PackOffer) -> None:
        """Note that a pack was fetched whole, so that it is not fetched again."""
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO packs (name, version, size_bytes, digest) VALUES (?, ?, ?, ?)",
                (offer.name, offer.version, offer.size_bytes, offer.digest),
            )

    def line(self) -> LineState:
        """Return how the line was last said to be."""
        rows = self._rows("SELECT last_try_ms, last_success_ms, fault, sentence, next_try_ms FROM line")
        return line_state_of(rows[0]) if rows else LineState()

    def keep_line(self, state: LineState) -> None:
        """Say how the line is."""
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO line (id, last_try_ms, last_success_ms, fault, sentence, next_try_ms)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                (state.last_try_ms, state.last_success_ms, state.fault, state.sentence, state.next_try_ms),
            )

    def said(self, name: str) -> bytes | None:
        """Return what was last said under a name."""
        rows = self._rows("SELECT content FROM said WHERE name = ?", name)
        return rows[0][0] if rows else None

    def say(self, name: str, content: bytes) -> None:
        """Say something to the kiosk, in the place of what was said under this name before."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO said (name, content) VALUES (?, ?)", (name, content))

    def _keep_log_fork(self, fork: LogFork) -> None:
        self._connection.execute("INSERT OR IGNORE INTO doubts (id) VALUES (1)")
        self._connection.execute(
            "INSERT INTO log_forks (answer, seen_ms, fault, sentence, held)"
            " SELECT ?, ?, ?, ?, coalesce((SELECT answer FROM checkpoint), x'')"
            " WHERE (SELECT count(*) FROM log_forks) < ? ON CONFLICT DO NOTHING",
            (fork.answer, fork.seen_ms, fork.fault, fork.sentence, LOG_FORKS_KEPT_MAX),
        )

    def _rows(self, statement: str, *arguments: bytes | str | int) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, arguments).fetchall()
        except sqlite3.Error as cause:
            raise TransportRefused(f"transport.db cannot be read: {cause}") from cause

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as cause:
            raise TransportRefused(f"transport.db cannot be written: {cause}") from cause

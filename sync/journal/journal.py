"""Writing the journal: the one commit point of a terminal.

- What a transaction appended is durable when it has ended, with everything else that was written through its
  connection; if it ends by an exception, nothing is.
- Where the chain stands is read from the file at the first append of every transaction. There is no copy in memory
  that a failed commit could leave wrong; after a crash the same line of code goes on.
- Bodies are sealed with a content key that is new at every start, every day and after every transaction that failed
  (`sync.sealing`); the record that tells it is written before the first that needs it.
- If the disk fails in the middle of a commit, SQLite may report a failure and yet find the commit after a restart.
  The chain and the projections are then there together; the paper was never printed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace

from sync.ballast import Ballast
from sync.clock import Clock
from sync.journal.clock_watch import THRESHOLD_MS, ClockWatch
from sync.journal.reader import JournalReader
from sync.journal.refusals import (
    JournalDamaged,
    JournalIsBehind,
    JournalOfAnotherKey,
    JournalOpenElsewhere,
    TransactionOpen,
    named,
)
from sync.journal.schema import open_for_writing
from sync.keys import SignatureWrong, Signer
from sync.lock import HeldElsewhere, ProcessLock
from sync.model.facts import ActorClass, ClockMoved, Fact
from sync.model.moment import local_date
from sync.record import (
    ChainBroken,
    ClockNote,
    Link,
    Record,
    Stamp,
    check_follows,
    check_signature,
    compose,
    has_body,
)
from sync.sealing import ContentKey, DayKey, Recipient

TAIL_RECORDS = 64
"""Verified whenever the journal is opened: what the last hours wrote, in a few milliseconds."""

CLOCK_ACTOR = "clock"
KEY_ACTOR = "system"

Checkpoint = Callable[[], bytes | None]
"""Returns the hash of the county's newest checkpoint that this terminal holds, None when it has none; never raises."""


class Transaction:
    """One open transaction.

    Attributes:
        connection: the journal's, for what must be written together with the records.
        watch: the clock as the records of this transaction leave it.
        named: the checkpoint that its records name, or those before it in this run of the program.
        content_key: seals the next body; None before the first that needs one.
        failed: an append has failed; the transaction ends without effect.
    """

    def __init__(self, journal: Journal, watch: ClockWatch, named: bytes | None) -> None:
        self.connection = journal.connection
        self.watch = watch
        self.named = named
        self.content_key = journal.content_key
        self._journal = journal
        self._link: Link | None = None
        self.failed = False

    def append(self, happened: Fact, *, actor: str, actor_class: ActorClass, case_no: str | None = None) -> Record:
        """Write a fact as the next record of the chain, stamped with the clock.

        When the clock has been moved, a record that says so is written first.

        Raises:
            BodyTooLarge, HeaderMalformed: the fact is larger than a record may be.
            JournalIsFull, JournalUnwritable: the disk; the transaction can only be left.
            TransactionOpen: an append has failed before; whoever caught that must not go on.
        """
        if self.failed:
            raise TransactionOpen("an append has failed in this transaction; it can only be left")
        try:
            with named():
                stamp = self._journal.stamp()
                moved_ms = self.watch.moved_by_ms(stamp)
                if moved_ms:
                    marked = replace(stamp, note=stamp.note | ClockNote.MOVED)
                    self._write(ClockMoved(by_ms=moved_ms), marked, CLOCK_ACTOR, ActorClass.SYSTEM, None)
                return self._write(happened, stamp, actor, actor_class, case_no)
        except BaseException:
            # SQLite may have rolled back by itself, and would take the next statement as a transaction of its own.
            self.failed = True
            raise

    def _write(self, happened: Fact, stamp: Stamp, actor: str, actor_class: ActorClass, case_no: str | None) -> Record:
        newest = self._journal.checkpoint()
        key = self._key_at(stamp) if has_body(happened) else None
        record = compose(
            happened,
            after=self._head(),
            stamp=stamp,
            signer=self._journal.signer,
            actor=actor,
            actor_class=actor_class,
            case_no=case_no,
            # Once: every later record is bound to it by the hash of the one before.
            checkpoint=None if newest == self.named else newest,
            content_key=key,
        )
        return self._insert(record, stamp)

    def _key_at(self, stamp: Stamp) -> ContentKey:
        """Return the content key of the day, told first if it is new."""
        today = local_date(stamp.wall_ms)
        if self.content_key is None or self.content_key.day != today:
            head = self._head()
            key = ContentKey.fresh(head.chain, head.seq + 1)
            told = compose(
                key.told_to(self._journal.readers),
                after=head,
                stamp=stamp,
                signer=self._journal.signer,
                actor=KEY_ACTOR,
                actor_class=ActorClass.SYSTEM,
            )
            self._insert(told, stamp)
            self.content_key = DayKey(key, today)
        return self.content_key.key

    def _insert(self, record: Record, stamp: Stamp) -> Record:
        header = record.header
        self.connection.execute(
            "INSERT INTO records (seq, case_no, header, body, signature) VALUES (?, ?, ?, ?, ?)",
            (header.seq, header.case_no, record.header_bytes, record.body, record.signature),
        )
        self._link = record.link
        self.watch = self.watch.after(stamp)
        self.named = record.header.checkpoint or self.named
        return record

    def _head(self) -> Link:
        return self._link or self._journal.head()


class Journal(JournalReader):
    """The journal, held open by its one writer. Used from the thread that opened it.

    Attributes:
        connection: for reading, and inside a transaction for writing what belongs to it.
        signer: signs the records.
        checkpoint: what the next record may name.
        readers: whom content keys are told to.
        content_key: seals bodies now; None before the first.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        lock: ProcessLock,
        ballast: Ballast,
        signer: Signer,
        readers: Sequence[Recipient],
        clock: Clock,
        clock_threshold_ms: int = THRESHOLD_MS,
        checkpoint: Checkpoint = lambda: None,
    ) -> None:
        """Take over an open file; `open` is how programs come by a journal."""
        super().__init__(connection)
        self.connection = connection
        self.signer = signer
        self.checkpoint = checkpoint
        self._named: bytes | None = None
        self.readers = tuple(readers)
        self.content_key: DayKey | None = None
        self._lock = lock
        self._ballast = ballast
        self._clock = clock
        if self.public_key != signer.public_key:
            raise JournalOfAnotherKey("the journal is the chain of another key than this terminal's")
        self._watch = ClockWatch.since(self._verified_tail(), clock_threshold_ms)

    @classmethod
    def open_or_create(
        cls,
        path: Path,
        signer: Signer,
        readers: Sequence[Recipient],
        clock: Clock,
        *,
        acknowledged: Link | None = None,
        clock_threshold_ms: int = THRESHOLD_MS,
        checkpoint: Checkpoint = lambda: None,
    ) -> Journal:
        """Open the journal and verify its tail; make an empty one when there is none.

        Args:
            path: journal.db; a lock file, its ballast and SQLite's own files are kept beside it.
            signer: the terminal's record key.
            readers: who may read the bodies: the county's opening key, its escrow key, the point's desk key.
            clock: stamps the records.
            acknowledged: newest record that the county has acknowledged; the journal must hold it.
            clock_threshold_ms: smallest move of the clock that is written down.
            checkpoint: asked for every record; what it returns is named by the first record after it has changed.

        Raises:
            JournalOpenElsewhere, JournalOfAnotherKey, JournalOfAnotherVersion, JournalIsBehind, JournalDamaged,
            JournalUnwritable by its kinds.
        """
        try:
            lock = ProcessLock(path.with_name(path.name + ".lock"))
        except HeldElsewhere as cause:
            raise JournalOpenElsewhere(f"another process writes {path.name}") from cause
        connection: sqlite3.Connection | None = None
        ballast = Ballast(path)
        try:
            with named():
                connection = open_for_writing(path, signer.public_key, ballast)
                journal = cls(connection, lock, ballast, signer, readers, clock, clock_threshold_ms, checkpoint)
                journal.check_holds(acknowledged)
                ballast.keep()
                return journal
        except BaseException:
            if connection is not None:
                connection.close()
            lock.release()
            raise

    def close(self) -> None:
        """Close the file and let go of it."""
        super().close()
        self._ballast.keep_rest()
        self._lock.release()

    def check_holds(self, acknowledged: Link | None) -> None:
        """Check that what the county has acknowledged is here. Raises JournalIsBehind."""
        if acknowledged is None or acknowledged.chain != self.chain or not acknowledged.seq:
            return
        held = self.record(acknowledged.seq)
        if held is None or held.hash != acknowledged.hash:
            raise JournalIsBehind(f"the county holds record {acknowledged.seq} of this chain, this journal does not")

    def erase_bodies(self, first_seq: int, last_seq: int) -> int:
        """Erase the bodies of some records, inside a transaction, and return how many there were.

        Header, hash and signature stay: the chain verifies as before. Only on the county's word, which has them.
        """
        changed = self.connection.execute(
            "UPDATE records SET body = NULL WHERE seq BETWEEN ? AND ? AND length(body) > 0", (first_seq, last_seq)
        )
        return changed.rowcount

    def give_up_body(self, seq: int) -> None:
        """Leave out the body of one record, inside a transaction: it is damaged, and header and hash stay."""
        self.connection.execute("UPDATE records SET body = NULL WHERE seq = ?", (seq,))

    def wipe(self) -> None:
        """Leave nothing readable of what was erased: not in free pages (secure_delete), and not in the file's log.

        A reader may hold the log open for a moment; then it is overwritten with a later wipe or the next start.
        """
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def seal_for(self, readers: Sequence[Recipient]) -> None:
        """Tell content keys to these readers from the next body on. Raises TransactionOpen."""
        if self.connection.in_transaction:
            raise TransactionOpen("who reads cannot change in the middle of a transaction")
        if tuple(readers) != self.readers:
            self.readers = tuple(readers)
            self.content_key = None

    def stamp(self) -> Stamp:
        """Return the time as a record states it."""
        note = ClockNote(0) if self._clock.real else ClockNote.STEERED
        return Stamp(self._clock.wall_ms(), self._clock.boot_id, self._clock.boot_ms(), note)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write records, and what belongs to them, together or not at all.

        Raises:
            JournalIsFull, JournalIsReadOnly, JournalIsBusy, JournalUnwritable: nothing was written.
            TransactionOpen: there is one already.
        """
        if self.connection.in_transaction:
            raise TransactionOpen("a transaction is open already")
        with named():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                transaction = Transaction(self, self._watch, self._named)
                yield transaction
                if transaction.failed:
                    raise TransactionOpen("an append has failed in this transaction, and nobody was told")
                self.connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            self._watch = transaction.watch
            self._named = transaction.named
            self.content_key = transaction.content_key

    def _roll_back(self) -> None:
        # A seq that is written again must not meet the same key: it is the nonce.
        self.content_key = None
        # A full disk makes SQLite roll back by itself.
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def _verified_tail(self) -> Stamp | None:
        """Verify that the newest records follow one another and return the stamp of the last. Raises JournalDamaged.

        A body among them that is damaged ends nobody's work: the chain stands on headers, and the audit says so.
        """
        tail = self.tail(TAIL_RECORDS)
        if not tail:
            return None
        try:
            for before, record in pairwise(tail):
                check_follows(record, before.link)
            check_signature(tail[-1], self.public_key)
        except (ChainBroken, SignatureWrong) as cause:
            raise JournalDamaged(f"the end of the journal is not what was written: {cause}") from cause
        last = tail[-1].header
        return Stamp(last.wall_ms, last.boot_id, last.boot_ms)

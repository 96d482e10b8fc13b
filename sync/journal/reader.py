"""Reading the journal, in short pages, also while the kiosk writes it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sync.journal.audit import Audit, Walk, audit
from sync.journal.refusals import JournalDamaged, named
from sync.journal.schema import open_for_reading
from sync.record import Link, Record, RecordRefused, chain_id, restore

Row = tuple[int, bytes, bytes | None, bytes]


class JournalReader:
    """Reads records. Every answer is one statement, so that no reader holds up the writer.

    Records whose body is withheld come with the body None.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = -1
        with named():
            (self.public_key,) = connection.execute("SELECT public_key FROM chain").fetchone()
        self.chain = chain_id(self.public_key)

    @classmethod
    def open(cls, path: Path) -> JournalReader:
        """Open a journal that another process writes. Raises JournalMissing, JournalOfAnotherVersion."""
        with named():
            return cls(open_for_reading(path))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def changed(self) -> bool:
        """Whether another connection has written since this was last asked; the first answer is True."""
        with named():
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        changed = version != self._version
        self._version = version
        return bool(changed)

    def head(self) -> Link:
        """Return where the chain stands. Raises JournalDamaged."""
        tail = self.tail(1)
        return tail[0].link if tail else Link.start(self.chain)

    def tail(self, count: int) -> list[Record]:
        """Return the newest records without their bodies: what the chain stands on. Raises JournalDamaged."""
        return self._rows("SELECT seq, header, NULL, signature FROM records ORDER BY seq DESC LIMIT ?", count)[::-1]

    def record(self, seq: int) -> Record | None:
        """Return one record, None when there is none. Raises JournalDamaged."""
        rows = self._rows("SELECT seq, header, body, signature FROM records WHERE seq = ?", seq)
        return rows[0] if rows else None

    def read(self, after: int, limit: int) -> list[Record]:
        """Return at most `limit` records behind seq `after`, in order. Raises JournalDamaged."""
        return self._rows(
            "SELECT seq, header, body, signature FROM records WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )

    def sound(self, after: int, limit: int) -> list[Record]:
        """Return at most `limit` records behind seq `after`, in order, up to the first damaged one.

        What is behind that cannot be handed on: a chain has no gaps, and a record whose body was left out for now could
        never get it again. Raises JournalDamaged when the first is damaged.
        """
        try:
            return self.read(after, limit)
        except JournalDamaged:
            found = self.record(after + 1)
            whole = [found] if found is not None else []
        while len(whole) < limit:
            try:
                found = self.record(after + len(whole) + 1)
            except JournalDamaged:
                break
            if found is None:
                break
            whole.append(found)
        return whole

    def headers(self, after: int, limit: int) -> list[Record]:
        """Return at most `limit` records behind seq `after`, in order, without their bodies. Raises JournalDamaged."""
        return self._rows(
            "SELECT seq, header, NULL, signature FROM records WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )

    def records_of_case(self, case_no: str) -> list[Record]:
        """Return every record of a case, in order. Raises JournalDamaged."""
        return self._rows("SELECT seq, header, body, signature FROM records WHERE case_no = ? ORDER BY seq", case_no)

    def audit(self, public_key: bytes | None = None) -> Audit:
        """Verify every header, body and signature, and the file itself; takes about 0.1 ms a record.

        `public_key` is the key that the county knows for this terminal; None trusts the one in the file.
        """
        with named():
            return audit(self._connection, public_key or self.public_key)

    def walk(self, after: int, public_key: bytes) -> Walk:
        """Begin to verify what is behind seq `after`, page by page; each page is one short read."""
        return Walk(self._connection, public_key, after)

    def _rows(self, statement: str, *arguments: int | str) -> list[Record]:
        with named():
            return [self._record(row) for row in self._connection.execute(statement, arguments)]

    def _record(self, row: Row) -> Record:
        seq, header, body, signature = row
        try:
            record = restore(header, body, signature)
        except RecordRefused as cause:
            raise JournalDamaged(f"record {seq}: {cause}") from cause
        if record.header.seq != seq or record.header.chain != self.chain:
            raise JournalDamaged(f"record {seq}: the header is that of another record")
        return record

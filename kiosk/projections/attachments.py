"""Which sealed attachments are named: by records of this terminal, and by drafts. SQL on the journal's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sync.model.facts import AttachmentAdded, Envelope, Kind
from sync.model.plain import FactDoesNotFit, field_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS attachment (
    digest BLOB PRIMARY KEY, case_no TEXT NOT NULL, seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attachment_of_case ON attachment (case_no);
CREATE TABLE IF NOT EXISTS draft_attachment (
    draft_id TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (draft_id, digest)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attachment_folded (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
INSERT OR IGNORE INTO attachment_folded VALUES (1, 0)
"""


class Attachments:
    """The table of attachments on one open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `connection`; the tables must be there (`SCHEMA`)."""
        self._connection = connection

    def clear(self) -> None:
        """Forget what records named, to be folded anew. What drafts hold is no fold and stays."""
        self._connection.execute("DELETE FROM attachment")
        self._connection.execute("UPDATE attachment_folded SET seq = 0")

    def apply(self, happened: Envelope) -> None:
        """Fold one fact of this terminal."""
        if happened.kind == Kind.ATTACHMENT_ADDED and happened.case_no is not None:
            try:
                digest = field_of(AttachmentAdded, "digest", happened.plain)
            except FactDoesNotFit:
                return
            self._connection.execute(
                "INSERT OR IGNORE INTO attachment VALUES (?, ?, ?)", (digest, happened.case_no, happened.seq)
            )

    def folded(self) -> int:
        """Return up to which seq every record was looked at; what was folded as it was written does not count."""
        return int(self._connection.execute("SELECT seq FROM attachment_folded").fetchone()[0])

    def fold_to(self, seq: int) -> None:
        """Remember that every record up to `seq` was looked at."""
        self._connection.execute("UPDATE attachment_folded SET seq = ?", (seq,))

    def hold(self, draft_id: str, digests: Iterable[bytes]) -> None:
        """A draft names these attachments, and no others any more."""
        self.let_go(draft_id)
        self._connection.executemany(
            "INSERT OR IGNORE INTO draft_attachment VALUES (?, ?)", [(draft_id, each) for each in digests]
        )

    def let_go(self, draft_id: str) -> None:
        """A draft names nothing any more: it was taken in, or thrown away."""
        self._connection.execute("DELETE FROM draft_attachment WHERE draft_id = ?", (draft_id,))

    def count(self, case_no: str) -> int:
        """Return how many attachments a case has."""
        found = self._connection.execute("SELECT count(*) FROM attachment WHERE case_no = ?", (case_no,)).fetchone()
        return int(found[0])

    def named(self) -> set[bytes]:
        """Return every digest that a record or a draft names."""
        query = "SELECT digest FROM attachment UNION SELECT digest FROM draft_attachment"
        return {digest for (digest,) in self._connection.execute(query)}

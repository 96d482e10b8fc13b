"""Receipts that were shown somewhere, and whose keys were told to which terminal; on one open transaction."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from county.papers import PaperVerdict
from sync.model.facts import Kind

SHOWN_AT_ONCE = 500
_UNKNOWN = -1

SCHEMA = """
CREATE TABLE IF NOT EXISTS papers_shown (
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    case_no TEXT NOT NULL,
    of_chain BLOB NOT NULL,
    of_seq INTEGER NOT NULL,
    verdict TEXT,
    judged_head INTEGER NOT NULL DEFAULT -2,
    PRIMARY KEY (chain, seq)
) STRICT;
CREATE INDEX IF NOT EXISTS papers_of_case ON papers_shown (case_no);
CREATE TABLE IF NOT EXISTS keys_told (
    region TEXT NOT NULL,
    terminal TEXT NOT NULL,
    chain BLOB NOT NULL,
    until_seq INTEGER NOT NULL,
    PRIMARY KEY (region, terminal, chain)
) STRICT;
CREATE TABLE IF NOT EXISTS keys_in_step (
    region TEXT NOT NULL,
    terminal TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (region, terminal)
) STRICT
"""
_NEW = """
SELECT r.chain, r.seq FROM records r JOIN chains c ON c.chain = r.chain
WHERE r.kind = ? AND c.author = 'terminal' AND NOT EXISTS (
    SELECT 1 FROM papers_shown p WHERE p.chain = r.chain AND p.seq = r.seq
) LIMIT ?
"""
_OPEN = f"""
SELECT p.* FROM papers_shown p LEFT JOIN chains c ON c.chain = p.of_chain
WHERE coalesce(p.verdict, '') != '{PaperVerdict.FITS.value}' AND coalesce(c.head_seq, {_UNKNOWN}) != p.judged_head
LIMIT ?
"""  # noqa: S608 - words of ours


class ShownPaper(Struct, frozen=True):
    """A receipt that was shown: by which record it was told, and what it claims to be about.

    `verdict` is None before it was judged.
    """

    chain: bytes
    seq: int
    case_no: str
    of_chain: bytes
    of_seq: int
    verdict: PaperVerdict | None


class PaperTable:
    """The tables of receipts and of keys told."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def unlisted(self) -> list[tuple[bytes, int]]:
        """Return records that tell of a shown receipt and are not listed yet, by chain and seq."""
        rows = self._connection.execute(_NEW, (int(Kind.RECEIPT_SEEN), SHOWN_AT_ONCE))
        return [(row[0], row[1]) for row in rows]

    def list_shown(self, paper: ShownPaper) -> None:
        """List a receipt that was shown."""
        self._connection.execute(
            "INSERT INTO papers_shown (chain, seq, case_no, of_chain, of_seq) VALUES (?, ?, ?, ?, ?)",
            (paper.chain, paper.seq, paper.case_no, paper.of_chain, paper.of_seq),
        )

    def to_judge(self) -> list[ShownPaper]:
        """Return what was never judged, or did not fit and more has come of the chain since."""
        return [_shown(row) for row in self._connection.execute(_OPEN, (SHOWN_AT_ONCE,))]

    def judged(self, paper: ShownPaper, verdict: PaperVerdict, head_seq: int | None) -> None:
        """Keep what was made of a receipt while the chain that it names stood at a seq; None: no such chain."""
        self._connection.execute(
            "UPDATE papers_shown SET verdict = ?, judged_head = ? WHERE chain = ? AND seq = ?",
            (verdict.value, _UNKNOWN if head_seq is None else head_seq, paper.chain, paper.seq),
        )

    def grave(self, limit: int = SHOWN_AT_ONCE) -> list[ShownPaper]:
        """Return the receipts that do not fit, newest first."""
        rows = self._connection.execute(
            "SELECT p.* FROM papers_shown p JOIN records r ON r.chain = p.chain AND r.seq = p.seq"
            " WHERE verdict != ? ORDER BY r.received_ms DESC LIMIT ?",
            (PaperVerdict.FITS.value, limit),
        )
        return [_shown(row) for row in rows]

    def of_case(self, case_no: str) -> list[ShownPaper]:
        """Return the receipts that claim to be about a case."""
        rows = self._connection.execute("SELECT * FROM papers_shown WHERE case_no = ? ORDER BY chain, seq", (case_no,))
        return [_shown(row) for row in rows]

    def in_step(self, region: str, terminal: str) -> bytes:
        """Return up to which list of keys a terminal was told all, as that list's digest; empty before the first."""
        row = self._connection.execute(
            "SELECT digest FROM keys_in_step WHERE region = ? AND terminal = ?", (region, terminal)
        ).fetchone()
        return b"" if row is None else bytes(row[0])

    def told(self, region: str, terminal: str) -> dict[bytes, int]:
        """Return the chains whose keys a terminal was told, each with the seq up to which it counts."""
        rows = self._connection.execute(
            "SELECT chain, until_seq FROM keys_told WHERE region = ? AND terminal = ?", (region, terminal)
        )
        return {row[0]: row[1] for row in rows}

    def note_told(self, region: str, terminal: str, keys: dict[bytes, int], digest: bytes) -> None:
        """A terminal has been told these keys, and so all of the list with this digest."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO keys_told (region, terminal, chain, until_seq) VALUES (?, ?, ?, ?)",
            [(region, terminal, chain, until_seq) for chain, until_seq in keys.items()],
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO keys_in_step (region, terminal, digest) VALUES (?, ?, ?)",
            (region, terminal, digest),
        )


def _shown(row: sqlite3.Row) -> ShownPaper:
    verdict = PaperVerdict(row["verdict"]) if row["verdict"] is not None else None
    return ShownPaper(row["chain"], row["seq"], row["case_no"], row["of_chain"], row["of_seq"], verdict)

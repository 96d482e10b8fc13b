"""Closed chains, who takes their place, what came too late: in the embedded store, on a connection it gives."""

from __future__ import annotations

import hashlib
import sqlite3

from sync.gateway.store import Late, Submission
from sync.gateway.store.rows import LATE_KEPT_MAX, page_of_late
from sync.peer_name import PeerName

SCHEMA = """
CREATE TABLE IF NOT EXISTS closures (
    chain       BLOB PRIMARY KEY,
    seq         INTEGER NOT NULL        -- the last that is taken
);
CREATE TABLE IF NOT EXISTS successions (
    holder      TEXT PRIMARY KEY,       -- urn of the terminal that takes another's place
    statement   BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS late (
    place       INTEGER PRIMARY KEY AUTOINCREMENT,
    chain       BLOB NOT NULL,
    wire        BLOB NOT NULL,
    wire_hash   BLOB NOT NULL,
    peer        TEXT NOT NULL,
    seen_ms     INTEGER NOT NULL,
    UNIQUE (chain, wire_hash)
);
"""


def close_chain(db: sqlite3.Connection, holder: PeerName, closed_at: int | None) -> None:
    """Close the chain of a terminal at a seq, or where it stands; inside a writing transaction."""
    db.execute(
        "INSERT INTO closures (chain, seq) SELECT chain, coalesce(?, head_seq) FROM chains WHERE holder = ? "
        "ON CONFLICT (chain) DO UPDATE SET seq = min(seq, excluded.seq)",
        (closed_at, holder.urn()),
    )


def note_succession(db: sqlite3.Connection, holder: PeerName, statement: bytes) -> None:
    """Keep the county's word whose place a terminal takes, instead of an earlier one; empty for nobody's."""
    db.execute("DELETE FROM successions WHERE holder = ?", (holder.urn(),))
    if statement:
        db.execute("INSERT INTO successions (holder, statement) VALUES (?, ?)", (holder.urn(), statement))


def keep(db: sqlite3.Connection, submission: Submission, now_ms: int) -> None:
    """Keep a late segment apart; inside a writing transaction."""
    chain = submission.records[0].header.chain
    db.execute(
        "INSERT INTO late (chain, wire, wire_hash, peer, seen_ms) SELECT ?, ?, ?, ?, ? "
        "WHERE (SELECT count(*) FROM late WHERE chain = ?) < ? ON CONFLICT DO NOTHING",
        (
            chain, submission.wire, hashlib.sha256(submission.wire).digest(), submission.peer.urn(), now_ms, chain,
            LATE_KEPT_MAX,
        ),
    )  # fmt: skip


def late_after(db: sqlite3.Connection, place: int, bytes_max: int) -> list[Late]:
    """See `Store.late_after`."""
    rows = db.execute(
        "SELECT place, statement, wire FROM late JOIN chains USING (chain) WHERE place > ? ORDER BY place", (place,)
    )
    return page_of_late(rows, bytes_max)

"""Closed chains, who takes their place, what came too late, on PostgreSQL, on a cursor that the store gives."""

from __future__ import annotations

import hashlib

from sync.gateway.store import Late, Submission
from sync.gateway.store.postgres_session import Cursor, pages
from sync.gateway.store.rows import LATE_KEPT_MAX, page_of_late
from sync.peer_name import PeerName

SCHEMA = """
CREATE TABLE IF NOT EXISTS closures (
    chain       bytea PRIMARY KEY,
    seq         bigint NOT NULL         -- the last that is taken
);
CREATE TABLE IF NOT EXISTS successions (
    holder      text PRIMARY KEY,       -- urn of the terminal that takes another's place
    statement   bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS late (
    place       bigint PRIMARY KEY,
    chain       bytea NOT NULL,
    wire        bytea NOT NULL,
    wire_hash   bytea NOT NULL,
    peer        text NOT NULL,
    seen_ms     bigint NOT NULL,
    UNIQUE (chain, wire_hash)
);
INSERT INTO turns VALUES ('late', 0) ON CONFLICT DO NOTHING;
"""
_CLOSE = """
INSERT INTO closures (chain, seq) SELECT chain, coalesce(%s, head_seq) FROM chains WHERE holder = %s
ON CONFLICT (chain) DO UPDATE SET seq = least(closures.seq, excluded.seq)
"""
# The row of `turns` stays locked until the commit, so that places are given in the order of commits.
_KEEP = """
WITH given AS (UPDATE turns SET number = number + 1 WHERE name = 'late' RETURNING number)
INSERT INTO late (place, chain, wire, wire_hash, peer, seen_ms)
SELECT given.number, %s, %s, %s, %s, %s FROM given
WHERE (SELECT count(*) FROM late WHERE chain = %s) < %s ON CONFLICT (chain, wire_hash) DO NOTHING
"""
_AFTER = "SELECT place, statement, wire FROM late JOIN chains USING (chain) WHERE place > %s ORDER BY place"


def close_chain(cursor: Cursor, holder: PeerName, closed_at: int | None) -> None:
    """Close the chain of a terminal at a seq, or where it stands; inside a transaction."""
    cursor.execute(_CLOSE, (closed_at, holder.urn()))


def note_succession(cursor: Cursor, holder: PeerName, statement: bytes) -> None:
    """Keep the county's word whose place a terminal takes, instead of an earlier one; empty for nobody's."""
    cursor.execute("DELETE FROM successions WHERE holder = %s", (holder.urn(),))
    if statement:
        cursor.execute("INSERT INTO successions (holder, statement) VALUES (%s, %s)", (holder.urn(), statement))


def keep(cursor: Cursor, submission: Submission, now_ms: int) -> None:
    """Keep a late segment apart; inside a transaction."""
    chain, wire = submission.records[0].header.chain, submission.wire
    digest = hashlib.sha256(wire).digest()
    cursor.execute(_KEEP, (chain, wire, digest, submission.peer.urn(), now_ms, chain, LATE_KEPT_MAX))


def late_after(cursor: Cursor, place: int, bytes_max: int) -> list[Late]:
    """See `Store.late_after`."""
    return page_of_late(pages(cursor, _AFTER, (place,)), bytes_max)

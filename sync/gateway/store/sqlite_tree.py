"""The county's tree in the embedded store: leaves, nodes and checkpoints, on a connection that the store gives."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from sync.gateway.store.tree_growth import NO_TREE, first_of_epoch, growth
from sync.protocol.checkpoint import Checkpoint, Leaf
from sync.protocol.recovery import Begun
from sync.record import Link
from sync.tree import Node, nodes_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS tree_leaves (
    leaf        INTEGER PRIMARY KEY,    -- its index, from 0
    chain       BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS tree_leaves_of_chain ON tree_leaves (chain, leaf);
CREATE TABLE IF NOT EXISTS tree_nodes (
    level       INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    PRIMARY KEY (level, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoints (
    at_ms       INTEGER PRIMARY KEY,
    size        INTEGER NOT NULL,
    root        BLOB NOT NULL,
    epoch       INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS recoveries (
    epoch       INTEGER PRIMARY KEY,
    message     BLOB NOT NULL
);
"""
_CHECKPOINT = "SELECT size, root, at_ms, epoch FROM checkpoints "
_GROWN_CHAINS = """
SELECT chain, head_seq, head_hash FROM chains AS c
WHERE head_seq > coalesce((SELECT seq FROM tree_leaves AS l WHERE l.chain = c.chain ORDER BY leaf DESC LIMIT 1), 0)
ORDER BY rowid
"""


def grow(db: sqlite3.Connection, now_ms: int, *, restate: bool) -> Checkpoint | None:
    """See `Store.grow_tree`; inside a writing transaction."""
    newest = checkpoint(db)
    heads = [Link(*row) for row in db.execute(_GROWN_CHAINS)]
    if not heads and not restate:
        return newest
    before = newest or NO_TREE
    new = growth(before, heads, nodes(db, nodes_of((0, before.size))), now_ms)
    # Plain INSERTs: a leaf, node or checkpoint that is there already ends the transaction and is never written over.
    db.executemany(
        "INSERT INTO tree_leaves (leaf, chain, seq, hash) VALUES (?, ?, ?, ?)",
        [(leaf.index, leaf.link.chain, leaf.link.seq, leaf.link.hash) for leaf in new.leaves],
    )
    db.executemany(
        "INSERT INTO tree_nodes (level, place, hash) VALUES (?, ?, ?)",
        [(level, place, digest) for (level, place), digest in new.nodes.items()],
    )
    _state(db, new.stated)
    return new.stated


def begin_epoch(db: sqlite3.Connection, message: bytes, begun: Begun, now_ms: int) -> bool:
    """See `Store.begin_epoch`; inside a writing transaction."""
    before = checkpoint(db) or NO_TREE
    kept = nodes(db, nodes_of((0, begun.kept.size)) if begun.kept.size else ())
    stated = first_of_epoch(before, begun, kept, now_ms)
    if stated is None:
        return False
    db.execute("INSERT INTO recoveries (epoch, message) VALUES (?, ?)", (begun.epoch, message))
    _state(db, stated)
    return True


def recovery(db: sqlite3.Connection) -> bytes | None:
    """See `Store.recovery`."""
    row = db.execute("SELECT message FROM recoveries ORDER BY epoch DESC LIMIT 1").fetchone()
    return row[0] if row else None


def _state(db: sqlite3.Connection, stated: Checkpoint) -> None:
    db.execute(
        "INSERT INTO checkpoints (at_ms, size, root, epoch) VALUES (?, ?, ?, ?)",
        (stated.at_ms, stated.size, stated.root, stated.epoch),
    )


def checkpoint(db: sqlite3.Connection) -> Checkpoint | None:
    """See `Store.checkpoint`."""
    row = db.execute(_CHECKPOINT + "ORDER BY at_ms DESC LIMIT 1").fetchone()
    return Checkpoint(*row) if row else None


def checkpoints_after(db: sqlite3.Connection, at_ms: int, limit: int, epoch: int | None) -> list[Checkpoint]:
    """See `Store.checkpoints_after`."""
    if epoch is None:
        rows = db.execute(_CHECKPOINT + "WHERE at_ms > ? ORDER BY at_ms LIMIT ?", (at_ms, limit))
    else:
        # Times grow over all epochs of a store, so that the order is one.
        where = "WHERE (epoch = ? AND at_ms > ?) OR epoch > ? ORDER BY at_ms LIMIT ?"
        rows = db.execute(_CHECKPOINT + where, (epoch, at_ms, epoch, limit))
    return [Checkpoint(*row) for row in rows]


def leaf_of(db: sqlite3.Connection, chain: bytes, size: int) -> Leaf | None:
    """See `Store.tree_leaf`."""
    row = db.execute(
        "SELECT leaf, chain, seq, hash FROM tree_leaves WHERE chain = ? AND leaf < ? ORDER BY leaf DESC LIMIT 1",
        (chain, size),
    ).fetchone()
    return Leaf(row[0], Link(*row[1:])) if row else None


def leaves(db: sqlite3.Connection, first: int, end: int) -> list[Link]:
    """See `Store.tree_leaves`."""
    rows = db.execute(
        "SELECT chain, seq, hash FROM tree_leaves WHERE leaf >= ? AND leaf < ? ORDER BY leaf", (first, end)
    )
    return [Link(*row) for row in rows]


def nodes(db: sqlite3.Connection, wanted: Collection[Node]) -> dict[Node, bytes]:
    """See `Store.tree_nodes`."""
    if not wanted:
        return {}
    places = ", ".join(["(?, ?)"] * len(wanted))
    rows = db.execute(
        f"SELECT level, place, hash FROM tree_nodes WHERE (level, place) IN (VALUES {places})",  # noqa: S608 - marks only
        [number for node in wanted for number in node],
    )
    return {(level, place): digest for level, place, digest in rows}

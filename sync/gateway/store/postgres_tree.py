"""The county's tree on PostgreSQL: leaves, nodes and checkpoints, on a cursor that the store gives."""

from __future__ import annotations

from collections.abc import Collection

from sync.gateway.store.postgres_session import Cursor
from sync.gateway.store.tree_growth import NO_TREE, first_of_epoch, growth
from sync.protocol.checkpoint import Checkpoint, Leaf
from sync.protocol.recovery import Begun
from sync.record import Link
from sync.tree import Node, nodes_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS tree_leaves (
    leaf        bigint PRIMARY KEY,     -- its index, from 0
    chain       bytea NOT NULL,
    seq         bigint NOT NULL,
    hash        bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS tree_leaves_of_chain ON tree_leaves (chain, leaf);
CREATE TABLE IF NOT EXISTS tree_nodes (
    level       smallint NOT NULL,
    place       bigint NOT NULL,
    hash        bytea NOT NULL,
    PRIMARY KEY (level, place)
);
CREATE TABLE IF NOT EXISTS checkpoints (
    at_ms       bigint PRIMARY KEY,
    size        bigint NOT NULL,
    root        bytea NOT NULL,
    epoch       bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS recoveries (
    epoch       bigint PRIMARY KEY,
    message     bytea NOT NULL
);
"""
_CHECKPOINT = "SELECT size, root, at_ms, epoch FROM checkpoints "
_GROWN_CHAINS = """
SELECT chain, head_seq, head_hash FROM chains AS c
WHERE head_seq > coalesce((SELECT seq FROM tree_leaves AS l WHERE l.chain = c.chain ORDER BY leaf DESC LIMIT 1), 0)
ORDER BY opened
"""
_TAKE_TURN = "UPDATE turns SET number = number + 1 WHERE name = 'tree'"
_NODES = """
SELECT level, place, hash FROM tree_nodes JOIN unnest(%b::smallint[], %b::bigint[]) AS wanted (level, place)
USING (level, place)
"""


def grow(cursor: Cursor, now_ms: int, *, restate: bool) -> Checkpoint | None:
    """See `Store.grow_tree`; inside a transaction."""
    # The row stays locked until the commit: the next gateway begins with the tree that this one leaves. It is
    # written also when nothing has grown, since what is returned must be committed after what it speaks of.
    cursor.execute(_TAKE_TURN)
    newest = checkpoint(cursor)
    heads = [Link(*row) for row in cursor.execute(_GROWN_CHAINS)]
    if not heads and not restate:
        return newest
    before = newest or NO_TREE
    new = growth(before, heads, nodes(cursor, nodes_of((0, before.size))), now_ms)
    # Plain INSERTs: a leaf, node or checkpoint that is there already ends the transaction and is never written over.
    cursor.execute(
        "INSERT INTO tree_leaves (leaf, chain, seq, hash) "
        "SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bigint[], %b::bytea[])",
        (
            [leaf.index for leaf in new.leaves],
            [leaf.link.chain for leaf in new.leaves],
            [leaf.link.seq for leaf in new.leaves],
            [leaf.link.hash for leaf in new.leaves],
        ),
    )
    cursor.execute(
        "INSERT INTO tree_nodes (level, place, hash) SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])",
        ([level for level, _ in new.nodes], [place for _, place in new.nodes], list(new.nodes.values())),
    )
    _state(cursor, new.stated)
    return new.stated


def begin_epoch(cursor: Cursor, message: bytes, begun: Begun, now_ms: int) -> bool:
    """See `Store.begin_epoch`; inside a transaction. Of several gateways that are told at once the first does it."""
    cursor.execute(_TAKE_TURN)
    before = checkpoint(cursor) or NO_TREE
    kept = nodes(cursor, nodes_of((0, begun.kept.size))) if begun.kept.size else {}
    stated = first_of_epoch(before, begun, kept, now_ms)
    if stated is None:
        return False
    cursor.execute("INSERT INTO recoveries (epoch, message) VALUES (%s, %s)", (begun.epoch, message))
    _state(cursor, stated)
    return True


def recovery(cursor: Cursor) -> bytes | None:
    """See `Store.recovery`."""
    row = cursor.execute("SELECT message FROM recoveries ORDER BY epoch DESC LIMIT 1").fetchone()
    return row[0] if row else None


def _state(cursor: Cursor, stated: Checkpoint) -> None:
    cursor.execute(
        "INSERT INTO checkpoints (at_ms, size, root, epoch) VALUES (%s, %s, %s, %s)",
        (stated.at_ms, stated.size, stated.root, stated.epoch),
    )


def checkpoint(cursor: Cursor) -> Checkpoint | None:
    """See `Store.checkpoint`."""
    row = cursor.execute(_CHECKPOINT + "ORDER BY at_ms DESC LIMIT 1").fetchone()
    return Checkpoint(*row) if row else None


def checkpoints_after(cursor: Cursor, at_ms: int, limit: int, epoch: int | None) -> list[Checkpoint]:
    """See `Store.checkpoints_after`."""
    if epoch is None:
        rows = cursor.execute(_CHECKPOINT + "WHERE at_ms > %s ORDER BY at_ms LIMIT %s", (at_ms, limit))
    else:
        # Times grow over all epochs of a store, so that the order is one.
        where = "WHERE (epoch = %s AND at_ms > %s) OR epoch > %s ORDER BY at_ms LIMIT %s"
        rows = cursor.execute(_CHECKPOINT + where, (epoch, at_ms, epoch, limit))
    return [Checkpoint(*row) for row in rows]


def leaf_of(cursor: Cursor, chain: bytes, size: int) -> Leaf | None:
    """See `Store.tree_leaf`."""
    row = cursor.execute(
        "SELECT leaf, chain, seq, hash FROM tree_leaves WHERE chain = %s AND leaf < %s ORDER BY leaf DESC LIMIT 1",
        (chain, size),
    ).fetchone()
    return Leaf(row[0], Link(*row[1:])) if row else None


def leaves(cursor: Cursor, first: int, end: int) -> list[Link]:
    """See `Store.tree_leaves`."""
    rows = cursor.execute(
        "SELECT chain, seq, hash FROM tree_leaves WHERE leaf >= %s AND leaf < %s ORDER BY leaf", (first, end)
    )
    return [Link(*row) for row in rows]


def nodes(cursor: Cursor, wanted: Collection[Node]) -> dict[Node, bytes]:
    """See `Store.tree_nodes`."""
    places = list(wanted)
    rows = cursor.execute(_NODES, ([level for level, _ in places], [place for _, place in places]))
    return {(level, place): digest for level, place, digest in rows}

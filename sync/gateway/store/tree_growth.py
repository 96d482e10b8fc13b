"""What the county's tree becomes when chains have grown: the same for every store. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sync.gateway.store import LogNotAsRecovered
from sync.protocol.checkpoint import FIRST_EPOCH, Checkpoint, Leaf, chain_leaf_hash
from sync.protocol.recovery import Begun
from sync.record import Link
from sync.tree import EMPTY_ROOT, Node, grown, root

NO_TREE = Checkpoint(0, EMPTY_ROOT, -1, FIRST_EPOCH)
"""What stands before the first checkpoint; it is never stated."""


class Growth(Struct, frozen=True):
    """What is to be stored together: leaves, the nodes that they complete, and the checkpoint over them."""

    leaves: tuple[Leaf, ...]
    nodes: Mapping[Node, bytes]
    stated: Checkpoint


def growth(before: Checkpoint, heads: Sequence[Link], held: Mapping[Node, bytes], now_ms: int) -> Growth:
    """Make a leaf of each head, on top of a tree.

    Args:
        before: the newest checkpoint, or NO_TREE.
        heads: of the chains that have grown, in the order of their leaves; none when the tree is only stated anew.
        held: at least `sync.tree.nodes_of((0, before.size))`.
        now_ms: county time; the checkpoint's is later than the one before it all the same.
    """
    added = grown(before.size, [chain_leaf_hash(head) for head in heads], held)
    size = before.size + len(heads)
    stated = Checkpoint(size, root(size, {**held, **added}), max(now_ms, before.at_ms + 1), before.epoch)
    return Growth(tuple(Leaf(index, head) for index, head in enumerate(heads, before.size)), added, stated)


def first_of_epoch(before: Checkpoint, begun: Begun, held: Mapping[Node, bytes], now_ms: int) -> Checkpoint | None:
    """Return the checkpoint that begins an epoch on the tree as it stands; None when the epoch has begun already.

    Args:
        before: the newest checkpoint, or NO_TREE.
        begun: what the root lets begin.
        held: at least `sync.tree.nodes_of((0, begun.kept.size))`, as far as the tree reaches.
        now_ms: county time; the checkpoint's is later than the one before it all the same.

    Raises LogNotAsRecovered when the tree does not begin as the root says.
    """
    if before.epoch >= begun.epoch:
        return None
    if before.size < begun.kept.size or root(begun.kept.size, held) != begun.kept.root:
        raise LogNotAsRecovered(
            f"the recovery keeps {begun.kept.size} entries of the log, and they are not those of this store"
        )
    return Checkpoint(before.size, before.root, max(now_ms, before.at_ms + 1), begun.epoch)

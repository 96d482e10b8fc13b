"""The Merkle tree of RFC 9162, section 2.1, with SHA-256. Pure: hashes in, hashes out, nothing is kept here.

What is kept, by a store, are *nodes*: the hash of every complete subtree, named by (level, index). Node (0, i) is
leaf i; node (l, i) covers the leaves from i * 2^l up to (i + 1) * 2^l. A node never changes, so that a tree which
grows while somebody reads is no danger: every answer is about a size.

A proof is a list of hashes of *spans* of leaves. `inclusion_spans` and `consistency_spans` say which, `nodes_of`
which nodes that takes (at most two a level), and `proof` makes it of them. Sizes and indices are whole numbers
below 2^53; hashes have 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

HASH_BYTES = 32
LEVELS_MAX = 53
"""No tree of this system has more leaves than 2^53: that is the largest integer that travels (`sync.fields`)."""
PROOF_HASHES_MAX = LEVELS_MAX + 1
"""A consistency proof has one more than the path of a leaf at most (RFC 9162, 2.1.4.1)."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (2.1.1)."""

Node = tuple[int, int]
"""(level, index) of a complete subtree."""
Span = tuple[int, int]
"""Leaves from the first number up to, and without, the second; never empty."""


class ProofRefused(ValueError):
    """A proof does not prove what it was given for."""


class LeafNotIncluded(ProofRefused):
    """The path does not lead from the leaf to the root."""


class TreesDiffer(ProofRefused):
    """The smaller tree is not shown to be the beginning of the larger one."""


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00, content)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees: SHA-256(0x01, left, right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


# --- keeping a tree -----------------------------------------------------------------------------------------------


def grown(size: int, leaves: Sequence[bytes], nodes: Mapping[Node, bytes]) -> dict[Node, bytes]:
    """Return the nodes that leaves add to a tree of `size` leaves.

    Args:
        size: of the tree before.
        leaves: hashes of the new leaves, see `leaf_hash`.
        nodes: at least `nodes_of((0, size))` of the tree before, when it has leaves.
    """
    held = dict(nodes)
    added: dict[Node, bytes] = {}
    for index, leaf in enumerate(leaves, size):
        level, at, whole = 0, index, leaf
        held[level, at] = added[level, at] = whole
        while at & 1:
            whole = node_hash(held[level, at - 1], whole)
            level, at = level + 1, at >> 1
            held[level, at] = added[level, at] = whole
    return added


def root(size: int, nodes: Mapping[Node, bytes]) -> bytes:
    """Return the root of the tree of the first `size` leaves, from at least `nodes_of((0, size))`."""
    return span_hash((0, size), nodes) if size else EMPTY_ROOT


def nodes_of(span: Span) -> tuple[Node, ...]:
    """Return the fewest nodes that cover a span which begins where a subtree of its size may, from left to right."""
    at, end = span
    found: list[Node] = []
    while at < end:
        level = (end - at).bit_length() - 1
        found.append((level, at >> level))
        at += 1 << level
    return tuple(found)


def span_hash(span: Span, nodes: Mapping[Node, bytes]) -> bytes:
    """Return the hash of the subtree over a span, from at least `nodes_of(span)` (MTH of 2.1.1)."""
    *rest, whole = (nodes[node] for node in nodes_of(span))
    for left in reversed(rest):
        whole = node_hash(left, whole)
    return whole


def proof(spans: Iterable[Span], nodes: Mapping[Node, bytes]) -> tuple[bytes, ...]:
    """Return the proof that consists of these spans, from at least the nodes of each."""
    return tuple(span_hash(span, nodes) for span in spans)


def inclusion_spans(index: int, size: int) -> tuple[Span, ...]:
    """Return the path of leaf `index` in the tree of the first `size` leaves (PATH of 2.1.3.1).

    Raises ValueError when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    begin, end = 0, size
    found: list[Span] = []
    while end - begin > 1:
        middle = begin + _left_size(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return tuple(reversed(found))


def consistency_spans(first: int, second: int) -> tuple[Span, ...]:
    """Return what shows that the first `first` leaves are the beginning of the first `second` (2.1.4.1).

    Nothing needs to be shown from the empty tree, or between a tree and itself.
    Raises ValueError when `first` is larger than `second`.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} leaves is not the beginning of one of {second}")
    if first in (0, second):
        return ()
    begin, end, whole = 0, second, True
    found: list[Span] = []
    while first != end:
        middle = begin + _left_size(end - begin)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin, whole = middle, False
    if not whole:
        found.append((begin, end))
    return tuple(reversed(found))


# --- believing a proof --------------------------------------------------------------------------------------------


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], wanted_root: bytes) -> None:
    """Check that `leaf` is leaf `index` of the tree of this size and root (2.1.3.2). Raises LeafNotIncluded."""
    if not 0 <= index < size:
        raise LeafNotIncluded(f"a tree of {size} leaves has no leaf {index}")
    at, last, whole = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise LeafNotIncluded("the path is longer than the tree is high")
        if at & 1 or at == last:
            whole = node_hash(sibling, whole)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            whole = node_hash(whole, sibling)
        at, last = at >> 1, last >> 1
    if last != 0 or whole != wanted_root:
        raise LeafNotIncluded(f"the path does not lead from leaf {index} to the root of {size} leaves")


def check_consistency(first: int, first_root: bytes, second: int, second_root: bytes, hashes: Sequence[bytes]) -> None:
    """Check that a tree is the beginning of another (2.1.4.2). Raises TreesDiffer, also for a larger before a smaller.

    The empty tree is the beginning of every tree; its root must be that of the empty tree.
    """
    refusal = TreesDiffer(f"the tree of {first} leaves is not shown to be the beginning of that of {second}")
    if not 0 <= first <= second:
        raise refusal
    if first in (0, second):
        known = {0: EMPTY_ROOT}.get(first, second_root)
        if hashes or first_root != known or (first == second and first_root != second_root):
            raise refusal
        return
    rest = list(hashes)
    if first & (first - 1) == 0:
        rest.insert(0, first_root)
    if not rest:
        raise refusal
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    smaller = larger = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            raise refusal
        if at & 1 or at == last:
            smaller, larger = node_hash(sibling, smaller), node_hash(sibling, larger)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            larger = node_hash(larger, sibling)
        at, last = at >> 1, last >> 1
    if last != 0 or smaller != first_root or larger != second_root:
        raise refusal


def _left_size(size: int) -> int:
    """Return the largest power of two smaller than `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1

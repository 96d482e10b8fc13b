"""The tree against an independent one, against published vectors, and against everything that is not a proof."""

from __future__ import annotations

from collections.abc import Sequence

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.tree import (
    EMPTY_ROOT,
    PROOF_HASHES_MAX,
    LeafNotIncluded,
    Node,
    ProofRefused,
    Span,
    TreesDiffer,
    check_consistency,
    check_inclusion,
    consistency_spans,
    grown,
    inclusion_spans,
    leaf_hash,
    node_hash,
    nodes_of,
    proof,
    root,
)

LEAVES_MOST = 300


class Kept:
    """A tree as a store keeps it, grown in steps; it gives out no more nodes than were asked for."""

    def __init__(self, contents: Sequence[bytes], steps: Sequence[int] = ()) -> None:
        self.nodes: dict[Node, bytes] = {}
        self.size = 0
        self.leaves = [leaf_hash(content) for content in contents]
        for end in (*sorted(min(step, len(contents)) for step in steps), len(contents)):
            added = grown(self.size, self.leaves[self.size : end], self.asked([(0, self.size)]))
            assert not added.keys() & self.nodes.keys(), "a node was changed"
            self.nodes |= added
            self.size = end

    def asked(self, spans: Sequence[Span]) -> dict[Node, bytes]:
        return {node: self.nodes[node] for span in spans for node in nodes_of(span)}

    def root(self, size: int) -> bytes:
        return root(size, self.asked([(0, size)]))

    def proof(self, spans: Sequence[Span]) -> tuple[bytes, ...]:
        return proof(spans, self.asked(spans))


def contents(count: int) -> list[bytes]:
    return [f"head {number}".encode() for number in range(count)]


@settings(max_examples=150)
@given(st.data())
def test_an_independent_tree_has_the_same_roots_and_proofs(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, LEAVES_MOST))
    kept = Kept(contents(count), data.draw(st.lists(st.integers(0, count), max_size=6)))
    judge = pymerkle.InmemoryTree(algorithm="sha256")
    for content in contents(count):
        judge.append_entry(content)
    size = data.draw(st.integers(1, count))
    index = data.draw(st.integers(0, size - 1))
    earlier = data.draw(st.integers(1, size))
    assert kept.root(size) == judge.get_root(size)

    path = kept.proof(inclusion_spans(index, size))
    assert (kept.leaves[index], *path) == tuple(judge.prove_inclusion(index + 1, size).path)
    check_inclusion(kept.leaves[index], index, size, path, judge.get_root(size))

    # Its consistency proofs are of a form of its own, so each side checks its proof against the other's roots; the
    # exact hashes are those of the standard's definition.
    judge.prove_consistency(earlier, size).verify(kept.root(earlier), kept.root(size), earlier, size)
    hashes = kept.proof(consistency_spans(earlier, size))
    check_consistency(earlier, judge.get_root(earlier), size, judge.get_root(size), hashes)
    assert list(hashes) == subproof(earlier, contents(size), whole=True)


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH as RFC 9162, 2.1.1 defines it."""
    if len(entries) == 1:
        return leaf_hash(entries[0])
    middle = 1 << (len(entries) - 1).bit_length() - 1
    return node_hash(tree_hash(entries[:middle]), tree_hash(entries[middle:]))


def subproof(first: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF as RFC 9162, 2.1.4.1 defines it."""
    if first == len(entries):
        return [] if whole else [tree_hash(entries)]
    middle = 1 << (len(entries) - 1).bit_length() - 1
    if first <= middle:
        return [*subproof(first, entries[:middle], whole=whole), tree_hash(entries[middle:])]
    return [*subproof(first - middle, entries[middle:], whole=False), tree_hash(entries[:middle])]


@settings(max_examples=150)
@given(st.data())
def test_no_other_leaf_place_size_root_or_path_is_taken(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 70))
    kept = Kept(contents(count))
    index = data.draw(st.integers(0, count - 1))
    path = kept.proof(inclusion_spans(index, count))
    leaf, whole = kept.leaves[index], kept.root(count)
    other = data.draw(st.binary(min_size=32, max_size=32))
    wrong: list[tuple[bytes, int, int, tuple[bytes, ...], bytes]] = [
        (other, index, count, path, whole),
        (leaf, index, count, path, other),
        (leaf, index, count, (*path, other), whole),
        (leaf, index + count, count, path, whole),
        (leaf, -1, count, path, whole),
        (leaf, index, 0, path, whole),
    ]
    wrong += [(leaf, index, count, (*path[:at], other, *path[at + 1 :]), whole) for at in range(len(path))]
    wrong += [(leaf, index, count, path[:-1], whole)] if path else []
    wrong += [(leaf, place, count, path, whole) for place in range(count) if place != index]
    for arguments in wrong:
        with pytest.raises(LeafNotIncluded):
            check_inclusion(*arguments)


@settings(max_examples=150)
@given(st.data())
def test_a_tree_that_was_changed_is_never_shown_to_go_on(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 70))
    earlier = data.draw(st.integers(1, count))
    honest = Kept(contents(count))
    changed = contents(count)
    changed[data.draw(st.integers(0, earlier - 1))] = b"another head"
    forged = Kept(changed)
    for tree in (honest, forged):
        hashes = tree.proof(consistency_spans(earlier, count))
        with pytest.raises(TreesDiffer):
            check_consistency(earlier, honest.root(earlier), count, forged.root(count), hashes)
    hashes = honest.proof(consistency_spans(earlier, count))
    other = data.draw(st.binary(min_size=32, max_size=32))
    for wrong in ([*hashes, other], *([*hashes[:at], other, *hashes[at + 1 :]] for at in range(len(hashes)))):
        with pytest.raises(TreesDiffer):
            check_consistency(earlier, honest.root(earlier), count, honest.root(count), wrong)
    if hashes:
        with pytest.raises(TreesDiffer):
            check_consistency(earlier, honest.root(earlier), count, honest.root(count), hashes[:-1])


@given(
    st.integers(-2, 40), st.integers(-2, 40), st.lists(st.binary(min_size=32, max_size=32), max_size=8),
    st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_random_hashes_prove_nothing_and_break_nothing(
    first: int, second: int, hashes: list[bytes], one: bytes, other: bytes
) -> None:
    with pytest.raises(ProofRefused):
        check_inclusion(one, first, second, hashes, other)
    if first != second or one != other:
        with pytest.raises(ProofRefused):
            check_consistency(first, one, second, other, hashes)


def test_the_empty_tree_is_the_beginning_of_every_tree_and_no_other_root_is_its() -> None:
    whole = Kept(contents(3)).root(3)
    check_consistency(0, EMPTY_ROOT, 3, whole, ())
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    for first_root, second, second_root, hashes in (
        (whole, 3, whole, ()),
        (EMPTY_ROOT, 3, whole, (whole,)),
        (EMPTY_ROOT, 0, whole, ()),
    ):
        with pytest.raises(TreesDiffer):
            check_consistency(0, first_root, second, second_root, hashes)


def test_a_larger_tree_is_not_the_beginning_of_a_smaller_one() -> None:
    kept = Kept(contents(9))
    with pytest.raises(TreesDiffer):
        check_consistency(9, kept.root(9), 4, kept.root(4), kept.proof(consistency_spans(4, 9)))
    with pytest.raises(ValueError, match="not the beginning"):
        consistency_spans(9, 4)
    with pytest.raises(ValueError, match="no leaf 9"):
        inclusion_spans(9, 9)


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    kept = Kept(contents(4))
    content = kept.nodes[0, 0] + kept.nodes[0, 1]
    assert leaf_hash(content) != node_hash(kept.nodes[0, 0], kept.nodes[0, 1]) == kept.nodes[1, 0]


@given(st.integers(1, (1 << 53) - 1), st.data())
def test_proofs_of_the_largest_trees_stay_within_the_limit_and_need_few_nodes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    for spans in (inclusion_spans(index, size), consistency_spans(data.draw(st.integers(0, size)), size)):
        assert len(spans) <= PROOF_HASHES_MAX
        assert sum(len(nodes_of(span)) for span in spans) <= 2 * PROOF_HASHES_MAX


# --- vectors of the reference implementations of RFC 6962, which RFC 9162 keeps --------------------------------------

REFERENCE = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
REFERENCE_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference_implementation(size: int) -> None:
    assert Kept(REFERENCE).root(size).hex() == REFERENCE_ROOTS[size]


def test_the_proofs_are_those_of_the_reference_implementation() -> None:
    kept = Kept(REFERENCE)
    first_of_eight = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    sixth_of_eight = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [each.hex() for each in kept.proof(inclusion_spans(0, 8))] == first_of_eight
    assert [each.hex() for each in kept.proof(inclusion_spans(5, 8))] == sixth_of_eight
    assert [each.hex() for each in kept.proof(consistency_spans(1, 8))] == first_of_eight
    assert [each.hex() for each in kept.proof(consistency_spans(6, 8))] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [each.hex() for each in kept.proof(consistency_spans(2, 5))] == [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]

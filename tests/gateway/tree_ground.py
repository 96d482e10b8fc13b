"""Terminals that a store takes records of, and checks of its tree with nothing but what it keeps."""

from __future__ import annotations

from pathlib import Path

from sync.gateway.store import Grant, Store, Submission
from sync.keys import FileSigner
from sync.peer_name import PeerName, PeerRole
from sync.protocol.checkpoint import Checkpoint, chain_leaf_hash
from sync.record import Link, Record
from sync.tree import check_consistency, check_inclusion, consistency_spans, inclusion_spans, nodes_of, proof
from tests.gateway.county_site import Writer

NOW_MS = 1_795_415_520_000


class Terminals:
    """Terminals that the store takes records of, by number."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.home = home

    def enrol(self, number: int) -> Writer:
        name = terminal(number)
        county = FileSigner.create(self.home / f"county-{number}.pem")
        writer = Writer(FileSigner.create(self.home / f"record-{number}.pem"))
        self.store.add_grant(Grant(f"token{number}", bytes(32), name, "某村", 1 << 50), county.public_key, b"statement")
        assert self.store.use_grant(f"token{number}", b"who", b"answer", writer.signer.public_key, b"statement")
        self.store.append([Submission(tuple(writer.write(1)), name, b"wire")], 0)
        return writer


def terminal(number: int) -> PeerName:
    return PeerName("990101", PeerRole.TERMINAL, f"990101{number:06}", "01")


def add(store: Store, writer: Writer, count: int, number: int = 1) -> list[Record]:
    records = writer.write(count)
    store.append([Submission(tuple(records), terminal(number), b"wire")], 0)
    return records


def grown(store: Store, now_ms: int, *, restate: bool = False) -> Checkpoint:
    checkpoint = store.grow_tree(now_ms, restate=restate)
    assert checkpoint is not None
    return checkpoint


def check_goes_on(store: Store, first: Checkpoint, second: Checkpoint) -> None:
    """Check with what the store keeps that one checkpoint goes on from another."""
    spans = consistency_spans(first.size, second.size)
    nodes = store.tree_nodes({node for span in spans for node in nodes_of(span)})
    check_consistency(first.size, first.root, second.size, second.root, proof(spans, nodes))
    assert second.at_ms > first.at_ms
    assert second.epoch == first.epoch


def check_holds(store: Store, checkpoint: Checkpoint, head: Link) -> None:
    """Check with what the store keeps that a head is in a tree."""
    leaf = store.tree_leaf(head.chain, checkpoint.size)
    assert leaf is not None
    assert leaf.link == head
    spans = inclusion_spans(leaf.index, checkpoint.size)
    nodes = store.tree_nodes({node for span in spans for node in nodes_of(span)})
    check_inclusion(chain_leaf_hash(head), leaf.index, checkpoint.size, proof(spans, nodes), checkpoint.root)

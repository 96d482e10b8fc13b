"""The county's tree for whoever asks: for a terminal what it says of its chain, proven; for the county all of it.

Signed, and read only from what is durable.
"""

from __future__ import annotations

from msgspec import Struct

from sync.clock import Clock
from sync.gateway.sequencer import Committing
from sync.gateway.store import Store, StoreUnavailable
from sync.gateway.voice import LentKey
from sync.keys import Trust
from sync.protocol.checkpoint import FIRST_EPOCH, Checkpoint, ProvenLeaf, encode_checkpoint_answer
from sync.protocol.log_page import LogPage
from sync.protocol.recovery import Kept, verify_recovery
from sync.record import WALL_MS_MAX
from sync.tree import Span, consistency_spans, inclusion_spans, nodes_of, proof

RESTATED_AFTER_MS = 60_000
"""When nobody has sent anything for so long, the tree is stated anew for whoever asks: what is written next at a
terminal is then known to be no older."""
CHECKPOINTS_PER_PAGE = 512
LEAVES_PER_PAGE = 4096
"""A checkpoint with more goes on a page of its own: it has a leaf a chain at most."""


class CheckpointDesk(Struct, frozen=True):
    """Answers with the newest checkpoint.

    Attributes:
        store: holds the tree.
        sequencer: states it anew.
        lent: the key that acknowledges.
        clock: the county's.
        trust: the county's root, which signs recoveries.
    """

    store: Store
    sequencer: Committing
    lent: LentKey
    clock: Clock
    trust: Trust

    def answer(self, chain: bytes, from_size: int, epoch: int | None = None) -> bytes:
        """Return the answer for the holder of a chain. Raises StoreUnavailable, NotVouched.

        Args:
            chain: whose newest head is shown to be in the tree, if it is.
            from_size: of the checkpoint that the holder has, 0 when it has none. One that is larger than this tree
                can be proven nothing: the smaller checkpoint goes out all the same, and the holder knows.
            epoch: of the checkpoint that the holder has; None when it has none, or does not say.
        """
        checkpoint = self._newest()
        recovery = self.store.recovery() if epoch != checkpoint.epoch else None
        if recovery is not None and epoch is not None:
            from_size = verify_recovery(recovery, self.trust).common(epoch, Kept(from_size, b"")).size
        leaf = self.store.tree_leaf(chain, checkpoint.size)
        path = inclusion_spans(leaf.index, checkpoint.size) if leaf else ()
        since = consistency_spans(from_size, checkpoint.size) if from_size <= checkpoint.size else ()
        nodes = self.store.tree_nodes({node for span in _spans(path, since) for node in nodes_of(span)})
        lent = self.lent.at(checkpoint.at_ms)
        return encode_checkpoint_answer(
            lent.statement,
            checkpoint.sign(lent.signer),
            ProvenLeaf(leaf, proof(path, nodes)) if leaf else None,
            proof(since, nodes),
            recovery,
        )

    def page(self, after_ms: int, from_size: int, epoch: int = FIRST_EPOCH) -> bytes:
        """Return a page of the log, for the county. Raises StoreUnavailable, NotVouched.

        Args:
            after_ms: time of the newest checkpoint that the county has read, -1 when it has none.
            from_size: how many leaves it has. A county whose log is not this one is given what follows all the same:
                it finds out by the roots.
            epoch: of that checkpoint.
        """
        newest = self.store.checkpoint()
        checkpoints, recovery = self._behind(newest, after_ms, from_size, epoch)
        if recovery is not None:
            from_size = verify_recovery(recovery, self.trust).common(epoch, Kept(from_size, b"")).size
        while len(checkpoints) > 1 and checkpoints[-1].size - from_size > LEAVES_PER_PAGE:
            checkpoints.pop()
        newest = checkpoints[-1] if checkpoints else newest
        end = newest.size if newest else 0
        # A log that was put back says so by where the page begins.
        first = min(from_size, end)
        leaves = self.store.tree_leaves(first, end) if checkpoints else []
        page = LogPage(first, tuple(leaves), tuple(checkpoints), self.clock.wall_ms())
        lent = self.lent.at(page.at_ms)
        return page.sign(lent.signer, lent.statement, recovery)

    def _behind(
        self, newest: Checkpoint | None, after_ms: int, from_size: int, epoch: int
    ) -> tuple[list[Checkpoint], bytes | None]:
        """Return the next checkpoints, of one epoch, and if that is a later one the recovery that let it begin."""
        if newest is None or newest.epoch <= epoch:
            return self.store.checkpoints_after(after_ms, CHECKPOINTS_PER_PAGE), None
        there = self.store.checkpoints_after(after_ms - 1, 1)
        is_ours = not from_size or [(each.at_ms, each.size, each.epoch) for each in there] == [
            (after_ms, from_size, epoch)
        ]
        # What this store has of the asker's epoch goes on from another checkpoint, if the asker's was lost with the
        # store before it: only what came after the recovery is of use then.
        found = self.store.checkpoints_after(after_ms if is_ours else WALL_MS_MAX, CHECKPOINTS_PER_PAGE, epoch)
        same = [each for each in found if each.epoch == found[0].epoch]
        return same, self.store.recovery() if same and same[0].epoch > epoch else None

    def _newest(self) -> Checkpoint:
        checkpoint = self.store.checkpoint()
        if checkpoint is None or self.clock.wall_ms() - checkpoint.at_ms >= RESTATED_AFTER_MS:
            # Never at a time that nobody would believe: no earlier one may follow it.
            self.lent.at(self.clock.wall_ms())
            self.sequencer.restate()
            checkpoint = self.store.checkpoint()
        if checkpoint is None:
            raise StoreUnavailable("the county's tree was not stated")
        return checkpoint


def _spans(*parts: tuple[Span, ...]) -> tuple[Span, ...]:
    return tuple(span for part in parts for span in part)

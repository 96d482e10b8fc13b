"""The county's reading of its gateway's log: every leaf, every checkpoint, each root computed again. Pure.

A terminal is given proofs; the county reads all leaves and needs none. What it follows is one log: of another epoch,
shorter, or with another root, nothing is taken, and what was held stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from sync.evidence import Cover
from sync.protocol.checkpoint import FIRST_EPOCH, Checkpoint, chain_leaf_hash
from sync.protocol.log_page import LogPage
from sync.tree import EMPTY_ROOT, Node, grown, nodes_of, root


class LogNotFollowed(ValueError):
    """The page does not go on from what is held; the message, in Chinese, says how."""


class LogForked(LogNotFollowed):
    """A root is not that of the leaves, or the log no longer begins as it did."""


class LogWentBack(LogNotFollowed):
    """The page begins elsewhere, or a checkpoint is smaller or earlier than the one before it."""


class LogOfAnotherEpoch(LogNotFollowed):
    """The log was begun anew."""


class Followed(Struct, frozen=True):
    """How far the log has been read.

    Attributes:
        newest: the last checkpoint; one of no leaves and no time before the first.
        peaks: `nodes_of((0, newest.size))`: all that is needed to go on.
    """

    newest: Checkpoint
    peaks: Mapping[Node, bytes]


NOTHING_READ = Followed(Checkpoint(0, EMPTY_ROOT, -1, FIRST_EPOCH), {})


class Read(Struct, frozen=True):
    """What a page brought: the checkpoints, what they cover, and how far the log has been read with it."""

    checkpoints: tuple[Checkpoint, ...]
    covers: tuple[Cover, ...]
    followed: Followed


def follow(followed: Followed, page: LogPage) -> Read:
    """Go on reading with a page. Raises LogNotFollowed, by its kinds; nothing of the page is to be kept then."""
    if page.first != followed.newest.size:
        raise LogWentBack(f"网关的存证日志只有 {page.first} 条，这里已经读到 {followed.newest.size} 条")
    before = followed
    covers: list[Cover] = []
    for checkpoint in page.checkpoints:
        leaves = page.leaves[before.newest.size - page.first : checkpoint.size - page.first]
        _check_goes_on(before.newest, checkpoint)
        held = {**before.peaks, **grown(before.newest.size, [chain_leaf_hash(leaf) for leaf in leaves], before.peaks)}
        if root(checkpoint.size, held) != checkpoint.root:
            raise LogForked(f"网关的存证日志被改过：第 {checkpoint.size} 条处的根对不上")
        covers += [Cover(leaf, checkpoint.at_ms) for leaf in leaves]
        before = Followed(checkpoint, {node: held[node] for node in nodes_of((0, checkpoint.size))})
    return Read(page.checkpoints, tuple(covers), before)


def _check_goes_on(before: Checkpoint, checkpoint: Checkpoint) -> None:
    if before.at_ms >= 0 and checkpoint.epoch != before.epoch:
        raise LogOfAnotherEpoch(f"网关的存证日志是第 {checkpoint.epoch} 期，这里读的是第 {before.epoch} 期")
    if checkpoint.size < before.size:
        raise LogWentBack(f"网关的存证日志从 {before.size} 条退回到 {checkpoint.size} 条")
    if checkpoint.at_ms <= before.at_ms:
        raise LogWentBack("网关的存证日志里，后一个存证点不比前一个晚")

"""The county's reading of its gateway's log: every leaf, every checkpoint, each root computed again. Pure.

A terminal is given proofs; the county reads all leaves and needs none. What it follows is one log: shorter, or with
another root, nothing is taken, and what was held stays. Into another epoch it goes by the root's word only, and from
what that says to be kept, which has to be the beginning of what was read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec import Struct

from sync.evidence import Cover
from sync.protocol.checkpoint import FIRST_EPOCH, Checkpoint, chain_leaf_hash
from sync.protocol.log_page import LogPage
from sync.protocol.recovery import Kept
from sync.record import Link
from sync.tree import EMPTY_ROOT, Node, grown, nodes_of, root

_LEAVES_AT_ONCE = 4096


class LogNotFollowed(ValueError):
    """The page does not go on from what is held; the message, in Chinese, says how."""


class LogForked(LogNotFollowed):
    """A root is not that of the leaves, or the log no longer begins as it did."""


class LogWentBack(LogNotFollowed):
    """The page begins elsewhere, or a checkpoint is smaller or earlier than the one before it."""


class LogOfAnotherEpoch(LogNotFollowed):
    """The log was begun anew, and the root has not said that it may."""


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


def kept_of(followed: Followed, page: LogPage) -> Kept | None:
    """Return what a page's epoch has in common with what was read; None for a page of the same epoch.

    Raises LogOfAnotherEpoch when the root has not let that epoch begin.
    """
    held = followed.newest
    if not page.checkpoints or page.checkpoints[0].epoch <= held.epoch:
        return None
    epoch, recovery = page.checkpoints[0].epoch, page.recovery
    if recovery is None or all(each.epoch != epoch for each in recovery.begun):
        raise LogOfAnotherEpoch(f"网关的存证日志是第 {epoch} 期，这里读的是第 {held.epoch} 期，没有根密钥签的恢复声明")
    return recovery.common(held.epoch, Kept(held.size, held.root))


def restarted(kept: Kept, leaves: Iterable[Link], epoch: int) -> Followed:
    """Go back to what a new epoch has kept. `leaves` are the first `kept.size` that were read. Raises LogForked."""
    peaks: dict[Node, bytes] = {}
    size = 0
    reading = iter(leaves)
    while part := [chain_leaf_hash(leaf) for leaf in islice(reading, _LEAVES_AT_ONCE)]:
        held = peaks | grown(size, part, peaks)
        size += len(part)
        peaks = {node: held[node] for node in nodes_of((0, size))}
    if size != kept.size or root(size, peaks) != kept.root:
        raise LogForked(f"恢复声明说网关的存证日志保留前 {kept.size} 条，和这里读过的不是同一些")
    return Followed(Checkpoint(size, kept.root, -1, epoch), peaks)


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
    if checkpoint.epoch != before.epoch:
        raise LogOfAnotherEpoch(f"网关的存证日志是第 {checkpoint.epoch} 期，这里读的是第 {before.epoch} 期")
    if checkpoint.size < before.size:
        raise LogWentBack(f"网关的存证日志从 {before.size} 条退回到 {checkpoint.size} 条")
    if checkpoint.at_ms <= before.at_ms:
        raise LogWentBack("网关的存证日志里，后一个存证点不比前一个晚")

"""Checkpoints: the county's word about everything that it holds, in one hash that can only grow.

The county keeps one Merkle tree (`sync.tree`) whose leaves are heads of chains: whenever a chain has grown, its new
head becomes a leaf. A *checkpoint* is a COSE_Sign1 by the gateway's key over {0: version, 1: tree size, 2: root,
3: county time in ms, 4: epoch}; the key is the one that acknowledges, and the root's statement for "ack" covers
both. An acknowledgement has other types under the same keys, so that neither can be taken for the other. The *hash*
of a checkpoint, which records name, is the SHA-256 of its payload: whoever signs it again names the same.

An *answer* is CBOR [version, statement, checkpoint, head, consistency]. `head` is null or [leaf index, seq, hash,
path]: the newest head of the asker's chain in this tree. `consistency` proves the tree of the size that the asker
named to be the beginning of this one. The signature does not cover the proofs; the root does.

A tree is never cut back and a checkpoint's time never repeats: of two checkpoints of one epoch the later has at
least as many leaves. A county put back from a backup begins a new epoch under a recovery that the offline root signed
(`sync.protocol.recovery`): it is a sixth element of the answer for whoever does not hold a checkpoint of that epoch,
and the consistency proof then begins with what the epochs have in common.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import MessageMalformed, SignatureWrong, Signer, StatementRefused, Trust, sign1
from sync.model.plain import PlainValue
from sync.protocol.gateway_word import open_word
from sync.protocol.recovery import (
    NOTHING_KEPT,
    RECOVERY_BYTES_MAX,
    Begun,
    Kept,
    RecoveryRefused,
    verify_recovery,
)
from sync.record import HASH_BYTES, WALL_MS_MAX, Link
from sync.tree import (
    PROOF_HASHES_MAX,
    LeafNotIncluded,
    TreesDiffer,
    check_consistency,
    check_inclusion,
    leaf_hash,
)

CHECKPOINT_VERSION = 1
CHECKPOINT_ANSWER_BYTES_MAX = 8 * 1024
FIRST_EPOCH = 1
_PAYLOAD_BYTES_MAX = 128
_MESSAGE_BYTES_MAX = 1024
_PAYLOAD_NAMES = {0: "version", 1: "tree size", 2: "root", 3: "county time", 4: "epoch"}
_ANSWER_NAMES = {0: "version", 1: "statement", 2: "checkpoint", 3: "head", 4: "consistency proof", 5: "recovery"}
_HEAD_NAMES = {0: "leaf index", 1: "seq", 2: "hash", 3: "path"}


class CheckpointRefused(ValueError):
    """Not a checkpoint that the asker may rely on; the types of this family say why."""


class CheckpointMalformed(CheckpointRefused):
    """Not the encoding of an answer."""


class CheckpointNotTrusted(CheckpointRefused):
    """The root does not vouch for the key, or the key did not sign; the message says which."""


class CheckpointOfAnotherEpoch(CheckpointRefused):
    """The county's log was begun anew, and nothing that came with it from the root says that it may."""


class CheckpointWentBack(CheckpointRefused):
    """It is smaller or earlier than the one that is held: a county put back from a backup, or an old answer again."""


class CheckpointForked(CheckpointRefused):
    """The county's log is not shown to go on from the one that is held: something in it was changed or removed."""


class HeadNotIncluded(CheckpointRefused):
    """The head that comes with it is not in its tree."""


class Checkpoint(Struct, frozen=True):
    """Where the county's tree stands.

    Attributes:
        size: leaves.
        root: 32 bytes.
        at_ms: the county's time, milliseconds since 1970 UTC; no two checkpoints of an epoch have the same.
        epoch: from 1; raised only by a recovery that the offline root has signed.
    """

    size: int
    root: bytes
    at_ms: int
    epoch: int = FIRST_EPOCH

    @property
    def hash(self) -> bytes:
        """What records name: 32 bytes, the SHA-256 of the payload."""
        return hashlib.sha256(self._payload()).digest()

    def sign(self, signer: Signer) -> bytes:
        """Return the COSE_Sign1 message. Only what is durable may be signed."""
        return sign1(signer, self._payload())

    def _payload(self) -> bytes:
        return cbor.encode({0: CHECKPOINT_VERSION, 1: self.size, 2: self.root, 3: self.at_ms, 4: self.epoch})


class Leaf(Struct, frozen=True):
    """A leaf of the county's tree: that a chain stood at `link`. `index` counts from 0."""

    index: int
    link: Link


class ProvenLeaf(Struct, frozen=True):
    """A leaf with its path to the root."""

    leaf: Leaf
    path: tuple[bytes, ...]


class CheckpointAnswer(Struct, frozen=True):
    """What an answer says, verified.

    Attributes:
        checkpoint: under the county's signature, and shown to go on from the one that was held.
        head: newest head of the asker's chain in the tree; None when there is none. Whether the asker wrote it is
            for the asker to compare with its journal.
        recovered: the root's word that lets it go on from a checkpoint of an earlier epoch; None where none was needed.
    """

    checkpoint: Checkpoint
    head: Link | None
    recovered: Begun | None = None


def chain_leaf_hash(link: Link) -> bytes:
    """Return the hash of the leaf that says where a chain stood: of CBOR [chain, seq, hash]."""
    return leaf_hash(cbor.encode((link.chain, link.seq, link.hash)))


def encode_checkpoint_answer(
    statement: bytes,
    checkpoint: bytes,
    head: ProvenLeaf | None,
    consistency: tuple[bytes, ...],
    recovery: bytes | None = None,
) -> bytes:
    """Return the answer; statement, checkpoint and recovery are signed messages already."""
    link = head.leaf.link if head else None
    proven: PlainValue = (head.leaf.index, link.seq, link.hash, head.path) if head and link else None
    begun = () if recovery is None else (recovery,)
    return cbor.encode((CHECKPOINT_VERSION, statement, checkpoint, proven, consistency, *begun))


def verify_checkpoint(answer: bytes, trust: Trust, chain: bytes, held: Checkpoint | None) -> CheckpointAnswer:
    """Return what an answer says, if it is the county's and goes on from what is held.

    Args:
        answer: as it came.
        trust: the county's root.
        chain: of the asker, 8 bytes.
        held: the newest checkpoint that the asker has verified, whose size it named; None when it has none.

    Raises:
        CheckpointRefused: by its kinds.
    """
    parts = _decode(answer, chain)
    checkpoint = _trusted(parts, trust)
    recovered: Begun | None = None
    if held is not None and checkpoint.epoch <= held.epoch:
        _check_follows(checkpoint, held, parts.consistency)
    elif checkpoint.epoch > FIRST_EPOCH:
        recovered = _check_recovered(checkpoint, held, parts, trust)
    elif parts.consistency:
        raise CheckpointMalformed("a consistency proof that nobody asked for")
    if parts.head is None:
        return CheckpointAnswer(checkpoint, None, recovered)
    leaf = parts.head.leaf
    try:
        check_inclusion(chain_leaf_hash(leaf.link), leaf.index, checkpoint.size, parts.head.path, checkpoint.root)
    except LeafNotIncluded as cause:
        raise HeadNotIncluded(f"head {leaf.link.seq} of this chain: {cause}") from cause
    return CheckpointAnswer(checkpoint, leaf.link, recovered)


def signed_checkpoint(answer: bytes, trust: Trust) -> Checkpoint:
    """Return the checkpoint of an answer, whatever it goes on from: for who looks at evidence.

    Raises CheckpointMalformed, CheckpointNotTrusted.
    """
    return _trusted(_decode(answer, b""), trust)


def _check_follows(checkpoint: Checkpoint, held: Checkpoint, consistency: tuple[bytes, ...]) -> None:
    if checkpoint.epoch < held.epoch:
        raise CheckpointWentBack(
            f"the county's log is of epoch {checkpoint.epoch}, it was of epoch {held.epoch}: it was put back from a "
            "backup, or an old answer came again"
        )
    if checkpoint.size < held.size:
        raise CheckpointWentBack(
            f"the county's log has {checkpoint.size} entries, it had {held.size}: it was put back from a backup, "
            "or an old answer came again"
        )
    try:
        check_consistency(held.size, held.root, checkpoint.size, checkpoint.root, consistency)
    except TreesDiffer as cause:
        raise CheckpointForked(f"the county's log was changed: {cause}") from cause
    if checkpoint.at_ms < held.at_ms or (checkpoint.at_ms == held.at_ms and checkpoint != held):
        raise CheckpointWentBack("the county's checkpoint is not later than the one that is held")


def _check_recovered(checkpoint: Checkpoint, held: Checkpoint | None, parts: _Parts, trust: Trust) -> Begun:
    """Check that the root lets this epoch begin, and that it keeps what it has in common with what is held."""
    if parts.recovery is None:
        raise CheckpointOfAnotherEpoch(
            f"the county's log is of epoch {checkpoint.epoch}, and nothing from the root lets that begin"
        )
    try:
        recovery = verify_recovery(parts.recovery, trust)
    except RecoveryRefused as cause:
        raise CheckpointOfAnotherEpoch(str(cause)) from cause
    newest = recovery.newest
    if newest.epoch != checkpoint.epoch:
        raise CheckpointOfAnotherEpoch(
            f"the root lets epoch {newest.epoch} begin, the county's log is of epoch {checkpoint.epoch}"
        )
    common = recovery.common(held.epoch, Kept(held.size, held.root)) if held else NOTHING_KEPT
    try:
        check_consistency(common.size, common.root, checkpoint.size, checkpoint.root, parts.consistency)
    except TreesDiffer as cause:
        raise CheckpointForked(f"the county's log lacks what its recovery keeps: {cause}") from cause
    return newest


class _Parts(Struct, frozen=True):
    """An answer as it is written; nothing of it is to be believed yet."""

    statement: bytes
    message: bytes
    head: ProvenLeaf | None
    consistency: tuple[bytes, ...]
    recovery: bytes | None


def _decode(answer: bytes, chain: bytes) -> _Parts:
    try:
        limits = cbor.Limits(CHECKPOINT_ANSWER_BYTES_MAX, values_max=4 * PROOF_HASHES_MAX, depth_max=3)
        held = Fields(cbor.decode(answer, limits), _ANSWER_NAMES, frozenset({5}))
        held.whole(0, CHECKPOINT_VERSION, CHECKPOINT_VERSION)
        head = held.array(3, len(_HEAD_NAMES)) if held.present(3) else None
        return _Parts(
            held.blob(1, _MESSAGE_BYTES_MAX),
            held.blob(2, _MESSAGE_BYTES_MAX),
            None if head is None else _proven_leaf(Fields(head, _HEAD_NAMES), chain),
            _hashes(held, 4),
            held.blob(5, RECOVERY_BYTES_MAX) if 5 in held else None,
        )
    except (cbor.CborRefused, FieldRefused) as cause:
        raise CheckpointMalformed(f"not a checkpoint's answer: {cause}") from cause


def _proven_leaf(held: Fields, chain: bytes) -> ProvenLeaf:
    link = Link(chain, held.whole(1, 1), held.raw(2, HASH_BYTES))
    return ProvenLeaf(Leaf(held.whole(0), link), _hashes(held, 3))


def _hashes(held: Fields, key: int) -> tuple[bytes, ...]:
    values = held.array(key, PROOF_HASHES_MAX)
    each = Fields(values, dict.fromkeys(range(len(values)), "a hash of a proof"))
    return tuple(each.raw(place, HASH_BYTES) for place in range(len(values)))


def _trusted(parts: _Parts, trust: Trust) -> Checkpoint:
    try:
        return open_word(parts.statement, parts.message, trust, _PAYLOAD_BYTES_MAX, _decode_payload)
    except MessageMalformed as cause:
        raise CheckpointMalformed(str(cause)) from cause
    except SignatureWrong as cause:
        raise CheckpointNotTrusted("the gateway's key did not sign this checkpoint") from cause
    except StatementRefused as cause:
        raise CheckpointNotTrusted(str(cause)) from cause


def _decode_payload(payload: bytes) -> Checkpoint:
    try:
        held = Fields(cbor.decode(payload, cbor.Limits(_PAYLOAD_BYTES_MAX, values_max=16)), _PAYLOAD_NAMES)
        held.whole(0, CHECKPOINT_VERSION, CHECKPOINT_VERSION)
        return Checkpoint(
            held.whole(1), held.raw(2, HASH_BYTES), held.whole(3, 0, WALL_MS_MAX), held.whole(4, FIRST_EPOCH)
        )
    except (cbor.CborRefused, FieldRefused) as cause:
        raise CheckpointMalformed(f"not a checkpoint: {cause}") from cause

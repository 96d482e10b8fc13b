"""Pages of the county's log: its leaves and checkpoints in their order, for who reads all of them.

A terminal is shown that one checkpoint goes on from another, and nothing else of the tree. The county reads every
leaf, and so needs no proofs: whoever holds the leaves computes each root again (`county.logbook`).

An *answer* is CBOR [version, statement, page, ?recovery]: the page is a COSE_Sign1 by the key that acknowledges over
{0: version, 1: first, 2: [[chain, seq, hash], ...], 3: [[size, root, time ms, epoch], ...], 4: county time in ms}.
`first` is the index of the first leaf. The leaves reach exactly to the size of the last checkpoint. All checkpoints of
a page are of one epoch; when that is a later one than the asker named, the root's recovery comes with it
(`sync.protocol.recovery`), and `first` is what the two have in common.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import MessageMalformed, Purpose, SignatureWrong, Signer, StatementRefused, Trust, sign1
from sync.protocol.checkpoint import FIRST_EPOCH, Checkpoint
from sync.protocol.gateway_word import open_word
from sync.protocol.recovery import RECOVERY_BYTES_MAX, Recovery, RecoveryRefused, verify_recovery
from sync.record import CHAIN_ID_BYTES, HASH_BYTES, WALL_MS_MAX, Link

PAGE_VERSION = 1
CHECKPOINTS_MAX = 1024
LEAVES_MAX = 65_536
PAGE_BYTES_MAX = 6 * 1024 * 1024
_STATEMENT_BYTES_MAX = 1024
_RECOVERY = 3
_ANSWER_NAMES = {0: "version", 1: "statement", 2: "page", _RECOVERY: "recovery"}
_NAMES = {0: "version", 1: "first leaf", 2: "leaves", 3: "checkpoints", 4: "county time"}
_LEAF_NAMES = {0: "chain", 1: "seq", 2: "hash"}
_CHECKPOINT_NAMES = {0: "tree size", 1: "root", 2: "county time", 3: "epoch"}


class LogPageRefused(ValueError):
    """Not a page of the county's log that may be relied on; its subclasses say why."""


class LogPageMalformed(LogPageRefused):
    """Not the encoding of a page."""


class LogPageNotTrusted(LogPageRefused):
    """The root does not vouch for the key, or the key did not sign."""


class LogPage(Struct, frozen=True):
    """A part of the county's log.

    Attributes:
        first: index of the first leaf.
        leaves: where chains stood, from that leaf on.
        checkpoints: oldest first.
        at_ms: when the page was signed, milliseconds since 1970 UTC.
        recovery: the root's word that came beside it, if any; not signed with the page.
        vouched_until_ms: until when the root vouches for who signed it; told by `verify_log_page`.
    """

    first: int
    leaves: tuple[Link, ...]
    checkpoints: tuple[Checkpoint, ...]
    at_ms: int
    recovery: Recovery | None = None
    vouched_until_ms: int | None = None

    def sign(self, signer: Signer, statement: bytes, recovery: bytes | None = None) -> bytes:
        """Return the answer, with the root's word about a new epoch if need be. Only what is durable may be signed."""
        payload = cbor.encode(
            {
                0: PAGE_VERSION,
                1: self.first,
                2: tuple((leaf.chain, leaf.seq, leaf.hash) for leaf in self.leaves),
                3: tuple((each.size, each.root, each.at_ms, each.epoch) for each in self.checkpoints),
                4: self.at_ms,
            }
        )
        beside = () if recovery is None else (recovery,)
        return cbor.encode((PAGE_VERSION, statement, sign1(signer, payload), *beside))


def verify_log_page(answer: bytes, trust: Trust) -> LogPage:
    """Return what a page says, if it is the county's. Raises LogPageMalformed, LogPageNotTrusted."""
    try:
        limits = cbor.Limits(PAGE_BYTES_MAX, values_max=8, depth_max=1)
        parts = Fields(cbor.decode(answer, limits), _ANSWER_NAMES, frozenset({_RECOVERY}))
        parts.whole(0, PAGE_VERSION, PAGE_VERSION)
        statement, message = parts.blob(1, _STATEMENT_BYTES_MAX), parts.blob(2, PAGE_BYTES_MAX)
        recovery = parts.blob(_RECOVERY, RECOVERY_BYTES_MAX) if _RECOVERY in parts else None
    except (cbor.CborRefused, FieldRefused) as cause:
        raise LogPageMalformed(f"not a page of the log: {cause}") from cause
    try:
        page = open_word(statement, message, trust, PAGE_BYTES_MAX, _decode)
        page = replace(page, vouched_until_ms=trust.vouched(statement, Purpose.ACKNOWLEDGE).not_after_ms)
        return page if recovery is None else replace(page, recovery=verify_recovery(recovery, trust))
    except RecoveryRefused as cause:
        raise LogPageNotTrusted(str(cause)) from cause
    except MessageMalformed as cause:
        raise LogPageMalformed(str(cause)) from cause
    except SignatureWrong as cause:
        raise LogPageNotTrusted("the gateway's key did not sign this page of the log") from cause
    except StatementRefused as cause:
        raise LogPageNotTrusted(str(cause)) from cause


def _decode(payload: bytes) -> LogPage:
    limits = cbor.Limits(PAGE_BYTES_MAX, values_max=4 * LEAVES_MAX + 5 * CHECKPOINTS_MAX + 16, depth_max=3)
    try:
        held = Fields(cbor.decode(payload, limits), _NAMES)
        held.whole(0, PAGE_VERSION, PAGE_VERSION)
        leaves = (Fields(each, _LEAF_NAMES) for each in held.array(2, LEAVES_MAX))
        stated = (Fields(each, _CHECKPOINT_NAMES) for each in held.array(3, CHECKPOINTS_MAX))
        page = LogPage(
            held.whole(1),
            tuple(Link(leaf.raw(0, CHAIN_ID_BYTES), leaf.whole(1, 1), leaf.raw(2, HASH_BYTES)) for leaf in leaves),
            tuple(
                Checkpoint(
                    each.whole(0), each.raw(1, HASH_BYTES), each.whole(2, 0, WALL_MS_MAX), each.whole(3, FIRST_EPOCH)
                )
                for each in stated
            ),
            held.whole(4, 0, WALL_MS_MAX),
        )
    except (cbor.CborRefused, FieldRefused) as cause:
        raise LogPageMalformed(f"not a page of the log: {cause}") from cause
    end = page.checkpoints[-1].size if page.checkpoints else page.first
    if page.first + len(page.leaves) != end:
        raise LogPageMalformed("the leaves of a page of the log do not reach to its last checkpoint")
    return page

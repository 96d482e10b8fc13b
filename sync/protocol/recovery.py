"""Recovery: the offline root's word that the county's log was put back, and from where it goes on.

A gateway that comes back from an old backup holds a log that is shorter than the one that terminals have seen. To
them that is what a county looks like that removes something. Only the root can say otherwise, and says exactly how
much: a *recovery* is a COSE_Sign1 of the root over {0: version, 1: "recovery", 2: county, 3: epochs}. `epochs` is an
array of [epoch, size, root, time in ms], oldest first, of every epoch but the first: it has the first `size` leaves,
whose root is `root`, in common with the epoch before it, and nothing after them. Size 0: nothing was left.

Each recovery repeats those before it, so that a terminal which slept through one needs only the newest. What a
terminal has seen beyond the common leaves is its own evidence; what it has seen within them must still be there.
"""

from __future__ import annotations

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import Signer, Trust, sign1
from sync.model.plain import PlainValue
from sync.protocol.root_word import open_root_word
from sync.record import HASH_BYTES, WALL_MS_MAX
from sync.tree import EMPTY_ROOT

RECOVERY_VERSION = 1
BACKUP_WINDOW_MS = 90 * 24 * 3_600_000
"""A backup of the gateway or the county is put back only while it is younger. No body is erased anywhere, and no
attachment taken away from the terminal or given up at the gateway, before whoever comes next has had it for so long."""
RECOVERIES_MAX = 32
"""A county is put back a few times in its life; what wants more is refused before it is looked at."""
RECOVERY_BYTES_MAX = 2048
_LABEL = "recovery"
_PAYLOAD_BYTES_MAX = RECOVERY_BYTES_MAX - 128
_NAMES = {0: "version", 1: "label", 2: "county", 3: "epochs"}
_EPOCH_NAMES = {0: "epoch", 1: "size", 2: "root", 3: "county time"}


class RecoveryRefused(ValueError):
    """Not the root's word about this county's log; the message says why."""


class Kept(Struct, frozen=True):
    """A log as far as it is believed: the root of its first `size` leaves, 32 bytes."""

    size: int
    root: bytes


NOTHING_KEPT = Kept(0, EMPTY_ROOT)


class Begun(Struct, frozen=True):
    """That an epoch began, with what it has in common with the epoch before.

    Attributes:
        epoch: from 2.
        kept: the leaves that both have.
        at_ms: when the root said so, milliseconds since 1970 UTC.
    """

    epoch: int
    kept: Kept
    at_ms: int


class Recovery(Struct, frozen=True):
    """Every new beginning of a county's log, oldest first; one at least."""

    county: str
    begun: tuple[Begun, ...]

    @property
    def newest(self) -> Begun:
        """The epoch that it lets begin."""
        return self.begun[-1]

    def common(self, epoch: int, held: Kept) -> Kept:
        """Return what the newest epoch must have in common with a log of `epoch` as it was held.

        That is all of it, or less: no more than any epoch since has kept.
        """
        return min((held, *(each.kept for each in self.begun if each.epoch > epoch)), key=lambda kept: kept.size)

    def sign(self, root: Signer) -> bytes:
        """Return the COSE_Sign1 message."""
        epochs: PlainValue = tuple((each.epoch, each.kept.size, each.kept.root, each.at_ms) for each in self.begun)
        return sign1(root, cbor.encode({0: RECOVERY_VERSION, 1: _LABEL, 2: self.county, 3: epochs}))


def recovery_after(
    before: Recovery | None, county: str, epoch: int, standing: Kept, at_ms: int, above: int = 1
) -> Recovery:
    """Return the recovery that lets a log go on that was put back.

    Args:
        before: the newest recovery known, None when there was none.
        county: 6-digit code.
        epoch: of the log as it stands now, after it was put back.
        standing: that log.
        at_ms: now, milliseconds since 1970 UTC.
        above: an epoch that may have been and of which nothing else is known; the new one is a later one.

    Raises RecoveryRefused after too many recoveries.
    """
    begun = before.begun if before else ()
    if len(begun) >= RECOVERIES_MAX:
        raise RecoveryRefused(f"the log was put back {RECOVERIES_MAX} times already; this county needs a new root")
    newest = max(epoch, above, begun[-1].epoch if begun else 0)
    kept = before.common(epoch, standing) if before else standing
    if newest > max(epoch, begun[-1].epoch if begun else 0):
        # Of an epoch that nobody here knows nothing can be said.
        kept = NOTHING_KEPT
    return Recovery(county, (*begun, Begun(newest + 1, kept, at_ms)))


def verify_recovery(message: bytes, trust: Trust) -> Recovery:
    """Return what a recovery says, if the county's root signed it. Raises RecoveryRefused."""
    return open_root_word("recovery", message, trust, _PAYLOAD_BYTES_MAX, _decode, RecoveryRefused)


def _decode(payload: bytes) -> Recovery:
    try:
        limits = cbor.Limits(_PAYLOAD_BYTES_MAX, values_max=8 * RECOVERIES_MAX, depth_max=3)
        held = Fields(cbor.decode(payload, limits), _NAMES)
        held.whole(0, RECOVERY_VERSION, RECOVERY_VERSION)
        if held.text(1, len(_LABEL)) != _LABEL:
            raise FieldRefused("another label")
        begun: list[Begun] = []
        for value in held.array(3, RECOVERIES_MAX):
            each = Fields(value, _EPOCH_NAMES)
            least = begun[-1].epoch + 1 if begun else 2
            kept = Kept(each.whole(1), each.raw(2, HASH_BYTES))
            if not kept.size and kept != NOTHING_KEPT:
                raise FieldRefused("a root of nothing")
            begun.append(Begun(each.whole(0, least), kept, each.whole(3, 0, WALL_MS_MAX)))
        if not begun:
            raise FieldRefused("no epoch")
        return Recovery(held.text(2, 6), tuple(begun))
    except (cbor.CborRefused, FieldRefused) as cause:
        raise RecoveryRefused(f"not a recovery: {cause}") from cause

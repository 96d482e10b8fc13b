"""Relays: segments that the gateway hands on, each with the root's statement about the chain's key.

A terminal's inbox and the county's feed are streams of frames, each CBOR [version, place, statement, segment].
`place` is what the next question's `after` will be: in an inbox the last seq of the county's chain, in the feed the
gateway's own count of admitted segments. A relay of the feed has a fifth element, the mark of its place. A segment of
no bytes says that the gateway no longer has what it admitted there: somebody has deleted or changed it.
"""

from __future__ import annotations

from msgspec import Struct

from sync import cbor
from sync.fields import FieldRefused, Fields
from sync.keys import STATEMENT_BYTES_MAX, Purpose, Statement, StatementRefused, Trust
from sync.protocol.segment import (
    SEGMENT_BYTES_MOST,
    SegmentNotSigned,
    SegmentOfAnotherKey,
    SegmentRefused,
    decode_segment,
)
from sync.record import ChainBroken, Link, Record, check_follows

RELAY_VERSION = 1
MARK_BYTES = 16
RELAY_BYTES_MAX = SEGMENT_BYTES_MOST + STATEMENT_BYTES_MAX + 256
_MARK = 4
_STATEMENT_MESSAGE_BYTES_MAX = STATEMENT_BYTES_MAX + 128


class RelayRefused(ValueError):
    """What was handed on is not to be believed; the message says why."""


class RelayMalformed(RelayRefused):
    """Not the encoding of a relay or of its segment."""


class RelayNotTrusted(RelayRefused):
    """The root does not vouch for the key, or the key did not sign."""


class RelayOutOfOrder(RelayRefused):
    """The segment does not follow what the receiver holds."""


class Marked(Struct, frozen=True):
    """A place of the feed that was read, and the mark that it had."""

    place: int
    mark: bytes


class Relay(Struct, frozen=True):
    """One segment handed on. `statement` and `segment` are the bytes as their makers wrote them.

    `mark` is in the feed only: random, given with the place, other when the place is given anew.
    """

    place: int
    statement: bytes
    segment: bytes
    mark: bytes = b""

    def encode(self) -> bytes:
        """Return its CBOR, to be put in a frame."""
        mark = (self.mark,) if self.mark else ()
        return cbor.encode((RELAY_VERSION, self.place, self.statement, self.segment, *mark))

    @classmethod
    def decode(cls, content: bytes) -> Relay:
        """Read the content of a frame. Raises RelayMalformed."""
        try:
            held = Fields(
                cbor.decode(content, cbor.Limits(RELAY_BYTES_MAX, values_max=8, depth_max=1)),
                {0: "version", 1: "place", 2: "statement", 3: "segment", _MARK: "mark"},
                frozenset({_MARK}),
            )
            held.whole(0, RELAY_VERSION, RELAY_VERSION)
            mark = held.raw(_MARK, MARK_BYTES) if _MARK in held else b""
            return cls(
                held.whole(1), held.blob(2, _STATEMENT_MESSAGE_BYTES_MAX), held.blob(3, SEGMENT_BYTES_MOST), mark
            )
        except (cbor.CborRefused, FieldRefused) as cause:
            raise RelayMalformed(f"not a relay: {cause}") from cause


def open_relay(
    relay: Relay, trust: Trust, purpose: Purpose, subject: str | None = None
) -> tuple[Statement, tuple[Record, ...]]:
    """Check a relay from the root's key down to every record; return who wrote the records, and them.

    Whether they follow what the receiver holds is for it to ask: `check_next`.

    Args:
        relay: what came.
        trust: the county's root.
        purpose: COUNTY_CHAIN for an inbox, TERMINAL_CHAIN for what terminals wrote.
        subject: whom the statement must name; None when any will do.

    Raises:
        RelayMalformed, RelayNotTrusted.
    """
    try:
        statement = trust.vouched(relay.statement, purpose, subject=subject)
        records = decode_segment(relay.segment).open(statement.key)
        if purpose is Purpose.COUNTY_CHAIN:
            # The county's clock is kept; a terminal's may lie, and revocation judges its key instead.
            trust.check(relay.statement, purpose, at_ms=records[-1].header.wall_ms, subject=subject)
    except (StatementRefused, SegmentNotSigned, SegmentOfAnotherKey) as cause:
        raise RelayNotTrusted(str(cause)) from cause
    except SegmentRefused as cause:
        raise RelayMalformed(str(cause)) from cause
    return statement, records


def check_next(records: tuple[Record, ...], after: Link | None) -> None:
    """Check that records follow where the receiver's copy stands; None: it holds nothing of any chain yet.

    The records follow one another already, as `open_relay` has seen. Raises RelayOutOfOrder.
    """
    try:
        check_follows(records[0], after or Link.start(records[0].header.chain))
    except ChainBroken as cause:
        raise RelayOutOfOrder(str(cause)) from cause

"""Whether records that arrived may be appended to their chain. Pure: no I/O, no clock.

- Only the holder of a chain pushes to it: a terminal to its own, the county to the chains it keeps for points.
- Append-only and idempotent by (chain, seq, hash): what is stored already is a replay and is counted as done.
- Records beyond the next number are a gap, answered with the head.
- Another record in the place of a stored one, or one that follows another than the stored one, is a fork. It is
  never stored as a record; it is kept as evidence. That holds also for a place beyond the head, in a store that was
  put together from parts of several ages; the same record there counts as fresh, and is admitted.
- Of a chain that the county has closed, nothing beyond its end is taken: it is a late tail, kept apart until somebody
  at the county has looked at it. Nothing of it is acknowledged.
The signature and the links between the records of one segment were checked before (`sync.protocol`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from sync.peer_name import PeerName, PeerRole
from sync.record import NO_HASH, Link, Record


class Verdict(StrEnum):
    """What becomes of a segment."""

    ACCEPTED = "accepted"
    REPLAYED = "replayed"
    GAP = "gap"
    FORK = "fork"
    LATE = "late"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why a segment is refused."""

    CHAIN_UNKNOWN = "chain unknown"
    NOT_THE_HOLDER = "not the holder"


class Standing(Struct, frozen=True):
    """What the store knows of a chain.

    Attributes:
        holder: whose chain it is, and so who may push to it.
        revoked: whether its holder is refused from now on, but for a late tail.
        head: where the chain stands.
        closed_at: the seq at which the county has closed the chain, None while it is open.
    """

    holder: PeerName
    revoked: bool
    head: Link
    closed_at: int | None = None


class ChainDamaged(LookupError):
    """The store lacks a record that it has counted: somebody has deleted it. Nothing can be decided about its chain."""


class Decision(Struct, frozen=True):
    """What becomes of a segment, and where its chain stands then.

    Attributes:
        head: the chain's head after the decision; None for a chain that is unknown.
        fresh: the records to append; empty unless accepted.
        forked_seq: the first number that two records claim.
        refusal: why, when refused.
    """

    verdict: Verdict
    head: Link | None
    fresh: tuple[Record, ...] = ()
    forked_seq: int | None = None
    refusal: Refusal | None = None


def refusal_of(peer: PeerName, standing: Standing | None) -> Refusal | None:
    """Why `peer` may not push to a chain; None when it may."""
    if standing is None:
        return Refusal.CHAIN_UNKNOWN
    holder = standing.holder
    if peer.role is PeerRole.COUNTY:
        is_holder = holder.role is PeerRole.COUNTY and holder.county == peer.county
    else:
        is_holder = holder == peer
    return None if is_holder else Refusal.NOT_THE_HOLDER


def decide(
    records: Sequence[Record], peer: PeerName, standing: Standing | None, stored: Mapping[int, bytes]
) -> Decision:
    """Decide about the records of one segment.

    Args:
        records: at least one, linked to one another and covered by a signature of the chain's key.
        peer: who sent them, from the certificate.
        standing: what the store knows of the chain; None when it knows nothing.
        stored: hashes by number of the stored records from the one before the segment to its last.

    Raises ChainDamaged.
    """
    refusal = refusal_of(peer, standing)
    if refusal is not None or standing is None:
        return Decision(Verdict.REFUSED, standing.head if standing else None, refusal=refusal)
    head = standing.head
    if standing.closed_at is not None and records[-1].header.seq > standing.closed_at:
        return Decision(Verdict.LATE, head)
    first = records[0].header
    if first.seq > head.seq + 1:
        return Decision(Verdict.GAP, head)
    forked_seq = _forked_seq(records, head, stored)
    if forked_seq is not None:
        return Decision(Verdict.FORK, head, forked_seq=forked_seq)
    fresh = tuple(record for record in records if record.header.seq > head.seq)
    if not fresh:
        return Decision(Verdict.REPLAYED, head)
    return Decision(Verdict.ACCEPTED, fresh[-1].link, fresh)


def _forked_seq(records: Sequence[Record], head: Link, stored: Mapping[int, bytes]) -> int | None:
    before = records[0].header.seq - 1
    # Up to the head everything is stored, and a store that has lost something there must not pass for one.
    lost = next(
        (seq for seq in range(max(1, before), min(head.seq, records[-1].header.seq) + 1) if seq not in stored), 0
    )
    if lost:
        raise ChainDamaged(f"record {lost} of chain {head.chain.hex()} is missing in the gateway's store")
    if records[0].header.previous != (stored[before] if before else NO_HASH):
        return before
    for record in records:
        seq = record.header.seq
        held = stored.get(seq, record.hash)
        if held != record.hash:
            return seq
    return None

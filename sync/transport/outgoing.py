"""The attachments of this terminal on their way, as the sync process knows them."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class OutgoingState(StrEnum):
    """How far an attachment has come."""

    WAITING = "waiting"  # to be sent, or being sent
    KEPT = "kept"  # the gateway has all of it
    MISSING = "missing"  # its file is not here
    DAMAGED = "damaged"  # its file is not what its record names
    ERASED = "erased"  # the county has said that its time is over
    GIVEN_UP = "given_up"  # kept for longer than a backup may be old, and its file taken away; asked for all the same


class Outgoing(Struct, frozen=True):
    """One attachment.

    Attributes:
        digest: of its sealed bytes, which names its file.
        chain: of the record that names it.
        seq: of that record.
        size: of the sealed bytes.
        sent: how many of them the gateway has said to have; None: it was not asked yet.
        state: see there.
        kept_ms: when the gateway first said that it has all, by the county's newest word then.
    """

    digest: bytes
    chain: bytes
    seq: int
    size: int
    sent: int | None = None
    state: OutgoingState = OutgoingState.WAITING
    kept_ms: int | None = None


class OutgoingLeft(Struct, frozen=True):
    """What is still to go: attachments and their bytes. `lost` have no file here, or a damaged one."""

    count: int = 0
    size_bytes: int = 0
    lost: int = 0


COLUMNS = "digest, chain, seq, size, sent, state, kept_ms"
LEFT = (
    "SELECT count(*) FILTER (WHERE state = 'waiting'),"
    " coalesce(sum(size - coalesce(sent, 0)) FILTER (WHERE state = 'waiting'), 0),"
    " count(*) FILTER (WHERE state IN ('missing', 'damaged')) FROM outgoing"
)


def outgoing_of(row: tuple[bytes, bytes, int, int, int | None, str, int | None]) -> Outgoing:
    """Return what a row of COLUMNS says."""
    digest, chain, seq, size, sent, state, kept_ms = row
    return Outgoing(digest, chain, seq, size, sent, OutgoingState(state), kept_ms)

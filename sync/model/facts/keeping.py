"""What the county says about records and keys themselves: late tails, bodies erased, readers changed, desks opened."""

from __future__ import annotations

from typing import Annotated

from sync.model.facts.declaration import Fact, Kind, fact
from sync.model.plain import Body, Plain


@fact(Kind.LATE_TAIL_ACCEPTED)
class LateTailAccepted(Fact, frozen=True, kw_only=True):
    """Records that came after their chain was closed count all the same.

    `digest` is the SHA-256 of the segment that they came in: it was this one that somebody looked at.
    """

    chain: Annotated[bytes, Plain(0)]
    first_seq: Annotated[int, Plain(1)]
    last_seq: Annotated[int, Plain(2)]
    digest: Annotated[bytes, Plain(3)]
    reason: Annotated[str, Body(0)]


@fact(Kind.LATE_TAIL_REFUSED)
class LateTailRefused(Fact, frozen=True, kw_only=True):
    """Records that came after their chain was closed do not count. The fields are those of `LateTailAccepted`."""

    chain: Annotated[bytes, Plain(0)]
    first_seq: Annotated[int, Plain(1)]
    last_seq: Annotated[int, Plain(2)]
    digest: Annotated[bytes, Plain(3)]
    reason: Annotated[str, Body(0)]


@fact(Kind.BODIES_ERASED)
class BodiesErased(Fact, frozen=True, kw_only=True):
    """The time of these bodies is over: whoever has them erases them. The headers stay, and the chain verifies."""

    chain: Annotated[bytes, Plain(0)]
    first_seq: Annotated[int, Plain(1)]
    last_seq: Annotated[int, Plain(2)]


@fact(Kind.READERS_CHANGED)
class ReadersChanged(Fact, frozen=True, kw_only=True):
    """From now on bodies are sealed to these keys of the county: the root's statements for opening and for escrow."""

    opening: Annotated[bytes, Plain(0)]
    escrow: Annotated[bytes, Plain(1)]


@fact(Kind.DESK_GRANTED)
class DeskGranted(Fact, frozen=True, kw_only=True):
    """A grant that lets an agent into the desk (`sync.desk_grant`), as its file; worth nothing without its code."""

    grant: Annotated[bytes, Plain(0)]

"""Evidence of time: between which two moments of the county's clock a record was written. Pure.

A terminal's clock may lie. But a record that names a checkpoint was not written before the county stated it, and so
was no later record of its chain; a record that the county has acknowledged, or has in its tree, was not written after
that, and so was no earlier record of its chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sync.record import ChainBroken, Link, Record


class Cover(Struct, frozen=True):
    """The county's signed word, at a time of its own clock, that it had a chain up to `link`."""

    link: Link
    at_ms: int


class Interval(Struct, frozen=True):
    """When a record was written, by the county's clock, in milliseconds since 1970 UTC.

    Attributes:
        not_before_ms: None when no record up to this one names a checkpoint that is known.
        not_after_ms: None when the county has not confirmed this record yet.
        unknown_checkpoint: whether it names one that the county never stated: a county put back from a backup, or a
            lie.
    """

    not_before_ms: int | None
    not_after_ms: int | None
    unknown_checkpoint: bool = False

    @property
    def contradicts_itself(self) -> bool:
        """Whether it begins after its end: the county's own clocks differ, or one of its words is false."""
        return self.not_before_ms is not None and self.clock_error_ms(self.not_before_ms) > 0

    def clock_error_ms(self, wall_ms: int) -> int:
        """Return how far a clock that showed `wall_ms` was out at least: positive if ahead, negative if behind."""
        if self.not_after_ms is not None and wall_ms > self.not_after_ms:
            return wall_ms - self.not_after_ms
        if self.not_before_ms is not None and wall_ms < self.not_before_ms:
            return wall_ms - self.not_before_ms
        return 0


NOTHING_KNOWN = Interval(None, None)
"""Of the record before the first."""


def intervals(
    records: Sequence[Record],
    stated: Mapping[bytes, int],
    covers: Sequence[Cover],
    begun: Interval = NOTHING_KNOWN,
) -> list[Interval]:
    """Return the interval of each record of one chain.

    Args:
        records: a part of the chain, in order and verified.
        stated: the county's time of each of its checkpoints, by hash.
        covers: acknowledgements, and heads with the time of the checkpoint that has them; in any order. One about
            another chain, or a seq beyond these records, says nothing about them.
        begun: the interval of the record before the first of them.

    Raises:
        ChainBroken: a cover names another hash than that of the record, so that it is about another history.
    """
    after_ms = _upper_bounds(records, covers)
    found: list[Interval] = []
    before_ms = begun.not_before_ms
    for record, not_after_ms in zip(records, after_ms, strict=True):
        named = record.header.checkpoint
        named_ms = None if named is None else stated.get(named)
        if named_ms is not None:
            before_ms = named_ms if before_ms is None else max(before_ms, named_ms)
        found.append(Interval(before_ms, not_after_ms, unknown_checkpoint=named is not None and named_ms is None))
    return found


def _upper_bounds(records: Sequence[Record], covers: Sequence[Cover]) -> list[int | None]:
    earliest: dict[Link, int] = {}
    for cover in covers:
        earliest[cover.link] = min(cover.at_ms, earliest.get(cover.link, cover.at_ms))
    confirmed = {(link.chain, link.seq): link for link in earliest}
    bounds: list[int | None] = []
    bound_ms: int | None = None
    for record in reversed(records):
        link = record.link
        if confirmed.get((link.chain, link.seq), link) != link:
            raise ChainBroken(f"the county has confirmed another record {link.seq} of this chain")
        if link in earliest:
            bound_ms = earliest[link] if bound_ms is None else min(bound_ms, earliest[link])
        bounds.append(bound_ms)
    return bounds[::-1]

"""What does not fit about the times of records: rules over what each record says and what the county can prove. Pure.

Three clocks speak of a record. Its writer's wall clock, which may lie. The clock of its writer's start, which nobody
can set while the machine is up, and which says how long two records of one start are apart. And the county's own, which
the interval (`sync.evidence`) bounds it by. A *doubt* is where they contradict one another, or where something took
less time than it can.

Honest machines restart and their clocks are put right, so a restart and a move that the terminal tells itself are shown
and are no accusation (`Doubt.grave`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from sync.evidence import Interval
from sync.model.facts import ClockMoved, Kind, Role
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.profile import Evidence
from sync.record import Header

JUMP_MS = 60_000
"""From here on a terminal tells a move of its clock itself (`sync.journal.clock_watch`)."""


class Doubt(StrEnum):
    """What does not fit."""

    DATED_BEFORE = "dated_before"  # says a time before the earliest that it can have been written
    DATED_AFTER = "dated_after"  # says a time after the latest
    CLOCK_SET = "clock_set"  # the terminal tells that its clock was moved
    CLOCK_JUMPED = "clock_jumped"  # the clock was moved, and nothing tells it
    RESTARTED = "restarted"
    TOO_FAST = "too_fast"
    UNKNOWN_CHECKPOINT = "unknown_checkpoint"  # names a word of the county that the county never gave
    JOURNAL_DAMAGED = "journal_damaged"  # the terminal tells that records of its own are not what was written
    COUNTY_CONTRADICTS = "county_contradicts"  # the county's own times contradict one another

    @property
    def grave(self) -> bool:
        """Whether somebody has to look into it."""
        return self not in (Doubt.CLOCK_SET, Doubt.RESTARTED)


class Finding(Struct, frozen=True):
    """A doubt about a record.

    Attributes:
        chain: 8 bytes, of the record.
        seq: of the record.
        doubt: what does not fit.
        by_ms: how far the clock was out or moved (negative: behind, back), or how long it took.
        limit_ms: how long it has to take at least; 0 where nothing is measured.
        told_ms: how long it took by the wall clock, where another clock was believed.
        since_kind: the kind of the record that it is measured from, 0 where nothing is.
    """

    chain: bytes
    seq: int
    doubt: Doubt
    by_ms: int = 0
    limit_ms: int = 0
    told_ms: int = 0
    since_kind: int = 0


class Dated(Struct, frozen=True):
    """A record's header with what is proven of its time."""

    header: Header
    interval: Interval


def chain_findings(
    records: Sequence[Dated], before: Header | None, taken_in: Header | None, limits: Evidence
) -> list[Finding]:
    """Return the doubts about records of one chain, each against the one before it.

    Args:
        records: one after the other.
        before: the record before the first of them, None when that is the chain's first.
        taken_in: the last record before them that took a case in, if any.
        limits: from the county's profile.
    """
    found: list[Finding] = []
    for dated in records:
        header = dated.header
        found += _against_the_county(dated, limits)
        if header.kind == Kind.JOURNAL_FOUND_DAMAGED:
            found.append(_finding(header, Doubt.JOURNAL_DAMAGED))
        if header.kind == Kind.CLOCK_MOVED:
            found.append(_finding(header, Doubt.CLOCK_SET, by_ms=_told_move_ms(header)))
        elif before is not None and abs(jump_ms := _jump_ms(before, header)) >= JUMP_MS:
            found.append(_finding(header, Doubt.CLOCK_JUMPED, by_ms=jump_ms))
        if before is not None and before.boot_id != header.boot_id:
            found.append(_finding(header, Doubt.RESTARTED))
        if header.kind == Kind.CASE_TAKEN_IN:
            if taken_in is not None:
                found += _too_fast(Dated(taken_in, dated.interval), dated, limits.take_in_s)
            taken_in = header
        before = header
    return found


def case_findings(steps: Sequence[Dated], role: Role, limits: Evidence) -> list[Finding]:
    """Return what went faster than it can in one case.

    Args:
        steps: the records that moved the case, in the order in which they did.
        role: of its item; what a point finishes itself is accepted and decided in one act.
        limits: from the county's profile.
    """
    least_s = {(Kind.SUPPLEMENT_REQUIRED, Kind.SUPPLEMENT_RECEIVED): limits.supplement_s}
    if role is Role.DIRECT:
        least_s[Kind.CASE_TAKEN_IN, Kind.CASE_DECIDED] = limits.direct_s
    else:
        least_s[Kind.CASE_ACCEPTED, Kind.CASE_DECIDED] = limits.decision_s
    latest: dict[int, Dated] = {}
    found: list[Finding] = []
    for step in steps:
        for (since, until), seconds in least_s.items():
            if step.header.kind == until and since in latest:
                found += _too_fast(latest[since], step, seconds)
        latest[step.header.kind] = step
    return found


def _against_the_county(dated: Dated, limits: Evidence) -> list[Finding]:
    header, interval = dated.header, dated.interval
    found: list[Finding] = []
    if interval.unknown_checkpoint:
        found.append(_finding(header, Doubt.UNKNOWN_CHECKPOINT))
    if interval.contradicts_itself:
        return [*found, _finding(header, Doubt.COUNTY_CONTRADICTS)]
    error_ms = interval.clock_error_ms(header.wall_ms)
    if abs(error_ms) > limits.clock_tolerance_s * 1000:
        doubt = Doubt.DATED_BEFORE if error_ms < 0 else Doubt.DATED_AFTER
        found.append(_finding(header, doubt, by_ms=error_ms))
    return found


def _jump_ms(before: Header, header: Header) -> int:
    """Return by how much the wall clock went on more than the clock of the start; between two starts, how far back."""
    wall_ms = header.wall_ms - before.wall_ms
    if before.boot_id != header.boot_id:
        return min(0, wall_ms)
    return wall_ms - (header.boot_ms - before.boot_ms)


def _told_move_ms(header: Header) -> int:
    try:
        return int(field_of(ClockMoved, "by_ms", header.plain))
    except FactDoesNotFit:
        return 0


def _too_fast(since: Dated, until: Dated, least_s: int) -> list[Finding]:
    first, last, least_ms = since.header, until.header, least_s * 1000
    told_ms = last.wall_ms - first.wall_ms
    if first.chain != last.chain:
        took_ms = _at_most_ms(since.interval, until.interval)
    else:
        took_ms = last.boot_ms - first.boot_ms if first.boot_id == last.boot_id else told_ms
    if took_ms is None or not 0 <= took_ms < least_ms:
        return []
    return [_finding(last, Doubt.TOO_FAST, by_ms=took_ms, limit_ms=least_ms, told_ms=told_ms, since_kind=first.kind)]


def _at_most_ms(since: Interval, until: Interval) -> int | None:
    """Return how long it took at most, by the county's clock; None when that is not known."""
    if since.not_before_ms is None or until.not_after_ms is None:
        return None
    return until.not_after_ms - since.not_before_ms


def _finding(
    header: Header, doubt: Doubt, *, by_ms: int = 0, limit_ms: int = 0, told_ms: int = 0, since_kind: int = 0
) -> Finding:
    return Finding(header.chain, header.seq, doubt, by_ms, limit_ms, told_ms, since_kind)

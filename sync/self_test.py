"""自检: what a terminal can tell of itself without a device: its clock, its disk, its line. And the text of the code.

Pure: what was measured comes in, verdicts go out. What was not tried is `NOT_CHECKED`, never `OK`. The devices are
tried by `devices.self_test`; whoever carries a self-test out writes all of it down as one `SelfTested`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.model.county_day import ClockStanding, CountyDay
from sync.model.facts import CheckedPart, Verdict
from sync.model.moment import local_datetime

DISK_BYTES_LEAST = 200 * 1024 * 1024
"""With less free space cases may soon not be kept any more."""
HEARD_WITHIN_MS = 10 * 60_000
"""A line that has carried something in this time is up; it is tried every minute or oftener."""
_VERSION = "SUNPOINT-TEST 1"


def clock(now: CountyDay, *, is_real: bool) -> CheckedPart:
    """Judge the wall clock as every decision by date does. One that the county has told nothing can be called wrong,
    but not right.

    Args:
        now: what it shows against what is certain.
        is_real: whether it is the machine's clock, and not one that a file steers.
    """
    if now.standing is not ClockStanding.PLAUSIBLE:
        return CheckedPart(part="clock", verdict=Verdict.FAULT, reason=now.standing.value)
    if not is_real or not now.is_told:
        reason = "nothing_to_compare" if is_real else "steered"
        return CheckedPart(part="clock", verdict=Verdict.NOT_CHECKED, reason=reason)
    return CheckedPart(part="clock", verdict=Verdict.OK)


def disk(free_bytes: int | None) -> CheckedPart:
    """Judge the free space where records are kept; None: it could not be read."""
    if free_bytes is None:
        return CheckedPart(part="disk", verdict=Verdict.FAULT, reason="unreadable")
    if free_bytes < DISK_BYTES_LEAST:
        return CheckedPart(part="disk", verdict=Verdict.FAULT, reason="nearly_full")
    return CheckedPart(part="disk", verdict=Verdict.OK)


def network(now_ms: int, heard_ms: int | None, *, is_up: bool) -> CheckedPart:
    """Judge the line by what the sync process says of it.

    Args:
        now_ms: ms since 1970 UTC.
        heard_ms: when the county was last heard, None: never.
        is_up: whether the sync process runs and says that the line is good.
    """
    if is_up and heard_ms is not None and now_ms - heard_ms <= HEARD_WITHIN_MS:
        return CheckedPart(part="network", verdict=Verdict.OK)
    reason = "never_heard" if heard_ms is None else "no_line"
    return CheckedPart(part="network", verdict=Verdict.FAULT, reason=reason)


def code_text(subject: str, at_ms: int, parts: Sequence[CheckedPart]) -> str:
    """Return what the QR code of a self-test holds: plain lines that any telephone shows, nothing personal.

    SUNPOINT-TEST 1 990101102203-01 20261123-1432, then a line a fault (FAULT network no_line), a line for each
    part that was not checked (NOT-CHECKED rating_pad skipped), and one for all that are well (OK touch clock). ASCII,
    so that no reader has to guess; faults first, because they are what somebody reads out.
    """
    lines = [f"FAULT {part.part} {part.reason}" for part in parts if part.verdict is Verdict.FAULT]
    lines += [f"NOT-CHECKED {part.part} {part.reason}" for part in parts if part.verdict is Verdict.NOT_CHECKED]
    well = [part.part for part in parts if part.verdict is Verdict.OK]
    if well:
        lines.append(" ".join(("OK", *well)))
    return "\n".join((f"{_VERSION} {subject} {local_datetime(at_ms):%Y%m%d-%H%M}", *lines))

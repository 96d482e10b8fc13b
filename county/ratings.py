"""Ratings as the county counts them: one outcome for every service that could have been rated. Pure.

Every taking in and every delivery is a service that could be rated, whether somebody was asked or not; without an
answer it is 未评, and why is kept. Of several answers to one question the first counts. Only the level is read from a
body: that somebody rated stays known when the body is withheld or erased.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from county.casefile import CaseFile, Entry, is_of_terminal
from sync.model.case import Effect
from sync.model.facts import FACTS, Channel, Kind, RatingGiven, Stage
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.rating import Level

NOT_ASKED_VISIT = 0
_STAGES = {Kind.CASE_TAKEN_IN: Stage.TAKEN_IN, Kind.RESULT_DELIVERED: Stage.DELIVERED}


class RatingOutcome(StrEnum):
    """What became of one chance to rate."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"  # the window closed without an answer
    WAITING = "waiting"  # asked, the answer is not here yet
    NOT_ASKED = "not_asked"


class Rating(Struct, frozen=True):
    """One chance to rate and what became of it.

    `visit` counts the windows of the case from 1; NOT_ASKED_VISIT when no window was opened at this stage.
    `level` is there only when given and readable, `channel` and `reason` as far as known.
    """

    case_no: str
    stage: Stage
    visit: int
    outcome: RatingOutcome
    at_ms: int
    level: Level | None = None
    channel: Channel | None = None
    reason: str = ""


def ratings_of(file: CaseFile) -> tuple[Rating, ...]:
    """Return the chances to rate of a case, in the order in which they came."""
    found: dict[tuple[Stage, int], Rating] = {}
    number = file.case.number
    for entry in file.entries:
        at_ms = entry.step.envelope.wall_ms
        for kind, stage in _STAGES.items():
            if is_of_terminal(entry, kind):
                place = stage, NOT_ASKED_VISIT
                found[place] = Rating(number, *place, RatingOutcome.NOT_ASKED, at_ms)
        rating = _rating(number, entry)
        if rating is None:
            continue
        found.pop((rating.stage, NOT_ASKED_VISIT), None)
        before = found.get((rating.stage, rating.visit))
        if before is None or before.outcome is not RatingOutcome.GIVEN:
            found[rating.stage, rating.visit] = rating
    return tuple(found.values())


_OUTCOMES = {
    Kind.RATING_INVITED: RatingOutcome.WAITING,
    Kind.RATING_GIVEN: RatingOutcome.GIVEN,
    Kind.RATING_NOT_GIVEN: RatingOutcome.NOT_GIVEN,
}


def _rating(number: str, entry: Entry) -> Rating | None:
    """Return what an entry says of a rating, None when it is about something else or makes no sense."""
    kind, plain = entry.step.envelope.kind, entry.step.envelope.plain
    if kind not in _OUTCOMES or entry.step.effect is not Effect.NOTED or entry.problem:
        return None
    declared = FACTS[kind]
    try:
        return Rating(
            case_no=number,
            stage=field_of(declared, "stage", plain),
            visit=field_of(declared, "visit", plain),
            outcome=_OUTCOMES[Kind(kind)],
            at_ms=entry.step.envelope.wall_ms,
            level=Level(entry.fact.level) if isinstance(entry.fact, RatingGiven) else None,
            channel=field_of(declared, "channel", plain),
            reason=field_of(declared, "reason", plain) if kind == Kind.RATING_NOT_GIVEN else "",
        )
    except FactDoesNotFit:
        return None

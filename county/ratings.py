"""Ratings as the county counts them: one outcome for every service that could have been rated. Pure.

Every taking in and every delivery is a service that could be rated, whether somebody was asked or not; without an
answer it is 未评, and why is kept. Of several answers to one question the first counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from county.casefile import CaseFile, is_of_terminal
from sync.model.case import Effect
from sync.model.facts import Channel, Kind, RatingGiven, RatingInvited, RatingNotGiven, Stage
from sync.model.rating import Level

NOT_ASKED_VISIT = 0
_STAGES = {Kind.CASE_TAKEN_IN: Stage.TAKEN_IN, Kind.RESULT_DELIVERED: Stage.DELIVERED}


class RatingOutcome(StrEnum):
    """What became of one chance to rate."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"  # the window closed without an answer
    WAITING = "waiting"  # asked, the answer is not here yet
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Rating:
    """One chance to rate and what became of it.

    `visit` counts the windows of the case from 1; NOT_ASKED_VISIT when no window was opened at this stage.
    `level` is there only when given, `channel` and `reason` as far as known.
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
        fact = entry.fact
        if entry.step.effect is not Effect.NOTED or not isinstance(fact, RatingInvited | RatingGiven | RatingNotGiven):
            continue
        found.pop((fact.stage, NOT_ASKED_VISIT), None)
        before = found.get((fact.stage, fact.visit))
        if before is None or before.outcome is not RatingOutcome.GIVEN:
            found[fact.stage, fact.visit] = _rating(number, fact, at_ms)
    return tuple(found.values())


def _rating(number: str, fact: RatingInvited | RatingGiven | RatingNotGiven, at_ms: int) -> Rating:
    place = number, fact.stage, fact.visit
    if isinstance(fact, RatingGiven):
        return Rating(*place, RatingOutcome.GIVEN, at_ms, level=Level(fact.level), channel=fact.channel)
    if isinstance(fact, RatingNotGiven):
        return Rating(*place, RatingOutcome.NOT_GIVEN, at_ms, channel=fact.channel, reason=fact.reason)
    return Rating(*place, RatingOutcome.WAITING, at_ms, channel=fact.channel)

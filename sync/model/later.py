"""Ratings that are given after the service: 事后评价 where nobody rated, 追评 beside a rating that stands. Pure.

A chance to rate is a service (a taking in, a delivery), or a window that was opened for one. Whoever was served has one
rating of a chance and one 追评 (浙江's 好差评 rules; which of several answers at the desk counts: the first). A later
rating is about the last chance that had come by then. It never takes the place of another: the first answer is the
rating, the second its 追评, and every further one is put by, whoever brings it and whichever comes in first, because
they are told apart by when they were given. A terminal that has the case and the county settle alike.

Sources: 国办发〔2019〕51号 (自愿自主真实); GB/T 39734-2020 4.1, 7.1, 7.2. How long is the county's: `LaterRatings`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sync.model.case import Case, Effect
from sync.model.facts import FACTS, Author, Channel, Envelope, Kind, Stage
from sync.model.moment import COUNTY_TIME
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.profile import LaterRatings

NOT_ASKED_VISIT = 0
Place = tuple[bytes, int]
"""Chain and seq of a record."""
_DAY_MS = 86_400_000
_COUNTY_OFFSET_MS = (COUNTY_TIME.utcoffset(None) or timedelta()) // timedelta(milliseconds=1)
_SERVICES = {Kind.CASE_TAKEN_IN: Stage.TAKEN_IN, Kind.RESULT_DELIVERED: Stage.DELIVERED}


class RatingOutcome(StrEnum):
    """What became of one chance to rate."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"  # the window closed without an answer
    WAITING = "waiting"  # asked, the answer is not here yet
    NOT_ASKED = "not_asked"


_OUTCOMES = {
    Kind.RATING_INVITED: RatingOutcome.WAITING,
    Kind.RATING_GIVEN: RatingOutcome.GIVEN,
    Kind.RATING_NOT_GIVEN: RatingOutcome.NOT_GIVEN,
}


class Chance(Struct, frozen=True):
    """One chance to rate at the desk, and what became of it there.

    `visit` counts the windows of the case from 1, NOT_ASKED_VISIT when none was opened at this stage. `begun_ms` is
    when the service was, or the window was opened; `told` the record that says what became of it, written at `at_ms`.
    """

    stage: Stage
    visit: int
    begun_ms: int
    outcome: RatingOutcome
    told: Place
    at_ms: int
    channel: Channel | None = None
    reason: str = ""


class Later(Struct, frozen=True):
    """A rating that was given later: its record, and when that was written.

    `proven` is whether it was by somebody who was served, as far as whoever settles can tell.
    """

    place: Place
    at_ms: int
    proven: bool = True


class LaterEffect(StrEnum):
    """What a later rating counts as, or why it is put by."""

    RATED = "rated"  # the rating of a chance that nobody had answered
    FOLLOWED = "followed"  # the 追评 of one
    TOO_LATE = "too_late"
    ONCE_MORE = "once_more"  # rated and followed up already
    NO_SERVICE = "no_service"  # nothing has happened that could be rated
    NOT_PROVEN = "not_proven"

    @property
    def counts(self) -> bool:
        """Whether it stands; the others are kept and put by."""
        return self in (LaterEffect.RATED, LaterEffect.FOLLOWED)


class Settled(Struct, frozen=True):
    """A later rating and what it counts as; `chance` is what it is about, None where there is none."""

    later: Later
    effect: LaterEffect
    chance: Chance | None


def chances(case: Case, doubted: Collection[Place] = ()) -> tuple[Chance, ...]:
    """Return the chances to rate of a case, in the order in which they came.

    Records in `doubted` are passed over: who can read bodies knows ratings that cannot be.
    """
    found: dict[tuple[Stage, int], Chance] = {}
    for step in case.steps:
        happened = step.envelope
        place = happened.chain, happened.seq
        if step.effect not in (Effect.MOVED, Effect.NOTED) or happened.author is not Author.TERMINAL:
            continue
        if happened.kind in _SERVICES:
            stage, at_ms = _SERVICES[Kind(happened.kind)], happened.wall_ms
            fresh = Chance(stage, NOT_ASKED_VISIT, at_ms, RatingOutcome.NOT_ASKED, place, at_ms)
            found[stage, NOT_ASKED_VISIT] = fresh
        elif happened.kind in _OUTCOMES and place not in doubted:
            _take(found, happened)
    return tuple(found.values())


def _take(found: dict[tuple[Stage, int], Chance], happened: Envelope) -> None:
    """Take in what a record says of a window. Of several answers to one question the first counts."""
    declared = FACTS[happened.kind]
    try:
        chance = Chance(
            stage=field_of(declared, "stage", happened.plain),
            visit=field_of(declared, "visit", happened.plain),
            begun_ms=happened.wall_ms,
            outcome=_OUTCOMES[Kind(happened.kind)],
            told=(happened.chain, happened.seq),
            at_ms=happened.wall_ms,
            channel=field_of(declared, "channel", happened.plain),
            reason=field_of(declared, "reason", happened.plain) if happened.kind == Kind.RATING_NOT_GIVEN else "",
        )
    except FactDoesNotFit:
        return
    found.pop((chance.stage, NOT_ASKED_VISIT), None)
    before = found.get((chance.stage, chance.visit))
    if before is None:
        found[chance.stage, chance.visit] = chance
    elif before.outcome is not RatingOutcome.GIVEN:
        found[chance.stage, chance.visit] = replace(chance, begun_ms=before.begun_ms)


def settle(of: Sequence[Chance], given: Iterable[Later], terms: LaterRatings) -> tuple[Settled, ...]:
    """Return what each later rating of a case counts as, in the order in which they were given."""
    answers = {_key(each): int(each.outcome is RatingOutcome.GIVEN) for each in of}
    settled = []
    for later in sorted(given, key=lambda each: (each.at_ms, each.place)):
        chance = last_chance(of, later.at_ms)
        if not later.proven:
            effect = LaterEffect.NOT_PROVEN
        elif chance is None:
            effect = LaterEffect.NO_SERVICE
        else:
            effect = effect_of(answers[_key(chance)], chance.begun_ms, later.at_ms, terms)
            answers[_key(chance)] += effect.counts
        settled.append(Settled(later, effect, chance))
    return tuple(settled)


def last_chance(of: Sequence[Chance], at_ms: int) -> Chance | None:
    """Return the last chance that had come by `at_ms`. A clock that is behind the service means its first."""
    begun = [each for each in of if each.begun_ms <= at_ms] or list(of[:1])
    return max(begun, key=lambda each: each.begun_ms, default=None)


def effect_of(answers: int, begun_ms: int, at_ms: int, terms: LaterRatings) -> LaterEffect:
    """Return what a later rating counts as after so many answers to a chance that began at `begun_ms`."""
    if answers > 1:
        return LaterEffect.ONCE_MORE
    days = _day_number(at_ms) - _day_number(begun_ms)
    limit = terms.follow_up_natural_days if answers else terms.rating_natural_days
    if days > limit:
        return LaterEffect.TOO_LATE
    return LaterEffect.FOLLOWED if answers else LaterEffect.RATED


def _day_number(wall_ms: int) -> int:
    """Number the county's days. Unlike a date there is one for whatever a record gives as its time."""
    return (wall_ms + _COUNTY_OFFSET_MS) // _DAY_MS


def _key(chance: Chance) -> tuple[Stage, int]:
    return chance.stage, chance.visit

"""Ratings as the county counts them: one outcome for every service that could have been rated. Pure.

Every taking in and every delivery is a service that could be rated, whether somebody was asked or not; without an
answer it is 未评, and why is kept. Of several answers to one question the first counts. Only the level is read from a
body: that somebody rated stays known when the body is withheld or erased.

What was rated afterwards (`sync.model.later`) is the rating where none stood, and counts like one. A 追评 stands beside
its rating, which goes on counting; it is counted by itself.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from county.casefile import CaseFile, LaterEntry
from sync.case_key import last_four
from sync.model.case import Effect
from sync.model.facts import Author, Channel, LaterProof, RatedLater, RatingGiven, RatingReasonsGiven, Stage
from sync.model.later import Chance, Later, LaterEffect, Place, RatingOutcome, Settled, chances, settle
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.profile import LaterRatings
from sync.model.rating import Level
from sync.model.receipt import HASH_PREFIX_BYTES


class Afterwards(Struct, frozen=True):
    """What was said after the service: when, how good, what was ticked, and what proves who said it.

    `level` is None when it cannot be read any more.
    """

    at_ms: int
    level: Level | None
    reasons: tuple[str, ...]
    proof: LaterProof


class Rating(Struct, frozen=True):
    """One chance to rate and what became of it.

    `visit` counts the windows of the case from 1; `sync.model.later.NOT_ASKED_VISIT` when no window was opened at this
    stage. `level` is there only when given and readable, `channel` and `reason` (why there is none) as far as known,
    `reasons` where they were ticked at the desk. `later` is there when
    the rating was given afterwards, `follow_up` when a 追评 stands beside it.
    """

    case_no: str
    stage: Stage
    visit: int
    outcome: RatingOutcome
    at_ms: int
    level: Level | None = None
    channel: Channel | None = None
    reason: str = ""
    reasons: tuple[str, ...] = ()
    later: Afterwards | None = None
    follow_up: Afterwards | None = None


class Turn(StrEnum):
    """How a 追评 differs from its rating."""

    TO_GOOD = "to_good"  # 差评 before, none now
    TO_BAD = "to_bad"
    STILL_BAD = "still_bad"
    STILL_GOOD = "still_good"
    UNREAD = "unread"  # one of the two cannot be read


class PutBy(Struct, frozen=True):
    """A later rating that does not count: its record, and why."""

    place: Place
    why: LaterEffect


def turn_of(rating: Rating) -> Turn | None:
    """Return how the 追评 of a rating differs from it, None where there is none."""
    if rating.follow_up is None:
        return None
    before, now = rating.level, rating.follow_up.level
    if before is None or now is None:
        return Turn.UNREAD
    if before.bad:
        return Turn.STILL_BAD if now.bad else Turn.TO_GOOD
    return Turn.TO_BAD if now.bad else Turn.STILL_GOOD


def is_bad(rating: Rating) -> bool:
    """Whether somebody has to answer for it: the rating or its 追评 is a 差评."""
    levels = (rating.level, rating.follow_up.level if rating.follow_up is not None else None)
    return any(level is not None and level.bad for level in levels)


def ratings_of(file: CaseFile, terms: LaterRatings) -> tuple[Rating, ...]:
    """Return the chances to rate of a case, in the order in which they came."""
    entries = {each.place: each for each in file.entries}
    found: dict[tuple[Stage, int], Rating] = {}
    for chance in _chances(file):
        fact = entries[chance.told].fact
        found[chance.stage, chance.visit] = Rating(
            case_no=file.case.number,
            stage=chance.stage,
            visit=chance.visit,
            outcome=chance.outcome,
            at_ms=chance.at_ms,
            level=Level(fact.level) if isinstance(fact, RatingGiven) else None,
            channel=chance.channel,
            reason=chance.reason,
            reasons=_reasons_of(file, chance) if isinstance(fact, RatingGiven) else (),
        )
    laters = {each.place: each for each in file.later}
    for each in _settled(file, terms):
        if each.chance is None or not each.effect.counts:
            continue
        key, said = (each.chance.stage, each.chance.visit), _afterwards(laters[each.later.place])
        if each.effect is LaterEffect.FOLLOWED:
            found[key] = replace(found[key], follow_up=said)
        else:
            found[key] = replace(
                found[key],
                outcome=RatingOutcome.GIVEN,
                at_ms=said.at_ms,
                level=said.level,
                channel=Channel.SCREEN,
                reason="",
                later=said,
            )
    return tuple(found.values())


def put_by(file: CaseFile, terms: LaterRatings) -> tuple[PutBy, ...]:
    """Return the later ratings of a case that do not count."""
    return tuple(PutBy(each.later.place, each.effect) for each in _settled(file, terms) if not each.effect.counts)


def last_service(file: CaseFile, terms: LaterRatings) -> tuple[Chance, int] | None:
    """Return the service that a rating would be about now, and how many answers to it stand; None before any."""
    chance = max(_chances(file), key=lambda each: each.begun_ms, default=None)
    if chance is None:
        return None
    counted = sum(each.effect.counts and each.chance == chance for each in _settled(file, terms))
    return chance, int(chance.outcome is RatingOutcome.GIVEN) + counted


def _reasons_of(file: CaseFile, chance: Chance) -> tuple[str, ...]:
    """Return what was ticked beside a rating at the desk; of several ticks the first counts."""
    noted = (each.fact for each in file.entries if each.step.effect is Effect.NOTED)
    said = (fact for fact in noted if isinstance(fact, RatingReasonsGiven))
    return next((fact.reasons for fact in said if (fact.stage, fact.visit) == (chance.stage, chance.visit)), ())


def _chances(file: CaseFile) -> tuple[Chance, ...]:
    return chances(file.case, [each.place for each in file.entries if each.problem])


def _settled(file: CaseFile, terms: LaterRatings) -> tuple[Settled, ...]:
    given = (
        Later(each.place, each.stored.record.header.wall_ms, _is_proven(file, each))
        for each in file.later
        if not each.problem
    )
    return settle(_chances(file), given, terms)


def _afterwards(entry: LaterEntry) -> Afterwards:
    fact = entry.fact
    return Afterwards(
        at_ms=entry.stored.record.header.wall_ms,
        level=Level(fact.level) if fact is not None else None,
        reasons=fact.reasons if fact is not None else (),
        proof=field_of(RatedLater, "proof", entry.stored.record.header.plain),
    )


def _is_proven(file: CaseFile, entry: LaterEntry) -> bool:
    """Whether a later rating is by somebody who held a paper of the case, or knew whom it is about."""
    plain = entry.stored.record.header.plain
    try:
        proof: LaterProof = field_of(RatedLater, "proof", plain)
        chain, seq, prefix = (field_of(RatedLater, f"paper_{part}", plain) for part in ("chain", "seq", "hash"))
    except FactDoesNotFit:
        return False
    match proof:
        case LaterProof.PAPER:
            return len(prefix) == HASH_PREFIX_BYTES and _named(file, (chain, seq)).startswith(prefix)
        case LaterProof.CHECKED:
            return entry.place[0] in _own_chains(file)
        case LaterProof.STATED:
            # A body that was erased after its time was read before.
            return entry.fact is None or _fits(file, entry.fact.last_four)


def _named(file: CaseFile, place: Place) -> bytes:
    """Return the hash of a terminal's record of the case, empty for any other."""
    named = (each for each in file.entries if each.place == place and each.step.envelope.author is Author.TERMINAL)
    return next((each.stored.record.hash for each in named), b"")


def _own_chains(file: CaseFile) -> AbstractSet[bytes]:
    """Return the chains of the terminals that have or had the case: no other may write of it."""
    return {each.place[0] for each in file.entries if each.step.envelope.author is Author.TERMINAL}


def _fits(file: CaseFile, typed: str) -> bool:
    person = file.applicant
    signs = last_four(person.identity_number) if person is not None else ""
    return bool(signs) and typed.upper() == signs

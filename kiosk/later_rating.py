"""Rating after the service: what somebody can prove, what a rating would count as now, and how it is written down.

A paper proves that its holder was served, at any terminal of the county. Number and last four do where the case is; at
another terminal they are written down for the county to check. Whoever cannot be told here what their rating will count
as can give it all the same: the county settles it, from everything that it has.
"""

from __future__ import annotations

from msgspec import Struct

from kiosk.context import Context
from kiosk.presenters.shown_paper import SHOWN
from sync.model.facts import LaterProof, RatedLater, Stage
from sync.model.later import Later, LaterEffect, chances, effect_of, settle
from sync.model.rating import Level
from sync.model.receipt import HASH_PREFIX_BYTES

_NOW = (b"\xff", 0)
"""The place of the rating that is not given yet: behind all that are."""


class Offer(Struct, frozen=True):
    """What a rating would be now: `effect` is None where only the county can tell. `at_ms` is when the service was."""

    effect: LaterEffect | None
    stage: Stage | None = None
    at_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be given."""
        return self.effect is None or self.effect.counts


def case_in_question(context: Context) -> str:
    """Return the number of the case that somebody asks about, "" for none."""
    query = context.session.query
    return query.paper.case_number.text if query.paper is not None else query.found or ""


def proof_of(context: Context) -> LaterProof | None:
    """Return what says that whoever stands here was served, None while nothing does."""
    query = context.session.query
    if query.paper is not None:
        return LaterProof.PAPER if query.verdict in SHOWN else None
    if query.found is None:
        return None
    return LaterProof.STATED if context.desk.cases.row(query.found) is None else LaterProof.CHECKED


def offer(context: Context) -> Offer:
    """Return what a rating of the case in question would count as now, as far as it is known here."""
    number, now_ms = case_in_question(context), context.clock.wall_ms()
    terms, own = context.packs.profile.later_ratings, context.desk.papers.later(number)
    if context.desk.cases.row(number) is not None:
        given = [Later((b"", seq), at_ms) for seq, at_ms in own]
        settled = settle(chances(context.desk.cases.case(number)), [*given, Later(_NOW, now_ms)], terms)
        mine = next(each for each in settled if each.later.place == _NOW)
        if mine.chance is None:
            return Offer(mine.effect)
        return Offer(mine.effect, mine.chance.stage, mine.chance.begun_ms)
    told = context.paper_desk.service(number)
    if told is not None:
        answers = told.answers + sum(seq > told.until_seq for seq, _ in own)
        return Offer(effect_of(answers, told.at_ms, now_ms, terms), at_ms=told.at_ms)
    return Offer(LaterEffect.ONCE_MORE if len(own) > 1 else None)


def give(context: Context, level: Level, reasons: tuple[str, ...]) -> None:
    """Write the rating down, durable when this returns. Raises sync.journal.JournalRefused; nothing is written then.

    Raises ValueError where nobody has proven anything.
    """
    query, proof = context.session.query, proof_of(context)
    if proof is None:
        raise ValueError("nobody has shown a paper or said whose case it is")
    claim = query.paper.claim if query.paper is not None else None
    said = RatedLater(
        case_no=case_in_question(context),
        proof=proof,
        paper_chain=claim.chain if claim is not None else b"",
        paper_seq=claim.seq if claim is not None else 0,
        paper_hash=claim.hash_prefix[:HASH_PREFIX_BYTES] if claim is not None else b"",
        level=int(level),
        reasons=reasons,
        last_four=query.last_four.upper() if proof is LaterProof.STATED else "",
    )
    context.desk.note(said, context.actor)
    if proof is LaterProof.STATED:
        # Nobody here can tell a guess from the right one: so each counts as one.
        context.query_guard.wrong(said.case_no)

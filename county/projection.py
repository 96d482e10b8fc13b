"""What the store keeps of a case for its lists, made from the records alone. Pure: rebuilding gives the same rows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from msgspec import Struct

from county import wording
from county.casefile import CaseFile, Entry, read_fact
from county.clocks import due, running_clocks
from county.library import Library
from county.ratings import Rating, put_by, ratings_of
from county.store.ledger import KnownChain, StoredRecord
from sync.model.case import Effect
from sync.model.case_number import NotACaseNumber, parse_case_number
from sync.model.facts import Author, Kind, RatedLater
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.transitions import TRANSITIONS, Status
from sync.reading import Keys

_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_log = logging.getLogger(__name__)
WasGiven = Callable[[str, str, str], bool]
"""Whether a case was given to a terminal, by its number, region and number of the terminal (`Ledger.was_given`)."""

_MOVES = frozenset(kind for _, kind in TRANSITIONS)


class CaseRow(Struct, frozen=True):
    """One line of the case list. `due_on` is the last day of the clock that runs out first, None when none does."""

    number: str
    status: Status
    item_code: str
    applicant: str
    taken_in_ms: int | None
    touched_ms: int
    due_on: date | None
    due_unknown: bool


class ParkedRow(Struct, frozen=True):
    """An authentic record that makes no sense, and why (in Chinese, for the supervisor)."""

    chain: bytes
    seq: int
    case_no: str | None
    reason: str


class Projection(Struct, frozen=True):
    """Everything kept of one case. `row` is None for a number that nothing is known of but ratings given later."""

    number: str
    row: CaseRow | None
    ratings: tuple[Rating, ...]
    parked: tuple[ParkedRow, ...]


def project(file: CaseFile, library: Library) -> Projection:
    """Return what is kept of a case."""
    case, terms = file.case, library.profile.later_ratings
    clock = due(running_clocks(case, library.legal_limit(case), library.calendar))
    applicant = file.applicant
    row = CaseRow(
        number=case.number,
        status=case.status,
        item_code=case.item_code,
        applicant=applicant.name if applicant is not None else "",
        taken_in_ms=case.taken_in_ms,
        touched_ms=max((each.step.envelope.wall_ms for each in file.entries), default=0),
        due_on=clock.on,
        due_unknown=clock.unknown,
    )
    parked = tuple(
        ParkedRow(each.step.envelope.chain, each.step.envelope.seq, case.number, reason)
        for each in file.entries
        if (reason := _senseless(each))
    )
    parked += tuple(ParkedRow(*each.place, case.number, wording.LATER_PUT_BY[each.why]) for each in put_by(file, terms))
    parked += tuple(ParkedRow(*each.place, case.number, each.problem) for each in file.later if each.problem)
    return Projection(case.number, row if file.entries else None, ratings_of(file, terms), parked)


def project_if_possible(file: Callable[[], CaseFile], number: str, library: Library) -> Projection | None:
    """Return what is kept of a case; None, with a word in the log, when this program fails at its records.

    They are authentic, whatever they say, and one terminal must not keep everybody else's from the county. A store
    that fails is no such fault, and is raised.
    """
    try:
        return project(file(), library)
    except _FAULTS:
        _log.exception("case %s: this program fails at its records; its row stays as it was", number)
        return None


def _senseless(entry: Entry) -> str:
    if entry.step.effect is Effect.PARKED:
        kind = wording.kind_in_words(entry.step.envelope.kind)
        status = wording.STATUS[entry.step.status]
        writer = wording.AUTHOR[entry.step.envelope.author]
        return f"“{status}”的时候，{writer}不能写“{kind}”"
    return entry.problem


def case_of(stored: StoredRecord, chain: KnownChain, was_given: WasGiven) -> tuple[str | None, str]:
    """Return (the case that a record is folded into, "") or (None, why it must not touch the case that it names).

    A chain may only write about cases of its own terminal, and about those that its terminal `was_given`: no other
    terminal, also of the same point, would see it, and the two ends would fold the case differently. What is rated
    afterwards may be written anywhere: it is kept with the case and never folded.
    """
    number = stored.record.header.case_no
    if number is None and stored.record.header.kind == Kind.RATED_LATER and stored.author is Author.TERMINAL:
        return _rated_later(stored)
    if number is None:
        kind = stored.record.header.kind
        return None, f"“{wording.kind_in_words(kind)}”没有办件号" if kind in _MOVES else ""
    try:
        parsed = parse_case_number(number)
    except NotACaseNumber as refusal:
        return None, f"办件号 {number} 不对：{refusal}"
    if parsed.text != number:
        return None, f"办件号 {number} 写法不对"
    if parsed.region != chain.region:
        return None, f"办件号 {number} 是别的服务点的"
    if f"{parsed.terminal:02}" != chain.terminal and not (
        _gives(stored) or was_given(number, chain.region, chain.terminal)
    ):
        return None, f"办件号 {number} 是同一个服务点别的终端的"
    return number, ""


def _rated_later(stored: StoredRecord) -> tuple[str | None, str]:
    """Return the case that was rated afterwards, at whatever terminal: nothing of it is folded."""
    try:
        named = field_of(RatedLater, "case_no", stored.record.header.plain)
        number = parse_case_number(named).text
    except (FactDoesNotFit, NotACaseNumber) as refusal:
        return None, f"事后评价没有说清是哪一件：{refusal}"
    return (number, "") if number == named else (None, f"办件号 {named} 写法不对")


def _gives(stored: StoredRecord) -> bool:
    """Whether the county gives a case with this record; its own chains come back to it in the gateway's feed."""
    return stored.author is Author.COUNTY and stored.record.header.kind in (Kind.CASE_GIVEN, Kind.RECORD_GIVEN)


def stray_problem(stored: StoredRecord, chain: KnownChain, keys: Keys, was_given: WasGiven) -> str:
    """Return why a record outside every case is parked, empty for one that is in order."""
    return case_of(stored, chain, was_given)[1] or read_fact(stored, keys)[1]

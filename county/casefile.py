"""A case with everything that belongs to it: its fold, and behind every step the record and the fact. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from county.store.ledger import StoredRecord
from sync.model.case import Case, Effect, Step, fold
from sync.model.facts import (
    FACTS,
    Author,
    CaseTakenIn,
    Fact,
    Kind,
    OneTimeNoticeGiven,
    Person,
    RatedLater,
    RatingGiven,
    RatingInvited,
    RatingNotGiven,
    from_plain,
)
from sync.model.plain import FactDoesNotFit
from sync.model.rating import Level
from sync.reading import Keys, open_body
from sync.record import BodySealed, BodyWithheld, RecordRefused


class Entry(Struct, frozen=True):
    """One step of a case.

    Attributes:
        step: what the fold made of the record.
        stored: the record.
        fact: what it says; None when it cannot be read.
        problem: why it cannot be read though it ought to be; empty also for a body that was withheld or erased.
    """

    step: Step
    stored: StoredRecord
    fact: Fact | None
    problem: str

    @property
    def place(self) -> tuple[bytes, int]:
        """Chain and seq."""
        return self.step.envelope.chain, self.step.envelope.seq


class LaterEntry(Struct, frozen=True):
    """A rating that was given after the service, at whatever terminal; no step of the case. Fields as in `Entry`."""

    stored: StoredRecord
    fact: RatedLater | None
    problem: str

    @property
    def place(self) -> tuple[bytes, int]:
        """Chain and seq."""
        return self.stored.record.header.chain, self.stored.record.header.seq


class CaseFile(Struct, frozen=True):
    """A case and its entries, in the order in which both ends fold them, and what was rated of it afterwards."""

    case: Case
    entries: tuple[Entry, ...]
    later: tuple[LaterEntry, ...] = ()

    @property
    def taken_in(self) -> CaseTakenIn | None:
        """The application as it was taken in, None before that."""
        taken = (each.fact for each in self.entries if each.step.effect is Effect.MOVED)
        return next((fact for fact in taken if isinstance(fact, CaseTakenIn)), None)

    @property
    def applicant(self) -> Person | None:
        """Who applies, as far as it was said."""
        if self.taken_in is not None:
            return self.taken_in.applicant
        facts = (each.fact for each in self.entries)
        return next((fact.applicant for fact in facts if isinstance(fact, OneTimeNoticeGiven)), None)

    @property
    def moves(self) -> int:
        """How often the case has been moved or was tried to be: what a clerk must have seen before acting."""
        return sum(each.step.effect in (Effect.MOVED, Effect.OVERRULED) for each in self.entries)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the people concerned are told where two moves crossed."""
        return tuple(each.step.sentence for each in self.entries if each.step.sentence)


def read_case_file(number: str, records: Iterable[StoredRecord], keys: Keys) -> CaseFile:
    """Fold the records of a case, given in any order; `keys` open their bodies."""
    by_place = {(each.record.header.chain, each.record.header.seq): each for each in records}
    case = fold(number, [each.envelope for each in by_place.values()])
    entries = []
    for step in case.steps:
        stored = by_place[step.envelope.chain, step.envelope.seq]
        fact, problem = read_fact(stored, keys)
        entries.append(Entry(step, stored, fact, problem))
    return CaseFile(case, tuple(entries), tuple(_later_entries(by_place.values(), keys)))


def _later_entries(records: Iterable[StoredRecord], keys: Keys) -> Iterator[LaterEntry]:
    for stored in records:
        if stored.record.header.kind == Kind.RATED_LATER and stored.author is Author.TERMINAL:
            fact, problem = read_fact(stored, keys)
            yield LaterEntry(stored, fact if isinstance(fact, RatedLater) else None, problem)


def read_fact(stored: StoredRecord, keys: Keys) -> tuple[Fact | None, str]:
    """Return (fact, "") or (None, why it cannot be read).

    A kind of a newer version and a body that is withheld or erased are no problems, only unread.
    """
    header = stored.record.header
    if header.kind not in FACTS:
        return None, ""
    try:
        fact = from_plain(header.kind, header.plain, open_body(stored.record, keys))
        return (fact, "") if _is_possible(fact) else (None, "评价的等级或次数不存在")
    except BodyWithheld:
        return None, ""
    except BodySealed:
        return None, "正文没有封给县里，打不开"
    except FactDoesNotFit as refusal:
        return None, f"内容读不懂：{refusal}"
    except RecordRefused as refusal:
        return None, f"内容打不开：{refusal}"


def _is_possible(fact: Fact) -> bool:
    """Whether a rating is one that can be given; the types alone do not say."""
    if isinstance(fact, RatingGiven | RatedLater) and fact.level not in list(Level):
        return False
    return not isinstance(fact, RatingInvited | RatingGiven | RatingNotGiven) or fact.visit >= 1

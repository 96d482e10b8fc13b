"""A case, folded from the headers of its records. Pure: the same headers give the same case at both ends.

Rules:
- Only headers are read. A locked terminal, a gateway that sees no body and a chain with erased bodies fold alike.
- The handler's order is canonical. A fact of the point stands before the first handler's fact that had seen it;
  what no handler's fact has seen yet stands last and is tentative.
- A fact of the point that did not know a handler's fact before it has *crossed* it: `CROSSINGS` says which holds.
- A case that is given to another terminal goes on in that terminal's chain and the county's to it. What the chains
  before have written counts as far as the newest `CaseGiven` says, and is parked beyond that.
- A fact that the tables do not allow is *parked*: kept with its case, reported, without effect.
- A fact of an unknown kind is carried and marked "needs update".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sync.model.facts import FACTS, Author, CaseGiven, CaseMove, Envelope, Kind, Outcome, Role, Urgency
from sync.model.moment import local_date
from sync.model.plain import FactDoesNotFit, field_of
from sync.model.transitions import BESIDE_CASES, CROSSINGS, ENDS, NOTED, TRANSITIONS, Crossing, Prevails, Status

PROMISE_DAYS_MAX = 3_660
"""Ten years: no application that was taken in with a longer promise, or one below 0, makes sense."""


class NotAllowedHere(ValueError):
    """The tables do not allow this fact in this status, or not from this author."""


class Effect(StrEnum):
    """What a record did to its case."""

    MOVED = "moved"
    NOTED = "noted"
    OVERRULED = "overruled"  # crossed a move that holds
    PARKED = "parked"
    UNKNOWN = "unknown"  # from a newer version


class Step(Struct, frozen=True):
    """One record in the life of a case. `sentence` is set when two moves crossed; `status` is that after the step."""

    envelope: Envelope
    effect: Effect
    status: Status
    sentence: str = ""


class Stop(Struct, frozen=True):
    """An interval in which the statutory clock stood. `until_ms` None: it still stands."""

    from_ms: int
    until_ms: int | None = None


class Case(Struct, frozen=True):
    """Where a case stands and how it came there.

    `explained` are the delays explained to the applicant: (day of explaining, or the last that would have been in time
    where the clock cannot have been right; day promised instead). `paper` is the id of the key that the newest receipt
    makes with the applicant's last four, empty when there is none. `given_to` is the number of the terminal that has
    the case, empty for the one that its number names; `given` how often it was given.
    """

    number: str
    status: Status = Status.DRAFT
    item_code: str = ""
    item_version: int = 0
    role: Role = Role.PROXY
    urgency: Urgency = Urgency.ORDINARY
    taken_in_ms: int | None = None
    promised_on: date | None = None
    promise_days: int = 0
    explained: tuple[tuple[date, date], ...] = ()
    accepted_ms: int | None = None
    statutory_on: date | None = None
    extended: bool = False
    supplement_due: date | None = None
    outcome: Outcome | None = None
    ready_ms: int | None = None
    ended_ms: int | None = None
    stops: tuple[Stop, ...] = ()
    visits: int = 0
    paper: bytes = b""
    given_to: str = ""
    given: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def over(self) -> bool:
        """True when nothing more can move the case."""
        return self.status in ENDS

    @property
    def needs_update(self) -> bool:
        """True when a record of a newer version is among the steps."""
        return any(step.effect is Effect.UNKNOWN for step in self.steps)

    def seen(self, author: Author) -> tuple[bytes, int]:
        """Return (chain, seq) of the newest record of one side, (b"", 0) when there is none: what the next
        `CaseMove` of the other side names as seen.
        """
        for step in reversed(self.steps):
            if step.envelope.author is author:
                return step.envelope.chain, step.envelope.seq
        return b"", 0


def evolve(case: Case, happened: Envelope) -> Case:
    """Apply one fact.

    Raises:
        NotAllowedHere: the tables do not allow it; the message names fact, status and author.
        FactDoesNotFit: a plain field is missing or of another type.
    """
    kind = Kind(happened.kind)
    if kind in NOTED:
        _check_author(NOTED[kind].author(case.role), happened)
        return _with_step(_note(case, kind, happened), happened, Effect.NOTED)
    row = TRANSITIONS.get((case.status, kind))
    if row is None:
        raise NotAllowedHere(f"{kind.name} is not allowed while the case is {case.status.value}")
    status, mover = row
    role = field_of(FACTS[kind], "role", happened.plain) if case.status is Status.DRAFT else case.role
    _check_author(mover.author(role), happened)
    return _with_step(_move(replace(case, status=status, role=role), kind, happened), happened, Effect.MOVED)


def fold(number: str, happened: Iterable[Envelope]) -> Case:
    """Fold every record known of a case, in whatever order they were read, each given once.

    Nothing raises: what cannot be applied is parked with the case.
    """
    known = [each for each in happened if each.kind not in BESIDE_CASES]
    until = _given_until(known)
    points = [each for each in known if each.author is Author.TERMINAL]
    left_behind = [each for each in points if each.seq > until.get(each.chain, each.seq)]
    case = Case(number=number)
    for envelope in canonical(each for each in known if each not in left_behind):
        case = _fold_one(case, envelope)
    for envelope in sorted(left_behind, key=lambda each: (each.chain, each.seq)):
        case = _with_step(case, envelope, Effect.PARKED)
    return case


def canonical(happened: Iterable[Envelope]) -> list[Envelope]:
    """Return the records in the one order that both ends agree on.

    The county's stand in the order of its chains, each of which is named by how often the case had been given when it
    was begun; in front of each stand the point's that it had seen, and behind all what none has seen yet.
    """
    by_author: dict[Author, list[Envelope]] = {Author.TERMINAL: [], Author.COUNTY: []}
    chain_began_ms: dict[bytes, int] = {}
    times: dict[bytes, int] = {}
    for envelope in happened:
        by_author[envelope.author].append(envelope)
        began_ms = chain_began_ms.get(envelope.chain, envelope.wall_ms)
        chain_began_ms[envelope.chain] = min(began_ms, envelope.wall_ms)
        times[envelope.chain] = max(times.get(envelope.chain, 0), _times_given(envelope))
    for side in by_author.values():
        side.sort(key=lambda each: (times[each.chain], chain_began_ms[each.chain], each.chain, each.seq))
    ordered: list[Envelope] = []
    waiting = by_author[Author.TERMINAL]
    for decided in by_author[Author.COUNTY]:
        for chain, seq in (_seen(decided), *_ends(decided)):
            ordered += [each for each in waiting if each.chain == chain and each.seq <= seq]
            waiting = [each for each in waiting if each.chain != chain or each.seq > seq]
        ordered.append(decided)
    return ordered + waiting


def _given_until(happened: Iterable[Envelope]) -> dict[bytes, int]:
    """Return the last record that counts of each terminal's chain that the case was taken from."""
    given = [each for each in happened if each.kind == Kind.CASE_GIVEN and each.author is Author.COUNTY]
    given.sort(key=lambda each: (_times_given(each), each.chain, each.seq))
    return {chain: seq for each in given for chain, seq in _ends(each)}


def _times_given(happened: Envelope) -> int:
    if happened.kind != Kind.CASE_GIVEN or happened.author is not Author.COUNTY:
        return 0
    try:
        return int(field_of(CaseGiven, "times", happened.plain))
    except FactDoesNotFit:
        return 0


def _ends(happened: Envelope) -> list[tuple[bytes, int]]:
    """Return up to where the chains before count that had the case; nothing for any other fact."""
    if happened.kind != Kind.CASE_GIVEN:
        return []
    try:
        return [(each.chain, each.seq) for each in field_of(CaseGiven, "until", happened.plain)]
    except FactDoesNotFit:
        return []


def _fold_one(case: Case, happened: Envelope) -> Case:
    if happened.kind not in FACTS:
        return _with_step(case, happened, Effect.UNKNOWN)
    try:
        crossed = _crossed(case, happened)
        overruling = next((each for each in crossed if each.prevails is Prevails.HANDLER), None)
        if overruling is not None:
            return _with_step(case, happened, Effect.OVERRULED, overruling.sentence)
        moved = evolve(case, happened)
    except (NotAllowedHere, FactDoesNotFit):
        return _with_step(case, happened, Effect.PARKED)
    if crossed:
        last = replace(moved.steps[-1], sentence=crossed[-1].sentence)
        return replace(moved, steps=(*moved.steps[:-1], last))
    return moved


def _crossed(case: Case, happened: Envelope) -> list[Crossing]:
    """Return the crossings of a point's fact with the handler's moves before it that it had not seen."""
    if happened.author is not Author.TERMINAL:
        return []
    seen_chain, seen_seq = _seen(happened)
    unseen: list[Step] = []
    for step in case.steps:
        if step.envelope.author is not Author.COUNTY:
            continue
        # In the county's order, whichever of its chains: what stands behind the newest that was seen was not seen.
        unseen.append(step)
        if step.envelope.chain == seen_chain and step.envelope.seq <= seen_seq:
            unseen.clear()
    return [
        CROSSINGS[pair]
        for step in unseen
        if step.effect is Effect.MOVED and (pair := (Kind(happened.kind), Kind(step.envelope.kind))) in CROSSINGS
    ]


def _seen(happened: Envelope) -> tuple[bytes, int]:
    """Return what a fact names as seen of the other side; nothing for facts that never move a case."""
    declared = FACTS.get(happened.kind)
    if declared is None or not issubclass(declared, CaseMove):
        return b"", 0
    try:
        return field_of(declared, "seen_chain", happened.plain), field_of(declared, "seen_seq", happened.plain)
    except FactDoesNotFit:
        return b"", 0


def _check_author(owner: Author, happened: Envelope) -> None:
    if happened.author is not owner:
        raise NotAllowedHere(
            f"{Kind(happened.kind).name} is written by the {owner.value}, not by the {happened.author.value}"
        )


def _with_step(case: Case, happened: Envelope, effect: Effect, sentence: str = "") -> Case:
    return replace(case, steps=(*case.steps, Step(happened, effect, case.status, sentence)))


def _note(case: Case, kind: Kind, happened: Envelope) -> Case:
    """Take in what a fact that moves nothing says about deadlines and visits."""
    if kind is Kind.DELAY_EXPLAINED and case.promised_on is not None:
        today = local_date(happened.wall_ms)
        new_day = field_of(FACTS[kind], "new_day", happened.plain)
        if today >= new_day:
            # Nobody promises a day that is over: the clock was years ahead, and nothing says that it was too late.
            today = case.promised_on
        noted = replace(case, explained=(*case.explained, (today, new_day)))
        # An explanation after the promise ran out is kept, but the promise stays broken.
        return replace(noted, promised_on=new_day) if today <= case.promised_on else noted
    if kind is Kind.DEADLINE_EXTENDED:
        return replace(case, statutory_on=field_of(FACTS[kind], "statutory_on", happened.plain), extended=True)
    if kind is Kind.CASE_GIVEN:
        terminal, times = (field_of(FACTS[kind], name, happened.plain) for name in ("terminal", "times"))
        return replace(case, given_to=terminal, given=times)
    if kind is Kind.CASE_KEY_CHANGED:
        return replace(case, paper=field_of(FACTS[kind], "paper", happened.plain))
    if kind is Kind.RATING_INVITED:
        return replace(case, visits=max(case.visits, field_of(FACTS[kind], "visit", happened.plain)))
    return case


def _move(case: Case, kind: Kind, happened: Envelope) -> Case:
    """Take over what a move says; `case` has its new status already."""
    moved = replace(case, **{name: field_of(FACTS[kind], name, happened.plain) for name in _TAKEN_OVER.get(kind, ())})
    at_ms = happened.wall_ms
    if kind is Kind.CASE_TAKEN_IN:
        if not 0 <= moved.promise_days <= PROMISE_DAYS_MAX:
            raise FactDoesNotFit(f"a promise of {moved.promise_days} days")
        moved = replace(moved, taken_in_ms=at_ms)
    elif kind is Kind.CASE_ACCEPTED:
        moved = replace(moved, accepted_ms=at_ms)
    elif kind is Kind.RESULT_READY:
        moved = replace(moved, ready_ms=at_ms)
    elif kind is Kind.SUPPLEMENT_REQUIRED:
        due = field_of(FACTS[kind], "due", happened.plain)
        moved = replace(moved, supplement_due=due, stops=(*moved.stops, Stop(at_ms)))
    elif kind is Kind.CASE_SUSPENDED:
        moved = replace(moved, stops=(*moved.stops, Stop(at_ms)))
    elif kind in (Kind.SUPPLEMENT_RECEIVED, Kind.CASE_RESUMED):
        moved = replace(moved, supplement_due=None, stops=(*moved.stops[:-1], Stop(moved.stops[-1].from_ms, at_ms)))
    return replace(moved, ended_ms=at_ms) if moved.over else moved


_TAKEN_OVER: dict[Kind, tuple[str, ...]] = {
    Kind.ONE_TIME_NOTICE_GIVEN: ("item_code", "item_version"),
    Kind.CASE_TAKEN_IN: ("item_code", "item_version", "urgency", "promised_on", "promise_days", "paper"),
    Kind.CASE_ACCEPTED: ("statutory_on",),
    Kind.CASE_DECIDED: ("outcome",),
}

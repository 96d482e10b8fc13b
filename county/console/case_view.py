"""The page of one case, as values for its template."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from county import wording
from county.casefile import CaseFile, Entry
from county.console.attachments import AttachmentLine, attachment_lines
from county.console.lights import CaseLights, Pill, case_lights
from county.console.telling import Drawing, answers, details, drawing, materials
from county.console.time_view import CaseTimes, WhenWritten
from county.library import Library
from county.ratings import Afterwards, Rating, ratings_of, turn_of
from county.store.attachments import AttachmentState
from county.store.ledger import StoredRecord
from sync.model.case import Case, Effect
from sync.model.case_number import parse_case_number
from sync.model.catalogue import ServiceItem
from sync.model.facts import ActorClass, Author, Kind, Person
from sync.model.later import RatingOutcome
from sync.model.masking import masked_identity, masked_name, masked_phone
from sync.model.rating import NOT_RATED_WORDS, Level

_HIDDEN = "已遮盖"


class TraceLine(Struct, frozen=True):
    """One record in the life of the case.

    `place` says which record of which chain, `received` when it reached the county, empty for the county's own.
    `effect` is set where it did not take effect, `sentence` where two moves crossed. `when` says between which moments
    it was written.
    """

    at: str
    title: str
    who: str
    place: str
    received: str
    details: tuple[str, ...]
    effect: str
    sentence: str
    own: bool
    weighty: bool
    when: WhenWritten | None


class FollowUpLine(Struct, frozen=True):
    """A 追评: when, how good, how it differs from its rating, and what was ticked."""

    at: str
    pill: Pill
    detail: str


class RatingLine(Struct, frozen=True):
    """One chance to rate: when, of what, and its outcome as a pill; with its 追评 if there is one."""

    stage: str
    at: str
    pill: Pill
    detail: str
    follow_up: FollowUpLine | None = None


class CasePage(Struct, frozen=True):
    """Everything that the page of a case shows. Personal values are masked unless `opened`."""

    number: str
    grouped: str
    item_name: str
    item_note: str
    department: str
    role: str
    point: str
    status: str
    outcome: str
    lights: CaseLights
    sentences: tuple[str, ...]
    person: tuple[tuple[str, str], ...]
    opened: bool
    answers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    materials: tuple[tuple[str, str], ...]
    signature: Drawing | None
    attachments: tuple[AttachmentLine, ...]
    trace: tuple[TraceLine, ...]
    ratings: tuple[RatingLine, ...]
    needs_update: bool
    moves: int
    time_doubts: tuple[str, ...]
    paper_doubts: tuple[Pill, ...]


def case_page(
    file: CaseFile,
    library: Library,
    names: dict[str, str],
    here: Mapping[bytes, AttachmentState],
    times: CaseTimes,
    now_ms: int,
    *,
    opened: bool,
) -> CasePage:
    """Make the page of a case.

    `names` are the clerks' names as people write them, by log-in name; `here` says where its attachments are.
    """
    case = file.case
    item = library.item(case.item_code)
    number = parse_case_number(case.number)
    at_ms = case.taken_in_ms or now_ms
    taken_in = file.taken_in
    return CasePage(
        number=case.number,
        grouped=number.grouped(),
        item_name=library.item_name(case.item_code),
        item_note=_version_note(case, item),
        department=library.department_name(library.department(case.item_code)),
        role=wording.ROLE[case.role],
        point=library.region_name(number.region, at_ms),
        status=wording.STATUS[case.status],
        outcome=wording.OUTCOME[case.outcome] if case.outcome is not None else "",
        lights=case_lights(case, library, now_ms),
        sentences=file.sentences,
        person=_person(file.applicant, opened=opened),
        opened=opened,
        answers=answers(taken_in.values, item, library, at_ms) if taken_in is not None and opened else (),
        materials=materials(taken_in.materials, item) if taken_in is not None else (),
        signature=drawing(taken_in.signature) if taken_in is not None and opened else None,
        attachments=attachment_lines(file, item, here, opened=opened),
        trace=tuple(_trace_line(each, item, names, times, opened=opened) for each in file.entries),
        ratings=tuple(rating_line(each) for each in ratings_of(file, library.profile.later_ratings)),
        needs_update=case.needs_update,
        moves=file.moves,
        time_doubts=times.grave,
        paper_doubts=times.papers,
    )


def short_number(number: str) -> str:
    """261123 01-0007-X."""
    return parse_case_number(number).short_grouped()


def _version_note(case: Case, item: ServiceItem | None) -> str:
    if item is None:
        return "目录里已经没有这个事项，由督查人员处理。"
    if case.item_version and item.version != case.item_version:
        return f"收件时用的是第 {case.item_version} 版，现在的目录是第 {item.version} 版。"
    return ""


def _person(person: Person | None, *, opened: bool) -> tuple[tuple[str, str], ...]:
    if person is None:
        return ()
    lines = [("姓名", person.name if opened else masked_name(person.name))]
    if person.identity_number:
        number = person.identity_number
        lines.append(("证件号码", number if opened else masked_identity(number)))
    if person.phone:
        lines.append(("电话", person.phone if opened else masked_phone(person.phone)))
    if person.address:
        lines.append(("住址", person.address if opened else _HIDDEN))
    return tuple(lines)


_WEIGHTY = frozenset(Kind) - {
    Kind.RATING_INVITED,
    Kind.RATING_REASONS_GIVEN,
    Kind.STRAY_KEYS_SEEN,
    Kind.SLIP_ISSUED,
    Kind.SLIP_ENDED,
}


def _trace_line(
    entry: Entry, item: ServiceItem | None, names: dict[str, str], times: CaseTimes, *, opened: bool
) -> TraceLine:
    envelope = entry.step.envelope
    own = envelope.author is Author.COUNTY
    told = details(entry.fact, item, opened=opened)
    return TraceLine(
        at=wording.moment(envelope.wall_ms),
        title=wording.kind_in_words(envelope.kind),
        who=_who(envelope.actor, envelope.actor_class, names),
        place=f"{wording.AUTHOR[envelope.author]}第 {envelope.seq} 条",
        received="" if own else _received(entry.stored),
        details=(*told, entry.problem) if entry.problem else told,
        effect="" if entry.step.effect in (Effect.MOVED, Effect.NOTED) else wording.EFFECT[entry.step.effect],
        sentence=entry.step.sentence,
        own=own,
        weighty=envelope.kind in _WEIGHTY,
        when=times.of_record.get((envelope.chain, envelope.seq)),
    )


def _received(stored: StoredRecord) -> str:
    return f"{wording.moment(stored.received_ms)} 到县"


def _who(actor: str, actor_class: ActorClass, names: dict[str, str]) -> str:
    if actor_class is ActorClass.COUNTY:
        return names.get(actor, actor)
    if actor_class is ActorClass.AGENT:
        return f"{wording.ACTOR[actor_class]} {actor}"
    return wording.ACTOR[actor_class]


def rating_line(rating: Rating) -> RatingLine:
    """One chance to rate, with its outcome."""
    channel = wording.CHANNEL[rating.channel] if rating.channel is not None else ""
    pill = _level_pill(rating.level)
    if rating.outcome is RatingOutcome.GIVEN:
        detail = " · ".join(("事后评价", *_said_in_words(rating.later))) if rating.later is not None else channel
        detail = " · ".join((detail, "、".join(rating.reasons))) if rating.reasons else detail
    else:
        pill = Pill("quiet", "○", NOT_RATED_WORDS)
        why = wording.OUTCOME_OF_RATING[rating.outcome]
        if rating.outcome is RatingOutcome.NOT_GIVEN:
            why = wording.REASON_NOT_RATED.get(rating.reason, rating.reason)
        detail = " · ".join(part for part in (channel, why) if part)
    return RatingLine(wording.STAGE[rating.stage], wording.moment(rating.at_ms), pill, detail, _follow_up_line(rating))


def _follow_up_line(rating: Rating) -> FollowUpLine | None:
    said, turn = rating.follow_up, turn_of(rating)
    if said is None or turn is None:
        return None
    detail = " · ".join((wording.TURN[turn], *_said_in_words(said)))
    return FollowUpLine(wording.moment(said.at_ms), _level_pill(said.level), detail)


def _level_pill(level: Level | None) -> Pill:
    if level is None:
        return Pill("quiet", "○", wording.OUTCOME_OF_RATING[RatingOutcome.GIVEN])
    return Pill("bad" if level.bad else "good", "◆" if level.bad else "●", level.words)


def _said_in_words(said: Afterwards) -> tuple[str, ...]:
    return (wording.LATER_PROOF[said.proof], *(("、".join(said.reasons),) if said.reasons else ()))

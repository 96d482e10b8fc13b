"""Every fact that can happen, with its wire number and its fields.

A fact says what has happened, in the past tense, and is never edited: a correction is a new fact.
Plain fields (in the signed header) carry what the fold needs and nothing personal; everything that names
a person, a reason or a rating is in the body, which can be withheld or erased while the case still folds.

To add a fact: give it a number in `Kind` that was never used, declare its dataclass with `@fact`, and, if it
moves a case, add its row to `sync.model.transitions`. The wire needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import TypeVar, dataclass_transform

from sync.model.plain import FactDoesNotFit, PlainValue, body, declared, from_maps, plain, to_maps


class Author(StrEnum):
    """Whose chain a fact was read from. Judged by the chain's key, never by what the record says of itself."""

    TERMINAL = "terminal"
    COUNTY = "county"


class ActorClass(IntEnum):
    """Who acted, as the record says."""

    AGENT = 1
    CITIZEN = 2
    PAD = 3
    TECHNICIAN = 4
    SYSTEM = 5
    COUNTY = 6


class Role(StrEnum):
    """What the village point does for an item (村级角色)."""

    DIRECT = "direct"  # 直办
    PROXY = "proxy"  # 代办
    ASSIST = "assist"  # 协办
    TELL = "tell"  # 公开告知、咨询


class Urgency(StrEnum):
    """How soon the agent promises to act."""

    URGENT = "urgent"  # 紧急
    ORDINARY = "ordinary"  # 一般
    SPECIAL = "special"  # 特殊


class Outcome(StrEnum):
    """What the county decided."""

    APPROVED = "approved"
    REFUSED = "refused"


class MaterialState(StrEnum):
    """How an obligatory or optional material was met at the desk."""

    ORIGINAL_SEEN = "original_seen"  # 原件已看
    COPY_TAKEN = "copy_taken"  # 复印件已收
    PROMISED = "promised"  # 容缺
    MISSING = "missing"


class SlipKind(StrEnum):
    """The papers that the printer makes."""

    RECEIPT = "receipt"  # 代办收件回执
    ONE_TIME_NOTICE = "one_time_notice"  # 一次性告知单
    SUPPLEMENT = "supplement"  # 补正材料接收单
    WITHDRAWAL = "withdrawal"  # 撤回申请确认单
    DELIVERY = "delivery"  # 结果送达单
    DELAY = "delay"  # 延期说明单
    GUIDE = "guide"  # 办事指南
    CHECKLIST = "checklist"  # 材料清单


class SlipResult(StrEnum):
    """What is known of a paper after the printer was asked for it."""

    PRINTED = "printed"  # 已打印
    NOT_PRINTED = "not_printed"  # 没有打印
    UNKNOWN = "unknown"  # 不知道打出来没有


class Channel(StrEnum):
    """Where a rating came from."""

    PAD = "pad"
    SCREEN = "screen"


class Stage(StrEnum):
    """The moment of service that is rated."""

    TAKEN_IN = "taken_in"
    DELIVERED = "delivered"


class Kind(IntEnum):
    """Wire numbers of the facts. A number is never given twice."""

    TERMINAL_STARTED = 1
    SHIFT_OPENED = 2
    SHIFT_CLOSED = 3
    SIGN_IN_REFUSED = 4
    CLOCK_MOVED = 5
    PACK_INSTALLED = 6
    PACK_REFUSED = 7
    ONE_TIME_NOTICE_GIVEN = 20
    CASE_TAKEN_IN = 21
    CASE_WITHDRAWN = 22
    SUPPLEMENT_RECEIVED = 23
    RESULT_DELIVERED = 24
    DELAY_EXPLAINED = 25
    RATING_INVITED = 30
    RATING_GIVEN = 31
    RATING_NOT_GIVEN = 32
    STRAY_KEYS_SEEN = 33
    SLIP_ISSUED = 40
    SLIP_ENDED = 41
    CASE_ACCEPTED = 60
    CASE_NOT_ACCEPTED = 61
    SUPPLEMENT_REQUIRED = 62
    CASE_SUSPENDED = 63
    CASE_RESUMED = 64
    CASE_DECIDED = 65
    RESULT_READY = 66
    CASE_CLOSED = 67
    CASE_TERMINATED = 68
    DEADLINE_EXTENDED = 69


@dataclass(frozen=True, slots=True)
class Envelope:
    """What everyone may see of a record, and all that the fold reads.

    Attributes:
        kind: wire number; one that this version does not know is carried, not dropped.
        author: whose chain it was read from.
        chain: 8-byte id of the chain.
        seq: number in the chain, from 1.
        wall_ms: the writer's clock, milliseconds since 1970 UTC.
        actor: short id of who acted.
        case_no: 25-character case number, None for facts about no case.
        plain: the plain fields, by key.
    """

    kind: int
    author: Author
    chain: bytes
    seq: int
    wall_ms: int
    actor: str
    actor_class: ActorClass
    case_no: str | None
    plain: Mapping[int, PlainValue]


@declared
class Fact:
    """What all facts have in common: nothing but being one."""


@declared
class CaseMove(Fact):
    """A fact that moves a case or one of its clocks. It names the last fact of the other side that its writer had folded for the case,
    so that both ends find the same order when two moves cross. Seq 0: none yet."""

    seen_chain: bytes = plain(20, default=b"")
    seen_seq: int = plain(21, default=0)


F = TypeVar("F", bound=Fact)

FACTS: dict[int, type[Fact]] = {}
_KINDS: dict[type[Fact], Kind] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(plain, body))
def fact(kind: Kind) -> Callable[[type[F]], type[F]]:
    """Declare a fact class and register it under its wire number."""

    def register(declaration: type[F]) -> type[F]:
        made = declared(declaration)
        FACTS[kind] = made
        _KINDS[made] = kind
        return made

    return register


def kind_of(happened: Fact) -> Kind:
    """Return the wire number of a fact."""
    return _KINDS[type(happened)]


def to_plain(happened: Fact) -> tuple[dict[int, PlainValue], dict[int, PlainValue]]:
    """Return (plain fields of the header, fields of the body) as plain values."""
    return to_maps(happened)


def from_plain(kind: int, header: Mapping[int, PlainValue], sealed: Mapping[int, PlainValue]) -> Fact:
    """Rebuild a fact.

    Raises:
        FactDoesNotFit: the kind is unknown to this version, or a field is missing or of another type.
    """
    known = FACTS.get(kind)
    if known is None:
        raise FactDoesNotFit(f"no fact has the number {kind}")
    return from_maps(known, header, sealed)


# --- parts that several facts hold -----------------------------------------------------------------------------

FormValue = str | int | tuple[str, ...]
Strokes = tuple[tuple[int, ...], ...]
"""A signature on glass: strokes, each x0, y0, x1, y1, ... in thousandths of the pad's width, y downward."""


@declared
class Person:
    """Someone the record is about."""

    name: str = body(0)
    identity_number: str | None = body(1, default=None)
    phone: str | None = body(2, default=None)
    address: str | None = body(3, default=None)


@declared
class MaterialMark:
    """How one material of the item was met."""

    material: str = body(0)
    state: MaterialState = body(1)
    due: date | None = body(2, default=None)


# --- the terminal itself -----------------------------------------------------------------------------------------


@fact(Kind.TERMINAL_STARTED)
class TerminalStarted(Fact):
    """The kiosk came up; `recovered` when the last run did not end by itself."""

    version: str = plain(0)
    recovered: bool = plain(1)


@fact(Kind.SHIFT_OPENED)
class ShiftOpened(Fact):
    """An agent unlocked the desk."""


@fact(Kind.SHIFT_CLOSED)
class ShiftClosed(Fact):
    """The desk was locked; `by_itself` after the time without a touch."""

    by_itself: bool = plain(0)


@fact(Kind.SIGN_IN_REFUSED)
class SignInRefused(Fact):
    """Wrong PINs; `tries` in a row so far."""

    tries: int = plain(0)


@fact(Kind.CLOCK_MOVED)
class ClockMoved(Fact):
    """The wall clock moved by `by_ms` against the clock of the boot (negative: set back)."""

    by_ms: int = plain(0)


@fact(Kind.PACK_INSTALLED)
class PackInstalled(Fact):
    """A pack of the county came into use."""

    name: str = plain(0)
    version: int = plain(1)


@fact(Kind.PACK_REFUSED)
class PackRefused(Fact):
    """A pack was refused; the old one stays in use."""

    name: str = plain(0)
    reason: str = plain(1)


# --- a case, at the point ----------------------------------------------------------------------------------------


@fact(Kind.ONE_TIME_NOTICE_GIVEN)
class OneTimeNoticeGiven(CaseMove):
    """一次性告知: everything that is missing was told at once, on a slip."""

    item_code: str = plain(0)
    item_version: int = plain(1)
    role: Role = plain(2)
    applicant: Person | None = body(0, default=None)
    missing: tuple[str, ...] = body(1, default=())


@fact(Kind.CASE_TAKEN_IN)
class CaseTakenIn(CaseMove):
    """代办收件: the agent took the application in; the promise clock starts.

    `promise_days` are the working days of the agent's promise and `promised_on` its last day, None when the calendar
    pack does not reach that far.
    `values` are the form's fields by code, in the canonical values of `sync.model.form`.
    """

    item_code: str = plain(0)
    item_version: int = plain(1)
    role: Role = plain(2)
    urgency: Urgency = plain(3)
    promised_on: date | None = plain(4, default=None)
    promise_days: int = plain(5)
    applicant: Person = body(0)
    values: Mapping[str, FormValue] = body(1)
    materials: tuple[MaterialMark, ...] = body(2)
    signature: Strokes = body(3)
    agent_name: str = body(4)


@fact(Kind.CASE_WITHDRAWN)
class CaseWithdrawn(CaseMove):
    """The applicant withdrew; legal until the county has decided."""

    reason: str = body(0)
    signature: Strokes = body(1, default=())


@fact(Kind.SUPPLEMENT_RECEIVED)
class SupplementReceived(CaseMove):
    """The applicant brought what the county asked for."""

    materials: tuple[MaterialMark, ...] = body(0)
    note: str = body(1, default="")


@fact(Kind.RESULT_DELIVERED)
class ResultDelivered(CaseMove):
    """送达: the result was handed over and signed for."""

    receiver: str = body(0)
    signature: Strokes = body(1)


@fact(Kind.DELAY_EXPLAINED)
class DelayExplained(Fact):
    """The agent explained to the applicant why the promise is not kept; `new_day` is the day promised instead."""

    new_day: date = plain(0)
    reason: str = body(0)


@fact(Kind.RATING_INVITED)
class RatingInvited(Fact):
    """One rating window was opened, for one case, stage and visit."""

    stage: Stage = plain(0)
    visit: int = plain(1)
    channel: Channel = plain(2)


@fact(Kind.RATING_GIVEN)
class RatingGiven(Fact):
    """The villager rated. The level (1 worst to 5 best) is in the body: the desk never shows it.

    `after_ms` is the time from the prompt to the key, `key` the pad's own key, 0 on screen.
    """

    stage: Stage = plain(0)
    visit: int = plain(1)
    channel: Channel = plain(2)
    level: int = body(0)
    after_ms: int = body(1)
    key: int = body(2, default=0)


@fact(Kind.RATING_NOT_GIVEN)
class RatingNotGiven(Fact):
    """未评: the window closed without a valid key. Never counted as good."""

    stage: Stage = plain(0)
    visit: int = plain(1)
    channel: Channel = plain(2)
    reason: str = plain(3)


@fact(Kind.STRAY_KEYS_SEEN)
class StrayKeysSeen(Fact):
    """Bytes that the pad sent outside a window, or that no key sends: `what` is early, late, extra or noise."""

    what: str = plain(0)
    count: int = plain(1)


@fact(Kind.SLIP_ISSUED)
class SlipIssued(Fact):
    """A paper was asked of the printer; `copy` 0 is the first, n the n-th reprint (补打第 n 次)."""

    slip: SlipKind = plain(0)
    copy: int = plain(1)


@fact(Kind.SLIP_ENDED)
class SlipEnded(Fact):
    """What became of the paper that was issued at `issued_seq` of this chain."""

    issued_seq: int = plain(0)
    result: SlipResult = plain(1)
    reason: str = plain(2, default="")


# --- a case, at the county (and at the point for items it finishes itself) --------------------------------------


@fact(Kind.CASE_ACCEPTED)
class CaseAccepted(CaseMove):
    """受理: the statutory clock starts; `statutory_on` is its last day, None where the law sets none."""

    statutory_on: date | None = plain(0, default=None)
    handler: str = body(0, default="")


@fact(Kind.CASE_NOT_ACCEPTED)
class CaseNotAccepted(CaseMove):
    """不予受理, with its reasons in writing."""

    reasons: str = body(0)
    handler: str = body(1, default="")


@fact(Kind.SUPPLEMENT_REQUIRED)
class SupplementRequired(CaseMove):
    """补正: everything that is still wanted, and until when. The statutory clock stops, the promise does not."""

    due: date = plain(0)
    wanted: tuple[str, ...] = body(0)
    note: str = body(1, default="")
    handler: str = body(2, default="")


@fact(Kind.CASE_SUSPENDED)
class CaseSuspended(CaseMove):
    """中止: the statutory clock stops."""

    reasons: str = body(0)
    handler: str = body(1, default="")


@fact(Kind.CASE_RESUMED)
class CaseResumed(CaseMove):
    """续办: the statutory clock goes on."""

    handler: str = body(0, default="")


@fact(Kind.CASE_DECIDED)
class CaseDecided(CaseMove):
    """The decision, always with its reasons."""

    outcome: Outcome = plain(0)
    reasons: str = body(0)
    handler: str = body(1, default="")


@fact(Kind.RESULT_READY)
class ResultReady(CaseMove):
    """The result can be handed over at the point."""

    result_name: str = body(0)
    handler: str = body(1, default="")


@fact(Kind.CASE_CLOSED)
class CaseClosed(CaseMove):
    """The case is over and filed."""


@fact(Kind.CASE_TERMINATED)
class CaseTerminated(CaseMove):
    """终止: the case ends without a decision, with its reasons."""

    reasons: str = body(0)
    handler: str = body(1, default="")


@fact(Kind.DEADLINE_EXTENDED)
class DeadlineExtended(CaseMove):
    """The statutory time was extended to `statutory_on`."""

    statutory_on: date = plain(0)
    reasons: str = body(0)
    handler: str = body(1, default="")

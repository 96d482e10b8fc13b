"""Facts about a case that happen at the service point."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sync.model.facts.declaration import CaseMove, Fact, Kind, fact
from sync.model.facts.parts import FormValue, MaterialMark, Person, Strokes
from sync.model.facts.words import Channel, Role, SlipKind, SlipResult, Stage, Urgency
from sync.model.plain import body, plain


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

"""Facts about a case that happen at the service point."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from sync.model.facts.declaration import CaseMove, Fact, Kind, fact
from sync.model.facts.parts import INK, FormValue, MaterialMark, Person
from sync.model.facts.words import (
    Channel,
    IdentityFrom,
    LaterProof,
    ReceiptVerdict,
    Role,
    SlipKind,
    SlipResult,
    Stage,
    Urgency,
)
from sync.model.plain import Body, Plain
from sync.model.strokes import Strokes


@fact(Kind.ONE_TIME_NOTICE_GIVEN)
class OneTimeNoticeGiven(CaseMove, frozen=True, kw_only=True):
    """一次性告知: everything that is missing was told at once, on a slip."""

    item_code: Annotated[str, Plain(0)]
    item_version: Annotated[int, Plain(1)]
    role: Annotated[Role, Plain(2)]
    applicant: Annotated[Person | None, Body(0)] = None
    missing: Annotated[tuple[str, ...], Body(1)] = ()


@fact(Kind.CASE_TAKEN_IN)
class CaseTakenIn(CaseMove, frozen=True, kw_only=True):
    """代办收件: the agent took the application in; the promise clock starts.

    `promise_days` are the working days of the agent's promise and `promised_on` its last day, None when the calendar
    pack does not reach that far.
    `values` are the form's fields by code, in the canonical values of `sync.model.form`.
    `case_key` is what the receipt opens the county's answers with, and `paper` the id of the key that it makes with
    the applicant's last four (`sync.case_key`): whoever holds both can be told at a desk that nobody has unlocked.
    """

    item_code: Annotated[str, Plain(0)]
    item_version: Annotated[int, Plain(1)]
    role: Annotated[Role, Plain(2)]
    urgency: Annotated[Urgency, Plain(3)]
    promised_on: Annotated[date | None, Plain(4)] = None
    promise_days: Annotated[int, Plain(5)]
    paper: Annotated[bytes, Plain(6)] = b""
    applicant: Annotated[Person, Body(0)]
    values: Annotated[Mapping[str, FormValue], Body(1)]
    materials: Annotated[tuple[MaterialMark, ...], Body(2)]
    signature: Annotated[Strokes, Body(3), INK]
    agent_name: Annotated[str, Body(4)]
    case_key: Annotated[bytes, Body(5)] = b""
    identity_from: Annotated[IdentityFrom, Body(6)] = IdentityFrom.TYPED


@fact(Kind.CASE_WITHDRAWN)
class CaseWithdrawn(CaseMove, frozen=True, kw_only=True):
    """The applicant withdrew; legal until the county has decided."""

    reason: Annotated[str, Body(0)]
    signature: Annotated[Strokes, Body(1), INK] = ()


@fact(Kind.SUPPLEMENT_RECEIVED)
class SupplementReceived(CaseMove, frozen=True, kw_only=True):
    """The applicant brought what the county asked for."""

    materials: Annotated[tuple[MaterialMark, ...], Body(0)]
    note: Annotated[str, Body(1)] = ""


@fact(Kind.RESULT_DELIVERED)
class ResultDelivered(CaseMove, frozen=True, kw_only=True):
    """送达: the result was handed over and signed for."""

    receiver: Annotated[str, Body(0)]
    signature: Annotated[Strokes, Body(1), INK]


@fact(Kind.DELAY_EXPLAINED)
class DelayExplained(Fact, frozen=True, kw_only=True):
    """The agent explained to the applicant why the promise is not kept; `new_day` is the day promised instead."""

    new_day: Annotated[date, Plain(0)]
    reason: Annotated[str, Body(0)]


@fact(Kind.RATING_INVITED)
class RatingInvited(Fact, frozen=True, kw_only=True):
    """One rating window was opened, for one case, stage and visit."""

    stage: Annotated[Stage, Plain(0)]
    visit: Annotated[int, Plain(1)]
    channel: Annotated[Channel, Plain(2)]


@fact(Kind.RATING_GIVEN)
class RatingGiven(Fact, frozen=True, kw_only=True):
    """The villager rated. The level (1 worst to 5 best) is in the body: the desk never shows it.

    `after_ms` is the time from the prompt to the key, `key` the pad's own key, 0 on screen.
    """

    stage: Annotated[Stage, Plain(0)]
    visit: Annotated[int, Plain(1)]
    channel: Annotated[Channel, Plain(2)]
    level: Annotated[int, Body(0)]
    after_ms: Annotated[int, Body(1)]
    key: Annotated[int, Body(2)] = 0


@fact(Kind.RATING_NOT_GIVEN)
class RatingNotGiven(Fact, frozen=True, kw_only=True):
    """未评: the window closed without a valid key. Never counted as good."""

    stage: Annotated[Stage, Plain(0)]
    visit: Annotated[int, Plain(1)]
    channel: Annotated[Channel, Plain(2)]
    reason: Annotated[str, Plain(3)]


@fact(Kind.RATING_REASONS_GIVEN)
class RatingReasonsGiven(Fact, frozen=True, kw_only=True):
    """Whoever has just rated on the screen has ticked what could be better, in the words that stood there.

    Apart from the rating, which is durable before anybody is asked for reasons.
    """

    stage: Annotated[Stage, Plain(0)]
    visit: Annotated[int, Plain(1)]
    reasons: Annotated[tuple[str, ...], Body(0)]


@fact(Kind.RATED_LATER)
class RatedLater(Fact, frozen=True, kw_only=True):
    """A service was rated after it was over, at any terminal: a rating where none stood, else a 追评 beside it.

    Which of the two, and of which service, is not said here but settled from all that is known of the case
    (`sync.model.later`). The case number is a field and not that of the header, as in `ReceiptSeen`. `paper_*` name
    the record that a shown paper is about, with the first 16 bytes of its hash; `last_four` is what was typed where
    nobody could check it. `reasons` are what was ticked, in the words that stood on the screen.
    """

    case_no: Annotated[str, Plain(0)]
    proof: Annotated[LaterProof, Plain(1)]
    paper_chain: Annotated[bytes, Plain(2)] = b""
    paper_seq: Annotated[int, Plain(3)] = 0
    paper_hash: Annotated[bytes, Plain(4)] = b""
    level: Annotated[int, Body(0)]
    reasons: Annotated[tuple[str, ...], Body(1)] = ()
    last_four: Annotated[str, Body(2)] = ""


@fact(Kind.STRAY_KEYS_SEEN)
class StrayKeysSeen(Fact, frozen=True, kw_only=True):
    """Bytes that the pad sent outside a window, or that no key sends: `what` is early, late, extra or noise."""

    what: Annotated[str, Plain(0)]
    count: Annotated[int, Plain(1)]


@fact(Kind.SLIP_ISSUED)
class SlipIssued(Fact, frozen=True, kw_only=True):
    """A paper was asked of the printer; `copy` 0 is the first, n the n-th reprint (补打第 n 次)."""

    slip: Annotated[SlipKind, Plain(0)]
    copy: Annotated[int, Plain(1)]


@fact(Kind.SLIP_ENDED)
class SlipEnded(Fact, frozen=True, kw_only=True):
    """What became of the paper that was issued at `issued_seq` of this chain."""

    issued_seq: Annotated[int, Plain(0)]
    result: Annotated[SlipResult, Plain(1)]
    reason: Annotated[str, Plain(2)] = ""


@fact(Kind.CASE_KEY_CHANGED)
class CaseKeyChanged(Fact, frozen=True, kw_only=True):
    """换新回执: a receipt was lost, the agent has checked who asks, and the case has another key from here on.

    `paper` and `case_key` as in `CaseTakenIn`. The paper that follows is about this record.
    """

    paper: Annotated[bytes, Plain(0)]
    case_key: Annotated[bytes, Body(0)]


@fact(Kind.RECEIPT_SEEN)
class ReceiptSeen(Fact, frozen=True, kw_only=True):
    """Somebody showed a receipt here, of this terminal or of another.

    What the paper claims and the signature on it (`sync.model.receipt.ReceiptClaim`), so that the county can hold it
    against what it has; never the case key. The case number is a field and not that of the header: the paper may be
    about a case of another terminal, or of none. `verdict` is what this terminal could tell.
    """

    case_no: Annotated[str, Plain(0)]
    chain: Annotated[bytes, Plain(1)]
    seq: Annotated[int, Plain(2)]
    hash_prefix: Annotated[bytes, Plain(3)]
    minute: Annotated[int, Plain(4)]
    key_digest: Annotated[bytes, Plain(5)]
    signature: Annotated[bytes, Plain(6)]
    verdict: Annotated[ReceiptVerdict, Plain(7)]


@fact(Kind.ATTACHMENT_ADDED)
class AttachmentAdded(Fact, frozen=True, kw_only=True):
    """A photograph or a scanned paper was added to the case; its bytes follow behind the records.

    `digest` is the SHA-256 of the sealed bytes and `size` how many they are: whoever carries them knows no more.
    `key` opens them (`sync.attachments.sealed`), `media_type` is one of `sync.attachments.media`, `material` the code
    of the material that it shows, "" for none, `name` what the paper is called.
    """

    digest: Annotated[bytes, Plain(0)]
    size: Annotated[int, Plain(1)]
    key: Annotated[bytes, Body(0)]
    name: Annotated[str, Body(1)]
    media_type: Annotated[str, Body(2)]
    material: Annotated[str, Body(3)] = ""

"""What the desk can be asked to do, and what follows: commands in, facts out. Pure.

A command is imperative and may be refused; the facts it leads to are checked by `sync.model.case.evolve` once more
before anything is written. To add a command: a struct here, its branch in `decide`, and its button at a place.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from sync.case_key import CaseKey
from sync.model.case import Case
from sync.model.catalogue import Necessity, ServiceItem
from sync.model.county_day import CountyDay
from sync.model.deadline import Deadline, Term, promise
from sync.model.facts import (
    AttachmentAdded,
    Author,
    CaseAccepted,
    CaseClosed,
    CaseDecided,
    CaseTakenIn,
    CaseWithdrawn,
    DelayExplained,
    Fact,
    FormValue,
    IdentityFrom,
    MaterialMark,
    MaterialState,
    OneTimeNoticeGiven,
    Outcome,
    Person,
    ResultDelivered,
    ResultReady,
    Role,
    Strokes,
    SupplementReceived,
    Urgency,
)
from sync.model.transitions import Status
from sync.model.working_calendar import WorkingCalendar


class Refused(ValueError):
    """The command cannot be carried out. `code` names the sentence that the screen says, `about` what it is about."""

    def __init__(self, code: str, about: str = "") -> None:
        """Keep the code of the sentence and its subject."""
        super().__init__(f"{code} {about}".strip())
        self.code = code
        self.about = about


class GiveNotice(Struct, frozen=True):
    """一次性告知: say at once everything that is missing."""

    item: ServiceItem
    applicant: Person | None
    missing: tuple[str, ...]


class TakeInCase(Struct, frozen=True):
    """代办收件: take the application in. `promise_days` are working days; `paper` is what its receipt opens with."""

    item: ServiceItem
    urgency: Urgency
    applicant: Person
    values: dict[str, FormValue]
    materials: tuple[MaterialMark, ...]
    needed: frozenset[str]
    signature: Strokes
    agent_name: str
    promise_days: int
    identity_from: IdentityFrom = IdentityFrom.TYPED
    attachments: tuple[AttachmentAdded, ...] = ()
    paper: CaseKey | None = None


class FinishHere(Struct, frozen=True):
    """Finish an item that the point does itself (直办)."""

    outcome: Outcome
    reasons: str
    result_name: str
    handler: str


class WithdrawCase(Struct, frozen=True):
    """The applicant withdraws."""

    reason: str
    signature: Strokes


class ReceiveSupplement(Struct, frozen=True):
    """The applicant brings what the county asked for."""

    materials: tuple[MaterialMark, ...]
    note: str


class DeliverResult(Struct, frozen=True):
    """Hand the result over against a signature."""

    receiver: str
    signature: Strokes


class ExplainDelay(Struct, frozen=True):
    """Tell the applicant that the promise will not be kept, why, and until when instead."""

    new_day: date
    reason: str


Command = GiveNotice | TakeInCase | FinishHere | WithdrawCase | ReceiveSupplement | DeliverResult | ExplainDelay


def decide(case: Case, command: Command, now: CountyDay, calendar: WorkingCalendar) -> tuple[Fact, ...]:
    """Return the facts that carrying out `command` on the day of `now` leads to, in order.

    Raises:
        Refused: it cannot be done; nothing has happened.
    """
    match command:
        case GiveNotice():
            return (_notice(command),)
        case TakeInCase():
            return (_take_in(command, now.counted_from, calendar), *command.attachments)
        case FinishHere():
            return _finish(case, command)
        case ExplainDelay():
            return (_explain(case, command, now.day),)
        case WithdrawCase() | ReceiveSupplement() | DeliverResult():
            return _answer(case, command)


def _notice(command: GiveNotice) -> Fact:
    if not command.missing:
        raise Refused("nothing_missing")
    item = command.item
    return OneTimeNoticeGiven(
        item_code=item.code,
        item_version=item.version,
        role=item.role,
        applicant=command.applicant,
        missing=command.missing,
    )


def _take_in(command: TakeInCase, counted_from: date, calendar: WorkingCalendar) -> Fact:
    item = command.item
    if item.role is Role.TELL:
        raise Refused("item_only_told")
    if item.card_required and command.identity_from is IdentityFrom.TYPED:
        raise Refused("card_missing")
    states = {mark.material: mark.state for mark in command.materials}
    for material in item.materials:
        if material.code not in command.needed or material.necessity is Necessity.OPTIONAL:
            continue
        state = states.get(material.code, MaterialState.MISSING)
        if state is MaterialState.MISSING:
            raise Refused("material_missing", material.name)
        if state is MaterialState.PROMISED and material.necessity is not Necessity.DEFERRABLE:
            raise Refused("material_not_deferrable", material.name)
    if item.form is not None and item.form.signature is not None and not command.signature:
        raise Refused("signature_missing")
    reckoned = promise(counted_from, Term(command.promise_days), calendar)
    return CaseTakenIn(
        item_code=item.code,
        item_version=item.version,
        role=item.role,
        urgency=command.urgency,
        promised_on=reckoned.last_day if isinstance(reckoned, Deadline) else None,
        promise_days=command.promise_days,
        applicant=command.applicant,
        values=command.values,
        materials=command.materials,
        signature=command.signature,
        agent_name=command.agent_name,
        paper=command.paper.opener().recipient.id if command.paper is not None else b"",
        case_key=command.paper.secret if command.paper is not None else b"",
        identity_from=command.identity_from,
    )


def _finish(case: Case, command: FinishHere) -> tuple[Fact, ...]:
    if case.role is not Role.DIRECT:
        raise Refused("not_ours_to_decide")
    if not command.reasons.strip():
        raise Refused("reasons_missing")
    return (
        CaseAccepted(handler=command.handler),
        CaseDecided(outcome=command.outcome, reasons=command.reasons.strip(), handler=command.handler),
        ResultReady(result_name=command.result_name, handler=command.handler),
    )


def _explain(case: Case, command: ExplainDelay, today: date) -> Fact:
    if case.promised_on is None or case.over or case.taken_in_ms is None:
        raise Refused("no_promise_running")
    if not command.reason.strip():
        raise Refused("reasons_missing")
    if command.new_day <= max(case.promised_on, today):
        raise Refused("new_day_not_later")
    return DelayExplained(new_day=command.new_day, reason=command.reason.strip())


def _answer(case: Case, command: WithdrawCase | ReceiveSupplement | DeliverResult) -> tuple[Fact, ...]:
    seen_chain, seen_seq = case.seen(Author.COUNTY)
    match command:
        case WithdrawCase():
            if case.status is not Status.AWAITING_MATERIALS and not command.signature:
                raise Refused("signature_missing")
            return (
                CaseWithdrawn(
                    reason=command.reason.strip(),
                    signature=command.signature,
                    seen_chain=seen_chain,
                    seen_seq=seen_seq,
                ),
            )
        case ReceiveSupplement():
            if any(mark.state is MaterialState.MISSING for mark in command.materials):
                raise Refused("supplement_incomplete")
            return (
                SupplementReceived(
                    materials=command.materials, note=command.note, seen_chain=seen_chain, seen_seq=seen_seq
                ),
            )
        case DeliverResult():
            if not command.signature:
                raise Refused("signature_missing")
            delivered = ResultDelivered(
                receiver=command.receiver,
                signature=command.signature,
                seen_chain=seen_chain,
                seen_seq=seen_seq,
            )
            return (delivered, CaseClosed()) if case.role is Role.DIRECT else (delivered,)

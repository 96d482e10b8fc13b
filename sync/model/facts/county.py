"""Facts about a case that happen at the county, and at the point for items that it finishes itself (直办)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sync.model.facts.declaration import CaseMove, Fact, Kind, fact
from sync.model.facts.parts import TerminalKey, ToldService, ToldStep
from sync.model.facts.words import Outcome
from sync.model.plain import Body, Plain


@fact(Kind.CASE_ACCEPTED)
class CaseAccepted(CaseMove, frozen=True, kw_only=True):
    """受理: the statutory clock starts; `statutory_on` is its last day, None where the law sets none."""

    statutory_on: Annotated[date | None, Plain(0)] = None
    handler: Annotated[str, Body(0)] = ""


@fact(Kind.CASE_NOT_ACCEPTED)
class CaseNotAccepted(CaseMove, frozen=True, kw_only=True):
    """不予受理, with its reasons in writing."""

    reasons: Annotated[str, Body(0)]
    handler: Annotated[str, Body(1)] = ""


@fact(Kind.SUPPLEMENT_REQUIRED)
class SupplementRequired(CaseMove, frozen=True, kw_only=True):
    """补正: everything that is still wanted, and until when. The statutory clock stops, the promise does not."""

    due: Annotated[date, Plain(0)]
    wanted: Annotated[tuple[str, ...], Body(0)]
    note: Annotated[str, Body(1)] = ""
    handler: Annotated[str, Body(2)] = ""


@fact(Kind.CASE_SUSPENDED)
class CaseSuspended(CaseMove, frozen=True, kw_only=True):
    """中止: the statutory clock stops."""

    reasons: Annotated[str, Body(0)]
    handler: Annotated[str, Body(1)] = ""


@fact(Kind.CASE_RESUMED)
class CaseResumed(CaseMove, frozen=True, kw_only=True):
    """续办: the statutory clock goes on."""

    handler: Annotated[str, Body(0)] = ""


@fact(Kind.CASE_DECIDED)
class CaseDecided(CaseMove, frozen=True, kw_only=True):
    """The decision, always with its reasons."""

    outcome: Annotated[Outcome, Plain(0)]
    reasons: Annotated[str, Body(0)]
    handler: Annotated[str, Body(1)] = ""


@fact(Kind.RESULT_READY)
class ResultReady(CaseMove, frozen=True, kw_only=True):
    """The result can be handed over at the point."""

    result_name: Annotated[str, Body(0)]
    handler: Annotated[str, Body(1)] = ""


@fact(Kind.CASE_CLOSED)
class CaseClosed(CaseMove, frozen=True, kw_only=True):
    """The case is over and filed."""


@fact(Kind.CASE_TERMINATED)
class CaseTerminated(CaseMove, frozen=True, kw_only=True):
    """终止: the case ends without a decision, with its reasons."""

    reasons: Annotated[str, Body(0)]
    handler: Annotated[str, Body(1)] = ""


@fact(Kind.DEADLINE_EXTENDED)
class DeadlineExtended(CaseMove, frozen=True, kw_only=True):
    """The statutory time was extended to `statutory_on`."""

    statutory_on: Annotated[date, Plain(0)]
    reasons: Annotated[str, Body(0)]
    handler: Annotated[str, Body(1)] = ""


@fact(Kind.CASE_TOLD)
class CaseTold(Fact, frozen=True, kw_only=True):
    """How a case of another terminal stands, told where its receipt was shown.

    The case number is a field and not that of the header, as in `ReceiptSeen`. `service` is what a rating would be
    about now. `steps` are sealed to the paper and to the county, not to this desk.
    """

    case_no: Annotated[str, Plain(0)]
    status: Annotated[str, Plain(1)]
    item_code: Annotated[str, Plain(2)]
    item_version: Annotated[int, Plain(3)]
    service: Annotated[ToldService | None, Plain(4)] = None
    steps: Annotated[tuple[ToldStep, ...], Body(0)] = ()


@fact(Kind.TERMINAL_KEYS_TOLD)
class TerminalKeysTold(Fact, frozen=True, kw_only=True):
    """Record keys of terminals of the county, by which any terminal verifies a receipt; a later word replaces one."""

    keys: Annotated[tuple[TerminalKey, ...], Plain(0)]

"""Facts about a case that happen at the county, and at the point for items that it finishes itself (直办)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sync.model.facts.declaration import CaseMove, Kind, fact
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

"""Facts about a case that happen at the county, and at the point for items that it finishes itself (直办)."""

from __future__ import annotations

from datetime import date

from sync.model.facts.declaration import CaseMove, Kind, fact
from sync.model.facts.words import Outcome
from sync.model.plain import body, plain


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

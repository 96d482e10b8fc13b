"""The same matter of the same person a second time: what this terminal has of it already, found while a form is filled.

Nothing on the disk tells whose a case or a draft is, so both are looked for with what the open desk reads: of cases the
marks of `kiosk.people`, of drafts their answers. A locked desk finds nothing.
"""

from __future__ import annotations

from msgspec import Struct

from kiosk import applying
from kiosk.context import Context
from kiosk.projections.drafts import DraftRow
from kiosk.session import Application
from sync.model.identity import LENGTH
from sync.model.transitions import Status


class Doubles(Struct, frozen=True):
    """What there is beside the application: numbers of undecided cases and ids of unfinished drafts, newest first."""

    cases: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.cases or self.drafts)


def find(context: Context, application: Application) -> Doubles:
    """Return what there is of the same item for the same identity number, without what the agent was shown before."""
    number = _identity_number(context, application)
    if len(number) != LENGTH:
        return Doubles()
    desk = context.desk
    own = (application.draft_id, application.case_no)
    cases = tuple(
        row.case_no
        for row in desk.cases.undecided(application.item_code)
        if row.case_no not in own and desk.is_about(row.case_no, number)
    )
    drafts = tuple(
        draft.id
        for draft in desk.drafts.of_item(application.item_code)
        if draft.id not in own and _can_go_on(context, draft) and _is_of(context, draft, number)
    )
    shown = application.shown_doubles
    return Doubles(
        tuple(number for number in cases if number not in shown), tuple(each for each in drafts if each not in shown)
    )


def _can_go_on(context: Context, draft: DraftRow) -> bool:
    """Whether this agent can go on with a draft: their own, or one that waits for papers under its number."""
    if draft.case_no is not None:
        row = context.desk.cases.row(draft.case_no)
        return row is not None and row.status is Status.AWAITING_MATERIALS
    agent = context.session.agent
    return agent is not None and draft.agent == agent.id


def _is_of(context: Context, draft: DraftRow, number: str) -> bool:
    return _identity_number(context, applying.resume(context, draft)) == number


def _identity_number(context: Context, application: Application) -> str:
    """Return the applicant's identity number as it is typed so far, in its canonical form."""
    item = context.packs.item(application.item_code)
    if item is None or item.form is None:
        return ""
    return applying.applicant(item.form, application).identity_number or ""

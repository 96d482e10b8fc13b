"""The rules of a case, as tables. Everything that decides what may happen next stands here, and only here.

- `TRANSITIONS[(status, fact)]` says which status follows and who may write the fact. What is not in the table is
  not allowed: forging the other side's move is illegal by table.
- `NOTED` lists the facts that concern a case and never move it.
- `CROSSINGS[(fact of the point, fact of the handler)]` says what holds when the point moved without having seen the
  handler's move, with a sentence for the people concerned. It lists every pair that can happen; a test derives the
  pairs from `TRANSITIONS` and compares.

The diagram in the docs is generated from these tables (`python -m tests.diagram`).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sync.model.facts import Author, Kind, Role


class Status(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    AWAITING_MATERIALS = "awaiting_materials"
    TAKEN_IN = "taken_in"
    ACCEPTED = "accepted"
    SUPPLEMENT_REQUIRED = "supplement_required"
    SUSPENDED = "suspended"
    DECIDED = "decided"
    READY = "ready"
    DELIVERED = "delivered"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


ENDS = frozenset({Status.CLOSED, Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.TERMINATED})

UNDECIDED = frozenset(
    {
        Status.AWAITING_MATERIALS,
        Status.TAKEN_IN,
        Status.ACCEPTED,
        Status.SUPPLEMENT_REQUIRED,
        Status.SUSPENDED,
    }
)
"""Handed in or begun, and no decision yet: the applicant can withdraw, and the same matter again would be a double."""


class Mover(StrEnum):
    """Who may write a fact."""

    POINT = "point"  # the terminal, always
    HANDLER = "handler"  # the county; for an item that the point finishes itself (直办), the terminal
    COUNTY = "county"  # the county, always

    def author(self, role: Role) -> Author:
        """Return whose chain the fact must come from, for a case of an item with this role."""
        if self is Mover.COUNTY:
            return Author.COUNTY
        if self is Mover.POINT or role is Role.DIRECT:
            return Author.TERMINAL
        return Author.COUNTY


TRANSITIONS: dict[tuple[Status, Kind], tuple[Status, Mover]] = {
    (Status.DRAFT, Kind.ONE_TIME_NOTICE_GIVEN): (Status.AWAITING_MATERIALS, Mover.POINT),
    (Status.DRAFT, Kind.CASE_TAKEN_IN): (Status.TAKEN_IN, Mover.POINT),
    (Status.AWAITING_MATERIALS, Kind.CASE_TAKEN_IN): (Status.TAKEN_IN, Mover.POINT),
    (Status.AWAITING_MATERIALS, Kind.CASE_WITHDRAWN): (Status.WITHDRAWN, Mover.POINT),
    (Status.TAKEN_IN, Kind.CASE_ACCEPTED): (Status.ACCEPTED, Mover.HANDLER),
    (Status.TAKEN_IN, Kind.CASE_NOT_ACCEPTED): (Status.NOT_ACCEPTED, Mover.HANDLER),
    (Status.TAKEN_IN, Kind.CASE_WITHDRAWN): (Status.WITHDRAWN, Mover.POINT),
    (Status.ACCEPTED, Kind.SUPPLEMENT_REQUIRED): (Status.SUPPLEMENT_REQUIRED, Mover.HANDLER),
    (Status.ACCEPTED, Kind.CASE_SUSPENDED): (Status.SUSPENDED, Mover.HANDLER),
    (Status.ACCEPTED, Kind.CASE_DECIDED): (Status.DECIDED, Mover.HANDLER),
    (Status.ACCEPTED, Kind.CASE_TERMINATED): (Status.TERMINATED, Mover.HANDLER),
    (Status.ACCEPTED, Kind.CASE_WITHDRAWN): (Status.WITHDRAWN, Mover.POINT),
    (Status.SUPPLEMENT_REQUIRED, Kind.SUPPLEMENT_RECEIVED): (Status.ACCEPTED, Mover.POINT),
    (Status.SUPPLEMENT_REQUIRED, Kind.CASE_TERMINATED): (Status.TERMINATED, Mover.HANDLER),
    (Status.SUPPLEMENT_REQUIRED, Kind.CASE_WITHDRAWN): (Status.WITHDRAWN, Mover.POINT),
    (Status.SUSPENDED, Kind.CASE_RESUMED): (Status.ACCEPTED, Mover.HANDLER),
    (Status.SUSPENDED, Kind.CASE_TERMINATED): (Status.TERMINATED, Mover.HANDLER),
    (Status.SUSPENDED, Kind.CASE_WITHDRAWN): (Status.WITHDRAWN, Mover.POINT),
    (Status.DECIDED, Kind.RESULT_READY): (Status.READY, Mover.HANDLER),
    (Status.READY, Kind.RESULT_DELIVERED): (Status.DELIVERED, Mover.POINT),
    (Status.DELIVERED, Kind.CASE_CLOSED): (Status.CLOSED, Mover.HANDLER),
}

NOTED: dict[Kind, Mover] = {
    Kind.DELAY_EXPLAINED: Mover.POINT,
    Kind.RATING_INVITED: Mover.POINT,
    Kind.RATING_GIVEN: Mover.POINT,
    Kind.RATING_NOT_GIVEN: Mover.POINT,
    Kind.RATING_REASONS_GIVEN: Mover.POINT,
    Kind.STRAY_KEYS_SEEN: Mover.POINT,
    Kind.SLIP_ISSUED: Mover.POINT,
    Kind.SLIP_ENDED: Mover.POINT,
    Kind.CASE_KEY_CHANGED: Mover.POINT,
    Kind.ATTACHMENT_ADDED: Mover.POINT,
    Kind.DEADLINE_EXTENDED: Mover.HANDLER,
    Kind.CASE_GIVEN: Mover.COUNTY,
}

BESIDE_CASES = frozenset(
    {Kind.RECEIPT_SEEN, Kind.CASE_TOLD, Kind.TERMINAL_KEYS_TOLD, Kind.RECORD_GIVEN, Kind.RATED_LATER}
)
"""Facts that are never folded: written at whatever terminal somebody stands, or telling a record of a case again."""


class Prevails(StrEnum):
    """Whose move holds when two moves cross."""

    POINT = "point"
    HANDLER = "handler"


class Crossing(Struct, frozen=True):
    """What holds when two moves cross, and what the people are told (zh-Hans; the kiosk translates it)."""

    prevails: Prevails
    sentence: str


_STILL_WITHDRAWN = "您撤回的时候，县里正好在办这件事。撤回有效，县里会停下来。"

CROSSINGS: dict[tuple[Kind, Kind], Crossing] = {
    (Kind.CASE_WITHDRAWN, Kind.CASE_ACCEPTED): Crossing(Prevails.POINT, _STILL_WITHDRAWN),
    (Kind.CASE_WITHDRAWN, Kind.SUPPLEMENT_REQUIRED): Crossing(
        Prevails.POINT, "您撤回的时候，县里正好要求补材料。撤回有效，材料不用再补。"
    ),
    (Kind.CASE_WITHDRAWN, Kind.CASE_SUSPENDED): Crossing(Prevails.POINT, _STILL_WITHDRAWN),
    (Kind.CASE_WITHDRAWN, Kind.CASE_RESUMED): Crossing(Prevails.POINT, _STILL_WITHDRAWN),
    (Kind.CASE_WITHDRAWN, Kind.CASE_NOT_ACCEPTED): Crossing(
        Prevails.HANDLER, "县里在收到撤回之前已经决定不受理，这件事已经结束，不用再撤回。"
    ),
    (Kind.CASE_WITHDRAWN, Kind.CASE_DECIDED): Crossing(
        Prevails.HANDLER, "县里在收到撤回之前已经作出决定，撤回没有生效。对结果有意见，请告诉联络员。"
    ),
    (Kind.CASE_WITHDRAWN, Kind.RESULT_READY): Crossing(
        Prevails.HANDLER, "县里在收到撤回之前已经办好，撤回没有生效。对结果有意见，请告诉联络员。"
    ),
    (Kind.CASE_WITHDRAWN, Kind.CASE_TERMINATED): Crossing(
        Prevails.HANDLER, "县里在收到撤回之前已经终止办理，这件事已经结束，不用再撤回。"
    ),
    (Kind.SUPPLEMENT_RECEIVED, Kind.CASE_TERMINATED): Crossing(
        Prevails.HANDLER, "材料送来时县里已经终止办理，材料已经登记。还想办，请重新申请。"
    ),
}

"""Who may do what at the county: duties, and the commands each may give. Pure.

A clerk has one duty and, but for supervisors, one department. Whoever acts outside of either is refused, and the
refusal is recorded. To let a duty do something more, add the command to its row.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from county.cases import (
    AcceptCase,
    CloseCase,
    Command,
    DecideCase,
    ExtendDeadline,
    MarkReady,
    RefuseToAccept,
    RequireSupplement,
    ResumeCase,
    SuspendCase,
    TerminateCase,
)


class Duty(StrEnum):
    """What a clerk is there for."""

    INTAKE = "intake"  # 收件
    DECIDER = "decider"  # 审批
    SUPERVISOR = "supervisor"  # 督查, reads everything and changes nothing


MAY: dict[Duty, frozenset[type[Command]]] = {
    Duty.INTAKE: frozenset({AcceptCase, RefuseToAccept, RequireSupplement, MarkReady, CloseCase}),
    Duty.DECIDER: frozenset(
        {
            RequireSupplement,
            SuspendCase,
            ResumeCase,
            DecideCase,
            ExtendDeadline,
            TerminateCase,
            MarkReady,
            CloseCase,
        }
    ),
    Duty.SUPERVISOR: frozenset(),
}


class Clerk(Struct, frozen=True):
    """Someone who works at the county.

    Attributes:
        name: what they log in with and what records name them by, unique.
        duty: what they may do.
        department: code of the department whose cases they handle; None for supervisors, who see all.
        shown_as: their name as people write it.
    """

    name: str
    duty: Duty
    department: str | None
    shown_as: str

    def __post_init__(self) -> None:
        if (self.department is None) != (self.duty is Duty.SUPERVISOR):
            raise ValueError("a supervisor has no department, everybody else has one")

    def sees(self, department: str | None) -> bool:
        """Whether cases of a department are theirs to look at. A case of no known department is the supervisors'."""
        return self.duty is Duty.SUPERVISOR or (department is not None and department == self.department)

    def may(self, command: type[Command], department: str | None) -> bool:
        """Whether they may give a command about a case of a department."""
        return command in MAY[self.duty] and self.sees(department)

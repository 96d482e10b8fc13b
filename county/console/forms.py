"""The forms of what clerks can do: which fields a command needs, and how a form that was sent becomes a command.

Nothing is judged here: an empty text or an impossible day goes to `county.cases`, which refuses it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct
from werkzeug.datastructures import MultiDict

from county import wording
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
    allowed,
)
from county.duties import MAY, Clerk
from sync.model.case import Case
from sync.model.facts import Outcome

Sent = MultiDict[str, str]


class FieldKind(StrEnum):
    """What a field of a form looks like."""

    PARAGRAPH = "paragraph"
    LINE = "line"
    DAY = "day"
    LINES = "lines"  # one matter a line, beside ticks for the item's materials
    OUTCOME = "outcome"


class Weight(StrEnum):
    """How an action stands among the others."""

    MAIN = "main"  # what the case waits for; its form stands open
    PLAIN = "plain"
    GRAVE = "grave"  # ends something for the applicant


class FieldShape(Struct, frozen=True):
    """One field: its name in the form, its label, and a hint."""

    name: str
    label: str
    kind: FieldKind
    hint: str = ""
    required: bool = True


class ActionShape(Struct, frozen=True):
    """The form of a command.

    Attributes:
        slug: its name in the address.
        command: what it asks for.
        read: makes the command from what was sent.
        says: what happens then, in one sentence.
        fields: what the clerk gives.
        weight: how it stands among the others.
    """

    slug: str
    command: type[Command]
    read: Callable[[Sent], Command]
    says: str
    fields: tuple[FieldShape, ...] = ()
    weight: Weight = Weight.PLAIN

    @property
    def title(self) -> str:
        """What the button says."""
        return wording.COMMAND[self.command]


_REASONS = FieldShape("reasons", "理由（申请人会看到）", FieldKind.PARAGRAPH, "写明依据和事实，申请人看得懂。")


def _day(sent: Sent, name: str) -> date:
    try:
        return date.fromisoformat(sent.get(name, ""))
    except ValueError:
        return date.min


def _wanted(sent: Sent) -> tuple[str, ...]:
    return (*sent.getlist("material"), *sent.get("wanted", "").splitlines())


def _outcome(sent: Sent) -> Outcome | None:
    given = sent.get("outcome", "")
    return Outcome(given) if given in list(Outcome) else None


ACTIONS: tuple[ActionShape, ...] = (
    ActionShape(
        "accept",
        AcceptCase,
        lambda _: AcceptCase(),
        "法定办理期限从明天起算，村里会收到受理通知。",
        weight=Weight.MAIN,
    ),
    ActionShape(
        "decide",
        DecideCase,
        lambda sent: DecideCase(_outcome(sent), sent.get("reasons", "")),
        "同意或者不同意，都要写明理由。",
        (FieldShape("outcome", "决定", FieldKind.OUTCOME), _REASONS),
        weight=Weight.MAIN,
    ),
    ActionShape(
        "mark-ready",
        MarkReady,
        lambda sent: MarkReady(sent.get("result_name", "")),
        "村里会通知申请人来领。",
        (FieldShape("result_name", "结果的名称", FieldKind.LINE),),
        weight=Weight.MAIN,
    ),
    ActionShape(
        "close",
        CloseCase,
        lambda _: CloseCase(),
        "结果已经送到申请人手里，这件事办完归档。",
        weight=Weight.MAIN,
    ),
    ActionShape("resume", ResumeCase, lambda _: ResumeCase(), "法定期限接着算。", weight=Weight.MAIN),
    ActionShape(
        "require-supplement",
        RequireSupplement,
        lambda sent: RequireSupplement(_wanted(sent), _day(sent, "due"), sent.get("note", "")),
        "一次性写清还缺什么。等材料的时间不计入法定期限。",
        (
            FieldShape("wanted", "还缺的材料", FieldKind.LINES, "上面没有的，在这里写，一行一样。", required=False),
            FieldShape("due", "最迟哪天补齐", FieldKind.DAY),
            FieldShape("note", "补充说明", FieldKind.LINE, required=False),
        ),
    ),
    ActionShape(
        "extend",
        ExtendDeadline,
        lambda sent: ExtendDeadline(_day(sent, "until"), sent.get("reasons", "")),
        "要在期限过去以前延长，并向申请人说明理由。",
        (FieldShape("until", "延长到哪天", FieldKind.DAY), _REASONS),
    ),
    ActionShape(
        "suspend",
        SuspendCase,
        lambda sent: SuspendCase(sent.get("reasons", "")),
        "中止期间法定期限不走。",
        (_REASONS,),
    ),
    ActionShape(
        "refuse-to-accept",
        RefuseToAccept,
        lambda sent: RefuseToAccept(sent.get("reasons", "")),
        "这件事到此结束。理由会写进给申请人的书面通知。",
        (_REASONS,),
        weight=Weight.GRAVE,
    ),
    ActionShape(
        "terminate",
        TerminateCase,
        lambda sent: TerminateCase(sent.get("reasons", "")),
        "不作决定，到此结束。",
        (_REASONS,),
        weight=Weight.GRAVE,
    ),
)

ACTION_OF: Mapping[str, ActionShape] = {action.slug: action for action in ACTIONS}


def actions_for(clerk: Clerk, case: Case, department: str | None, *, has_limit: bool) -> tuple[ActionShape, ...]:
    """Return the forms that a clerk is offered for a case as it stands; `has_limit`: the law limits its item."""
    possible = allowed(case) - (frozenset() if has_limit else {ExtendDeadline})
    return tuple(action for action in ACTIONS if action.command in possible and clerk.may(action.command, department))


def waits_for(case: Case) -> str:
    """Return whom the case waits for, in words; empty when it is over."""
    if case.over:
        return ""
    main = [action for action in ACTIONS if action.command in allowed(case) and action.weight is Weight.MAIN]
    if not main:
        return "等村里办下一步。"
    duties = "、".join(wording.DUTY[duty] for duty, commands in MAY.items() if main[0].command in commands)
    return f"等“{duties}”岗：{main[0].title}。"

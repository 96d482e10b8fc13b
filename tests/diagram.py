"""Draws the life of a case from its tables into docs/case-life.md: `make docs`. A test compares."""

from __future__ import annotations

from pathlib import Path

from sync.model.transitions import CROSSINGS, ENDS, TRANSITIONS, Mover, Prevails, Status

PAGE = Path(__file__).resolve().parent.parent / "docs" / "case-life.md"


def page() -> str:
    """Return the whole page."""
    lines = [
        "# The life of a case",
        "",
        "Generated from `sync/model/transitions.py` by `make docs`. Facts marked (handler) are written by the handler:",
        "the county, or the point itself for items that it finishes (直办); all others by the point, at its terminal.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {Status.DRAFT.value}",
    ]
    for (status, kind), (then, mover) in TRANSITIONS.items():
        mark = "" if mover is Mover.POINT else " (handler)"
        lines.append(f"    {status.value} --> {then.value}: {kind.name.lower()}{mark}")
    lines += [f"    {end.value} --> [*]" for end in sorted(ENDS)]
    lines += [
        "```",
        "",
        "| from | fact | to | written by |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {status.value} | {kind.name.lower()} | {then.value} | {mover.value} |"
        for (status, kind), (then, mover) in TRANSITIONS.items()
    ]
    lines += [
        "",
        "## When two moves cross",
        "",
        "The point moved without having seen what the handler had done meanwhile. Nothing is dropped: a move that does",
        "not hold stays in the case's trace with the sentence that the people are told.",
        "",
        "| the point's fact | the handler's fact | holds | what the people are told |",
        "| --- | --- | --- | --- |",
    ]
    for (point, handler), crossing in CROSSINGS.items():
        holds = "the point's" if crossing.prevails is Prevails.POINT else "the handler's"
        lines.append(f"| {point.name.lower()} | {handler.name.lower()} | {holds} | {crossing.sentence} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")

"""Reading one cell: from what a clerk writes to a plain value. A reader raises CellRefused and knows no places."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from county.publishing.faults import CellRefused, Flaw

CellReader = Callable[[str], object]

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_YUAN = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?")
_OPTION = re.compile(r"([a-z0-9_]+)=(.+)")
_TEST = re.compile(r"([a-z][a-z0-9_]*)(!=|!~|!\?|>=|=|~|<|\?)(.*)")
_READING = re.compile(r"[a-z]+(?: [a-z]+)*")
_STEP = re.compile(r"[a-z][a-z0-9_]*")

_OPERATORS = {
    "=": "is",
    "!=": "is_not",
    "~": "has",
    "!~": "has_not",
    ">=": "at_least",
    "<": "below",
    "?": "answered",
    "!?": "not_answered",
}


def text(cell: str) -> str:
    """A text as it stands."""
    return cell


def parts(cell: str) -> list[str]:
    """Several texts, split at `;`."""
    return [part for part in cell.split(";") if part]


def whole(cell: str) -> int:
    """A whole number."""
    if _WHOLE.fullmatch(cell) is None:
        raise CellRefused(Flaw.NOT_A_NUMBER, text=cell)
    return int(cell)


def yuan(cell: str) -> int:
    """An amount in yuan, as fen."""
    match = _YUAN.fullmatch(cell)
    if match is None:
        raise CellRefused(Flaw.NOT_YUAN, text=cell)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def word_of(words: Mapping[str, object]) -> CellReader:
    """A reader of one of some Chinese words, each standing for a plain value."""

    def read(cell: str) -> object:
        if cell not in words:
            raise CellRefused(Flaw.NOT_A_WORD, text=cell, known="、".join(words))
        return words[cell]

    return read


yes_or_no = word_of({"是": 1, "否": 0})


def options(cell: str) -> list[dict[str, str]]:
    """Options of a choice: `1=务农;2=务工`, the code before the label."""
    found = [_OPTION.fullmatch(part) for part in cell.split(";")]
    if not all(found):
        raise CellRefused(Flaw.NOT_AN_OPTION_LIST, text=cell)
    return [{"code": match[1], "label": match[2]} for match in found if match]


def ways(cell: str) -> list[dict[str, str]]:
    """Ways on from a step: `audit`, or `符合:accept;不符合:refuse`."""
    found = []
    for part in cell.split(";"):
        when, _, to = part.rpartition(":")
        if _STEP.fullmatch(to) is None:
            raise CellRefused(Flaw.NOT_A_WAY, text=cell)
        found.append({"to": to, "when": when} if when else {"to": to})
    return found


def reading(cell: str) -> tuple[str, ...]:
    """Syllables without tones, parted by spaces: `chong zhi`."""
    if _READING.fullmatch(cell) is None:
        raise CellRefused(Flaw.NOT_A_READING, text=cell)
    return tuple(cell.split(" "))


def condition(cell: str) -> dict[str, object]:
    """A condition: tests joined by `且` (all) or by `或` (any), never both.

    `field=a,b` is one of these options, `field!=a` is none; `field~a` has, `field!~a` has not among several choices;
    `field>=60` and `field<60` compare, an amount in yuan; `field?` is answered, `field!?` is not.
    """
    if " 且 " in cell and " 或 " in cell:
        raise CellRefused(Flaw.NOT_A_CONDITION, text=cell, how="且 / 或")
    mode = "any" if " 或 " in cell else "all"
    return {"tests": [_test(part, cell) for part in re.split(" 且 | 或 ", cell)]} | (
        {"mode": mode} if mode == "any" else {}
    )


def _test(part: str, cell: str) -> dict[str, object]:
    match = _TEST.fullmatch(part.strip())
    if match is None:
        raise CellRefused(Flaw.NOT_A_CONDITION, text=cell, how=part)
    test: dict[str, object] = {"field": match[1], "operator": _OPERATORS[match[2]]}
    if match[2] in (">=", "<"):
        # Read as yuan, since a condition does not know its field's type; `assembly` makes it the field's unit.
        return test | {"number": whole(match[3])}
    if match[2] in ("?", "!?"):
        if match[3]:
            raise CellRefused(Flaw.NOT_A_CONDITION, text=cell, how=part)
        return test
    if not match[3]:
        raise CellRefused(Flaw.NOT_A_CONDITION, text=cell, how=part)
    return test | {"values": match[3].split(",")}

"""自检单: the paper of a self-test. What is at fault is large; a code tells it to any telephone."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from devices.printer.document import Align, Block, Correction, Cut, Pair, Qr, Rule, Size, Slip, Text
from devices.self_test_words import PARTS, VERDICTS, reason_words

_SIGNS = {"ok": "○", "fault": "◆", "not_checked": "—"}
"""A sign beside the words: paper has no colours."""


class Line(Struct, frozen=True):
    """A part that was tried: its name, how it came out, why."""

    part: str
    verdict: str
    reason: str


class Heading(Struct, frozen=True):
    """Whose paper it is: the point, the terminal, and when (in words)."""

    point: str
    terminal: str
    when: str


def self_test_slip(heading: Heading, lines: Sequence[Line], code: str) -> Slip:
    """Return the paper; `code` is what its QR code holds, in ASCII."""
    faults = [line for line in lines if line.verdict == "fault"]
    unchecked = [line for line in lines if line.verdict == "not_checked"]
    result = f"有 {len(faults)} 处问题" if faults else "查过的都正常"
    blocks: list[Block] = [
        Text(heading.point, align=Align.CENTRE),
        Text("设备自检单", size=Size.LARGE, bold=True, align=Align.CENTRE),
        Rule(),
        Pair("终端", heading.terminal),
        Text(f"自检 {heading.when}"),
        Rule(),
        Text(result, size=Size.LARGE, bold=True),
        *(_line(line, Size.TALL) for line in faults),
        *([Text(f"有 {len(unchecked)} 样没有查：")] if unchecked else []),
        *(_line(line, Size.NORMAL) for line in unchecked),
        *(_line(line, Size.NORMAL) for line in lines if line.verdict == "ok"),
        Rule(),
        Qr(code, Correction.MEDIUM),
        Text("手机扫一扫，把文字发给技术员", align=Align.CENTRE),
        Text("这张单子看得清，打印机就没问题", align=Align.CENTRE),
        Cut(),
    ]
    return Slip(tuple(blocks))


def _line(line: Line, size: Size) -> Text:
    why = f"，{reason_words(line.reason)}" if line.reason else ""
    words = f"{_SIGNS[line.verdict]} {PARTS.get(line.part, line.part)} {VERDICTS[line.verdict]}{why}"
    return Text(words, size=size, bold=line.verdict == "fault")

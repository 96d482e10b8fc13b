"""自检单: the paper of a self-test. What is at fault is large; a code tells it to any telephone."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from devices.printer.document import Align, Block, Correction, Cut, Pair, Qr, Rule, Size, Slip, Text
from devices.self_test import Verdict

_SIGNS = {Verdict.OK: "●", Verdict.FAULT: "◆", Verdict.NOT_CHECKED: "—"}
"""A sign before the words: paper has no colours."""


class Line(Struct, frozen=True):
    """A part that was tried: how it came out, and that in words."""

    verdict: Verdict
    words: str


class Heading(Struct, frozen=True):
    """Whose paper it is: the point, the terminal, and when (in words)."""

    point: str
    terminal: str
    when: str


def self_test_slip(heading: Heading, lines: Sequence[Line], code: str) -> Slip:
    """Return the paper; `code` is what its QR code holds, in ASCII."""
    faults = [line for line in lines if line.verdict is Verdict.FAULT]
    unchecked = [line for line in lines if line.verdict is Verdict.NOT_CHECKED]
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
        *([Text(f"有 {len(unchecked)} 项没有查：")] if unchecked else []),
        *(_line(line, Size.NORMAL) for line in unchecked),
        *(_line(line, Size.NORMAL) for line in lines if line.verdict is Verdict.OK),
        Rule(),
        Qr(code, Correction.MEDIUM),
        Text("手机扫一扫，把文字发给技术员", align=Align.CENTRE),
        Text("这张单子看得清，打印机就没问题", align=Align.CENTRE),
        Cut(),
    ]
    return Slip(tuple(blocks))


def _line(line: Line, size: Size) -> Text:
    return Text(f"{_SIGNS[line.verdict]} {line.words}", size=size, bold=line.verdict is Verdict.FAULT)

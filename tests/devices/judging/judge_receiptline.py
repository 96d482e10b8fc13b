"""An encoder by other people (receiptline, with iconv-lite's tables) beside ours: the same words, the same bytes."""

from __future__ import annotations

import subprocess

from devices.printer.document import Slip, Text
from devices.printer.encoder import encode
from devices.printer.layout import clean
from devices.printer.profile import read_profile
from devices.typeface import Typeface
from tests.devices.command_table import TableReader
from tests.devices.judging.foreign_printer import JUDGES

PROFILE = read_profile("escpos-80")
CELLS = 20
MARKUP = frozenset('{}|\\^_"`~=- ')
"""What receiptline reads as something else than text."""


def theirs(lines: list[str]) -> bytes:
    """The bytes that receiptline sends for lines of text, left-aligned."""
    document = "".join(f"{line} |\n" for line in lines)
    command = ["node", str(JUDGES / "receiptline" / "encode.js")]
    return subprocess.run(command, input=document.encode(), capture_output=True, check=True, timeout=60).stdout


def texts(data: bytes) -> list[str]:
    """The lines that a reader by the table finds."""
    reads = TableReader(data, "gb18030", 2).read()
    return [read.text.strip(" ") for read in reads if read.kind == "text" and read.text.strip(" ")]


def characters() -> list[str]:
    """Every character that GB18030 writes in two bytes, its private area set aside."""
    found = []
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            character = bytes((lead, trail)).decode("gb18030", errors="replace")
            if len(character) == 1 and not "\ue000" <= character <= "\uf8ff" and character != "\ufffd":
                found.append(character)
    return found


def test_every_character_of_the_rom_has_the_bytes_that_an_encoder_by_other_people_sends(typeface: Typeface) -> None:
    every = [each for each in characters() if each not in MARKUP and clean(each) == each]
    lines = ["".join(every[at : at + CELLS]) for at in range(0, len(every), CELLS)]
    ours = encode(Slip(tuple(Text(line) for line in lines)), PROFILE, typeface).data
    said, expected = texts(theirs(lines)), texts(ours)
    assert [len(line) for line in said] == [len(line) for line in expected]
    differing = {pair for pair in zip("".join(expected), "".join(said), strict=True) if pair[0] != pair[1]}
    assert differing == set()
    assert len("".join(said)) > 21_000


def test_lines_of_a_slip_are_the_same_lines_of_both(typeface: Typeface) -> None:
    lines = [
        "柳溪村便民服务点",
        "申请人 李＊兰",
        "收件 2026/11/23 14:32",
        "全县任何服务点都能查，不用专门跑县里。",
        "12345",
    ]
    ours = encode(Slip(tuple(Text(line) for line in lines)), PROFILE, typeface).data
    assert texts(theirs(lines)) == texts(ours) == lines

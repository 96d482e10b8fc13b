"""From blocks to lines: counts columns and wraps, as Chinese is set. Pure.

A printer in Chinese mode draws ASCII half as wide as everything else, so a character is one column
(ASCII) or two (all others: also ·, “ and ×, which Western fonts draw narrow).

Where a line may not break (the habits of GB/T 15834-2011, 5.1.10):

* never before closing punctuation, never after opening punctuation;
* never inside a number, a date, a word or an address of Latin letters and digits;
* never inside —— or ……, nor between a currency sign and its amount.

Only what is wider than the paper by itself is cut, after a hyphen or stroke if it has one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from devices.printer.document import Align, Block, Cut, Feed, Pair, Qr, Rule, Size, Text

CLOSING = frozenset("，。、；：？！…）》〉」』】〕〗］｝”’％‰℃°·,.;:?!)]}>%")
OPENING = frozenset("（《〈「『【〔〖［｛“‘￥＄№([{<$#")
_PAIRED = frozenset("—…")
_COUNTED = frozenset("年月日份次个张件样项天岁号户元—")
"""What stands after a number and belongs to it: 1 份, 12月, 8:30—. No line breaks between them."""
_BEFORE_NUMBER = frozenset("年月—")
"""What a number goes on from: 月7日, —12:00."""
_PIECES = re.compile(r"(?P<space> +)|(?P<latin>[!-~]+)|(?P<digits>[０-９]+)|(?P<other>.)", re.DOTALL)
_SOFT_BREAK = re.compile(r"[-/_.,:;?&=#]")

_REPLACED = {
    "\t": " ",
    "¥": "￥",
    "•": "·",
    "‧": "·",
    "〜": "～",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "−": "-",
}


class Line(Struct, frozen=True):
    """One line that fits the paper."""

    text: str
    size: Size = Size.NORMAL
    bold: bool = False
    align: Align = Align.LEFT


Laid: TypeAlias = Line | Rule | Qr | Feed | Cut


def columns_of(text: str) -> int:
    """Return how many columns `text` takes on a printer in Chinese mode."""
    return sum(1 if character < "\x7f" else 2 for character in text)


def clean(text: str) -> str:
    """Return `text` without what no printer can show: kinds of space, invisible marks, controls, odd forms.

    A non-breaking space beside Han would otherwise become four bytes of GB18030, which two-byte
    printers print as garbage. Newlines stay.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(_cleaned(character) for character in composed)


def _cleaned(character: str) -> str:
    if character == "\n" or " " <= character <= "~":
        return character
    if character in _REPLACED:
        return _REPLACED[character]
    if "\u2f00" <= character <= "\u2fd5":  # radicals that look like the Han they stand for
        return unicodedata.normalize("NFKC", character)
    if character == "\u3000":
        return character
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in ("Cc", "Cf", "Zl", "Zp", "Cs") or _is_variation_selector(character):
        return ""
    return _compatible(character)


def _compatible(character: str) -> str:
    """Return a form that printers have of one that none has: ﬁ is fi, ㉑ is 21, ｶ is カ. They have ℃, № and ①."""
    if _in_gbk(character):
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain != character and all(_in_gbk(each) for each in plain) else character


def _in_gbk(text: str) -> bool:
    try:
        return bool(text.encode("gbk"))
    except UnicodeEncodeError:
        return False


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def wrap(text: str, columns: int) -> list[str]:
    """Return `text` as lines of at most `columns` columns (at least 2); an empty text is one line."""
    return [line for paragraph in clean(text).split("\n") for line in _wrap_paragraph(paragraph, columns)]


def _wrap_paragraph(text: str, columns: int) -> Iterator[str]:
    line = ""
    for unit in _units(text):
        if columns_of((line + unit).rstrip(" ")) <= columns:
            line += unit
            continue
        if line.rstrip(" "):
            yield line.rstrip(" ")
        line = unit.lstrip(" ")
        while columns_of(line.rstrip(" ")) > columns:
            head = _head(line, columns)
            yield head
            line = line[len(head) :]
    yield line.rstrip(" ")


def _units(text: str) -> list[str]:
    """Return the parts of `text` between which a line may break; blanks stay with what they follow."""
    units: list[str] = []
    for match in _PIECES.finditer(text):
        piece = match.group()
        if units and (match.lastgroup == "space" or _inseparable(units[-1], piece)):
            units[-1] += piece
        else:
            units.append(piece)
    return units


def _inseparable(before: str, after: str) -> bool:
    last = before.rstrip(" ")[-1:]
    if (last.isdecimal() and after[0] in _COUNTED) or (last in _BEFORE_NUMBER and after[0].isdecimal()):
        return True
    return after[0] in CLOSING or last in OPENING or (last == after[0] and last in _PAIRED)


def _head(text: str, columns: int) -> str:
    """Return the part of a text too wide for a line that goes on this line."""
    end, used = 0, 0
    while used + columns_of(text[end]) <= columns:
        used += columns_of(text[end])
        end += 1
    for soft in range(end, end // 2, -1):
        if _SOFT_BREAK.match(text[soft - 1]):
            return text[:soft]
    return text[:end]


def lay_out(blocks: Sequence[Block], columns: int) -> list[Laid]:
    """Return the lines of a slip on a paper of `columns` normal columns."""
    laid: list[Laid] = []
    for run in _runs(blocks):
        if isinstance(run, tuple):
            laid.extend(_table(run, columns))
        elif isinstance(run, Text):
            lines = wrap(run.text, columns // run.size.across)
            laid.extend(Line(line, run.size, run.bold, run.align) for line in lines)
        else:
            laid.append(run)
    return laid


def _runs(blocks: Iterable[Block]) -> Iterator[Text | Rule | Qr | Feed | Cut | tuple[Pair, ...]]:
    """Yield the blocks, with pairs that follow each other as one tuple."""
    pairs: list[Pair] = []
    for block in blocks:
        if isinstance(block, Pair):
            pairs.append(block)
            continue
        if pairs:
            yield tuple(pairs)
            pairs = []
        yield block
    if pairs:
        yield tuple(pairs)


def _table(pairs: tuple[Pair, ...], columns: int) -> Iterator[Line]:
    """Align the values of labels that leave them half of the paper; a longer label runs on."""
    labels = [clean(pair.label).replace("\n", " ") for pair in pairs]
    widths = [columns_of(label) for label in labels]
    indent = 1 + max((width for width in widths if width < columns // 2), default=0)
    for pair, label, width in zip(pairs, labels, widths, strict=True):
        if width >= indent:
            for line in wrap(f"{label} {pair.value}", columns):
                yield Line(line, bold=pair.bold)
            continue
        lead = label + " " * (indent - width)
        for line in wrap(pair.value, columns - indent):
            yield Line((lead + line).rstrip(" "), bold=pair.bold)
            lead = " " * indent

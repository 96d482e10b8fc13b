"""A date on its way: eight digits, shown in the visitor's language as far as they are typed."""

from __future__ import annotations

from string import Formatter

_DIGITS = {"year": 4, "month": 2, "day": 2}
DIGITS_MAX = sum(_DIGITS.values())


def date_shown(digits: str, pattern: str) -> str:
    """Return the digits in a pattern such as "{year}年{month}月{day}日".

    What follows a part is shown once the part is whole: 195001 is 1950年01月, 19500 is 1950年0.
    """
    shown = ""
    left = digits[:DIGITS_MAX]
    for literal, name, _, _ in Formatter().parse(pattern):
        if shown or not name:
            shown += literal
        if name is None or not left:
            break
        part, left = left[: _DIGITS[name]], left[_DIGITS[name] :]
        shown += part
        if len(part) < _DIGITS[name]:
            break
    return shown

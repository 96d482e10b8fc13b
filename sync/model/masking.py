"""What may be shown of personal data on paper, on lists and in public (去标识化, 个人信息保护法第五十一条).

Masked text is for reading only; nothing is looked up by it.
"""

from __future__ import annotations

import unicodedata

STAR = "＊"
_IDENTITY_SHOWN = 4


def masked_name(name: str) -> str:
    """李＊兰, 张＊, 欧＊＊华: the first character and, from three on, the last. A single one is hidden."""
    shown = _characters(name.strip())
    if len(shown) <= 2:
        return shown[0] + STAR if len(shown) == 2 else STAR * len(shown)
    return shown[0] + STAR * (len(shown) - 2) + shown[-1]


def masked_identity(number: str) -> str:
    """**************1234: the last four characters. A text that is too short for that shows nothing."""
    if len(number) <= _IDENTITY_SHOWN:
        return "*" * len(number)
    return "*" * (len(number) - _IDENTITY_SHOWN) + number[-_IDENTITY_SHOWN:]


def masked_phone(number: str) -> str:
    """000****123, 138****5678: four digits in the middle are hidden. A short number shows its last three or none."""
    digits = "".join(character for character in number if character.isdecimal())
    if len(digits) >= 10:
        return f"{digits[:3]}****{digits[7:]}"
    shown = digits[-3:] if len(digits) >= 7 else ""
    return "*" * (len(digits) - len(shown)) + shown


def _characters(text: str) -> list[str]:
    """Characters as people see them: a variation selector or an accent stays with its letter."""
    seen: list[str] = []
    for character in text:
        joins = unicodedata.category(character) in {"Mn", "Me"}
        if joins and seen:
            seen[-1] += character
        else:
            seen.append(character)
    return seen

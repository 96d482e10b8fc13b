"""The words on the keys of rating pads."""

from __future__ import annotations

from enum import StrEnum


class KeyWord(StrEnum):
    """What the keys of pads say, best first. How the words that are none of the standard's five count is the county's.

    GB/T 39734-2020 practice knows 非常满意 满意 基本满意 不满意 非常不满意; the rest stands on pads from before it.
    """

    VERY_SATISFIED = "非常满意"
    QUITE_SATISFIED = "很满意"
    SATISFIED = "满意"
    BASICALLY_SATISFIED = "基本满意"
    AVERAGE = "一般"
    DISSATISFIED = "不满意"
    QUITE_DISSATISFIED = "很不满意"
    VERY_DISSATISFIED = "非常不满意"

    @property
    def is_good(self) -> bool:
        """Whether it praises."""
        return self in (KeyWord.VERY_SATISFIED, KeyWord.QUITE_SATISFIED, KeyWord.SATISFIED)

    @property
    def is_bad(self) -> bool:
        """Whether it complains."""
        return self in (KeyWord.DISSATISFIED, KeyWord.QUITE_DISSATISFIED, KeyWord.VERY_DISSATISFIED)

"""Ratings (好差评): five levels by their exact words, how a pad's keys count, and counts that hide nothing.

Sources: 国办发〔2019〕51号; GB/T 39734-2020 (一次一评、一事一评), GB/T 39735-2020 (好评率、主动评价率、未评率).
No answer is 未评, an outcome of its own: it is never turned into a level, and every rate is said with its
numerator, its denominator and how many did not rate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType

from msgspec import Struct

from sync.model.profile import PadWords


class Level(IntEnum):
    """The five levels; the number is the stars and the number in the record."""

    VERY_SATISFIED = 5
    SATISFIED = 4
    BASICALLY_SATISFIED = 3
    DISSATISFIED = 2
    VERY_DISSATISFIED = 1

    @property
    def words(self) -> str:
        """The exact words of the standard."""
        return _WORDS[self]

    @property
    def bad(self) -> bool:
        """差评: it starts the clocks of contact and correction."""
        return self <= Level.DISSATISFIED


_WORDS = MappingProxyType(
    {
        Level.VERY_SATISFIED: "非常满意",
        Level.SATISFIED: "满意",
        Level.BASICALLY_SATISFIED: "基本满意",
        Level.DISSATISFIED: "不满意",
        Level.VERY_DISSATISFIED: "非常不满意",
    }
)

_LEVELS = MappingProxyType({words: level for level, words in _WORDS.items()})

NOT_RATED_WORDS = "未评"
QUITE_SATISFIED, AVERAGE, QUITE_DISSATISFIED = "很满意", "一般", "很不满意"
"""Words on pads from before the five levels; how they count is in the county's profile."""


def level_of_key(word: str, on_pad: Collection[str], county: PadWords) -> Level:
    """Return how a key counts that says `word` on a pad whose keys say `on_pad`. Raises KeyError for other words."""
    if word == Level.SATISFIED.words and not {Level.VERY_SATISFIED.words, QUITE_SATISFIED} & set(on_pad):
        return Level(county.best_satisfied)
    if word == Level.DISSATISFIED.words and not {Level.VERY_DISSATISFIED.words, QUITE_DISSATISFIED} & set(on_pad):
        return Level(county.worst_dissatisfied)
    others = {
        QUITE_SATISFIED: county.quite_satisfied,
        AVERAGE: county.average,
        QUITE_DISSATISFIED: county.quite_dissatisfied,
    }
    return Level(others[word]) if word in others else _LEVELS[word]


class Share(Struct, frozen=True):
    """A part of a whole, in counts. Raises ValueError when it is no part."""

    part: int
    whole: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.whole:
            raise ValueError(f"{self.part} of {self.whole}")

    @property
    def percent(self) -> str:
        """92.3%, never rounded up, so that 100.0% means all; — of nothing."""
        if self.whole == 0:
            return "—"
        tenths = self.part * 1000 // self.whole
        return f"{tenths // 10}.{tenths % 10}%"

    def in_words(self) -> str:
        """12/13（92.3%）."""
        return f"{self.part}/{self.whole}（{self.percent}）"


class Satisfaction(Struct, frozen=True):
    """How often each level was given, and how often none."""

    counts: Mapping[Level, int]
    not_rated: int

    @property
    def rated(self) -> int:
        """How many rated."""
        return sum(self.counts.values())

    @property
    def asked(self) -> int:
        """How many could have rated."""
        return self.rated + self.not_rated

    @property
    def satisfied(self) -> Share:
        """满意率: 非常满意, 满意 and 基本满意 among those who rated."""
        bad = sum(count for level, count in self.counts.items() if level.bad)
        return Share(self.rated - bad, self.rated)

    @property
    def took_part(self) -> Share:
        """主动评价率: those who rated among those who could."""
        return Share(self.rated, self.asked)

    @property
    def silent(self) -> Share:
        """未评率: those who did not among those who could."""
        return Share(self.not_rated, self.asked)

    def in_words(self) -> str:
        """满意率 12/13（92.3%），未评 4: never the rate alone."""
        return f"满意率 {self.satisfied.in_words()}，{NOT_RATED_WORDS} {self.not_rated}"


def tally(outcomes: Iterable[Level | None]) -> Satisfaction:
    """Count outcomes, one for each time that somebody was asked; None is 未评."""
    counts = dict.fromkeys(Level, 0)
    not_rated = 0
    for outcome in outcomes:
        if outcome is None:
            not_rated += 1
        else:
            counts[outcome] += 1
    return Satisfaction(MappingProxyType(counts), not_rated)

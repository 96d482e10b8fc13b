"""Pinyin of names, computed when a pack is built, so that a terminal needs no dictionary to search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from pypinyin import Style, lazy_pinyin


class Spelling:
    """Spells words. Characters with several readings are read by the word they stand in.

    `readings` are words that the dictionary reads wrongly, with their syllables: 重置 → chong zhi.
    """

    def __init__(self, readings: Mapping[str, tuple[str, ...]]) -> None:
        self._readings = readings
        longest_first = sorted(readings, key=len, reverse=True)
        self._known = re.compile(f"({'|'.join(map(re.escape, longest_first))})") if readings else None

    def syllables(self, words: str) -> list[str]:
        """One syllable a character, without tones; a run of Latin letters or digits is one, other signs are dropped."""
        plain = unicodedata.normalize("NFKC", words)
        found: list[str] = []
        for part in self._known.split(plain) if self._known else [plain]:
            found.extend(self._readings[part] if part in self._readings else _dictionary(part))
        return found

    def search_key(self, words: str) -> dict[str, object]:
        """The plain form of a SearchKey."""
        return {"words": words, "syllables": self.syllables(words)}


def _dictionary(words: str) -> list[str]:
    spelled = lazy_pinyin(words, style=Style.NORMAL, errors=_latin)
    return [syllable for part in spelled for syllable in part.split()]


def _latin(run: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in run.lower())

"""Finding service items by words, pinyin and initials, as an input method would: no dictionary, no I/O.

A query is matched against every name and life word of an item, as characters and as pinyin. In pinyin each syllable
may be given whole, cut short or by its first letter, and letters may start at any syllable: `gaolingjintie`, `gljt`,
`gaoljt` and `jintie` all find 高龄津贴. A query of several words wants all of them. Names come before life words,
starts before middles, characters before pinyin; equals keep the catalogue's order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from sync.model.catalogue import SearchKey, ServiceItem

QUERY_LENGTH_MAX = 40

_WHOLE, _START, _WITHIN, _PINYIN_WHOLE, _PINYIN_START, _PINYIN_WITHIN, _NOTHING = range(7)
_LIFE_WORD_LATER = 1
"""A life word ranks behind a name that matches in the same way."""


class SearchHit(Struct, frozen=True):
    """An item found, and which of its names or life words matched."""

    item: ServiceItem
    words: str


def search_items(items: Sequence[ServiceItem], query: str) -> tuple[SearchHit, ...]:
    """Items that match, best first. An empty query finds nothing; only its first 40 characters count."""
    words = query_words(query)
    if not words:
        return ()
    ranked = [(*_rank(item, words), place) for place, item in enumerate(items)]
    found = sorted((rank, place, spelled) for rank, spelled, place in ranked if rank < 2 * _NOTHING)
    return tuple(SearchHit(items[place], spelled) for _, place, spelled in found)


def query_words(query: str) -> tuple[str, ...]:
    """The words of a query: full-width and capital letters made plain, apostrophes dropped, split at other signs."""
    plain = unicodedata.normalize("NFKC", query[:QUERY_LENGTH_MAX]).lower().replace("'", "").replace("\u2019", "")
    return tuple("".join(sign if sign.isalnum() else " " for sign in plain).split())


def _rank(item: ServiceItem, words: tuple[str, ...]) -> tuple[int, str]:
    """The rank of an item (lower is better) and the name or life word that earned it.

    Each word of the query may be met by another name; the item ranks by its worst word.
    """
    names = (item.name, item.short_name)
    ranks = [min((_key_rank(key, word, named=key.words in names), key.words) for key in item.keys) for word in words]
    return max(ranks)


def _key_rank(key: SearchKey, word: str, *, named: bool) -> int:
    name = _bare(key.words)
    if word in name:
        way = _WHOLE if word == name else _START if name.startswith(word) else _WITHIN
    elif word.isascii():
        way = _pinyin_way(key.syllables, word)
    else:
        way = _NOTHING
    return 2 * way + (0 if named or way == _NOTHING else _LIFE_WORD_LATER)


def _bare(words: str) -> str:
    return "".join(query_words(words))


def _pinyin_way(syllables: tuple[str, ...], word: str) -> int:
    for start in range(len(syllables)):
        if spells(syllables, start, word):
            if start > 0:
                return _PINYIN_WITHIN
            whole = ("".join(syllables), "".join(each[0] for each in syllables))
            return _PINYIN_WHOLE if word in whole else _PINYIN_START
    return _NOTHING


def spells(syllables: tuple[str, ...], start: int, letters: str) -> bool:
    """Whether letters spell syllables from `start` on, each syllable by one or more of its first letters."""
    rests = {letters}
    for syllable in syllables[start:]:
        following: set[str] = set()
        for rest in rests:
            for length in range(1, len(syllable) + 1):
                if not rest.startswith(syllable[:length]):
                    break
                if length == len(rest):
                    return True
                following.add(rest[length:])
        if not following:
            return False
        rests = following
    return False

"""Pinyin of names, computed when a pack is built, so that a terminal needs no dictionary to search."""

from __future__ import annotations

import unicodedata

from pypinyin import Style, lazy_pinyin


def syllables(words: str) -> list[str]:
    """One syllable a character, without tones; a run of Latin letters or digits is one. Other signs are dropped.

    Characters with several readings are read by the word they stand in.
    """
    found: list[str] = []
    for part in lazy_pinyin(unicodedata.normalize("NFKC", words), style=Style.NORMAL, errors=_latin):
        found.extend(part.split())
    return found


def search_key(words: str) -> dict[str, object]:
    """The plain form of a SearchKey."""
    return {"words": words, "syllables": syllables(words)}


def _latin(run: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in run.lower())

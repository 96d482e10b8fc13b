"""What the technician reads: every sentence in Chinese and in English, on one line."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Sentence(Struct, frozen=True):
    """One thing to say."""

    chinese: str
    english: str

    def __str__(self) -> str:
        return f"{self.chinese}（{self.english}）"


Say = Callable[[Sentence], None]


class Refused(Exception):
    """The work cannot be done; the sentence says why and what to do. Programs end with exit code 1."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.sentence = Sentence(chinese, english)

"""Facts as the published catalogue has them: `tests/golden/facts.json`, and `sync/README.md`, "Facts"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.second.carried import pack_strokes

Fields = dict[int, Any]
Row = dict[str, Any]


class Catalogue:
    """Makes one example of every kind of fact from the catalogue alone. `number` makes two examples differ."""

    def __init__(self, told: dict[str, Any], number: int) -> None:
        self.told = told
        self.scalars: dict[str, Callable[[], Any]] = {
            "whole": lambda: 3 + number,
            "text": lambda: f"第{number}个",
            "bytes": lambda: bytes([7 + number]) * 8,
            "truth": lambda: 1,
            "day": lambda: 739_000 + number,
            "strokes": lambda: pack_strokes([[10, 20, 30 + number, 5], [1, 2]]),
            "null": lambda: None,
        }

    def example(self, kind: int) -> tuple[Fields, Fields]:
        """Return plain fields and body fields of a fact, none of them left out."""
        rows = self.told["kinds"][str(kind)]["fields"]
        plain = {row["plain"]: self.value(row["type"]) for row in rows if "plain" in row}
        return plain, {row["body"]: self.value(row["type"]) for row in rows if "body" in row}

    def value(self, kind: str) -> Any:
        """Return a value of a type."""
        first = kind.split(" or ", maxsplit=1)[0] if not kind.startswith("{") else kind
        if first.startswith("["):
            return [self.value(first[1:-1])]
        if first.startswith("{"):
            key, _, held = first[1:-1].partition(": ")
            return {self.value(key): self.value(held)}
        if first in self.scalars:
            return self.scalars[first]()
        if first in self.told["words"]:
            return self.told["words"][first][-1]
        return {row.get("plain", row.get("body")): self.value(row["type"]) for row in self.told["parts"][first]}

"""`python -m tests.golden.facts` writes facts.json: every kind of fact with its fields, their places, keys and types.

What its types mean stands in `sync/README.md`, under Facts.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path

from msgspec import NODEFAULT, Struct

from sync.model.facts import FACTS
from sync.model.facts.declaration import Kind
from sync.model.plain import Body, Packed, Plain
from sync.model.structs import defaults_of

VECTORS = Path(__file__).with_name("facts.json")
SCALARS = {int: "whole", str: "text", bytes: "bytes", bool: "truth", date: "day", type(None): "null"}


class Catalogue:
    """Facts as data, and what they are made of."""

    def __init__(self) -> None:
        self.parts: dict[str, object] = {}
        self.words: dict[str, object] = {}

    def fields(self, declared: type[Struct]) -> list[dict[str, object]]:
        """The fields of a declared struct, in their order."""
        defaults = defaults_of(declared)
        hints = typing.get_type_hints(declared, include_extras=True)
        return [self._field(name, hints[name], defaults.get(name, NODEFAULT)) for name in declared.__struct_fields__]

    def _field(self, name: str, annotated: object, default: object) -> dict[str, object]:
        hint, place, *packed = typing.get_args(annotated)
        assert isinstance(place, Plain | Body)
        assert all(isinstance(each, Packed) for each in packed)
        where = "plain" if isinstance(place, Plain) else "body"
        row: dict[str, object] = {"name": name, where: place.key, "type": "strokes" if packed else self._type(hint)}
        return row if default is NODEFAULT else {**row, "default": self._default(default)}

    def _default(self, default: object) -> object:
        return default.hex() if isinstance(default, bytes) else default

    def _type(self, hint: typing.Any) -> str:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return " or ".join(self._type(each) for each in arguments)
        if origin is tuple:
            return f"[{self._type(arguments[0])}]"
        if origin is Mapping:
            return f"{{{self._type(arguments[0])}: {self._type(arguments[1])}}}"
        if issubclass(hint, Enum):
            self.words[hint.__name__] = [each.value for each in hint]
            return str(hint.__name__)
        if issubclass(hint, Struct):
            self.parts[hint.__name__] = self.fields(hint)
            return str(hint.__name__)
        return SCALARS[hint]


def vectors() -> dict[str, dict[str, object]]:
    """Everything that the file holds."""
    catalogue = Catalogue()
    kinds: dict[str, object] = {
        str(int(kind)): {"name": FACTS[kind].__name__, "fields": catalogue.fields(FACTS[kind])} for kind in sorted(Kind)
    }
    return {
        "kinds": kinds,
        "parts": dict(sorted(catalogue.parts.items())),
        "words": dict(sorted(catalogue.words.items())),
    }


def text() -> str:
    """The file, a kind a line."""
    groups = []
    for group, rows in vectors().items():
        lines = [f"  {json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in rows.items()]
        groups.append(f' "{group}": {{\n' + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(groups) + "\n}\n"


if __name__ == "__main__":
    VECTORS.write_text(text(), "utf-8")

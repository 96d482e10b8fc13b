"""JSON Schema of the plain form of each pack, drawn from the same annotations that read it."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct

from sync.model.calendar_pack import CalendarPack
from sync.model.catalogue import Catalogue
from sync.model.content import Many, Text, Whole, bare_type, limits_of
from sync.model.content_reading import type_hints
from sync.model.profile import Profile
from sync.model.structs import defaults_of
from sync.packs import PackKind

CONTENT_TYPES: Mapping[PackKind, type] = {
    PackKind.CATALOGUE: Catalogue,
    PackKind.PROFILE: Profile,
    PackKind.CALENDAR: CalendarPack,
}
_DAY_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

Schema = dict[str, object]


def schema_file(kind: PackKind) -> str:
    """The name of the kept schema of a kind of pack."""
    return f"{kind.value}.schema.json"


def schema_of(kind: PackKind) -> Schema:
    """The schema of the plain form of a kind of pack (JSON Schema 2020-12)."""
    content = CONTENT_TYPES[kind]
    definitions: dict[str, Schema] = {}
    _define(content, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Plain form of the {kind.value} pack",
        "$ref": f"#/$defs/{content.__name__}",
        "$defs": dict(sorted(definitions.items())),
    }


def _define(content: type[Struct], definitions: dict[str, Schema]) -> Schema:
    reference: Schema = {"$ref": f"#/$defs/{content.__name__}"}
    if content.__name__ in definitions:
        return reference
    definitions[content.__name__] = {}  # held while its parts are drawn
    defaults = defaults_of(content)
    hints = type_hints(typing.cast("typing.Any", content))
    definitions[content.__name__] = {
        "type": "object",
        "properties": {name: _schema(hints[name], definitions) for name in content.__struct_fields__},
        "required": [name for name in content.__struct_fields__ if name not in defaults],
        "additionalProperties": False,
    }
    return reference


def _schema(hint: object, definitions: dict[str, Schema]) -> Schema:
    bare = bare_type(hint)
    origin, parts = typing.get_origin(bare), typing.get_args(bare)
    if origin in (typing.Union, types.UnionType):
        return _schema(next(part for part in parts if part is not type(None)), definitions)
    if origin is tuple:
        many = limits_of(hint, Many)
        return {
            "type": "array",
            "items": _schema(parts[0], definitions),
            "minItems": many.least,
            "maxItems": many.most,
        }
    if origin is Mapping:
        return {
            "type": "object",
            "propertyNames": _schema(parts[0], definitions),
            "additionalProperties": _schema(parts[1], definitions),
        }
    return _scalar(hint, bare, definitions)


def _scalar(hint: object, bare: object, definitions: dict[str, Schema]) -> Schema:
    if bare is str:
        text = limits_of(hint, Text)
        schema: Schema = {"type": "string", "minLength": text.least, "maxLength": text.most}
        return schema if text.pattern is None else schema | {"pattern": f"^(?:{text.pattern})$"}
    if bare is bool:
        return {"enum": [0, 1]}
    if bare is int:
        whole = limits_of(hint, Whole)
        return {"type": "integer", "minimum": whole.least, "maximum": whole.most}
    if bare is date:
        return {"type": "string", "format": "date", "pattern": _DAY_PATTERN}
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        return {"enum": [each.value for each in bare]}
    if isinstance(bare, type) and issubclass(bare, Struct):
        return _define(bare, definitions)
    raise TypeError(f"{bare!r} has no place in a content type")

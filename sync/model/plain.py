"""Facts as plain values: what a header and a body carry, before any bytes exist.

A fact class is a frozen dataclass whose every field is declared with `plain(key)` or `body(key)`.
*Plain* fields travel in the signed header, readable by everyone who carries the record, because the fold
needs them; they hold no personal data. *Body* fields travel in the body. Keys are small integers that
never change their meaning; a field that is gone leaves its key unused.

Plain values are `int`, `str`, `bytes`, `None`, tuples of plain values and maps with `int` or `str` keys, nothing else:
dates become their proleptic ordinal (`date.toordinal`), enumerations their value.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum

type_hints: Callable[[typing.Any], dict[str, typing.Any]] = functools.cache(typing.get_type_hints)

PlainValue = typing.Union[  # noqa: UP007 - a recursive alias needs the quoted form
    int, str, bytes, None, tuple["PlainValue", ...], Mapping[int, "PlainValue"], Mapping[str, "PlainValue"]
]


class FactDoesNotFit(ValueError):
    """The plain values are not those of the fact they claim to be; the message names the field."""


def plain(key: int, *, default: object = dataclasses.MISSING) -> typing.Any:
    """Declare a field of the signed header under integer `key`."""
    return _declare("plain", key, default)


def body(key: int, *, default: object = dataclasses.MISSING) -> typing.Any:
    """Declare a field of the body under integer `key`."""
    return _declare("body", key, default)


def _declare(place: str, key: int, default: object) -> typing.Any:
    metadata = {"place": place, "key": key}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


T = typing.TypeVar("T")


@typing.dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(plain, body))
def declared(kind: type[T]) -> type[T]:
    """Make a class with `plain` and `body` fields a frozen, slotted dataclass of keyword arguments."""
    return dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(kind)


def to_maps(value: object) -> tuple[dict[int, PlainValue], dict[int, PlainValue]]:
    """Return the (header, body) maps of a declared dataclass. A field that holds its default is left out."""
    places: dict[str, dict[int, PlainValue]] = {"plain": {}, "body": {}}
    for field in dataclasses.fields(typing.cast("typing.Any", value)):
        held = getattr(value, field.name)
        if held == field.default:
            continue
        places[field.metadata["place"]][field.metadata["key"]] = _to_plain(held)
    return places["plain"], places["body"]


def from_maps(kind: type[T], header: Mapping[int, PlainValue], sealed: Mapping[int, PlainValue]) -> T:
    """Rebuild a declared dataclass from its two maps. Keys that a newer version added are ignored.

    Raises:
        FactDoesNotFit: a field is missing or holds a value of another type.
    """
    arguments: dict[str, object] = {}
    hints = type_hints(kind)
    places: dict[str, Mapping[int, PlainValue]] = {"plain": header, "body": sealed}
    for field in dataclasses.fields(typing.cast("typing.Any", kind)):
        held = places[field.metadata["place"]]
        key = field.metadata["key"]
        if key in held:
            arguments[field.name] = _from_plain(hints[field.name], held[key], f"{kind.__name__}.{field.name}")
        elif field.default is dataclasses.MISSING:
            raise FactDoesNotFit(f"{kind.__name__}.{field.name} is missing")
    return kind(**arguments)


def field_of(kind: type[object], name: str, header: Mapping[int, PlainValue]) -> typing.Any:
    """Return one plain field of a declared class by its name, without needing the body.

    Raises:
        FactDoesNotFit: the field is missing or of another type.
    """
    for field in dataclasses.fields(typing.cast("typing.Any", kind)):
        if field.name != name:
            continue
        if field.metadata["key"] in header:
            return _from_plain(type_hints(kind)[name], header[field.metadata["key"]], f"{kind.__name__}.{name}")
        if field.default is not dataclasses.MISSING:
            return field.default
    raise FactDoesNotFit(f"{kind.__name__}.{name} is missing")


def _to_plain(value: object) -> PlainValue:
    if isinstance(value, Enum):
        return typing.cast("PlainValue", value.value)
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, int | str | bytes):
        return value
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, tuple):
        return tuple(_to_plain(each) for each in value)
    if isinstance(value, Mapping):
        return {key: _to_plain(each) for key, each in value.items()}
    header, sealed = to_maps(value)
    return {**header, **sealed}


def _from_plain(hint: typing.Any, value: PlainValue, where: str) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _from_union(arguments, value, where)
    if origin is tuple:
        if not isinstance(value, tuple | list):
            raise FactDoesNotFit(f"{where} is not a list")
        return tuple(_from_plain(arguments[0], each, where) for each in value)
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise FactDoesNotFit(f"{where} is not a map")
        return {key: _from_plain(arguments[1], each, where) for key, each in value.items()}
    return _from_scalar(hint, value, where)


def _from_union(choices: tuple[typing.Any, ...], value: PlainValue, where: str) -> object:
    if value is None and type(None) in choices:
        return None
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return _from_plain(choice, value, where)
        except FactDoesNotFit:
            continue
    raise FactDoesNotFit(f"{where} holds none of the types it may hold")


def _from_scalar(hint: typing.Any, value: PlainValue, where: str) -> object:
    try:
        if hint is bool and value in (0, 1):
            return bool(value)
        if hint is date and isinstance(value, int):
            return date.fromordinal(value)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(value)
    except (ValueError, OverflowError) as refusal:
        raise FactDoesNotFit(f"{where}: {refusal}") from refusal
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        fields = typing.cast("Mapping[int, PlainValue]", value)
        return from_maps(typing.cast("type[object]", hint), fields, fields)
    if isinstance(hint, type) and hint in (int, str, bytes) and isinstance(value, hint):
        return value
    raise FactDoesNotFit(f"{where} is not {getattr(hint, '__name__', hint)}")

"""Facts as plain values: what a header and a body carry, before any bytes exist.

A fact class is a frozen struct whose every field says its place by its annotation: `Annotated[T, Plain(key)]` or
`Annotated[T, Body(key)]`.
*Plain* fields travel in the signed header, readable by everyone who carries the record, because the fold
needs them; they hold no personal data. *Body* fields travel in the body. Keys are small integers that
never change their meaning; a field that is gone leaves its key unused. A third mark, `Packed`, makes bytes of a value.

Plain values are `int`, `str`, `bytes`, `None`, tuples of plain values and maps with `int` or `str` keys, nothing else:
dates become their proleptic ordinal (`date.toordinal`), enumerations their value.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum

from msgspec import NODEFAULT, Struct

from sync.model.structs import defaults_of

PlainValue = typing.Union[  # noqa: UP007 - a recursive alias needs the quoted form
    int, str, bytes, None, tuple["PlainValue", ...], Mapping[int, "PlainValue"], Mapping[str, "PlainValue"]
]


class FactDoesNotFit(ValueError):
    """The plain values are not those of the fact they claim to be; the message names the field."""


class Plain(Struct, frozen=True):
    """Marks a field of the signed header, under its integer key."""

    key: int


class Body(Struct, frozen=True):
    """Marks a field of the body, under its integer key."""

    key: int


class Packed(Struct, frozen=True):
    """Marks a field that travels as bytes: how they are made of its value, and how they are read.

    `read` raises ValueError for bytes that `make` does not make.
    """

    make: Callable[[typing.Any], bytes]
    read: Callable[[bytes], object]


class _Field(Struct, frozen=True):
    """A declared field: its place, what it holds, the default with which it is left out, and how it is packed."""

    name: str
    place: Plain | Body
    hint: typing.Any
    default: object
    packed: Packed | None


@functools.cache
def _fields(kind: type[Struct]) -> tuple[_Field, ...]:
    defaults = defaults_of(kind)
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = []
    for name in kind.__struct_fields__:
        hint, place, *packed = typing.get_args(hints[name])
        fields.append(_Field(name, place, hint, defaults.get(name, NODEFAULT), packed[0] if packed else None))
    return tuple(fields)


def to_maps(value: Struct) -> tuple[dict[int, PlainValue], dict[int, PlainValue]]:
    """Return the (header, body) maps of a declared struct. A field that holds its default is left out."""
    header: dict[int, PlainValue] = {}
    sealed: dict[int, PlainValue] = {}
    for field in _fields(type(value)):
        held = getattr(value, field.name)
        if held != field.default:
            place = header if isinstance(field.place, Plain) else sealed
            place[field.place.key] = field.packed.make(held) if field.packed else _to_plain(held)
    return header, sealed


T = typing.TypeVar("T", bound=Struct)


def from_maps(kind: type[T], header: Mapping[int, PlainValue], sealed: Mapping[int, PlainValue]) -> T:
    """Rebuild a declared struct from its two maps. Keys that a newer version added are ignored.

    Raises:
        FactDoesNotFit: a field is missing or holds a value of another type.
    """
    arguments: dict[str, object] = {}
    for field in _fields(kind):
        held = header if isinstance(field.place, Plain) else sealed
        if field.place.key in held:
            where = f"{kind.__name__}.{field.name}"
            arguments[field.name] = _read(field, held[field.place.key], where)
        elif field.default is NODEFAULT:
            raise FactDoesNotFit(f"{kind.__name__}.{field.name} is missing")
    return kind(**arguments)


def field_of(kind: type[Struct], name: str, header: Mapping[int, PlainValue]) -> typing.Any:
    """Return one plain field of a declared struct by its name, without needing the body.

    Raises:
        FactDoesNotFit: the field is missing or of another type.
    """
    for field in _fields(kind):
        if field.name != name:
            continue
        if field.place.key in header:
            return _read(field, header[field.place.key], f"{kind.__name__}.{name}")
        if field.default is not NODEFAULT:
            return field.default
    raise FactDoesNotFit(f"{kind.__name__}.{name} is missing")


def _read(field: _Field, value: PlainValue, where: str) -> object:
    if field.packed is None:
        return _from_plain(field.hint, value, where)
    if not isinstance(value, bytes):
        raise FactDoesNotFit(f"{where} is not packed")
    try:
        return field.packed.read(value)
    except ValueError as refusal:
        raise FactDoesNotFit(f"{where}: {refusal}") from refusal


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
    header, sealed = to_maps(typing.cast("Struct", value))
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
        # Without the value: it may be as large as its record, and somebody's name.
        raise FactDoesNotFit(f"{where} is no {hint.__name__}") from refusal
    if isinstance(hint, type) and issubclass(hint, Struct) and isinstance(value, Mapping):
        fields = typing.cast("Mapping[int, PlainValue]", value)
        return from_maps(hint, fields, fields)
    if isinstance(hint, type) and hint in (int, str, bytes) and isinstance(value, hint):
        return value
    raise FactDoesNotFit(f"{where} is not {getattr(hint, '__name__', hint)}")

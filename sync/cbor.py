"""Deterministic CBOR (RFC 8949, section 4.2.1), strict in both directions.

The values are those of `sync.model.plain.PlainValue`: integers of 64 bits, texts, byte strings, null, arrays (as
tuples) and maps whose keys are all non-negative integers or all texts. Floats, booleans and tags are refused, so
that a value has one encoding and a hostile tag never reaches a decoder of dates, regular expressions or fractions.
For these keys the shortest-first order of RFC 7049 and the bytewise order of RFC 8949 are the same.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NoReturn

import cbor2
from msgspec import Struct

from sync.model.plain import PlainValue

DEPTH_MAX = 12
"""Arrays and maps within one another; the deepest fact (a form's repeated group) has 6."""

_INT_LEAST = -(1 << 64)
_INT_MOST = (1 << 64) - 1


class NotPlain(TypeError):
    """A value that has no place in a record: a float, a truth value, an object, mixed map keys."""


class CborRefused(ValueError):
    """These bytes are not the one encoding of a plain value within the limits."""


class CborTooLarge(CborRefused):
    """More bytes than allowed."""


class CborTooDeep(CborRefused):
    """More arrays and maps within one another than allowed."""


class CborTooMany(CborRefused):
    """More values than allowed."""


class CborMalformed(CborRefused):
    """Not well-formed, cut short, of indefinite length, a key twice, or of a type that records do not use."""


class CborNotDeterministic(CborRefused):
    """Another encoding of the same value: a long form, keys out of order, bytes after the end."""


class Limits(Struct, frozen=True):
    """What a decoder takes at most: bytes, nesting, and values counted with all that they hold."""

    bytes_max: int
    values_max: int = 10_000
    depth_max: int = DEPTH_MAX


def encode(value: PlainValue) -> bytes:
    """Return the one encoding of `value`. Raises NotPlain, also for nesting beyond DEPTH_MAX."""
    try:
        return cbor2.dumps(_plain(value, DEPTH_MAX))
    except (CborRefused, UnicodeEncodeError) as cause:
        raise NotPlain(str(cause)) from cause


def decode(data: bytes, limits: Limits) -> PlainValue:
    """Return the value that `data` is the one encoding of; arrays come as tuples. Raises CborRefused, by its kinds."""
    value = decode_unchecked(data, limits)
    try:
        plain = _plain(value, limits.depth_max)
    except NotPlain as cause:
        raise CborMalformed(str(cause)) from cause
    # What cbor2 lets pass (long forms, unordered keys, bytes after the end) does not survive this.
    if cbor2.dumps(plain) != data:
        raise CborNotDeterministic("another encoding of the same value, or bytes after its end")
    return plain


def checked(value: object) -> PlainValue:
    """Return what was decoded unchecked as a plain value. Raises NotPlain, CborTooDeep."""
    # A map of a few fields as most are. Numbers that were decoded are within bounds.
    if type(value) is dict and set(map(type, value)) == _NUMBERS and set(map(type, value.values())) <= _LEAVES:
        keys = sorted(value)
        if keys[0] >= 0 and keys == [*value]:
            return value
    return _plain(value, DEPTH_MAX)


def decode_unchecked(data: bytes, limits: Limits) -> object:
    """Return a value of `data` for a reader that judges every part of it, whatever else CBOR can hold but tags.

    That it is the one encoding is not looked at: for bytes whose signature has been checked and whose types will be.
    Raises CborRefused, by its kinds.
    """
    if len(data) > limits.bytes_max:
        raise CborTooLarge(f"{len(data)} bytes, at most {limits.bytes_max} are taken")
    # Every value has a byte at least, so most data need not be counted.
    if len(data) > limits.values_max:
        _refuse_many(data, limits)
    try:
        return cbor2.loads(
            data,
            semantic_decoders=_NO_TAGS,
            max_depth=limits.depth_max + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except cbor2.CBORDecodeError as cause:
        if "nesting depth" in str(cause):
            raise CborTooDeep(f"nested more than {limits.depth_max} deep") from cause
        raise CborMalformed(f"not CBOR as records use it: {cause}") from cause


def _refuse_many(data: bytes, limits: Limits) -> None:
    """Look at the heads of data items (RFC 8949, section 3), one after the other, and make nothing of them.

    An empty array has one byte here and 56 once it is made, so the count comes first; it ends with the first value too
    many. What is not well-formed ends it too, and is left to the decoder. Raises CborTooMany, CborTooDeep.
    """
    left, place, values = [1], 0, 1  # how many items each open array or map still lacks
    try:
        while left:
            if not left[-1]:
                left.pop()
                continue
            left[-1] -= 1
            head = data[place]
            kind, size = head >> 5, head & 31
            place += 1
            if 24 <= size <= 27:
                end = place + (1 << (size - 24))
                place, size = end, int.from_bytes(data[place:end])
            elif size > 27:
                return
            if kind in (_BYTES, _TEXT):
                place += size
            elif kind in _ITEMS_EACH:
                more = _ITEMS_EACH[kind] * size if kind != _TAG else 1
                values += more
                if values > limits.values_max:
                    raise CborTooMany(f"more than {limits.values_max} values")
                left.append(more)
                if len(left) > limits.depth_max + 1:
                    raise CborTooDeep(f"nested more than {limits.depth_max} deep")
    except IndexError:
        return


_BYTES, _TEXT, _ARRAY, _MAP, _TAG = 2, 3, 4, 5, 6
_ITEMS_EACH = {_ARRAY: 1, _MAP: 2, _TAG: 0}


def _plain(value: typing.Any, deeper: int) -> PlainValue:
    """Check the types of a value, and put map keys into their order. `deeper`: how much further it may be nested."""
    # Asking for the very type first spares tens of thousands of questions to an abstract class.
    kind = type(value)
    if kind is str or value is None or isinstance(value, str | bytes):
        return typing.cast("PlainValue", value)
    if isinstance(value, int) and kind is not bool and _INT_LEAST <= value <= _INT_MOST:
        return typing.cast("PlainValue", value)
    if deeper == 0 and isinstance(value, tuple | list | Mapping):
        raise CborTooDeep("nested too deep")
    if isinstance(value, tuple | list):
        # Most values are texts and numbers, and a call for each would take most of the time.
        return tuple(
            [
                each
                if (each_kind := type(each)) is str or (each_kind is int and _INT_LEAST <= each <= _INT_MOST)
                else _plain(each, deeper - 1)
                for each in value
            ]
        )
    if kind is dict or isinstance(value, Mapping):
        held: dict[typing.Any, PlainValue] = {}
        for key in _ordered(value):
            each = value[key]
            each_kind = type(each)
            if each_kind is str or (each_kind is int and _INT_LEAST <= each <= _INT_MOST):
                held[key] = each
            else:
                held[key] = _plain(each, deeper - 1)
        return held
    # The type only: a value may be somebody's name, and refusals are logged.
    raise NotPlain(f"a {type(value).__name__} is not a plain value")


_TEXTS, _NUMBERS, _LEAVES = {str}, {int}, {int, str, bytes, type(None)}


def _ordered(keys: Iterable[typing.Any]) -> list[typing.Any]:
    """Sort the keys of a map as RFC 8949 wants. Raises NotPlain for keys that maps of records do not have."""
    held = list(keys)
    kinds = set(map(type, held))
    if kinds == _TEXTS:
        # Code points sort as their UTF-8 bytes do, and sorting is stable: first by text, then by length in bytes.
        held.sort()
        held.sort(key=len if "".join(held).isascii() else _utf8_length)
        return held
    if kinds <= _NUMBERS:
        held.sort()
        if not held or (held[0] >= 0 and held[-1] <= _INT_MOST):
            return held
    raise NotPlain("map keys must be non-negative integers, or texts, not both")


def _utf8_length(text: str) -> int:
    return len(text.encode())


class _NoTags(Mapping[int, Callable[[object, bool], object]]):
    """Answers for every tag with a refusal; cbor2 asks here before it uses a decoder of its own."""

    def __getitem__(self, tag: int) -> Callable[[object, bool], object]:
        def refuse(_value: object, _immutable: bool) -> NoReturn:
            raise NotPlain(f"tag {tag}")

        return refuse

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 1


_NO_TAGS = _NoTags()

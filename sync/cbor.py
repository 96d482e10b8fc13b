"""Deterministic CBOR (RFC 8949, section 4.2.1), strict in both directions.

The values are those of `sync.model.plain.PlainValue`: integers of 64 bits, texts, byte strings, null, arrays (as
tuples) and maps whose keys are all non-negative integers or all texts. Floats, booleans and tags are refused, so
that a value has one encoding and a hostile tag never reaches a decoder of dates, regular expressions or fractions.
For these keys the shortest-first order of RFC 7049 and the bytewise order of RFC 8949 are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

import cbor2

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


@dataclass(frozen=True, slots=True)
class Limits:
    """What a decoder takes at most: bytes, nesting, and values counted with all that they hold."""

    bytes_max: int
    values_max: int = 10_000
    depth_max: int = DEPTH_MAX


def encode(value: PlainValue) -> bytes:
    """Return the one encoding of `value`. Raises NotPlain, also for nesting beyond DEPTH_MAX."""
    try:
        return cbor2.dumps(_Walk(Limits(bytes_max=0, values_max=1 << 62)).plain(value, 0))
    except (CborRefused, UnicodeEncodeError) as cause:
        raise NotPlain(str(cause)) from cause


def decode(data: bytes, limits: Limits) -> PlainValue:
    """Return the value that `data` is the one encoding of; arrays come as tuples. Raises CborRefused, by its kinds."""
    if len(data) > limits.bytes_max:
        raise CborTooLarge(f"{len(data)} bytes, at most {limits.bytes_max} are taken")
    try:
        value = cbor2.loads(
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
    try:
        plain = _Walk(limits).plain(value, 0)
    except NotPlain as cause:
        raise CborMalformed(str(cause)) from cause
    # What cbor2 lets pass (long forms, unordered keys, bytes after the end) does not survive this.
    if cbor2.dumps(plain) != data:
        raise CborNotDeterministic("another encoding of the same value, or bytes after its end")
    return plain


@dataclass(slots=True)
class _Walk:
    """One pass over a value: checks types and limits, and puts map keys into their order."""

    limits: Limits
    values: int = 0

    def plain(self, value: object, depth: int) -> PlainValue:
        self.values += 1
        if self.values > self.limits.values_max:
            raise CborTooMany(f"more than {self.limits.values_max} values")
        if value is None or isinstance(value, str | bytes):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and _INT_LEAST <= value <= _INT_MOST:
            return value
        if isinstance(value, tuple | list | Mapping):
            if depth == self.limits.depth_max:
                raise CborTooDeep(f"nested more than {self.limits.depth_max} deep")
            if isinstance(value, Mapping):
                return self._map(value, depth + 1)
            return tuple(self.plain(each, depth + 1) for each in value)
        # The type only: a value may be somebody's name, and refusals are logged.
        raise NotPlain(f"a {type(value).__name__} is not a plain value")

    def _map(self, value: Mapping[object, object], depth: int) -> PlainValue:
        self.values += len(value)
        numbers = [key for key in value if type(key) is int and 0 <= key <= _INT_MOST]
        if len(numbers) == len(value):
            return {key: self.plain(value[key], depth) for key in sorted(numbers)}
        texts = [key for key in value if type(key) is str]
        if len(texts) == len(value):
            return {key: self.plain(value[key], depth) for key in sorted(texts, key=_text_order)}
        raise NotPlain("map keys must be non-negative integers, or texts, not both")


def _text_order(text: str) -> tuple[int, bytes]:
    held = text.encode()
    return len(held), held


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

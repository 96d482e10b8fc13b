"""Deterministic CBOR, as far as the protocol has it (RFC 8949, 4.2.1): integers, texts, bytes, null, arrays, maps."""

from __future__ import annotations

from typing import Any

UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP = range(6)
NULL = 0xF6
DEPTH_MAX = 12


class NotCanonical(ValueError):
    """These bytes are not the deterministic encoding of a value of the protocol."""


def encode(value: object) -> bytes:
    """Return the one encoding of a value; TypeError for what the protocol does not have."""
    if value is None:
        return bytes([NULL])
    if isinstance(value, int) and not isinstance(value, bool):
        return _head(UINT, value) if value >= 0 else _head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(TEXT, len(text)) + text
    if isinstance(value, list | tuple):
        return _head(ARRAY, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        if {type(key) for key in value} not in (set(), {int}, {str}) or any(type(k) is int and k < 0 for k in value):
            raise TypeError("keys of a map are all non-negative integers or all texts")
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return _head(MAP, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise TypeError(f"the protocol has no {type(value).__name__}")


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for extra in range(4):
        size = 1 << extra
        if number < 1 << 8 * size:
            return bytes([major << 5 | 24 + extra]) + number.to_bytes(size, "big")
    raise TypeError("integers have 64 bits")


def decode(data: bytes) -> Any:
    """Return the value of exactly these bytes; NotCanonical unless they encode again to themselves."""
    try:
        value, end = _item(data, 0, 0)
        if end == len(data) and encode(value) == data:
            return value
    except (IndexError, TypeError, UnicodeDecodeError) as error:
        raise NotCanonical(str(error)) from error
    raise NotCanonical("bytes that are not their own encoding")


def _item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > DEPTH_MAX:
        raise NotCanonical("too deep")
    first = data[at]
    if first == NULL:
        return None, at + 1
    major, low = first >> 5, first & 31
    if major > MAP or low > 27:
        raise NotCanonical(f"the protocol has no item {first:#x}")
    at += 1
    number = low
    if low >= 24:
        size = 1 << low - 24
        number, at = int.from_bytes(_bytes(data, at, size), "big"), at + size
    if major <= NEGATIVE:
        return (number if major == UINT else -1 - number), at
    if major <= TEXT:
        content = _bytes(data, at, number)
        return (content if major == BYTES else content.decode()), at + number
    values = []
    for _ in range(number if major == ARRAY else 2 * number):
        value, at = _item(data, at, depth + 1)
        values.append(value)
    return (values if major == ARRAY else dict(zip(values[::2], values[1::2], strict=True))), at


def _bytes(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise NotCanonical("cut short")
    return data[at : at + size]

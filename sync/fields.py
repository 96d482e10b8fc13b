"""Taking typed values out of decoded CBOR: every field is there, of its type and within its bounds, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import ValidationError

from sync.model.plain import PlainValue

WHOLE_MOST = (1 << 53) - 1
"""Largest integer that every language reads exactly."""


class FieldRefused(ValueError):
    """A field is missing, unknown, of another type or out of bounds; the message names the field, not its value."""


def refused(value: PlainValue, names: Mapping[int, str], optional: frozenset[int], cause: ValidationError) -> str:
    """Say what msgspec refused in a map whose values it was given in the order of `names`."""
    try:
        Fields(value, names, optional)
    except FieldRefused as unknown_or_missing:
        return str(unknown_or_missing)
    why, _, place = str(cause).partition(" - at `")
    return f"{names[list(names)[int(place.partition('$[')[2].partition(']')[0])]]}: {why}"


class Fields:
    """The fields of one map with integer keys, or of one array by position.

    Args:
        value: what was decoded.
        names: every key that may be there, with the name that refusals use.
        optional: those of them that may be absent.

    Raises:
        FieldRefused: not a map or array, a key that `names` does not have, or one that is missing.
    """

    def __init__(self, value: PlainValue, names: Mapping[int, str], optional: frozenset[int] = frozenset()) -> None:
        if isinstance(value, tuple):
            value = dict(enumerate(value))
        if not isinstance(value, Mapping):
            raise FieldRefused("neither a map nor an array")
        held = cast("Mapping[int, PlainValue]", value)
        unknown = held.keys() - names.keys()
        if unknown:
            raise FieldRefused(f"unknown field {min(map(str, unknown)):.40}")
        missing = names.keys() - optional - held.keys()
        if missing:
            raise FieldRefused(f"{names[min(missing)]} is missing")
        self._held = held
        self._names = names

    def __contains__(self, key: int) -> bool:
        return key in self._held

    def present(self, key: int) -> bool:
        """Whether the field holds something, and not null."""
        return self._held.get(key) is not None

    def whole(self, key: int, least: int = 0, most: int = WHOLE_MOST) -> int:
        """Return an integer within [least, most]."""
        value = self._held[key]
        # The very type: to Python the truth values are integers too.
        if type(value) is not int or not least <= value <= most:
            raise FieldRefused(f"{self._names[key]} is not an integer from {least} to {most}")
        return value

    def text(self, key: int, chars_max: int) -> str:
        """Return a text of at most `chars_max` characters."""
        value = self._held[key]
        if not isinstance(value, str) or len(value) > chars_max:
            raise FieldRefused(f"{self._names[key]} is not a text of at most {chars_max} characters")
        return value

    def raw(self, key: int, bytes_exact: int) -> bytes:
        """Return a byte string of exactly `bytes_exact` bytes."""
        value = self._held[key]
        if not isinstance(value, bytes) or len(value) != bytes_exact:
            raise FieldRefused(f"{self._names[key]} is not {bytes_exact} bytes")
        return value

    def blob(self, key: int, bytes_max: int) -> bytes:
        """Return a byte string of at most `bytes_max` bytes."""
        value = self.blob_or_none(key, bytes_max)
        if value is None:
            raise FieldRefused(f"{self._names[key]} is not at most {bytes_max} bytes")
        return value

    def blob_or_none(self, key: int, bytes_max: int) -> bytes | None:
        """Return a byte string of at most `bytes_max` bytes, or None for null."""
        value = self._held[key]
        if value is not None and (not isinstance(value, bytes) or len(value) > bytes_max):
            raise FieldRefused(f"{self._names[key]} is not at most {bytes_max} bytes")
        return value

    def array(self, key: int, length_max: int) -> tuple[PlainValue, ...]:
        """Return an array of at most `length_max` values."""
        value = self._held[key]
        if not isinstance(value, tuple) or len(value) > length_max:
            raise FieldRefused(f"{self._names[key]} is not an array of at most {length_max} values")
        return value

    def map(self, key: int) -> Mapping[int, PlainValue]:
        """Return a map with integer keys."""
        value = self._held[key]
        if not isinstance(value, Mapping) or any(isinstance(each, str) for each in value):
            raise FieldRefused(f"{self._names[key]} is not a map with integer keys")
        return cast("Mapping[int, PlainValue]", value)

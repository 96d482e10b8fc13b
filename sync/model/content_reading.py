"""Reading and writing the plain form of content types, by their annotations alone (`sync.model.content`).

Every annotation is turned into a reader once; a pack of some ten thousand values is then read without looking at
types again, which a terminal does at every start.
"""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from sync.model.content import ContentWrong, Many, Problem, Text, Whole, bare_type, limits_of, shown
from sync.model.structs import defaults_of

T = TypeVar("T")
COMPLAINTS_MAX = 1000
"""Roughly so many complaints are collected; somebody who meets more begins with these."""

_Reader = Callable[[object], object]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@functools.cache
def type_hints(kind: typing.Any) -> dict[str, object]:
    """The annotations of a content type, with their limits, by field name."""
    return typing.get_type_hints(kind, include_extras=True)


def read(kind: type[T], plain: object) -> T:
    """Build a content type from its plain form.

    Raises:
        ContentWrong: a key is missing or unknown, a value is of another type, breaks a limit or contradicts another.
        It names the first such place; `all()` names as many as can be judged apart.
    """
    return typing.cast("T", _content_reader(typing.cast("typing.Any", kind))(plain))


def write(content: Struct) -> dict[str, object]:
    """The plain form of a content type: what `read` takes."""
    plain: dict[str, object] = {}
    defaults = defaults_of(type(content))
    for name in content.__struct_fields__:
        held = getattr(content, name)
        if name not in defaults or held != defaults[name]:
            plain[name] = _write_value(held)
    return plain


def _write_value(held: object) -> object:
    if isinstance(held, StrEnum):
        return held.value
    if isinstance(held, bool):
        return int(held)
    if held is None or isinstance(held, str | int):
        return held
    if isinstance(held, date):
        return held.isoformat()
    if isinstance(held, Mapping):
        return {key.value: _write_value(each) for key, each in held.items()}
    if isinstance(held, tuple):
        return [_write_value(each) for each in held]
    return write(typing.cast("Struct", held))


@functools.cache
def _content_reader(kind: typing.Any) -> _Reader:
    hints = type_hints(kind)
    readers = {name: _reader(hints[name]) for name in kind.__struct_fields__}
    defaults = defaults_of(kind)
    needed = readers.keys() - defaults.keys()

    def read_content(plain: object) -> object:
        # Asking for the very type first spares thousands of questions to an abstract class.
        if type(plain) is not dict and not isinstance(plain, Mapping):
            raise ContentWrong(Problem.WRONG_TYPE, expected="a map")
        complaints = None
        if not needed <= plain.keys():
            complaints = _Complaints(
                [ContentWrong(Problem.MISSING, name) for name in readers if name in needed - plain.keys()]
            )
        arguments: dict[str, object] = {}
        for key, each in plain.items():
            try:
                arguments[key] = readers.get(key, _read_unknown)(each)
            except ContentWrong as complaint:
                complaints = complaints or _Complaints()
                complaints.add(complaint, str(shown(key)))
        if complaints is not None:
            complaints.refuse()
        try:
            return kind(**arguments)
        except ContentWrong:
            raise
        except ValueError as refusal:
            raise ContentWrong(Problem.CONTRADICTION, how=str(refusal)) from refusal

    return read_content


def _read_unknown(_plain: object) -> object:
    raise ContentWrong(Problem.UNKNOWN_KEY)


def _reader(hint: object) -> _Reader:
    bare = bare_type(hint)
    origin, parts = typing.get_origin(bare), typing.get_args(bare)
    if origin in (typing.Union, types.UnionType):
        return _optional_reader(_reader(next(part for part in parts if part is not type(None))))
    if origin is tuple:
        return _list_reader(_reader(parts[0]), limits_of(hint, Many))
    if origin is Mapping:
        return _map_reader(parts[0], _reader(parts[1]))
    if bare is str:
        return _text_reader(limits_of(hint, Text))
    if bare is int:
        return _whole_reader(limits_of(hint, Whole))
    if bare is bool:
        return _read_truth
    if bare is date:
        return _read_day
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        return _choice_reader(bare)
    if isinstance(bare, type) and issubclass(bare, Struct):
        return _content_reader(bare)
    raise TypeError(f"{bare!r} has no place in a content type")


def _optional_reader(read_held: _Reader) -> _Reader:
    def read_optional(plain: object) -> object:
        if plain is None:
            raise ContentWrong(Problem.EMPTY)
        return read_held(plain)

    return read_optional


def _list_reader(read_part: _Reader, limit: Many) -> _Reader:
    def read_list(plain: object) -> object:
        if type(plain) is not list and (not isinstance(plain, Sequence) or isinstance(plain, str | bytes)):
            raise ContentWrong(Problem.WRONG_TYPE, expected="a list")
        if not limit.least <= len(plain) <= limit.most:
            raise ContentWrong(Problem.COUNT, count=len(plain), least=limit.least, most=limit.most)
        held: list[object] = []
        complaints = None
        for index, each in enumerate(plain):
            try:
                held.append(read_part(each))
            except ContentWrong as complaint:
                complaints = complaints or _Complaints()
                complaints.add(complaint, f"[{index}]")
        if complaints is not None:
            complaints.refuse()
        return tuple(held)

    return read_list


def _map_reader(keys: type[StrEnum], read_part: _Reader) -> _Reader:
    by_value = {key.value: key for key in keys}

    def read_map(plain: object) -> object:
        if not isinstance(plain, Mapping):
            raise ContentWrong(Problem.WRONG_TYPE, expected="a map")
        held: dict[StrEnum, object] = {}
        complaints = _Complaints()
        for key, each in plain.items():
            try:
                if key not in by_value:
                    raise ContentWrong(Problem.UNKNOWN_KEY)
                held[by_value[key]] = read_part(each)
            except ContentWrong as complaint:
                complaints.add(complaint, str(shown(key)))
        complaints.refuse()
        return held

    return read_map


def _text_reader(limit: Text) -> _Reader:
    pattern = None if limit.pattern is None else re.compile(limit.pattern, re.ASCII)

    def read_text(plain: object) -> object:
        if not isinstance(plain, str):
            raise ContentWrong(Problem.WRONG_TYPE, expected="text")
        if not limit.least <= len(plain) <= limit.most:
            raise ContentWrong(Problem.LENGTH, length=len(plain), least=limit.least, most=limit.most)
        if pattern is not None and pattern.fullmatch(plain) is None:
            raise ContentWrong(Problem.WRONG_FORM, value=plain, pattern=limit.pattern)
        return plain

    return read_text


def _whole_reader(limit: Whole) -> _Reader:
    def read_whole(plain: object) -> object:
        if not isinstance(plain, int) or isinstance(plain, bool):
            raise ContentWrong(Problem.WRONG_TYPE, expected="a whole number")
        if not limit.least <= plain <= limit.most:
            raise ContentWrong(Problem.RANGE, value=plain, least=limit.least, most=limit.most)
        return plain

    return read_whole


def _choice_reader(choices: type[StrEnum]) -> _Reader:
    by_value = {choice.value: choice for choice in choices}

    def read_choice(plain: object) -> object:
        if not isinstance(plain, str) or plain not in by_value:
            raise ContentWrong(Problem.NOT_ONE_OF, value=plain, known=", ".join(by_value))
        return by_value[plain]

    return read_choice


def _read_truth(plain: object) -> object:
    if type(plain) is not int or plain not in (0, 1):
        raise ContentWrong(Problem.WRONG_TYPE, expected="1 or 0")
    return bool(plain)


def _read_day(plain: object) -> object:
    # fromisoformat also takes 20261123 and 2026-W48-1; one day has one spelling here.
    if not isinstance(plain, str) or _DAY.fullmatch(plain) is None:
        raise ContentWrong(Problem.NO_DAY, value=plain)
    try:
        return date.fromisoformat(plain)
    except ValueError as refusal:
        raise ContentWrong(Problem.NO_DAY, value=plain) from refusal


class _Complaints:
    """What is wrong with the parts of one content, as far as it is collected."""

    def __init__(self, found: Sequence[ContentWrong] = ()) -> None:
        self._found = list(found)
        self._count = len(self._found)

    def add(self, complaint: ContentWrong, part: str) -> None:
        """Keep what is wrong with one part. Raises ContentWrong when it is more than anybody reads."""
        self._found.append(complaint.under(part))
        self._count += len(complaint.all())
        if self._count > COMPLAINTS_MAX:
            self.refuse()

    def refuse(self) -> None:
        """Raise the first complaint with the others beside it, if there are any."""
        if self._found:
            first, *others = self._found
            raise ContentWrong(first.problem, first.where, (*first.also, *others), **first.arguments)

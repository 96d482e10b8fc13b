"""Contents of packs as typed values: read strictly, written back the same.

A content type is a frozen dataclass. Its fields say what they hold by their annotations alone: `str`, `int`, `bool`,
`date`, an enumeration, another content type, `tuple[X, ...]`, `X | None`, `Mapping[str, X]`; limits stand in
`Annotated[str, Text(...)]`, `Annotated[int, Whole(...)]`, `Annotated[tuple[X, ...], Many(...)]`. What one field cannot
say of itself (a code named twice, a step that leads nowhere) the type says in `__post_init__`, raising ContentWrong.

From the same annotations come the reader, the writer and the JSON Schema, so the three cannot disagree.
The plain form holds maps with text keys, lists, text and whole numbers; a date is written YYYY-MM-DD, a truth value as
1 or 0 (the CBOR of records knows no other).
A field with a default is left out of the plain form when it holds that default. Unknown keys are refused: a pack that
this program does not wholly understand is not put into use.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Annotated, TypeVar

T = TypeVar("T")


@functools.cache
def type_hints(kind: typing.Any) -> dict[str, object]:
    """The annotations of a content type, with their limits, by field name."""
    return typing.get_type_hints(kind, include_extras=True)


class Problem(Enum):
    """What can be wrong with a content, as an English clause with its arguments in braces."""

    MISSING = "is missing"
    UNKNOWN_KEY = "is not known to this version"
    EMPTY = "is empty; leave it out instead"
    WRONG_TYPE = "is not {expected}"
    LENGTH = "is {length} characters long, not {least} to {most}"
    WRONG_FORM = "is {value!r}, which does not have the form {pattern}"
    RANGE = "is {value}, not {least} to {most}"
    COUNT = "holds {count}, not {least} to {most}"
    NO_DAY = "is {value!r}, which is no day written YYYY-MM-DD"
    NOT_ONE_OF = "is {value!r}, not one of {known}"
    REPEATED = "is {value!r} for the second time"
    UNKNOWN_NAME = "is {value!r}, and nothing is called that"
    MISFIT = "does not go with {other!r}"
    ABOVE = "lies above {other!r}"
    CONTRADICTION = "contradicts itself: {how}"
    NO_COPY = "asks for neither an original nor a copy"
    NO_EARLIER_FIELD = "looks at {field!r}, which does not stand before it"
    NO_FIELD = "looks at {field!r}, which is no field of the form"
    NO_OPTION = "names {option!r}, which is no option of {field!r}"
    SENSELESS_TEST = "tests {field!r} in a way that its type {type!r} has no answer to"
    LACKS_FIELD = "has no field {field!r}"
    SECOND_SIGNATURE = "asks for more than one signature"
    STEP_WAYS = "has {count} ways on, which does not go with {kind!r}"
    STEP_ANSWERS = "is a decision, and a way on lacks the answer that leads there"
    STEP_START = "must be a start exactly when it is the first step"
    STEP_LOST = "is reached from no step before it"
    STEP_BACK = "leads to {to!r}, which stands nowhere after it"


class ContentWrong(ValueError):
    """The content of a pack cannot be what it says.

    `where` is the path to the value, such as `items[3].fees[0].amount_fen`; `problem` and `arguments` say what is
    wrong; `also` are further complaints that were found beside this one.
    """

    def __init__(
        self, problem: Problem, where: str = "", also: tuple[ContentWrong, ...] = (), **arguments: object
    ) -> None:
        super().__init__(f"{where or 'the content'} {problem.value.format(**arguments)}")
        self.where = where
        self.problem = problem
        self.also = also
        self.arguments = arguments

    def under(self, parent: str) -> ContentWrong:
        """The same complaints, seen from one level further out."""
        joint = "" if not self.where or self.where.startswith("[") else "."
        also = tuple(complaint.under(parent) for complaint in self.also)
        return ContentWrong(self.problem, f"{parent}{joint}{self.where}", also, **self.arguments)

    def all(self) -> tuple[ContentWrong, ...]:
        """All complaints: the first, and those beside it."""
        return (self, *(each for complaint in self.also for each in complaint.all()))


def _refuse(complaints: list[ContentWrong]) -> None:
    """Raise the first of some complaints with the others beside it, if there are any."""
    if complaints:
        first, *others = complaints
        raise ContentWrong(first.problem, first.where, (*first.also, *others), **first.arguments)


@dataclass(frozen=True, slots=True)
class Text:
    """Limits of a text, in characters; `pattern` must match the whole text."""

    most: int = 400
    least: int = 1
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """Limits of a whole number, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Many:
    """Limits of a list's length, both included."""

    most: int
    least: int = 0


Code = Annotated[str, Text(most=40, pattern=r"[a-z][a-z0-9_]*")]
"""A name that programs use: small letters, digits and underscores."""
Line = Annotated[str, Text(most=120)]
Paragraph = Annotated[str, Text(most=1000)]
Phone = Annotated[str, Text(most=24, pattern=r"[0-9][0-9 -]*[0-9]")]
Version = Annotated[int, Whole(1, 999_999)]

_WITHOUT_LIMITS: Mapping[type, object] = {
    Text: Text(most=4000),
    Whole: Whole(-(2**53), 2**53),
    Many: Many(most=5000),
}


def bare_type(hint: object) -> object:
    """An annotation without its limits."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is Annotated else hint


def limits_of(hint: object, kind: type[T]) -> T:
    """The limits of a kind that an annotation states, or those that hold for every value."""
    notes = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    return next((note for note in notes if isinstance(note, kind)), typing.cast("T", _WITHOUT_LIMITS[kind]))


def read(kind: type[T], plain: object) -> T:
    """Build a content type from its plain form.

    Raises:
        ContentWrong: a key is missing or unknown, a value is of another type, breaks a limit or contradicts another.
        It names the first such place; `all()` names as many as can be judged apart.
    """
    if not isinstance(plain, Mapping):
        raise ContentWrong(Problem.WRONG_TYPE, expected="a map")
    declared = {field.name: field for field in dataclasses.fields(typing.cast("typing.Any", kind)) if field.init}
    complaints = [ContentWrong(Problem.UNKNOWN_KEY, str(key)) for key in plain if key not in declared]
    hints = type_hints(typing.cast("typing.Any", kind))
    arguments: dict[str, object] = {}
    for name, field in declared.items():
        if name in plain:
            try:
                arguments[name] = _read_value(hints[name], plain[name], name)
            except ContentWrong as complaint:
                complaints.append(complaint)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            complaints.append(ContentWrong(Problem.MISSING, name))
    _refuse(complaints)
    try:
        return kind(**arguments)
    except ContentWrong:
        raise
    except ValueError as refusal:
        raise ContentWrong(Problem.CONTRADICTION, how=str(refusal)) from refusal


def write(content: object) -> dict[str, object]:
    """The plain form of a content type: what `read` takes."""
    plain: dict[str, object] = {}
    for field in dataclasses.fields(typing.cast("typing.Any", content)):
        held = getattr(content, field.name)
        if field.init and (field.default is dataclasses.MISSING or held != field.default):
            plain[field.name] = _write_value(held)
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
        return {key: _write_value(each) for key, each in held.items()}
    if isinstance(held, tuple):
        return [_write_value(each) for each in held]
    return write(held)


def _read_value(hint: object, plain: object, where: str) -> object:
    bare = bare_type(hint)
    origin, parts = typing.get_origin(bare), typing.get_args(bare)
    if origin in (typing.Union, types.UnionType):
        if plain is None:
            raise ContentWrong(Problem.EMPTY, where)
        return _read_value(next(part for part in parts if part is not type(None)), plain, where)
    if origin is tuple:
        return _read_list(hint, parts[0], plain, where)
    if origin is Mapping:
        if not isinstance(plain, Mapping) or not all(isinstance(key, str) for key in plain):
            raise ContentWrong(Problem.WRONG_TYPE, where, expected="a map with text keys")
        return {key: _read_value(parts[1], each, f"{where}.{key}") for key, each in plain.items()}
    return _read_scalar(hint, bare, plain, where)


def _read_list(hint: object, part: object, plain: object, where: str) -> tuple[object, ...]:
    if not isinstance(plain, Sequence) or isinstance(plain, str | bytes):
        raise ContentWrong(Problem.WRONG_TYPE, where, expected="a list")
    limit = limits_of(hint, Many)
    if not limit.least <= len(plain) <= limit.most:
        raise ContentWrong(Problem.COUNT, where, count=len(plain), least=limit.least, most=limit.most)
    held: list[object] = []
    complaints: list[ContentWrong] = []
    for index, each in enumerate(plain):
        try:
            held.append(_read_value(part, each, f"{where}[{index}]"))
        except ContentWrong as complaint:
            complaints.append(complaint)
    _refuse(complaints)
    return tuple(held)


def _read_scalar(hint: object, bare: object, plain: object, where: str) -> object:
    if bare is str:
        return _read_text(hint, plain, where)
    if bare is bool:
        if type(plain) is not int or plain not in (0, 1):
            raise ContentWrong(Problem.WRONG_TYPE, where, expected="1 or 0")
        return bool(plain)
    if bare is int and isinstance(plain, int) and not isinstance(plain, bool):
        limit = limits_of(hint, Whole)
        if not limit.least <= plain <= limit.most:
            raise ContentWrong(Problem.RANGE, where, value=plain, least=limit.least, most=limit.most)
        return plain
    if bare is date and isinstance(plain, str):
        return _read_date(plain, where)
    if isinstance(bare, type) and issubclass(bare, StrEnum) and isinstance(plain, str):
        if plain not in bare.__members__.values():
            raise ContentWrong(Problem.NOT_ONE_OF, where, value=plain, known=", ".join(each.value for each in bare))
        return bare(plain)
    if isinstance(bare, type) and dataclasses.is_dataclass(bare):
        try:
            return read(bare, plain)
        except ContentWrong as complaint:
            raise complaint.under(where) from None
    raise ContentWrong(Problem.WRONG_TYPE, where, expected=getattr(bare, "__name__", str(bare)))


def _read_text(hint: object, plain: object, where: str) -> str:
    limit = limits_of(hint, Text)
    if not isinstance(plain, str):
        raise ContentWrong(Problem.WRONG_TYPE, where, expected="text")
    if not limit.least <= len(plain) <= limit.most:
        raise ContentWrong(Problem.LENGTH, where, length=len(plain), least=limit.least, most=limit.most)
    if limit.pattern is not None and re.fullmatch(limit.pattern, plain, re.ASCII) is None:
        raise ContentWrong(Problem.WRONG_FORM, where, value=plain, pattern=limit.pattern)
    return plain


def _read_date(plain: str, where: str) -> date:
    # fromisoformat also takes 20261123 and 2026-W48-1; one day has one spelling here.
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain, re.ASCII) is None:
        raise ContentWrong(Problem.NO_DAY, where, value=plain)
    try:
        return date.fromisoformat(plain)
    except ValueError as refusal:
        raise ContentWrong(Problem.NO_DAY, where, value=plain) from refusal


def refuse_repeats(codes: Sequence[str], where: str) -> None:
    """Raise ContentWrong when a code stands twice in a list; `where` is its second place."""
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            raise ContentWrong(Problem.REPEATED, f"{where}[{index}]", value=code)
        seen.add(code)

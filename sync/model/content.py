"""Contents of packs as typed values: read strictly, written back the same.

A content type is a frozen struct. Its fields say what they hold by their annotations alone: `str`, `int`, `bool`,
`date`, an enumeration, another content type, `tuple[X, ...]`, `X | None`, `Mapping[E, X]` whose keys are those of an
enumeration; limits stand in `Annotated[str, Text(...)]`, `Annotated[int, Whole(...)]`,
`Annotated[tuple[X, ...], Many(...)]`. What one field cannot say of itself (a code named twice, a step that leads
nowhere) the type says in `__post_init__`, raising ContentWrong.

From the same annotations come the reader and the writer (`sync.model.content_reading`) and the JSON Schema, so that
the three cannot disagree.
The plain form holds maps with text keys, lists, text and whole numbers; a date is written YYYY-MM-DD, a truth value as
1 or 0 (the CBOR of records knows no other).
A field with a default is left out of the plain form when it holds that default. Unknown keys are refused: a pack that
this program does not wholly understand is not put into use.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, TypeVar

from msgspec import Struct

T = TypeVar("T")


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


SHOWN_CHARS_MAX = 200


def shown(value: object) -> object:
    """What a refusal repeats of a value: refusals are logged, and a value may be as large as its pack."""
    if isinstance(value, str):
        return value if len(value) <= SHOWN_CHARS_MAX else value[:SHOWN_CHARS_MAX] + "…"
    return value if value is None or isinstance(value, int) else f"a {type(value).__name__}"


class ContentWrong(ValueError):
    """The content of a pack cannot be what it says.

    `where` is the path to the value, such as `items[3].fees[0].amount_fen`; `problem` and `arguments` (long ones cut)
    say what is wrong; `also` are further complaints that were found beside this one.
    """

    def __init__(
        self, problem: Problem, where: str = "", also: tuple[ContentWrong, ...] = (), **arguments: object
    ) -> None:
        arguments = {name: shown(value) for name, value in arguments.items()}
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


class Text(Struct, frozen=True):
    """Limits of a text, in characters; `pattern` must match the whole text."""

    most: int = 400
    least: int = 1
    pattern: str | None = None


class Whole(Struct, frozen=True):
    """Limits of a whole number, both included."""

    least: int
    most: int


class Many(Struct, frozen=True):
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


def refuse_repeats(codes: Sequence[str], where: str) -> None:
    """Raise ContentWrong when a code stands twice in a list; `where` is its second place."""
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            raise ContentWrong(Problem.REPEATED, f"{where}[{index}]", value=code)
        seen.add(code)

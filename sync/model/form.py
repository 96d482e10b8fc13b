"""Forms as data: sections of fields, which fields are asked, and what each answer may be.

Nothing here speaks: a refused answer is a `FieldFault` with a reason and its arguments, and the screens have the words.

To add a field type: a member of `FieldType` with the answer it holds, its check in `sync.model.field_rules`, its word
in `county.publishing.tables`, and its control on the screen in `kiosk.presenters.frames`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from msgspec import Struct

from sync.model.condition import Condition, Operator, Test
from sync.model.content import Code, ContentWrong, Line, Many, Paragraph, Problem, Text, refuse_repeats

APPLICANT_NAME = "applicant_name"
APPLICANT_IDENTITY = "applicant_id"
APPLICANT_PHONE = "applicant_phone"
APPLICANT_REGION = "applicant_region"
"""Codes of the fields that every form has: the case, its receipt and its duplicate warning are made from them."""
APPLICANT_FIELDS = (APPLICANT_NAME, APPLICANT_IDENTITY, APPLICANT_PHONE, APPLICANT_REGION)

TODAY = "today"
"""The default of a date field that starts with the day of filling in."""


class FieldType(StrEnum):
    """What a field holds. In brackets: its canonical answer, and the unit of the field's minimum and maximum."""

    TEXT = "text"  # str [characters]
    NAME = "name"  # str, a person's name [characters]
    IDENTITY = "identity"  # str of 18 characters [full years of age]
    PHONE = "phone"  # str of digits [-]
    DATE = "date"  # str YYYY-MM-DD [days from the day of filling in]
    AMOUNT = "amount"  # int, fen [fen]
    CHOICE = "choice"  # str, an option's code [-]
    CHOICES = "choices"  # tuple of option codes [how many]
    REGION = "region"  # str, 12 digits of a village, or 15 with a group of it [-]
    SIGNATURE = "signature"  # strokes on glass; kept in the fact beside the answers [-]


class Need(StrEnum):
    """How much an answer is needed."""

    KEY = "key"  # the flow stops at this step until it is there and right
    REQUIRED = "required"  # needed to submit
    OPTIONAL = "optional"


class Option(Struct, frozen=True):
    """One choice; the code is kept in the case, the label is shown."""

    code: Annotated[str, Text(most=24, pattern=r"[a-z0-9_]+")]
    label: Line


_CHOOSING = frozenset({FieldType.CHOICE, FieldType.CHOICES})
_UNBOUNDED = frozenset({FieldType.PHONE, FieldType.CHOICE, FieldType.REGION, FieldType.SIGNATURE})
_MEASURED = frozenset({FieldType.IDENTITY, FieldType.DATE, FieldType.AMOUNT})


class Field(Struct, frozen=True):
    """One question of a form.

    `minimum` and `maximum`, both included, are in the unit of the type (see FieldType). `example` is what the sample
    form shows. `default` is typed in beforehand; TODAY is the day of filling in. `digits_only` is for texts such as
    bank card numbers and head counts. Without `shown_when` the field is always asked.
    """

    code: Code
    label: Line
    type: FieldType
    need: Need = Need.REQUIRED
    digits_only: bool = False
    minimum: int | None = None
    maximum: int | None = None
    options: Annotated[tuple[Option, ...], Many(most=60)] = ()
    hint: Paragraph | None = None
    default: Line | None = None
    example: Paragraph | None = None
    shown_when: Condition | None = None

    def __post_init__(self) -> None:
        if (self.type in _CHOOSING) != bool(self.options):
            raise ContentWrong(Problem.MISFIT, "options", other=self.type.value)
        refuse_repeats([option.code for option in self.options], "options")
        if self.type in _UNBOUNDED and (self.minimum, self.maximum) != (None, None):
            raise ContentWrong(Problem.MISFIT, "maximum" if self.minimum is None else "minimum", other=self.type.value)
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ContentWrong(Problem.ABOVE, "minimum", other=self.maximum)
        if self.digits_only and self.type is not FieldType.TEXT:
            raise ContentWrong(Problem.MISFIT, "digits_only", other=self.type.value)

    @property
    def has_measure(self) -> bool:
        """Whether its answer has a number behind it that conditions can compare."""
        return self.type in _MEASURED or self.digits_only


class Section(Struct, frozen=True):
    """Fields that stand together: one step of the form."""

    title: Line
    fields: Annotated[tuple[Field, ...], Many(most=40, least=1)]


class Form(Struct, frozen=True, dict=True):
    """The form of a service item. It has the applicant's fields, and at most one signature, asked after the review."""

    sections: Annotated[tuple[Section, ...], Many(most=12, least=1)]

    def __post_init__(self) -> None:
        places = {
            f"sections[{outer}].fields[{inner}]": field
            for outer, section in enumerate(self.sections)
            for inner, field in enumerate(section.fields)
        }
        by_code: dict[str, Field] = {}
        for where, field in places.items():
            self._refuse_senseless_condition(field, by_code, where)
            by_code[field.code] = field
        for code in APPLICANT_FIELDS:
            if code not in by_code:
                raise ContentWrong(Problem.LACKS_FIELD, "sections", field=code)
        if sum(field.type is FieldType.SIGNATURE for field in by_code.values()) > 1:
            raise ContentWrong(Problem.SECOND_SIGNATURE, "sections")

    def _refuse_senseless_condition(self, field: Field, earlier: Mapping[str, Field], where: str) -> None:
        if field.code in earlier:
            raise ContentWrong(Problem.REPEATED, f"{where}.code", value=field.code)
        for test in field.shown_when.tests if field.shown_when else ():
            # Looking only backward makes circles impossible and keeps answered questions where they are.
            if test.field not in earlier:
                raise ContentWrong(Problem.NO_EARLIER_FIELD, f"{where}.shown_when", field=test.field)
            refuse_senseless_test(test, earlier[test.field], f"{where}.shown_when")

    @cached_property
    def _by_code(self) -> Mapping[str, Field]:
        return {field.code: field for section in self.sections for field in section.fields}

    def field(self, code: str) -> Field:
        """The field of a code. Raises KeyError when the form has none."""
        return self._by_code[code]

    def fields(self) -> Iterator[Field]:
        """All fields in their order."""
        return iter(self._by_code.values())

    @property
    def signature(self) -> Field | None:
        """The field of the signature, None when the form wants none."""
        return next((field for field in self.fields() if field.type is FieldType.SIGNATURE), None)


def refuse_senseless_test(test: Test, target: Field, where: str) -> None:
    """Raise ContentWrong when a test can never be about answers of its field."""
    if test.operator in (Operator.HAS, Operator.HAS_NOT) and target.type is not FieldType.CHOICES:
        raise ContentWrong(Problem.SENSELESS_TEST, where, field=target.code, type=target.type.value)
    if test.operator in (Operator.IS, Operator.IS_NOT) and target.type is not FieldType.CHOICE:
        raise ContentWrong(Problem.SENSELESS_TEST, where, field=target.code, type=target.type.value)
    if test.operator in (Operator.AT_LEAST, Operator.BELOW) and not target.has_measure:
        raise ContentWrong(Problem.SENSELESS_TEST, where, field=target.code, type=target.type.value)
    known = {option.code for option in target.options}
    for value in test.values:
        if value not in known:
            raise ContentWrong(Problem.NO_OPTION, where, option=value, field=target.code)

"""When a field is asked or a material is needed: tests of earlier answers, all or any of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from sync.model.content import Code, ContentWrong, Line, Many, Problem
from sync.model.facts import FormValue, Strokes

Answer = FormValue | Strokes
"""What one field holds: see `sync.model.form.FieldType` for which type holds what."""
Answers = Mapping[str, Answer]
"""Answers by field code. A field without an answer is absent; an empty text or list counts as absent."""


class Operator(StrEnum):
    """How a test looks at an answer."""

    IS = "is"
    IS_NOT = "is_not"
    HAS = "has"
    HAS_NOT = "has_not"
    AT_LEAST = "at_least"
    BELOW = "below"
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"


class Mode(StrEnum):
    """How the tests of a condition join."""

    ALL = "all"
    ANY = "any"


_WITH_VALUES = frozenset({Operator.IS, Operator.IS_NOT, Operator.HAS, Operator.HAS_NOT})
_WITH_NUMBER = frozenset({Operator.AT_LEAST, Operator.BELOW})


class Test(Struct, frozen=True):
    """One look at one answer.

    IS, IS_NOT: the answer is (is not) one of `values`. HAS, HAS_NOT: one (none) of several choices is in `values`.
    AT_LEAST, BELOW: the measure of the answer against `number`: fen of an amount, full years of age of an identity
    number, days from today of a date, the number itself of a digits-only text.
    Without an answer only NOT_ANSWERED holds: nothing is asked because of an answer that is not there yet.
    """

    __test__ = False  # the name is the domain's; pytest must not collect it

    field: Code
    operator: Operator
    values: Annotated[tuple[Line, ...], Many(most=40)] = ()
    number: int | None = None

    def __post_init__(self) -> None:
        if (self.operator in _WITH_VALUES) != bool(self.values):
            raise ContentWrong(Problem.MISFIT, "values", other=self.operator.value)
        if (self.operator in _WITH_NUMBER) != (self.number is not None):
            raise ContentWrong(Problem.MISFIT, "number", other=self.operator.value)


class Condition(Struct, frozen=True):
    """All or any of some tests."""

    tests: Annotated[tuple[Test, ...], Many(most=8, least=1)]
    mode: Mode = Mode.ALL

    def fields(self) -> frozenset[str]:
        """Codes of the fields that the condition looks at."""
        return frozenset(test.field for test in self.tests)


def holds(condition: Condition, answers: Answers, measures: Mapping[str, int]) -> bool:
    """Whether a condition holds. `measures` are the numbers behind the answers that have one, by field code."""
    results = (_test_holds(test, answers.get(test.field), measures.get(test.field)) for test in condition.tests)
    return all(results) if condition.mode is Mode.ALL else any(results)


def _test_holds(test: Test, answer: Answer | None, measure: int | None) -> bool:
    if answer in (None, "", ()):
        return test.operator is Operator.NOT_ANSWERED
    match test.operator:
        case Operator.ANSWERED:
            return True
        case Operator.NOT_ANSWERED:
            return False
        case Operator.IS:
            return answer in test.values
        case Operator.IS_NOT:
            return answer not in test.values
        case Operator.HAS:
            return isinstance(answer, tuple) and not set(answer).isdisjoint(test.values)
        case Operator.HAS_NOT:
            return isinstance(answer, tuple) and set(answer).isdisjoint(test.values)
        case Operator.AT_LEAST:
            return measure is not None and test.number is not None and measure >= test.number
        case Operator.BELOW:
            return measure is not None and test.number is not None and measure < test.number

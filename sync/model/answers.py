"""The answers of a form: which fields are asked, what is wrong with what was filled in, what is kept. Pure.

    answer = from_typed(field, text)                    what was typed, in its canonical form (sync.model.field_rules)
    asked = asked_fields(form, answers, today)          fields whose conditions hold
    faults = validate(form, answers, today, profile)    () when the form can be submitted
    kept = kept_answers(form, answers, today)           what goes into the case: hidden and empty answers are dropped

A field that is not asked counts as unanswered, also for the conditions of later fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sync.model.condition import Answer, Answers, holds
from sync.model.field_rules import FieldFault, Reason, field_fault, from_typed, is_empty, measure
from sync.model.form import TODAY, Field, FieldType, Form
from sync.model.profile import Profile


def validate(
    form: Form, answers: Answers, on: date, profile: Profile, *, with_signature: bool = True
) -> tuple[FieldFault, ...]:
    """Everything that is wrong with the answers, in the form's order, one fault a field; () when all is right.

    `on` is the day of filling in. Before the review the signature is not there yet: `with_signature=False`.
    Answers to fields that are not asked are not judged; an answer to a field that the form does not have is a fault.
    """
    known = {field.code for field in form.fields()}
    strangers = tuple(FieldFault(code, Reason.UNKNOWN_FIELD) for code in answers if code not in known)
    asked = (
        field for field in asked_fields(form, answers, on) if with_signature or field.type is not FieldType.SIGNATURE
    )
    return (*_faults(asked, answers, on, profile), *strangers)


def _faults(asked: Iterable[Field], answers: Answers, on: date, profile: Profile) -> Iterator[FieldFault]:
    for field in asked:
        fault = field_fault(field, answers.get(field.code), on, profile)
        if fault is not None:
            yield fault


def asked_fields(form: Form, answers: Answers, on: date) -> tuple[Field, ...]:
    """The fields whose conditions hold, in the form's order."""
    asked: list[Field] = []
    seen: dict[str, Answer] = {}
    numbers: dict[str, int] = {}
    for field in form.fields():
        if field.shown_when is not None and not holds(field.shown_when, seen, numbers):
            continue
        asked.append(field)
        answer = answers.get(field.code)
        if answer is not None and not is_empty(answer):
            seen[field.code] = answer
            number = measure(field, answer, on)
            if number is not None:
                numbers[field.code] = number
    return tuple(asked)


def kept_answers(form: Form, answers: Answers, on: date) -> dict[str, Answer]:
    """The answers that count: those of asked fields, empty ones left out, in the form's order."""
    return {
        field.code: answers[field.code]
        for field in asked_fields(form, answers, on)
        if not is_empty(answers.get(field.code))
    }


def default_answers(form: Form, on: date) -> dict[str, Answer]:
    """What is filled in beforehand, on a day."""
    return {field.code: _default(field, field.default, on) for field in form.fields() if field.default is not None}


def sample_answers(form: Form) -> dict[str, Answer]:
    """The answers of the sample form (申请书示范文本), made up of the fields' examples."""
    return {field.code: example_answer(field, field.example) for field in form.fields() if field.example is not None}


def example_answer(field: Field, text: str) -> Answer:
    """A default or an example as an answer: like `from_typed`, with several options joined by `;`."""
    return tuple(text.split(";")) if field.type is FieldType.CHOICES else from_typed(field, text)


def _default(field: Field, text: str, on: date) -> Answer:
    if field.type is FieldType.DATE and text == TODAY:
        return on.isoformat()
    return example_answer(field, text)

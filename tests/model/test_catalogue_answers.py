"""Answers of a form: what is asked, what is wrong, what is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.answers import asked_fields, default_answers, kept_answers, sample_answers, validate
from sync.model.condition import Answer, Condition, Mode, Operator, Test
from sync.model.content_reading import read
from sync.model.field_rules import Reason, field_fault, from_typed
from sync.model.form import Field, FieldType, Form, Need, Option, Section
from sync.model.profile import Profile
from tests.model.contents import ENDED, PROFILE_PLAIN, TOWN, VILLAGE

TODAY = date(2026, 11, 23)
OPTIONS = (Option("a", "甲"), Option("b", "乙"), Option("c", "丙"))
PERSON_85 = "990101194105120025"
PERSON_16 = "990101201010050071"


PROFILE = read(Profile, PROFILE_PLAIN)


def a(kind: FieldType, code: str = "it", **more: Any) -> Field:
    if kind in (FieldType.CHOICE, FieldType.CHOICES):
        more.setdefault("options", OPTIONS)
    return Field(code, code, kind, **more)


JUDGED: list[tuple[Field, Answer | None, Reason | None, dict[str, str | int]]] = [
    (a(FieldType.TEXT), None, Reason.MISSING, {}),
    (a(FieldType.TEXT), "  ", Reason.MISSING, {}),
    (a(FieldType.TEXT, need=Need.OPTIONAL), "", None, {}),
    (a(FieldType.TEXT), "三组12号", None, {}),
    (a(FieldType.TEXT), 7, Reason.WRONG_TYPE, {}),
    (a(FieldType.TEXT, minimum=3), "两字", Reason.TOO_SHORT, {"least": 3}),
    (a(FieldType.TEXT, maximum=2), "三个字", Reason.TOO_LONG, {"most": 2}),
    (a(FieldType.TEXT), "字" * 501, Reason.TOO_LONG, {"most": 500}),
    (a(FieldType.TEXT), "响铃\x07", Reason.STRANGE_CHARACTER, {"character": "U+0007"}),
    (a(FieldType.TEXT, digits_only=True), "6210", None, {}),
    (a(FieldType.TEXT, digits_only=True), "62-10", Reason.NOT_DIGITS, {}),
    (a(FieldType.TEXT, digits_only=True), "６２", Reason.NOT_DIGITS, {}),
    (a(FieldType.NAME), "阿依古丽·买买提", None, {}),
    (a(FieldType.NAME), "李4", Reason.STRANGE_CHARACTER, {"character": "4"}),
    (a(FieldType.NAME), "名" * 41, Reason.TOO_LONG, {"most": 40}),
    (a(FieldType.IDENTITY), PERSON_85, None, {}),
    (a(FieldType.IDENTITY), PERSON_85[:-1] + "4", Reason.BAD_IDENTITY, {"problem": "wrong_check", "position": 18}),
    (a(FieldType.IDENTITY), "99010", Reason.BAD_IDENTITY, {"problem": "wrong_length", "position": 0}),
    (a(FieldType.IDENTITY, minimum=80), PERSON_16, Reason.TOO_YOUNG, {"least": 80, "age": 16}),
    (a(FieldType.IDENTITY, minimum=80), PERSON_85, None, {}),
    (a(FieldType.IDENTITY, maximum=17), PERSON_85, Reason.TOO_OLD, {"most": 17, "age": 85}),
    (a(FieldType.PHONE), "13812345678", None, {}),
    (a(FieldType.PHONE), "00055501234", None, {}),
    (a(FieldType.PHONE), "12812345678", Reason.BAD_PHONE, {}),
    (a(FieldType.PHONE), "138-1234", Reason.BAD_PHONE, {}),
    (a(FieldType.DATE), "2026-11-23", None, {}),
    (a(FieldType.DATE), "20261123", Reason.BAD_DATE, {}),
    (a(FieldType.DATE), "2026-02-29", Reason.BAD_DATE, {}),
    (a(FieldType.DATE, maximum=0), "2026-11-24", Reason.TOO_LATE, {"latest": "2026-11-23"}),
    (a(FieldType.DATE, minimum=-30), "2026-10-23", Reason.TOO_EARLY, {"earliest": "2026-10-24"}),
    (a(FieldType.DATE, minimum=0, maximum=0), "2026-11-23", None, {}),
    (a(FieldType.AMOUNT), 1250, None, {}),
    (a(FieldType.AMOUNT), 0, None, {}),
    (a(FieldType.AMOUNT), -1, Reason.TOO_SMALL, {"least": 0}),
    (a(FieldType.AMOUNT), "十二块五", Reason.BAD_AMOUNT, {}),
    (a(FieldType.AMOUNT, minimum=100), 99, Reason.TOO_SMALL, {"least": 100}),
    (a(FieldType.AMOUNT, maximum=100), 101, Reason.TOO_LARGE, {"most": 100}),
    (a(FieldType.CHOICE), "b", None, {}),
    (a(FieldType.CHOICE), "z", Reason.NOT_AN_OPTION, {"option": "z"}),
    (a(FieldType.CHOICES), ("a", "b"), None, {}),
    (a(FieldType.CHOICES), ("a", "z"), Reason.NOT_AN_OPTION, {"option": "z"}),
    (a(FieldType.CHOICES), ("a", "a"), Reason.CHOSEN_TWICE, {"option": "a"}),
    (a(FieldType.CHOICES, minimum=2), ("a",), Reason.TOO_FEW, {"least": 2}),
    (a(FieldType.CHOICES, maximum=1), ("a", "b"), Reason.TOO_MANY, {"most": 1}),
    (a(FieldType.CHOICES), (), Reason.MISSING, {}),
    (a(FieldType.CHOICES), "a", Reason.WRONG_TYPE, {}),
    (a(FieldType.REGION), VILLAGE, None, {}),
    (a(FieldType.REGION), VILLAGE + "003", None, {}),
    (a(FieldType.REGION), VILLAGE + "009", Reason.UNKNOWN_GROUP, {"region": VILLAGE, "group": "009"}),
    (a(FieldType.REGION), "110101001001", Reason.UNKNOWN_REGION, {"region": "110101001001", "successor": ""}),
    (a(FieldType.REGION), TOWN, Reason.UNKNOWN_REGION, {"region": TOWN, "successor": ""}),
    (a(FieldType.REGION), ENDED, Reason.UNKNOWN_REGION, {"region": ENDED, "successor": VILLAGE}),
    (a(FieldType.SIGNATURE), ((1, 1, 20, 30), (5, 5)), None, {}),
    (a(FieldType.SIGNATURE), (), Reason.MISSING, {}),
    (a(FieldType.SIGNATURE), ((1,),), Reason.WRONG_TYPE, {}),
    (a(FieldType.SIGNATURE), ((0,) * 20_001,), Reason.TOO_LONG, {"most": 20_000}),
]


@pytest.mark.parametrize(("field", "answer", "reason", "arguments"), JUDGED)
def test_an_answer_is_judged_by_its_type(
    field: Field, answer: Answer | None, reason: Reason | None, arguments: dict[str, str | int]
) -> None:
    fault = field_fault(field, answer, TODAY, PROFILE)
    if reason is None:
        assert fault is None
    else:
        assert fault is not None
        assert (fault.reason, dict(fault.arguments), fault.need) == (reason, arguments, field.need)


def test_every_reason_but_the_stranger_stands_in_the_table_above() -> None:
    assert {reason for _, _, reason, _ in JUDGED} == {*Reason, None} - {Reason.UNKNOWN_FIELD}


TYPED = [
    (a(FieldType.AMOUNT), " 12.5 ", 1250),
    (a(FieldType.AMOUNT), "12,300", 1_230_000),
    (a(FieldType.AMOUNT), "１２．０５", 1205),
    (a(FieldType.AMOUNT), "1.234", "1.234"),
    (a(FieldType.IDENTITY), "11010519491231002x", "11010519491231002X"),
    (a(FieldType.PHONE), "000-5550-123", "0005550123"),
    (a(FieldType.TEXT, digits_only=True), "6210 9901", "62109901"),
    (a(FieldType.NAME), " 李秀兰 ", "李秀兰"),
    (a(FieldType.TEXT), "（旧）１２号", "（旧）１２号"),
    (a(FieldType.DATE), "2026-01-02", "2026-01-02"),
]


@pytest.mark.parametrize(("field", "typed", "answer"), TYPED)
def test_what_is_typed_becomes_the_answer_that_is_kept(field: Field, typed: str, answer: Answer) -> None:
    assert from_typed(field, typed) == answer


APPLICANT = (
    a(FieldType.NAME, "applicant_name", need=Need.KEY, example="李秀兰"),
    a(FieldType.IDENTITY, "applicant_id", need=Need.KEY, example=PERSON_85),
    a(FieldType.PHONE, "applicant_phone", need=Need.OPTIONAL),
    a(FieldType.REGION, "applicant_region", example=VILLAGE),
)


def form_of(*fields: Field) -> Form:
    return Form((Section("申请人", APPLICANT), Section("事项", fields)))


def when(field: str, operator: Operator, *values: str, number: int | None = None) -> Condition:
    return Condition((Test(field, operator, values, number),))


CASCADE = form_of(
    a(FieldType.CHOICE, "kind", default="a", example="b"),
    a(FieldType.AMOUNT, "cost", example="120.50", shown_when=when("kind", Operator.IS, "b")),
    a(FieldType.TEXT, "why", example="房屋漏雨", shown_when=when("cost", Operator.AT_LEAST, number=10_000)),
    a(FieldType.DATE, "from_on", default="today", need=Need.OPTIONAL),
    a(FieldType.SIGNATURE, "applicant_signature", need=Need.KEY),
)
SIGNATURE = ((1, 2, 3, 4),)


def test_a_field_hidden_by_a_hidden_field_is_not_asked() -> None:
    answers: dict[str, Answer] = {"kind": "a", "cost": 50_000, "why": "漏雨"}
    asked = [field.code for field in asked_fields(CASCADE, answers, TODAY)]
    assert "cost" not in asked
    assert "why" not in asked
    assert kept_answers(CASCADE, answers, TODAY) == {"kind": "a"}


def test_empty_answers_are_not_kept() -> None:
    answers: dict[str, Answer] = {"applicant_name": " ", "applicant_phone": "", "kind": "b", "cost": 0}
    assert kept_answers(CASCADE, answers, TODAY) == {"kind": "b", "cost": 0}


def test_a_missing_key_field_says_which_and_that_it_stops() -> None:
    faults = validate(CASCADE, {"applicant_name": "李秀兰"}, TODAY, PROFILE)
    assert [(fault.field, fault.reason, fault.need) for fault in faults] == [
        ("applicant_id", Reason.MISSING, Need.KEY),
        ("applicant_region", Reason.MISSING, Need.REQUIRED),
        ("kind", Reason.MISSING, Need.REQUIRED),
        ("applicant_signature", Reason.MISSING, Need.KEY),
    ]


def test_the_signature_is_not_missed_before_the_review() -> None:
    answers = sample_answers(CASCADE)
    assert validate(CASCADE, answers, TODAY, PROFILE, with_signature=False) == ()
    assert [fault.field for fault in validate(CASCADE, answers, TODAY, PROFILE)] == ["applicant_signature"]
    assert validate(CASCADE, answers | {"applicant_signature": SIGNATURE}, TODAY, PROFILE) == ()


def test_an_answer_that_the_form_does_not_ask_for_at_all_is_a_fault() -> None:
    answers = sample_answers(CASCADE) | {"applicant_signature": SIGNATURE, "shoe_size": "43"}
    assert [(fault.field, fault.reason) for fault in validate(CASCADE, answers, TODAY, PROFILE)] == [
        ("shoe_size", Reason.UNKNOWN_FIELD)
    ]


def test_what_is_filled_in_beforehand_follows_the_day() -> None:
    assert default_answers(CASCADE, TODAY) == {"kind": "a", "from_on": "2026-11-23"}


BOTH = (Test("kind", Operator.IS, ("a",)), Test("heads", Operator.AT_LEAST, number=3))
CONDITIONED: list[tuple[Condition, dict[str, Answer], bool]] = [
    (when("kind", Operator.IS, "a", "b"), {"kind": "b"}, True),
    (when("kind", Operator.IS, "a"), {"kind": "b"}, False),
    (when("kind", Operator.IS_NOT, "a"), {"kind": "b"}, True),
    (when("kind", Operator.IS_NOT, "a"), {}, False),
    (when("kinds", Operator.HAS, "a", "c"), {"kinds": ("b", "c")}, True),
    (when("kinds", Operator.HAS, "a"), {"kinds": ("b", "c")}, False),
    (when("kinds", Operator.HAS_NOT, "a"), {"kinds": ("b", "c")}, True),
    (when("kinds", Operator.HAS_NOT, "a"), {"kinds": ()}, False),
    (when("applicant_id", Operator.AT_LEAST, number=85), {"applicant_id": PERSON_85}, True),
    (when("applicant_id", Operator.AT_LEAST, number=86), {"applicant_id": PERSON_85}, False),
    (when("applicant_id", Operator.BELOW, number=18), {"applicant_id": PERSON_16}, True),
    (when("day", Operator.AT_LEAST, number=-1), {"day": "2026-11-22"}, True),
    (when("day", Operator.BELOW, number=0), {"day": "2026-11-23"}, False),
    (when("heads", Operator.AT_LEAST, number=3), {"heads": "03"}, True),
    (when("heads", Operator.AT_LEAST, number=3), {"heads": "many"}, False),
    (when("kind", Operator.ANSWERED), {"kind": "a"}, True),
    (when("kind", Operator.ANSWERED), {}, False),
    (when("kind", Operator.NOT_ANSWERED), {}, True),
    (when("kind", Operator.NOT_ANSWERED), {"kind": "a"}, False),
    (Condition((*BOTH,)), {"kind": "a", "heads": "1"}, False),
    (Condition((*BOTH,)), {"kind": "a", "heads": "5"}, True),
    (Condition((*BOTH,), Mode.ANY), {"kind": "a", "heads": "1"}, True),
    (Condition((*BOTH,), Mode.ANY), {"kind": "b", "heads": "1"}, False),
]


@pytest.mark.parametrize(("condition", "answers", "asked"), CONDITIONED)
def test_a_field_is_asked_when_its_condition_holds(
    condition: Condition, answers: dict[str, Answer], asked: bool
) -> None:
    form = form_of(
        a(FieldType.CHOICE, "kind"),
        a(FieldType.CHOICES, "kinds"),
        a(FieldType.DATE, "day"),
        a(FieldType.TEXT, "heads", digits_only=True),
        a(FieldType.TEXT, "more", shown_when=condition),
    )
    assert ("more" in {field.code for field in asked_fields(form, answers, TODAY)}) is asked


CHOICES = ("first", "second", "third", "fourth")


@st.composite
def _forms(draw: st.DrawFn) -> Form:
    """Forms of four choices, each of which may look at those before it."""
    fields = []
    for place, code in enumerate(CHOICES):
        condition = None
        if place and draw(st.booleans()):
            tests = draw(
                st.lists(
                    st.builds(
                        lambda field, operator, value: Test(
                            field, operator, (value,) if operator in (Operator.IS, Operator.IS_NOT) else ()
                        ),
                        st.sampled_from(CHOICES[:place]),
                        st.sampled_from([Operator.IS, Operator.IS_NOT, Operator.ANSWERED, Operator.NOT_ANSWERED]),
                        st.sampled_from("abc"),
                    ),
                    min_size=1,
                    max_size=3,
                )
            )
            condition = Condition(tuple(tests), draw(st.sampled_from(Mode)))
        fields.append(a(FieldType.CHOICE, code, shown_when=condition))
    return form_of(*fields)


ANSWERS = st.dictionaries(st.sampled_from(CHOICES), st.sampled_from("abc"))


@given(_forms(), ANSWERS)
def test_dropping_what_is_not_asked_changes_nothing(form: Form, answers: dict[str, Answer]) -> None:
    kept = kept_answers(form, answers, TODAY)
    assert asked_fields(form, kept, TODAY) == asked_fields(form, answers, TODAY)
    assert kept_answers(form, kept, TODAY) == kept


@given(_forms(), ANSWERS, st.sampled_from("abc"))
def test_a_later_answer_never_changes_what_was_asked_before_it(
    form: Form, answers: dict[str, Answer], other: str
) -> None:
    for place, code in enumerate(CHOICES):
        before = [field.code for field in asked_fields(form, answers, TODAY) if field.code in CHOICES[: place + 1]]
        changed = asked_fields(form, answers | {code: other}, TODAY)
        assert [field.code for field in changed if field.code in CHOICES[: place + 1]] == before


@given(_forms(), ANSWERS)
def test_only_what_is_asked_is_ever_at_fault(form: Form, answers: dict[str, Answer]) -> None:
    asked = {field.code for field in asked_fields(form, answers, TODAY)}
    faults = validate(form, answers, TODAY, PROFILE)
    assert {fault.field for fault in faults} <= asked
    assert {fault.field for fault in faults} == {
        field for field in asked if field not in answers and field != "applicant_phone"
    }


@given(ANSWERS, st.sampled_from("abc"))
def test_is_and_is_not_are_opposites_once_there_is_an_answer(answers: dict[str, Answer], value: str) -> None:
    form = form_of(
        a(FieldType.CHOICE, "first"),
        a(FieldType.TEXT, "yes", shown_when=when("first", Operator.IS, value)),
        a(FieldType.TEXT, "no", shown_when=when("first", Operator.IS_NOT, value)),
    )
    asked = {field.code for field in asked_fields(form, answers, TODAY)} & {"yes", "no"}
    assert len(asked) == (1 if "first" in answers else 0)

"""Facts as plain values, there and back."""

from __future__ import annotations

from datetime import date
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import facts
from sync.model.facts import MaterialMark, MaterialState, Person, from_plain, kind_of, to_plain
from sync.model.plain import FactDoesNotFit

COORDINATES = st.lists(st.integers(-(1 << 63), (1 << 63) - 1)).map(tuple)
"""Whole numbers of the encoding have 64 bits."""


def samples(declared: type[facts.Fact]) -> st.SearchStrategy[facts.Fact]:
    """Any values for the fields of a fact."""
    if get_type_hints(declared).get("signature") == facts.Strokes:
        return st.builds(declared, signature=st.lists(COORDINATES).map(tuple))
    return st.builds(declared)


@given(st.one_of([samples(declared) for declared in facts.FACTS.values()]))
def test_a_fact_comes_back_from_its_plain_values_as_it_was(happened: facts.Fact) -> None:
    header, sealed = to_plain(happened)
    assert from_plain(kind_of(happened), header, sealed) == happened


def test_nothing_personal_stands_in_the_header() -> None:
    person = Person(name="李秀兰", identity_number="990101195001010014", phone="00055500123", address="柳溪村")
    taken_in = facts.CaseTakenIn(
        item_code="glj",
        item_version=1,
        role=facts.Role.PROXY,
        urgency=facts.Urgency.ORDINARY,
        promise_days=5,
        applicant=person,
        values={"bank_account": "6222000000000000"},
        materials=(MaterialMark(material="hkb", state=MaterialState.PROMISED, due=date(2026, 12, 4)),),
        signature=((1, 2, 3, 4),),
        agent_name="王建国",
    )
    header, sealed = to_plain(taken_in)
    told = repr(header)
    for private in ("李秀兰", "990101195001010014", "00055500123", "柳溪村", "6222", "王建国"):
        assert private not in told
        assert private in repr(sealed)
    rating = facts.RatingGiven(
        stage=facts.Stage.TAKEN_IN, visit=1, channel=facts.Channel.PAD, level=1, after_ms=900, key=5
    )
    assert to_plain(rating)[0] == {0: "taken_in", 1: 1, 2: "pad"}


def test_a_field_at_its_default_costs_no_byte() -> None:
    header, sealed = to_plain(facts.CaseClosed())
    assert (header, sealed) == ({}, {})


@pytest.mark.parametrize(
    ("kind", "header", "sealed", "named"),
    [
        (facts.Kind.SHIFT_CLOSED, {}, {}, "by_itself is missing"),
        (facts.Kind.SHIFT_CLOSED, {0: 2}, {}, "by_itself"),
        (facts.Kind.SUPPLEMENT_REQUIRED, {0: "soon"}, {0: ()}, "due"),
        (facts.Kind.CASE_DECIDED, {0: "perhaps"}, {0: "x"}, "outcome"),
        (facts.Kind.SUPPLEMENT_REQUIRED, {0: 739_000}, {0: "x"}, "wanted is not a list"),
        (facts.Kind.DELAY_EXPLAINED, {0: 99_999_999}, {0: "x"}, "new_day"),
        (4_711, {}, {}, "no fact has the number"),
    ],
)
def test_plain_values_of_another_shape_are_refused_by_name(
    kind: int, header: dict[int, object], sealed: dict[int, object], named: str
) -> None:
    with pytest.raises(FactDoesNotFit, match=named):
        from_plain(kind, header, sealed)  # type: ignore[arg-type]  # hostile on purpose


def test_a_field_that_a_newer_version_added_is_ignored() -> None:
    assert from_plain(facts.Kind.SHIFT_CLOSED, {0: 1, 23: "later"}, {}) == facts.ShiftClosed(by_itself=True)

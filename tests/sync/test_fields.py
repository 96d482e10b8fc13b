import pytest

from sync.fields import FieldRefused, Fields

NAMES = {0: "version", 1: "name", 2: "extra"}


def test_fields_come_by_key_and_by_position() -> None:
    optional = frozenset({2})
    for held in (Fields({0: 1, 1: "a"}, NAMES, optional), Fields((1, "a"), NAMES, optional)):
        assert held.whole(0) == 1
        assert held.text(1, 1) == "a"
        assert 2 not in held


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "neither a map nor an array"),
        ("ab", "neither a map nor an array"),
        ({0: 1}, "name is missing"),
        ((1,), "name is missing"),
        ({0: 1, 1: "a", 3: 1}, "unknown field 3"),
        ((1, "a", None, None), "unknown field 3"),
        ({"version": 1}, "unknown field version"),
    ],
)
def test_what_is_missing_or_unknown_is_named(value: object, said: str) -> None:
    with pytest.raises(FieldRefused, match=said):
        Fields(value, NAMES, frozenset({2}))  # type: ignore[arg-type]  # any plain value


def test_a_field_of_another_type_or_out_of_bounds_is_named_without_its_value() -> None:
    held = Fields({0: "secret", 1: 5, 2: {"a": 1}}, NAMES)
    for refused in (
        lambda: held.whole(0),
        lambda: held.text(0, 5),
        lambda: held.text(1, 5),
        lambda: held.whole(1, 6),
        lambda: held.whole(1, 0, 4),
        lambda: held.raw(1, 1),
        lambda: held.blob(1, 1),
        lambda: held.array(1, 1),
        lambda: held.map(1),
        lambda: held.map(2),
    ):
        with pytest.raises(FieldRefused) as refusal:
            refused()
        assert "secret" not in str(refusal.value)
        assert str(refusal.value).startswith(("version", "name", "extra"))


def test_null_is_no_byte_string_but_may_stand_for_one() -> None:
    held = Fields((None, b"abc"), {0: "version", 1: "name"})
    assert held.blob_or_none(0, 5) is None
    assert held.blob(1, 3) == b"abc"
    with pytest.raises(FieldRefused):
        held.blob(0, 5)
    with pytest.raises(FieldRefused):
        held.blob(1, 2)
    with pytest.raises(FieldRefused):
        held.raw(1, 2)


def test_a_refusal_does_not_repeat_a_long_key() -> None:
    with pytest.raises(FieldRefused) as refused:
        Fields({"k" * 1_000_000: 1}, {0: "version"})
    assert len(str(refused.value)) < 100

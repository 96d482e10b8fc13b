import contextlib
from collections.abc import Mapping

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.cbor import (
    DEPTH_MAX,
    CborMalformed,
    CborNotDeterministic,
    CborRefused,
    CborTooDeep,
    CborTooLarge,
    CborTooMany,
    Limits,
    NotPlain,
    decode,
    encode,
)
from sync.model.plain import PlainValue

LIMITS = Limits(bytes_max=1 << 16)

scalars = some.none() | some.integers(-(1 << 64), (1 << 64) - 1) | some.text() | some.binary()
plain_values = some.recursive(
    scalars,
    lambda inner: (
        some.lists(inner, max_size=5).map(tuple)
        | some.dictionaries(some.integers(0, (1 << 64) - 1), inner, max_size=5)
        | some.dictionaries(some.text(), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(plain_values)
def test_what_is_encoded_is_decoded_again(value: PlainValue) -> None:
    assert decode(encode(value), LIMITS) == value


@given(plain_values)
def test_a_stranger_reads_what_is_encoded_and_would_encode_it_alike(value: PlainValue) -> None:
    assert cbor2.loads(encode(value), immutable=True) == value
    assert cbor2.dumps(value, canonical=True) == encode(value)


@given(some.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_are_the_one_encoding(data: bytes) -> None:
    try:
        value = decode(data, LIMITS)
    except CborRefused:
        return
    assert encode(value) == data


@given(plain_values, some.binary(min_size=1, max_size=4))
def test_bytes_after_the_end_are_refused(value: PlainValue, tail: bytes) -> None:
    with pytest.raises(CborRefused):
        decode(encode(value) + tail, LIMITS)


@pytest.mark.parametrize(
    ("hexadecimal", "refusal"),
    [
        ("1801", CborNotDeterministic),  # 1 in two bytes
        ("5901006161", CborMalformed),  # a length beyond the end
        ("a2020101 02".replace(" ", ""), CborNotDeterministic),  # keys out of order
        ("a20101 0102".replace(" ", ""), CborMalformed),  # a key twice
        ("9f01ff", CborMalformed),  # indefinite length
        ("8101ff", CborNotDeterministic),  # bytes after the end
        ("f97e00", CborMalformed),  # not a number
        ("f4", CborMalformed),  # false
        ("f7", CborMalformed),  # undefined
        ("e0", CborMalformed),  # simple value
        ("c5821b00000000000000010a", CborMalformed),  # a number with a giant exponent
        ("c249010000000000000000", CborMalformed),  # an integer of 9 bytes
        ("c24101", CborMalformed),  # 1 as an integer of any length: no decoder of a tag has run
        ("d82363612e2a", CborMalformed),  # a regular expression
        ("d9ffff01", CborMalformed),  # a tag that nobody knows
        ("a1810102", CborMalformed),  # an array as a key
        ("a2016161 616201".replace(" ", ""), CborMalformed),  # keys of two kinds
        ("a12001", CborMalformed),  # a negative key
        ("61ff", CborMalformed),  # not UTF-8
        ("", CborMalformed),
    ],
)
def test_each_loose_form_is_refused_by_its_name(hexadecimal: str, refusal: type[CborRefused]) -> None:
    with pytest.raises(refusal):
        decode(bytes.fromhex(hexadecimal), LIMITS)


def test_limits_of_size_count_and_depth_hold() -> None:
    with pytest.raises(CborTooLarge):
        decode(encode("x" * 100), Limits(bytes_max=100))
    with pytest.raises(CborTooMany):
        decode(encode(tuple(range(10))), Limits(bytes_max=100, values_max=10))
    with pytest.raises(CborTooMany):
        decode(encode(dict.fromkeys(range(5))), Limits(bytes_max=100, values_max=10))
    with pytest.raises(CborTooDeep):
        decode(b"\x81" * (DEPTH_MAX + 1) + b"\x01", LIMITS)
    with pytest.raises(CborTooDeep):
        decode(b"\x81" * 60_000, LIMITS)
    assert decode(b"\x81" * DEPTH_MAX + b"\x01", LIMITS)


def count(value: PlainValue) -> int:
    """How many values there are, with all that they hold."""
    if isinstance(value, tuple):
        return 1 + sum(map(count, value))
    if isinstance(value, Mapping):
        return 1 + len(value) + sum(map(count, value.values()))
    return 1


@given(plain_values)
def test_values_are_counted_as_they_are_and_one_too_many_is_refused(value: PlainValue) -> None:
    values = count(value)
    assert decode(encode(value), Limits(1 << 16, values_max=values)) == value
    with pytest.raises(CborTooMany):
        decode(encode(((), *([value] * 3))), Limits(1 << 16, values_max=3 * values + 1))


@given(some.binary(max_size=200))
def test_counting_arbitrary_bytes_refuses_them_or_leaves_them_to_the_decoder(data: bytes) -> None:
    with contextlib.suppress(CborRefused):
        assert encode(decode(data, Limits(1 << 16, values_max=1, depth_max=1))) == data


@pytest.mark.parametrize("value", [1.0, True, object(), "\ud800", {1: 1, "a": 2}, {-1: 2}, {True: 1}, 1 << 64, {1}])
def test_what_is_not_plain_is_not_encoded(value: PlainValue) -> None:
    with pytest.raises(NotPlain):
        encode(value)


def test_a_refusal_does_not_repeat_what_it_refuses() -> None:
    with pytest.raises(NotPlain) as refused:
        encode({"name": ("张三", 1.5)})  # type: ignore[arg-type]  # wrong on purpose
    assert "张三" not in str(refused.value)
    assert "1.5" not in str(refused.value)

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sync.model.strokes import GRID, TOLERANCE, VALUES_MAX, InkMalformed, packed, simplified, unpacked

STROKES = some.lists(some.lists(some.integers(-2_000, 3_000), max_size=40).map(tuple), max_size=12).map(tuple)


@given(STROKES)
def test_strokes_come_back_as_they_were(strokes: tuple[tuple[int, ...], ...]) -> None:
    assert unpacked(packed(strokes)) == strokes


@given(some.binary(max_size=60))
def test_bytes_are_one_packing_of_some_strokes_or_refused(ink: bytes) -> None:
    try:
        strokes = unpacked(ink)
    except InkMalformed:
        return
    assert packed(strokes) == ink


@pytest.mark.parametrize("ink", [b"", b"\x03", b"\x01\x80", b"\x01\x02\x04", b"\x01\x80\x00", b"\x02" + b"\xff" * 12])
def test_what_is_no_ink_is_refused(ink: bytes) -> None:
    with pytest.raises(InkMalformed):
        unpacked(ink)


def test_more_points_than_a_signature_has_are_refused_before_they_are_made() -> None:
    with pytest.raises(InkMalformed, match="more than"):
        unpacked(packed(((0,) * (VALUES_MAX + 1),)))


def test_a_straight_line_keeps_its_ends_only() -> None:
    assert simplified([value for step in range(200) for value in (step * 4, step * 2)]) == (0, 0, 796, 398)


def test_a_dot_stays_a_dot() -> None:
    assert simplified([500, 301]) == (500, 300)
    assert simplified([500, 300, 500, 300, 501, 300]) == (500, 300, 500, 300)


def test_nobody_sees_which_points_are_left_out(seed: int) -> None:
    random = Random(seed)
    x = y = 500.0
    points: list[int] = []
    for _ in range(300):
        points += [round(x), round(y)]
        x, y = x + random.uniform(-9, 9), y + random.uniform(-9, 9)
    kept = simplified(points)
    assert len(kept) < len(points)
    line = list(zip(kept[::2], kept[1::2], strict=True))
    for point in zip(points[::2], points[1::2], strict=True):
        away = min(_distance(point, begin, end) for begin, end in pairwise(line))
        # The tolerance, and half a step of the grid in both directions.
        assert away <= TOLERANCE + GRID


def _distance(point: tuple[int, int], begin: tuple[int, int], end: tuple[int, int]) -> float:
    return min(
        abs(complex(*point) - (complex(*begin) + share / 64 * (complex(*end) - complex(*begin)))) for share in range(65)
    )

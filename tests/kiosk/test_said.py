"""What was said stays on the screen in the language of whoever reads it now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.intents import Focus, Next, Open, Scanned, SetLanguage, Typed
from kiosk.own_views import SignInView
from kiosk.pages import Fields
from tests.kiosk.journeys import ALL_PAPERS_HERE, CHOOSE_ELDER_ALLOWANCE, SIGN_IN, typed
from tests.kiosk.point import OTHER_PIN, Point


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point at its home screen."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def wrong(point: Point) -> list[str]:
    fields = [field for block in point.page.blocks if isinstance(block, Fields) for field in block.fields]
    return [*point.notices, *(field.error for field in fields if field.error)]


def test_an_error_under_a_field_changes_its_language_at_once(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())
    point.do(Focus("applicant_id"), Typed("applicant_id", "990101194001010017"), Focus("applicant_name"))
    assert wrong(point) == ["最后一位不对，请核对第 18 位"]
    point.do(SetLanguage("en"))
    assert wrong(point) == ["The last character does not fit, please check number 18"]
    point.do(SetLanguage("zh-Hans"))
    assert wrong(point) == ["最后一位不对，请核对第 18 位"]


def test_what_was_answered_to_a_visitor_changes_its_language_at_once(point: Point) -> None:
    point.do(Open("progress"), Scanned("https://example.invalid/r#1"))
    assert wrong(point) == ["这不是本县的回执，请到开回执的地方查"]
    point.do(SetLanguage("en"))
    assert wrong(point) == ["This is not a receipt of this county, please ask where it was issued"]


def test_a_refused_pin_is_told_in_the_language_of_now(point: Point) -> None:
    point.do(*SIGN_IN[:-6], *typed(OTHER_PIN))
    point.do(SetLanguage("en"))
    assert isinstance(point.seen.view, SignInView)
    assert point.seen.view.error
    assert point.seen.view.error.isascii()

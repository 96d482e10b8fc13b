"""Packs at the point: a bad one leaves the old one in use and the technician is told; the calendar's end is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kiosk.intents import Back, Do, SetLanguage
from kiosk.printing import Issued
from kiosk.receipts import case_slip
from sync.model.facts import Kind, PackRefused, SlipKind
from sync.model.moment import wall_ms_at
from sync.reading import fact_of
from sync.transport.transport import Transport
from tests.kiosk.journeys import CHOOSE_ELDER_ALLOWANCE, SIGN_IN, TAKE_IN
from tests.kiosk.point import Point
from tests.seals import DESK, keys_of


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def strip(point: Point) -> list[str]:
    """The sentences of the strip."""
    point.core.tick()
    assert point.seen.status is not None
    return [entry.text for entry in point.seen.status.left]


def test_a_damaged_pack_is_refused_and_the_technician_s_line_says_so(point: Point) -> None:
    incoming = point.directory / "packs" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "catalogue.pack").write_bytes(b"half a pack")
    again = point.reopen()
    assert any("catalogue.pack" in text and "仍用旧的" in text for text in strip(again))
    refusals = [record for record in again.journal.read(0, 100) if record.header.kind == Kind.PACK_REFUSED]
    [refused] = [fact_of(record, keys_of(again.journal, DESK)) for record in refusals]
    assert isinstance(refused, PackRefused)
    assert refused.name == "catalogue.pack"
    again.do(*SIGN_IN, *TAKE_IN)
    assert again.place == "receipt"
    again.close()


def test_a_calendar_that_ends_soon_is_said_and_a_date_beyond_it_is_never_guessed(point: Point) -> None:
    assert not any("工作日历" in text for text in strip(point))
    point.clock.set_wall(wall_ms_at(date(2026, 12, 28), 9))
    assert any("工作日历只到 2026-12-31" in text for text in strip(point))
    point.do(*SIGN_IN, *TAKE_IN)
    [row] = point.desk.cases.rows(over=False)
    assert row.promised_on is None
    assert "办结日期暂时算不出" in repr(point.page)


def test_a_pack_waits_until_nobody_stands_at_the_screen(point: Point) -> None:
    point.do(*SIGN_IN)
    incoming = point.directory / "packs" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "profile.pack").write_bytes(b"half a pack")
    Transport.open_or_create(point.directory / "transport.db").close()
    point.core.tick()
    assert (incoming / "profile.pack").exists()
    point.visit.end()
    point.core.tick()
    assert not (incoming / "profile.pack").exists()
    assert any("profile.pack" in text for text in strip(point))


def test_the_countys_english_name_stands_on_the_screens_and_its_own_on_paper(point: Point) -> None:
    point.do(SetLanguage("en"), *SIGN_IN, *CHOOSE_ELDER_ALLOWANCE)
    assert point.page.aside is not None
    assert point.page.aside.title == "Old-age allowance"
    point.do(Back(), Back(), *TAKE_IN)
    number = point.session.case_no or ""
    receipt = case_slip(point.visit.context, SlipKind.RECEIPT, number)(Issued(1, 0))
    assert "高龄津贴申请" in repr(receipt), "the offices know it by this name"
    point.do(Do("done"))
    assert [row.title for row in point.desk_view.rows] == ["Old-age allowance"]
    point.do(SetLanguage("zh-Hans"))
    assert [row.title for row in point.desk_view.rows] == ["高龄津贴申请"]

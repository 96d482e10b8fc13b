"""When the county's log is not the one that was seen before, the strip says so, and says that nothing stops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.line_words import log_sentence
from sync.transport.line_state import LineFault, LineState
from sync.transport.transport import Transport
from tests.kiosk.point import Point


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    made = Point(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("fault", "said"), [(LineFault.LOG_WENT_BACK, "比以前少"), (LineFault.LOG_FORKED, "和以前对不上")]
)
def test_the_strip_says_that_the_county_lost_or_changed_its_log_until_that_is_mended(
    point: Point, fault: LineFault, said: str
) -> None:
    transport = Transport.open_or_create(point.directory / "transport.db")
    transport.keep_line(LineState(1, 1, fault, "as the sync process says it", 2))
    point.do()
    point.core.tick()
    assert said in point.core.truths().technician
    transport.keep_line(LineState(3, 3))
    point.core.tick()
    assert said not in point.core.truths().technician
    transport.close()


def test_the_sentences_tell_whom_to_tell_and_say_nothing_of_other_faults(point: Point) -> None:
    of_the_county = (LineFault.LOG_WENT_BACK, LineFault.LOG_FORKED, LineFault.REVOKED, LineFault.NOT_VOUCHED)
    for fault in LineFault:
        said = log_sentence(point.tr, fault)
        assert bool(said) is (fault in of_the_county), fault
        assert "报告县里" in said or not said

"""That the rows of bad lines measure: in small, on a fast line. What is asserted are bytes and counts, never times."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.attachment import Overtook, Uploaded, figures_of, uploaded
from tests.bench.figure import Figure
from tests.bench.line import Happened, Quality
from tests.bench.lines import Tried, against, carried, tried
from tests.bench.rival import Place
from tests.bench.rivals import OnePost
from tests.bench.site import PipeSite

QUICK = Quality(up_bps=2_000_000, down_bps=2_000_000, round_trip_s=0.02)
CASES = 5
OURS = Figure("line", 10.0, "s", 8.0, 1.25, "", "", True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> PipeSite:
    return PipeSite(tmp_path_factory.mktemp("rows") / "site", CASES)


def test_a_queue_goes_over_a_line_that_comes_and_goes_and_nothing_is_lost_or_doubled(site: PipeSite) -> None:
    """`carried` compares both ends and raises when they differ."""
    swinging = Quality(up_bps=64_000, down_bps=128_000, round_trip_s=0.02, up_s=3.0, down_s=0.5, seed=1)
    _, happened = carried(site, swinging, 60)
    assert happened.absences >= 1
    assert happened.up_bytes > 40 * CASES


def test_a_peer_that_finishes_tells_its_time_and_one_that_does_not_how_much_it_brought(
    site: PipeSite, tmp_path: Path
) -> None:
    def place(name: str, limit_s: float) -> Place:
        return Place(tmp_path / name / "run", site, tmp_path / "none", site.records - 1, limit_s=limit_s)

    rival = OnePost(one_connection=True, acknowledged=False)
    ended = tried(rival, place("ended", 30), QUICK)
    given_up = tried(rival, place("given-up", 3), replace(QUICK, reset_bytes=(15_000, 15_000)))
    assert ended.took_s is not None
    assert given_up.took_s is None
    assert given_up.arrived in range(1, site.records - 1)
    assert 10_000 < given_up.up_bytes < ended.up_bytes


def test_a_run_that_did_not_end_counts_as_its_limit_and_is_named() -> None:
    runs = [Tried(20.0, 1_000), Tried(None, 9_000, 100), Tried(None, 8_000, 300)]
    figure = against(OURS, OnePost(one_connection=True, acknowledged=False), runs, 60.0, 1_000)
    assert (figure.floor_or_peer, figure.ratio) == (60.0, 6.0)
    assert figure.peer.startswith("2 of 3 NOT finished after 60 s, 200 of 1,000 stored; 8 KB up")


@pytest.mark.parametrize(
    ("up_bytes", "attachment_bytes", "met"), [(1_290_000, 4_000, [True, True]), (1_310_000, 4_200, [False, False])]
)
def test_an_attachment_is_held_against_its_own_bytes_and_a_segment(
    up_bytes: float, attachment_bytes: int, met: list[bool]
) -> None:
    """What a record costs by itself is taken off, and a record that a reset came between says nothing."""
    overtook = (Overtook(700 + attachment_bytes, 2.0, 0), Overtook(30_000, 5.0, 1))
    ran = Uploaded(200.0, Happened(resets=40, up_bytes=up_bytes), overtook, Overtook(700, 1.0, 0))
    figures = figures_of([ran], [Quality()])
    assert [each.met for each in figures] == met
    assert figures[0].floor_or_peer == 125.0
    assert figures[1].value == attachment_bytes


def test_an_attachment_goes_over_a_line_that_breaks_and_records_overtake_it(site: PipeSite) -> None:
    # Longer there and back than between two looks at what has left.
    quality = replace(QUICK, round_trip_s=0.2, reset_bytes=(40_000, 60_000), seed=1)
    ran = uploaded(site, quality, 100_000, every_s=0.4)
    assert ran.happened.resets >= 1
    assert ran.happened.up_bytes > 100_000
    assert ran.overtook
    assert 0 < ran.alone.taken_bytes < 2_000

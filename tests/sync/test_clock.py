import json
import time
from pathlib import Path

import pytest

from sync.clock import Clock, FixedClock, SteeredClock, Steering, SteeringUnreadable, SystemClock

TOUR_MS = 1_795_415_520_000  # 2026-11-23 14:32 +08:00
HOUR_MS = 3_600_000


class StillSystem(SystemClock):
    """The machine's clock, standing still, so that sums are exact."""

    def __init__(self, wall_ms: int, boot_ms: int) -> None:
        super().__init__()
        self.shows = wall_ms, boot_ms

    def wall_ms(self) -> int:
        return self.shows[0]

    def boot_ms(self) -> int:
        return self.shows[1]


def steered(path: Path, **changes: int) -> None:
    Steering(**{"real_ms": 1_000, "domain_ms": TOUR_MS, **changes}).write(path)


def test_the_system_clock_is_the_time_of_the_machine() -> None:
    clock: Clock = SystemClock()
    before_ms = time.time_ns() // 1_000_000
    shown_ms = clock.wall_ms()
    assert before_ms <= shown_ms <= time.time_ns() // 1_000_000
    assert clock.real


def test_the_boot_clock_of_the_machine_runs_forward_and_counts_sleep() -> None:
    clock = SystemClock()
    first_ms = clock.boot_ms()
    assert first_ms <= clock.boot_ms()
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(uptime_s * 1000 - first_ms) < 5_000


def test_two_starts_of_a_program_share_a_boot_and_two_boots_do_not(tmp_path: Path) -> None:
    assert SystemClock().boot_id == SystemClock().boot_id
    assert len(SystemClock().boot_id) == 8
    other = tmp_path / "boot_id"
    other.write_text("6f2d1c1e-0000-4000-8000-000000000001\n")
    assert SystemClock(other).boot_id != SystemClock().boot_id


def test_a_steered_clock_starts_at_the_domain_date_and_runs_on(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    steered(path)
    system = StillSystem(wall_ms=1_000, boot_ms=50_000)
    clock = SteeredClock(path, system)
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS, 50_000)
    system.shows = 1_250, 50_250
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS + 250, 50_250)
    assert not clock.real
    assert clock.boot_id == SystemClock().boot_id


def test_a_running_program_follows_when_the_clock_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    steered(path)
    clock = SteeredClock(path, StillSystem(wall_ms=1_000, boot_ms=50_000))
    steered(path, domain_ms=TOUR_MS + HOUR_MS, boot_ahead_ms=HOUR_MS)
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS + HOUR_MS, 50_000 + HOUR_MS)


def test_a_clock_set_back_shows_against_the_boot_clock(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    steered(path)
    clock = SteeredClock(path, StillSystem(wall_ms=1_000, boot_ms=50_000))
    wall_ms, boot_ms = clock.wall_ms(), clock.boot_ms()
    steered(path, domain_ms=TOUR_MS - HOUR_MS)
    assert (clock.wall_ms() - wall_ms) - (clock.boot_ms() - boot_ms) == -HOUR_MS


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"real_ms": 1}', '{"real_ms": 1, "domain_ms": "2026"}', '{"real_ms": 1, "domain_ms": -1}'],
)
def test_a_clock_file_in_the_middle_of_being_written_leaves_the_clock_running(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock.json"
    steered(path)
    clock = SteeredClock(path, StillSystem(wall_ms=1_000, boot_ms=50_000))
    path.write_text(text)
    assert clock.wall_ms() == TOUR_MS
    path.unlink()
    assert clock.wall_ms() == TOUR_MS
    steered(path, domain_ms=TOUR_MS + 7)
    assert clock.wall_ms() == TOUR_MS + 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "does not hold an object"),
        ('{"domain_ms": 1}', "real_ms"),
        ('{"real_ms": 1, "domain_ms": 1.5}', "domain_ms"),
        ('{"real_ms": 1, "domain_ms": true}', "domain_ms"),
        ('{"real_ms": 1, "domain_ms": 1, "boot_ahead_ms": "x"}', "boot_ahead_ms"),
        ('{"real_ms": 1, "domain_ms": 99999999999999999999}', "domain_ms is not from 0 to 7258118400000"),
        ('{"real_ms": 1, "domain_ms": -1}', "domain_ms is not from 0"),
        ('{"real_ms": -99999999999999999999, "domain_ms": 1}', "real_ms is not from 0"),
        ('{"real_ms": 1, "domain_ms": 1, "boot_ahead_ms": -5}', "boot_ahead_ms is not from 0"),
        ('{"real_ms": 7258118400000, "domain_ms": 1}', "leads to a day before 1970 or after 2199"),
        ('{"real_ms": 1, "domain_ms": 7258118400000}', "leads to a day before 1970 or after 2199"),
    ],
)
def test_a_program_does_not_start_on_a_clock_file_that_says_nothing(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "clock.json"
    path.write_text(text)
    with pytest.raises(SteeringUnreadable, match=said):
        SteeredClock(path)


def test_a_program_does_not_start_on_a_clock_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SteeringUnreadable, match="is not JSON"):
        SteeredClock(path)


def test_a_program_does_not_start_without_the_clock_file_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(SteeringUnreadable, match="cannot be read"):
        SteeredClock(tmp_path / "clock.json")


def test_a_steering_file_with_two_numbers_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    path.write_text(json.dumps({"real_ms": 1_000, "domain_ms": TOUR_MS}))
    assert SteeredClock(path, StillSystem(wall_ms=1_000, boot_ms=0)).wall_ms() == TOUR_MS
    assert Steering.load(path) == Steering(1_000, TOUR_MS, 0)


def test_replacing_the_clock_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    steered(tmp_path / "clock.json")
    assert [each.name for each in tmp_path.iterdir()] == ["clock.json"]


def test_a_fixed_clock_moves_only_when_told_to() -> None:
    clock: Clock = FixedClock(TOUR_MS, boot_ms=5)
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS, 5)
    assert clock.wall_ms() == TOUR_MS
    assert not clock.real


def test_time_that_passes_moves_both_clocks_and_a_hand_moves_only_the_wall() -> None:
    clock = FixedClock(TOUR_MS, boot_ms=5)
    for ms in (0, 1, 99):
        clock.advance(ms)
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS + 100, 105)
    clock.set_wall(TOUR_MS - HOUR_MS)
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS - HOUR_MS, 105)


def test_time_does_not_pass_backwards() -> None:
    clock = FixedClock(TOUR_MS)
    with pytest.raises(ValueError, match="cannot pass by -1 ms"):
        clock.advance(-1)
    assert (clock.wall_ms(), clock.boot_ms()) == (TOUR_MS, 0)

"""The kiosk's own process, killed under the hands of the agent at the real window."""

from __future__ import annotations

import random
from pathlib import Path

from sync.model.facts import Kind
from tests.village.attendant import Death
from tests.village.ends import check_equal, check_once, kinds
from tests.village.window import at_the_window

TURNS_OF_AN_APPLICATION = 17
AFTER_S_MAX = 0.4


def test_a_kiosk_killed_at_some_step_goes_on_with_the_draft_and_takes_the_case_in_once(
    made: Path, tmp_path: Path, rng: random.Random
) -> None:
    death = Death(rng.randrange(1, TURNS_OF_AN_APPLICATION + 1), rng.uniform(0, AFTER_S_MAX))
    print(f"killed: {death}")
    with at_the_window(made, tmp_path / "stage", death) as attendant:
        attendant.take_in()
        assert attendant.death is None, f"nobody was killed: {attendant.turns}"
        attendant.line_up()
        attendant.until_all_is_told()
        check_equal(attendant.ends)
        check_once(attendant.ends, attendant.case_no, Kind.CASE_TAKEN_IN)
        assert attendant.ends.status_at_county(attendant.case_no) == "taken_in"
        assert kinds(attendant.ends.terminal_records()).count(Kind.TERMINAL_STARTED) == 2

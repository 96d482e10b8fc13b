"""One prepared stage with a running gateway; what a test breaks, it breaks in a copy of the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from provisioning.demonstration import Clerk, Setting, prepare
from provisioning.stage import Options, Stage
from sync.clock import Steering, SystemClock
from sync.model.moment import wall_ms_at

TODAY_MS = wall_ms_at(date(2026, 11, 23), 14, 32)
"""A day that the demonstration's calendar knows, whenever the tests are run."""
SEALED_MS = wall_ms_at(date(2026, 5, 4), 9)
"""When the county sealed its packs, by the clock that it goes by here."""

SETTING = Setting(clerks=(Clerk("civil-intake", "李秀英", "intake", "civil"),))


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    directory, clock = tmp_path_factory.mktemp("stage"), SystemClock()
    steering = directory.parent / "clock.json"
    Steering(clock.wall_ms(), SEALED_MS).write(steering)
    made = Stage(directory, clock, Options(clock_file=steering))
    try:
        prepare(made, lambda _: None, SETTING)
        made.start("gateway")
        made.wait_ready("gateway")
        yield made
    finally:
        made.close()


@pytest.fixture
def terminal(stage: Stage, tmp_path: Path) -> Path:
    """A copy of the enrolled terminal's data directory, with ports where the devices would be."""
    data = tmp_path / "terminal"
    shutil.copytree(stage.terminal_dir, data, ignore=shutil.ignore_patterns("*.db*", "*.lock"))
    (tmp_path / "devices").mkdir()
    for name in ("pad", "printer", "scanner", "reader"):
        (tmp_path / "devices" / name).touch()
    return data

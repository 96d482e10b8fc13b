"""One prepared stage with a running gateway; what a test breaks, it breaks in a copy of the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.demonstration import Clerk, Setting, prepare
from provisioning.stage import Stage
from sync.clock import SystemClock

SETTING = Setting(clerks=(Clerk("civil-intake", "李秀英", "intake", "civil"),))


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("stage"), SystemClock())
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

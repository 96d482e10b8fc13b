"""The kiosk starts on a disk that takes nothing: villagers read, and nobody is told that something was saved."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.desk import Desk
from sync.journal import JournalIsFull
from tests.village.scene import Scene


def test_a_disk_that_takes_nothing_at_the_start_keeps_nobody_from_reading(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise JournalIsFull("there is no room for the record")

    monkeypatch.setattr(Desk, "note", full)
    scene.counter = scene.counter.reopen()
    assert scene.counter.seen.status is not None


@pytest.mark.parametrize(
    "scenario",
    [
        "with ballast kiosk and sync start, and go on when room is made",
        "with ballast they start again and again",
        "without ballast neither starts",
    ],
)
def test_a_disk_without_a_free_byte_keeps_neither_program_from_starting(tmp_path: Path, scenario: str) -> None:
    # In a mount namespace of its own: root may make one anywhere, others need a user namespace with it.
    alone = ["unshare", "--mount", "--propagation", "unchanged"] if os.getuid() == 0 else ["unshare", "-Urm"]
    ran = subprocess.run(
        [*alone, sys.executable, "-m", "tests.village.full_disk", scenario, str(tmp_path)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "held\n"), ran.stderr

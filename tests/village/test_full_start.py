"""The kiosk starts on a disk that takes nothing: villagers read, and nobody is told that something was saved."""

from __future__ import annotations

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

"""A stage whose kiosk shows on a virtual screen, with an attendant before it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.demonstration import Setting
from provisioning.stage import PROGRAMS, Options, Stage
from sync.clock import SystemClock
from tests.tour.window import VirtualScreen, Window
from tests.village.attendant import Attendant, Death
from tests.village.scene import CLERKS, COUNTY_CLOCK, PRINTER_SPEED_MM_S

WIDTH_PX, HEIGHT_PX = 1920, 1080


@contextmanager
def at_the_window(made: Path, directory: Path, death: Death | None = None) -> Iterator[Attendant]:
    """Start every program but the gateway on a copy of what was set up; yields who stands before the window."""
    shutil.copytree(made, directory, symlinks=True)
    screen = VirtualScreen(WIDTH_PX, HEIGHT_PX)
    state = directory / "screen.json"
    options = Options(
        clock_file=directory / COUNTY_CLOCK,
        kiosk_arguments=("--size", f"{WIDTH_PX}x{HEIGHT_PX}"),
        publish_state=state,
        printer_speed_mm_s=PRINTER_SPEED_MM_S,
        environment={**os.environ, **screen.environment},
    )
    stage = Stage(directory, SystemClock(), options)
    try:
        for name in ("county", "simulators", "sync", "kiosk"):
            stage.start(name)
        for name in ("county", "simulators", "kiosk"):
            stage.wait_ready(name)
        yield Attendant(stage, Window(screen.display, state), directory, Setting(clerks=CLERKS), death=death)
    finally:
        for name in PROGRAMS:
            stage.kill(name)
        screen.close()

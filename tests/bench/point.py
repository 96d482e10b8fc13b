"""The service point that is measured: set up by the technician's tool, with a history as long as is wanted."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from provisioning.county_init import CHECKOUT
from provisioning.stage import Options, Stage
from sync.clock import Steering, SystemClock
from sync.model.moment import wall_ms_at
from sync.terminal import TerminalConfig
from tests.village.scene import COUNTY_CLOCK, MONDAY, set_up

FAST_BAUD = 115_200
PAD_MODEL, NO_WAIT = "devices/rating_pad/models/pj06.toml", "late_ms = 0"
"""One case is rated after another at once, as no people do; the pad's wait between them would only be waited for."""
MODELS, PRINTER_MODEL, FASTEST = "models", "devices/printer/models/escpos-58.toml", "speed_mm_s = 500"
"""What is measured ends with the printer's bytes; how long it then prints would only be waited for."""
GLASS_S_MAX = 600
SECOND_OF_MINUTE = 3


@dataclass(frozen=True)
class BenchPoint:
    """A stage of which only the terminal is of interest. Its printer is as fast as a line can be."""

    directory: Path

    @classmethod
    def made(cls, directory: Path) -> BenchPoint:
        """Set one up."""
        set_up(directory)
        point = cls(directory)
        models = point.terminal / MODELS
        models.mkdir()
        model = (CHECKOUT / PRINTER_MODEL).read_text("utf-8")
        (models / Path(PRINTER_MODEL).name).write_text(re.sub(r"speed_mm_s = \d+", FASTEST, model), "utf-8")
        pad = (CHECKOUT / PAD_MODEL).read_text("utf-8")
        (models / Path(PAD_MODEL).name).write_text(re.sub(r"late_ms = \d+", NO_WAIT, pad), "utf-8")
        config = TerminalConfig.load(point.terminal)
        devices: dict[str, Any] = {**(config.devices or {}), "models": MODELS}
        devices["printer"] = {**devices["printer"], "baud": FAST_BAUD, "flow": "rtscts"}
        replace(config, devices=devices).save(point.terminal)
        return point

    def copied(self, directory: Path) -> BenchPoint:
        """Another of the same."""
        shutil.copytree(self.directory, directory, symlinks=True)
        return BenchPoint(directory)

    @property
    def terminal(self) -> Path:
        """The terminal's data directory."""
        return self.directory / "terminal"

    @property
    def steering(self) -> Path:
        """The file that steers the clock."""
        return self.directory / COUNTY_CLOCK

    def begin_minute(self) -> None:
        """Set the clock to the beginning of a minute, so that the time on the screen stays what it is."""
        began_ms = wall_ms_at(MONDAY, 14, 32) + SECOND_OF_MINUTE * 1000
        Steering(SystemClock().wall_ms(), began_ms).write(self.steering)

    @contextmanager
    def devices(self) -> Iterator[None]:
        """Plug the simulated devices in. The printer needs no time for its paper."""
        stage = Stage(self.directory, SystemClock(), Options(clock_file=self.steering, printer_speed_mm_s=0))
        stage.start("simulators")
        try:
            stage.wait_ready("simulators")
            yield
        finally:
            stage.stop("simulators")

    def glass(self, what: str, samples: int) -> dict[str, Any]:
        """Measure inside a kiosk's window, in a process of its own."""
        command = [
            *(sys.executable, "-m", "tests.bench.glass", what, "--samples", str(samples)),
            *("--data", str(self.terminal), "--clock", str(self.steering)),
        ]
        ran = subprocess.run(
            command, cwd=CHECKOUT, env={**os.environ, "SDL_VIDEODRIVER": "offscreen"},
            capture_output=True, text=True, timeout=GLASS_S_MAX, check=False,
        )  # fmt: skip
        if ran.returncode != 0:
            raise RuntimeError(f"measuring {what} failed:\n{ran.stderr}")
        held: dict[str, Any] = json.loads(ran.stdout)
        return held

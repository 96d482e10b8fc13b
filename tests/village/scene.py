"""A stage that is set up, and what people do around it: start, stop and kill programs, press the pad, act as clerks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import requests
from msgspec.structs import replace

from provisioning.county_init import CHECKOUT
from provisioning.demonstration import Clerk, Setting, prepare
from provisioning.stage import PROGRAMS, Options, Stage
from sync.clock import SteeredClock, Steering, SystemClock
from sync.model.moment import wall_ms_at
from sync.terminal import TerminalConfig
from tests.tour.console import Console, ConsoleRefused, Login
from tests.village.counter import Counter
from tests.village.ends import Ends

MONDAY = date(2026, 11, 23)
AFTERNOON_MS = wall_ms_at(MONDAY, 14, 32)
HTTP_TIMEOUT_S = 20
ROUND_S = 60
COUNTY_CLOCK, TERMINAL_CLOCK = "clock.json", "terminal-clock.json"
PRINTER_SPEED_MM_S = 1000
REACTION_S = 0.6
"""No person presses sooner after the lights; the kiosk takes no key that comes sooner."""
CLERKS = (
    Clerk("supervisor", "陈明", "supervisor", None),
    Clerk("civil-intake", "李秀英", "intake", "civil"),
    Clerk("civil-decider", "张志远", "decider", "civil"),
)


def make_stage(directory: Path, clock_file: str = COUNTY_CLOCK) -> Stage:
    """A stage on a directory; its domain time begins on Monday 2026-11-23 14:32 when it is new."""
    directory.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    steering = directory / clock_file
    if not steering.exists():
        Steering(clock.wall_ms(), AFTERNOON_MS).write(steering)
    return Stage(directory, clock, Options(clock_file=steering, printer_speed_mm_s=PRINTER_SPEED_MM_S))


def set_up(directory: Path) -> None:
    """Do what a county and a technician do before the first day; every program is stopped afterwards."""
    stage = make_stage(directory)
    try:
        prepare(stage, lambda _: None, Setting(clerks=CLERKS))
        config = TerminalConfig.load(stage.terminal_dir)
        # As short as they go: a test waits for every one of these.
        replace(config, poll_s=1, retry_delay_s_max=1).save(stage.terminal_dir)
    finally:
        stage.close()


@dataclass
class Scene:
    """A county with its gateway, and a counter in the village. County and terminal have a clock each.

    Attributes:
        stage: the programs, all but the kiosk and the sync process.
    """

    stage: Stage
    _consoles: dict[str, Console] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Open the counter."""
        self._terminal = make_stage(self.stage.directory, TERMINAL_CLOCK)
        self.counter = Counter(self.stage.terminal_dir, SteeredClock(self.terminal_steering))

    @classmethod
    def copied(cls, made: Path, directory: Path) -> Scene:
        """Make a scene of its own from a directory that was set up."""
        shutil.copytree(made, directory)
        return cls(make_stage(directory))

    @property
    def terminal_steering(self) -> Path:
        """Steers the clock of kiosk and sync process."""
        return self.stage.directory / TERMINAL_CLOCK

    def close(self) -> None:
        """End everything, the kiosk first. Killed: how programs stop when told to is tested where they are."""
        self.counter.close()
        for name in PROGRAMS:
            self._of(name).kill(name)

    def start(self, *names: str) -> None:
        """Start programs and wait until they work."""
        for name in names:
            self._of(name).start(name)
        for name in names:
            self._of(name).wait_ready(name)

    def stop(self, name: str) -> None:
        """kill -9 a program with its children."""
        assert self._of(name).running(name), f"{name} does not run"
        self._of(name).kill(name)

    def kill(self, name: str) -> None:
        """kill -9 a program with its children, start it again, and wait until it works."""
        self.stop(name)
        self.start(name)

    def freeze(self, name: str, frozen_s: float) -> None:
        """Stop a program with its children for a while, as a machine without memory or processor would."""
        pid = self._of(name).pid(name)
        assert pid is not None, f"{name} does not run"
        os.killpg(pid, signal.SIGSTOP)
        try:
            time.sleep(frozen_s)
        finally:
            os.killpg(pid, signal.SIGCONT)

    def sync_once(self) -> subprocess.CompletedProcess[str]:
        """Let the sync process do one round, and the kiosk look at what came of it."""
        terminal = self._terminal
        command = [sys.executable, "-m", "sync.client", "--data", str(terminal.terminal_dir), "--once"]
        ran = subprocess.run(
            [*command, *terminal.clock_arguments()],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=ROUND_S, check=False,
        )  # fmt: skip
        self.counter.core.tick()
        return ran

    def _of(self, name: str) -> Stage:
        return self._terminal if name == "sync" else self.stage

    # --- people -----------------------------------------------------------------------------------------------------

    def console(self, clerk: str) -> Console:
        """The console as a clerk has it open; signed in once."""
        if clerk not in self._consoles:
            console = Console(self.stage.console_url)
            password = next(each.password for each in CLERKS if each.name == clerk)
            console.sign_in(Login(clerk, password))
            self._consoles[clerk] = console
        return self._consoles[clerk]

    def until_at_the_county(self, case_no: str, text: str) -> None:
        """Wait until the county's page about a case has a text."""
        console = self.console("supervisor")
        self.counter.until(lambda: _says(console, case_no, text), f"{text!r} on the county's page of {case_no}")

    def act(self, clerk: str, case_no: str, action: str, **fields: str) -> None:
        """A clerk acts on a case, once the county's program offers it."""
        console = self.console(clerk)
        self.counter.until(
            lambda: _says(console, case_no, f"/do/{action}"), f"{action} offered to {clerk} for {case_no}"
        )
        console.act(case_no, action, **fields)

    def press_pad(self, key: int) -> None:
        """The villager presses a key of the pad once its lights ask for one."""
        self.counter.until(lambda: self._panel("state")["pad"]["is_asking"], "the pad's lights")
        time.sleep(REACTION_S)
        answer = requests.post(self.stage.panel_url + "pad/press", json={"key": key}, timeout=HTTP_TIMEOUT_S)
        answer.raise_for_status()

    def papers(self) -> list[dict[str, str]]:
        """The papers that came out of the printer, newest first."""
        held: list[dict[str, str]] = self._panel("printer/jobs")
        return held

    def until_all_is_told(self) -> None:
        """Wait until each end has everything that the other has written, and the strip says so."""
        self.counter.until(Ends(self.stage).settled, "that both ends have everything")
        self.counter.until_on_the_strip("县里已收到前")
        self.counter.until(lambda: "待上传" not in " ".join(self.counter.strip), "an empty queue")

    def _panel(self, what: str) -> Any:
        answer = requests.get(self.stage.panel_url + what, timeout=HTTP_TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()


def _says(console: Console, case_no: str, text: str) -> bool:
    try:
        return text in console.get(f"/cases/{case_no}")
    except ConsoleRefused:
        # Not there yet.
        return False

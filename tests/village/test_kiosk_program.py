"""The kiosk's program on a terminal that is enrolled: how it begins, how it ends, and what it says when it cannot."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devices.font_file import tables_of
from kiosk.assets import REPOSITORY, Assets
from kiosk.desk import SYSTEM
from sync.clock import SteeredClock
from sync.desk_key_file import DESK_KEY_FILE
from sync.lock import ProcessLock
from sync.model.facts import Kind, SlipIssued, SlipKind, TerminalStarted
from sync.model.plain import field_of
from sync.packs import PackKind
from sync.record import Record
from tests.village.counter import Counter
from tests.village.ends import Ends, kinds
from tests.village.scene import TERMINAL_CLOCK, make_stage

PATIENCE_S = 60.0
OFF_SCREEN = {"SDL_VIDEODRIVER": "offscreen"}
NO_DISPLAY = {"SDL_VIDEODRIVER": "x11", "DISPLAY": ":4711"}


@dataclass
class Terminal:
    """A terminal's directory and the kiosk on it, drawing off screen; `environment` is for the next start."""

    directory: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(OFF_SCREEN))

    def __post_init__(self) -> None:
        """Steer the terminal's clock to the demonstration's day."""
        self.stage = make_stage(self.directory, TERMINAL_CLOCK)
        self.data = self.stage.terminal_dir
        self.running: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the kiosk."""
        clock = self.directory / TERMINAL_CLOCK
        kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.running = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "--data", str(self.data), "--clock", str(clock), *arguments],
            cwd=REPOSITORY, env=kept | self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return self.running

    def refuses(self, *arguments: str) -> str:
        """Start the kiosk, which must end by itself with a sentence; return that."""
        kiosk = self.start(*arguments)
        said = kiosk.communicate(timeout=PATIENCE_S)[1]
        assert kiosk.returncode == 2, said
        assert "Traceback" not in said
        return said

    def until_started(self, times: int) -> None:
        """Wait until so many starts are written down."""
        end_s = time.monotonic() + PATIENCE_S
        while kinds(self.records()).count(Kind.TERMINAL_STARTED) < times:
            assert self.running is not None
            if self.running.poll() is not None or time.monotonic() > end_s:
                raise AssertionError(f"it did not start: {self.end(signal.SIGKILL)}")
            time.sleep(0.05)

    def end(self, number: int) -> tuple[int, str]:
        """End the kiosk by a signal; return its exit code and what it said."""
        assert self.running is not None
        self.running.send_signal(number)
        said = self.running.communicate(timeout=PATIENCE_S)[1]
        return self.running.returncode, said

    def records(self) -> list[Record]:
        """What the kiosk has written."""
        with suppress(sqlite3.OperationalError):  # there is no journal, or it is just being made
            return Ends(self.stage).terminal_records()
        return []

    def wear(self, **fonts: bytes | None) -> dict[str, Path]:
        """Give the kiosk assets of its own with other house fonts, `regular` and `bold`; None for a missing one."""
        assets, own = Assets.from_environment(os.environ), Assets(self.directory / "assets")
        own.regular_font.parent.mkdir(parents=True)
        for name in ("kivy", "locale"):
            (own.root / name).symlink_to(assets.root / name)
        paths = {"regular": own.regular_font, "bold": own.bold_font}
        for name, path in paths.items():
            held = fonts.get(name, getattr(assets, f"{name}_font").read_bytes())
            if held is not None:
                path.write_bytes(held)
        self.environment["SUNPOINT_ASSETS"] = str(own.root)
        return paths


@pytest.fixture
def terminal(made: Path, tmp_path: Path) -> Iterator[Terminal]:
    directory = tmp_path / "stage"
    shutil.copytree(made, directory)
    terminal = Terminal(directory)
    yield terminal
    if terminal.running is not None and terminal.running.poll() is None:
        terminal.end(signal.SIGKILL)


def test_a_start_is_written_down_when_the_first_screen_stands_and_not_for_a_window_that_never_came(
    terminal: Terminal,
) -> None:
    terminal.environment = dict(NO_DISPLAY)
    said = terminal.refuses()
    assert "no window" in said
    assert Kind.TERMINAL_STARTED not in kinds(terminal.records())
    terminal.environment = dict(OFF_SCREEN)
    terminal.start()
    terminal.until_started(1)
    terminal.end(signal.SIGKILL)
    terminal.start()
    terminal.until_started(2)


def test_a_start_says_that_the_last_run_left_a_paper_open_although_that_is_settled_by_then(terminal: Terminal) -> None:
    counter = Counter(terminal.data, SteeredClock(terminal.directory / TERMINAL_CLOCK))
    counter.core._rooms.desk.note(SlipIssued(slip=SlipKind.RECEIPT, copy=0), SYSTEM)
    counter.close()
    for _ in range(2):
        terminal.start()
        terminal.until_started(len(started(terminal)) + 1)
        terminal.end(signal.SIGKILL)
    assert started(terminal) == [False, True, False]


def started(terminal: Terminal) -> list[bool]:
    """Of every start: whether the run before had left something open."""
    starts = [record.header for record in terminal.records() if record.header.kind == Kind.TERMINAL_STARTED]
    return [field_of(TerminalStarted, "recovered", header.plain) for header in starts]


def test_ctrl_c_ends_the_kiosk_without_a_word(terminal: Terminal) -> None:
    terminal.start()
    terminal.until_started(1)
    assert terminal.end(signal.SIGINT) == (130, "")


def test_packs_that_have_come_are_installed_when_none_is_in_use_yet(terminal: Terminal) -> None:
    packs = terminal.data / "packs"
    (packs / "incoming").mkdir(exist_ok=True)
    for kind in PackKind:
        (packs / "current" / kind.file_name).replace(packs / "incoming" / kind.file_name)
    terminal.start()
    terminal.until_started(1)
    assert sorted(path.name for path in (packs / "current").iterdir()) == sorted(kind.file_name for kind in PackKind)
    assert kinds(terminal.records()).count(Kind.PACK_INSTALLED) == len(PackKind)


def test_without_any_pack_the_one_that_is_missing_is_named(terminal: Terminal) -> None:
    shutil.rmtree(terminal.data / "packs" / "current")
    assert "no catalogue pack is in use" in terminal.refuses()


def test_a_house_font_that_is_missing_cut_or_damaged_is_named(terminal: Terminal) -> None:
    assets = Assets.from_environment(os.environ)
    font = assets.bold_font.read_bytes()
    start, length = tables_of(assets.bold_font)["CFF "]
    faults = {
        "missing": None,
        "no font": b"this is a text\n" * 100,
        "cut in half": font[: len(font) // 2],
        "without outlines": font[:start] + bytes(length) + font[start + length :],
    }
    for number, (what, held) in enumerate(faults.items()):
        for name in ("regular", "bold"):
            shutil.rmtree(terminal.directory / "assets", ignore_errors=True)
            if what == "without outlines" and name == "regular":
                continue  # the two have their tables at different places
            path = terminal.wear(**{name: held})[name]
            assert str(path) in terminal.refuses(), (number, what, name)
    assert Kind.TERMINAL_STARTED not in kinds(terminal.records())


def test_a_terminal_whose_agents_are_damaged_says_what_is_wrong_with_which_file(terminal: Terminal) -> None:
    agents = terminal.data / "keys" / "agents.json"
    for held, said in (
        ("{", "is not JSON"),
        ('{"agents": 7}', "agents is not a list"),
        (None, "cannot be read"),
    ):
        agents.unlink()
        if held is not None:
            agents.write_text(held)
        refusal = terminal.refuses()
        assert "agents.json" in refusal
        assert said in refusal
        agents.touch()


def test_a_terminal_whose_desk_key_is_damaged_serves_villagers_and_says_that_nobody_can_sign_in(
    terminal: Terminal,
) -> None:
    path = terminal.data / DESK_KEY_FILE
    for times, held in enumerate((b"nonsense", None), start=1):
        path.unlink()
        if held is not None:
            path.write_bytes(held)
        terminal.start()
        terminal.until_started(times)
        _, said = terminal.end(signal.SIGTERM)
        assert "nobody can sign in" in said
        assert "Traceback" not in said
        path.touch()


def test_a_second_screen_of_a_terminal_says_that_the_first_one_runs(terminal: Terminal) -> None:
    first = ProcessLock(terminal.data / "journal.db.lock")
    try:
        assert terminal.refuses() == "kiosk: the screen of this terminal runs already\n"
    finally:
        first.release()


@pytest.mark.parametrize(
    "size", ["0x0", "100x100", "1920x99999", "1920", "1920x1080x2", "-1920x1080", "²x²", "9" * 5000 + "x1080"]
)
def test_a_size_that_no_screen_has_is_refused(tmp_path: Path, size: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "--data", str(tmp_path), f"--size={size}"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "argument --size" in done.stderr
    assert len(done.stderr) < 600

"""`python -m tests.bench.glass WHAT --data DIR`: the kiosk in a window of 1024 x 600, measured from inside.

A process of its own, because Kivy opens one window a process. Prints one JSON object of milliseconds.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

from devices.places import SerialPlace
from devices.ports import Device, DeviceState
from devices.printer.document import Slip
from devices.printer.driver import EscPosPrinter
from devices.printer.encoded import Encoded
from devices.sim.pad import SimulatedPad
from devices.sim.pty_port import PtyPort
from kiosk.assets import Assets
from kiosk.flow import DOUBLE
from kiosk.input.engine import GooglePinyin
from kiosk.intents import Back, Do, Next, Open, Sign
from kiosk.presenters.rating import invite
from kiosk.session import Application
from kiosk.text.fonts import FontStack
from kiosk.views import Intent
from kiosk.visit import Visit
from kiosk.window import WindowOptions, prepare_kivy
from sync.clock import SteeredClock
from sync.model.facts import Kind, Stage
from tests.bench.plugs import plugs
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
)
from tests.village.counter import Counter

WIDTH_PX, HEIGHT_PX = 1024, 600
ENDED_S = 10.0
FRAME_S = 1 / 60
RNG = Random(7)
READ_S = 0.25
"""In less nobody has read the prompt, and a key would be an early one."""
FLOOR_RECORD_BYTES = 1_000


@dataclass
class Pane:
    """The kiosk's core with the real shell as its display, driven turn by turn."""

    data: Path
    clock_file: Path

    def __post_init__(self) -> None:
        # Kivy reads its settings when it is first imported.
        from kivy.base import EventLoop  # noqa: PLC0415 - after the settings
        from kivy.clock import Clock  # noqa: PLC0415 - after the settings
        from kivy.core.window import Window  # noqa: PLC0415 - after the settings
        from kivy.graphics.opengl import glFinish  # noqa: PLC0415 - after the settings

        from kiosk.app import Shell, attach  # noqa: PLC0415 - after the settings

        EventLoop.ensure_window()
        self.idle: Callable[[], None] = EventLoop.idle
        self.schedule: Callable[[Callable[[float], None]], object] = Clock.schedule_once
        self.boot_s: Callable[[], float] = Clock.get_boottime
        self.window = Window
        self.finish: Callable[[], None] = glFinish
        assets = Assets.from_environment(os.environ)
        fonts = FontStack.of_files(assets.regular_font, assets.bold_font)
        self.counter = Counter(self.data, SteeredClock(self.clock_file))
        self.shell = Shell(self.counter.core, fonts, self.counter.tr, GooglePinyin())
        attach(self.shell)
        self.counter.core.start(self.shell)
        self.counter.doorbell.answer(self.shell.post, self.counter.core.hear_devices)
        self.application: Application | None = None
        self.quiet()

    @property
    def visit(self) -> Visit:
        """The visit that goes on."""
        visit = self.counter.core._visit
        assert visit is not None
        return visit

    def do(self, *intents: Intent) -> None:
        """Touch one thing after the other, each drawn."""
        for intent in intents:
            self.counter.core.handle(intent)
            self.quiet()

    def quiet(self) -> None:
        """Let the loop turn until nothing is left to draw."""
        for _ in range(20):
            self.idle()
            if not self.window.canvas.needs_redraw:
                return

    def drawn_ms(self, act: Callable[[], object]) -> float:
        """Return how long it takes until what `act` changes is drawn, its last pixel included.

        As a touch does, `act` runs inside a turn of the loop, which then draws.
        """
        began_s = 0.0

        def acting(_elapsed_s: float) -> None:
            nonlocal began_s
            began_s = time.perf_counter()
            act()

        self.quiet()
        gc.collect()
        self.schedule(acting)
        self.idle()
        while self.window.canvas.needs_redraw:
            self.idle()
        self.finish()
        return (time.perf_counter() - began_s) * 1000

    def until_touches_count(self) -> None:
        """Wait until the guard against repeated touches lets every touch through."""
        while self.boot_s() < self.shell.look.guard.ready_at_s():
            self.idle()

    def enter(self, place: str) -> None:
        """Stand at a place, wherever the visitor was."""
        self.visit._enter(place)
        self.visit.show()
        self.quiet()


# --- screen switches --------------------------------------------------------------------------------------------------


def screens(pane: Pane, samples: int) -> dict[str, object]:
    """Switch from every screen to every other, each as it is met on a visit: with none of its texts drawn before."""
    views = _every_place(pane)
    switches: list[float] = []
    floor: list[float] = []
    for _ in range(samples):
        for before, after in permutations(views, 2):
            pane.shell.forget()
            pane.shell.show(*views[before])
            switches.append(pane.drawn_ms(partial(pane.shell.show, *views[after])))
            floor.append(pane.drawn_ms(pane.window.canvas.ask_update))
    return {"switches": switches, "floor": floor}


def _every_place(pane: Pane) -> dict[str, tuple[str, Any]]:
    """Walk through the places and return what each showed last, by place."""
    seen: dict[str, tuple[str, Any]] = {}
    show = pane.shell.show

    def watched(name: str, view: Any) -> None:
        seen[pane.visit.place] = (name, view)
        show(name, view)

    pane.shell.show = watched  # type: ignore[method-assign]  # a look at what passes
    pane.do(Open("guide"), Open("item", "elder_allowance"), Back(), Back(), Open("ask"), Back())
    sign_in(pane)
    take_in(pane)
    number = pane.counter.case_no
    pane.do(Next(), Do("skip"), Open("case", number), Open("withdraw", number), Back(), Open("slip", number))
    pane.visit.end()
    pane.quiet()
    pane.do(Open("progress"))
    pane.shell.show = show  # type: ignore[method-assign]  # as it was
    return seen


def sign_in(pane: Pane) -> None:
    """Come to the desk; a paper of the last run of which nobody knows is said to be there."""
    pane.do(*SIGN_IN)
    while pane.visit.place != "desk":
        pane.do(Do("paper", "seen"), Next())


def take_in(pane: Pane) -> None:
    """Take an application in, up to its receipt, and wait for what became of the paper."""
    pane.do(*CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next())
    if pane.visit.place == DOUBLE:  # a run before has taken in the same
        pane.do(Do("another"))
    pane.do(*MARK_PAPERS, Next(), Sign("signature", SIGNATURE))
    pane.application = copy.deepcopy(pane.visit.context.session.application)
    pane.do(Next())
    until_paper_ended(pane)


def until_paper_ended(pane: Pane) -> None:
    """Let the kiosk go on until it knows what became of the last paper. Raises TimeoutError."""
    end_s = time.monotonic() + ENDED_S
    while pane.visit.context.desk.papers.unfinished():
        if time.monotonic() > end_s:
            raise TimeoutError("the paper did not end")
        pane.counter.core.tick()
        pane.idle()


# --- the long list --------------------------------------------------------------------------------------------------


def case_list(pane: Pane, samples: int) -> dict[str, object]:
    """Open the desk with every case that is going on."""
    sign_in(pane)
    rows = len(pane.visit.context.desk.cases.rows(over=False))
    opened: list[float] = []
    for _ in range(samples):
        pane.do(Open("new"))
        opened.append(pane.drawn_ms(lambda: pane.counter.core.handle(Back())))
    return {"opened": opened, "rows": rows}


# --- from the touch to the paper --------------------------------------------------------------------------------------


def submit(pane: Pane, samples: int) -> dict[str, object]:
    """Submit the same application again and again: until its record is durable, and until the printer has its bytes."""
    # Kivy reads its settings when it is first imported.
    from kiosk.widgets.published import targets_of  # noqa: PLC0415 - after the settings
    from tests.kiosk.glass import Finger  # noqa: PLC0415 - after the settings

    encoded: list[tuple[float, EscPosPrinter, Slip]] = []
    encode = EscPosPrinter.encode

    def timed(printer: EscPosPrinter, slip: Slip) -> Encoded:
        held = encode(printer, slip)
        encoded.append((time.perf_counter(), printer, slip))
        return held

    EscPosPrinter.encode = timed  # type: ignore[method-assign, assignment]  # a clock put beside it
    pane.counter.until(lambda: _state(pane, Device.RECEIPT_PRINTER) is DeviceState.READY, "the printer")
    sign_in(pane)
    take_in(pane)
    paper: list[float] = []
    floor: list[float] = []
    scratch = _scratch(pane.data / "floor.db")
    for _ in range(samples):
        pane.visit.context.session.application = copy.deepcopy(pane.application)
        pane.enter("review")
        button = next(each for each in targets_of(pane.shell, HEIGHT_PX) if each.id == "next")
        pane.until_touches_count()
        encoded.clear()
        gc.collect()
        finger = Finger(button.x + button.w / 2, button.y + button.h / 2)
        began_s = time.perf_counter()
        finger.lift()
        until_paper_ended(pane)
        ready_s, printer, slip = encoded[0]
        paper.append((ready_s - began_s) * 1000)
        floor.append(_floor_ms(scratch, printer, slip))
    return {"paper": paper, "floor": floor}


def _state(pane: Pane, device: Device) -> DeviceState:
    return pane.counter.hub.statuses()[device].state


def _floor_ms(scratch: sqlite3.Connection, printer: EscPosPrinter, slip: Slip) -> float:
    """Two bare commits, of the case and of the slip, and the encoding: nothing that submits can do less."""
    commits_ms = _commit_ms(scratch) + _commit_ms(scratch)
    began_s = time.perf_counter()
    printer.encode(slip)
    return commits_ms + (time.perf_counter() - began_s) * 1000


def _commit_ms(scratch: sqlite3.Connection) -> float:
    """One bare commit of as much as a record."""
    began_s = time.perf_counter()
    scratch.execute("BEGIN IMMEDIATE")
    scratch.execute("INSERT INTO floor VALUES (?)", (bytes(FLOOR_RECORD_BYTES),))
    scratch.execute("COMMIT")
    return (time.perf_counter() - began_s) * 1000


def _scratch(path: Path) -> sqlite3.Connection:
    """A file of SQLite's beside the journal, kept as durably."""
    scratch = sqlite3.connect(path, isolation_level=None)
    scratch.execute("PRAGMA journal_mode = WAL")
    scratch.execute("PRAGMA synchronous = FULL")
    scratch.execute("CREATE TABLE IF NOT EXISTS floor (held BLOB)")
    return scratch


# --- from the key to the thanks ---------------------------------------------------------------------------------------


def pad(pane: Pane, samples: int) -> dict[str, object]:
    """Ask on the pad again and again and press a key: until its fact is durable and the thanks are drawn."""
    fitted = pane.counter.devices.pad
    assert fitted is not None
    assert isinstance(fitted.place, SerialPlace)
    simulated = SimulatedPad(PtyPort(fitted.place.path), time.monotonic, fitted.model)
    simulated.start()
    sign_in(pane)
    take_in(pane)
    context, scratch = pane.visit.context, _scratch(pane.data / "floor.db")
    number = context.session.case_no or ""
    thanked: list[float] = []
    floor: list[float] = []
    for sample in range(samples + 1):
        _turn_until(pane, lambda: _state(pane, Device.RATING_PAD) in (DeviceState.READY, DeviceState.UNKNOWN))
        invite(context, number, Stage.TAKEN_IN)
        pane.enter("rating")
        _turn_until(pane, lambda: simulated.face().is_asking)
        read_s = time.monotonic() + READ_S
        _turn_until(pane, partial(_is_past, read_s))
        gc.collect()
        pane.idle()
        time.sleep(RNG.uniform(0, FRAME_S))  # people press at any moment of a frame
        written = pane.counter.journal.head().seq
        began_s = time.perf_counter()
        simulated.press(fitted.model.keys[sample % len(fitted.model.keys)].number)
        _turn_until(pane, lambda: context.session.thanked and not pane.window.canvas.needs_redraw)
        pane.finish()
        took_ms = (time.perf_counter() - began_s) * 1000
        if sample:  # the first thanks of a program's life loads what all others have
            thanked.append(took_ms)
        last = pane.counter.journal.read(written, 1)[0]
        if last.header.kind != Kind.RATING_GIVEN:
            raise RuntimeError(f"the record after the key is of kind {last.header.kind}")
        floor.append(fitted.model.quiet_ms + _commit_ms(scratch))
    simulated.close()
    return {"thanked": thanked, "floor": floor}


def _is_past(at_s: float) -> bool:
    return time.monotonic() > at_s


def _turn_until(pane: Pane, so: Callable[[], object]) -> None:
    """Let the window's loop turn as it does in the program. Raises TimeoutError."""
    end_s = time.monotonic() + ENDED_S
    while not so():
        if time.monotonic() > end_s:
            raise TimeoutError("the pad did not come to it")
        pane.idle()


WHAT: dict[str, Callable[[Pane, int], dict[str, object]]] = {
    "screens": screens,
    "list": case_list,
    "submit": submit,
    "plugs": plugs,
    "pad": pad,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.bench.glass", description=__doc__)
    parser.add_argument("what", choices=sorted(WHAT))
    parser.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    parser.add_argument("--clock", type=Path, required=True, help="steering file")
    parser.add_argument("--samples", type=int, required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        prepare_kivy(WindowOptions(WIDTH_PX, HEIGHT_PX, home=Path(home)))
        pane = Pane(asked.data, asked.clock)
        json.dump(WHAT[asked.what](pane, asked.samples), sys.stdout)
        sys.stdout.flush()
        pane.counter.close()
    # Kivy's own end is not measured.
    os._exit(0)


if __name__ == "__main__":
    main()

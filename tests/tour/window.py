"""A hand and an eye at the kiosk's window: pointer and keys by xdotool, sight by what the kiosk publishes.

Nothing here imports the kiosk. What is published is one JSON file: the screen's name, every touchable thing with its
place in the window, every visible text.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import ImageGrab

PATIENCE_S = 30.0
LOOK_AGAIN_S = 0.05
KEY_PAUSE_MS = 60
CHANGE_S = 0.5
STILL_S = 0.12
STRETCH_TURNS = 8
HAND_STEPS = 6


class NotOnTheScreen(AssertionError):
    """What was looked for did not appear; the message says what did."""


class VirtualScreen:
    """An X server of its own without a monitor."""

    def __init__(self, width_px: int, height_px: int) -> None:
        """Start Xvfb on a free display.

        Raises:
            OSError: Xvfb is not installed; set-up installs it.
        """
        reading, writing = os.pipe()
        shape = f"{width_px}x{height_px}x24"
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", shape, "-nolisten", "tcp", "-ac"],
            pass_fds=(writing,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.display = ":" + told.readline().strip()

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to open its window here, and to fail loudly if it cannot."""
        return {"DISPLAY": self.display, "SDL_VIDEODRIVER": "x11", "LIBGL_ALWAYS_SOFTWARE": "1"}

    def close(self) -> None:
        """Stop the server."""
        self._server.terminate()
        self._server.wait(10)


@dataclass(frozen=True, slots=True)
class Spot:
    """Something that can be touched."""

    id: str
    text: str
    x: int
    y: int
    w: int
    h: int
    enabled: bool

    @property
    def centre(self) -> tuple[int, int]:
        """Its middle, in pixels of the window."""
        return self.x + self.w // 2, self.y + self.h // 2


class Window:
    """The kiosk's window as a person meets it."""

    def __init__(self, display: str, state_path: Path) -> None:
        """Look at the state that the kiosk publishes in `state_path`, touch on `display`."""
        self._display = display
        self._path = state_path

    def state(self) -> dict[str, Any]:
        """Return what is published now, {} before the first frame."""
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return held if isinstance(held, dict) else {}

    def wait(self, seen: Callable[[dict[str, Any]], bool], what: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Look until `seen` is true and return that state.

        Raises:
            NotOnTheScreen: it did not come within `patience_s` seconds.
        """
        end_s = time.monotonic() + patience_s
        while True:
            state = self.state()
            if state and seen(state):
                return state
            if time.monotonic() > end_s:
                texts = " | ".join(state.get("texts", []))[:1500]
                raise NotOnTheScreen(f"waited for {what}; on {state.get('screen')!r} there is: {texts}")
            time.sleep(LOOK_AGAIN_S)

    def wait_text(self, text: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until a text is on the screen, in whole or as a part."""
        return self.wait(lambda state: _shows(state, text), f"the text {text!r}", patience_s)

    def wait_target(self, target: str, patience_s: float = PATIENCE_S) -> Spot:
        """Wait until something can be touched and return where it is."""
        state = self.wait(
            lambda state: state.get("ready", True) and _spot(state, target) is not None, f"{target!r}", patience_s
        )
        found = _spot(state, target)
        if found is None:
            raise NotOnTheScreen(target)
        return found

    def tap(self, target: str) -> None:
        """Touch something once it is there."""
        x, y = self.bring(target).centre
        before = self.state().get("seq")
        self._xdotool("mousemove", str(x), str(y), "mousedown", "1", "sleep", "0.04", "mouseup", "1")
        self._settle(before)

    def bring(self, target: str) -> Spot:
        """Scroll down, then up, until something is on the screen and return where it is."""
        state = self.wait(lambda state: bool(state.get("targets")), "something to touch")
        for downward in (True, False):
            unmoved = 0
            # A long stretch of plain text scrolls by without anything to touch: only many unmoved turns are the end.
            while unmoved < STRETCH_TURNS:
                if _spot(state, target) is not None:
                    return self.wait_target(target)
                before = state.get("seq")
                self._scroll(state, downward=downward)
                self._settle(before)
                state = self.state()
                unmoved = unmoved + 1 if state.get("seq") == before else 0
        return self.wait_target(target)

    def keys(self, text: str) -> None:
        """Type on a keyboard, as a person would."""
        before = self.state().get("seq")
        self._xdotool("type", "--delay", str(KEY_PAUSE_MS), text)
        self._settle(before)

    def press(self, key: str) -> None:
        """Press one named key, such as BackSpace."""
        self._xdotool("key", key)
        time.sleep(0.1)

    def draw(self, target: str, strokes: Sequence[Sequence[tuple[float, float]]]) -> None:
        """Draw on something: strokes of points in fractions of its width and height."""
        spot = self.bring(target)
        for stroke in strokes:
            points = [(spot.x + u * spot.w, spot.y + v * spot.h) for u, v in stroke]
            words = ["mousemove", *(str(round(each)) for each in points[0]), "mousedown", "1"]
            for (x0, y0), (x1, y1) in pairwise(points):
                for part in range(1, HAND_STEPS + 1):
                    x, y = x0 + (x1 - x0) * part / HAND_STEPS, y0 + (y1 - y0) * part / HAND_STEPS
                    words += ["sleep", "0.012", "mousemove", str(round(x)), str(round(y))]
            self._xdotool(*words, "sleep", "0.06", "mouseup", "1", "sleep", "0.06")
        time.sleep(0.1)

    def picture(self, path: Path) -> None:
        """Take a picture of the whole screen once it is quiet."""
        self._quiet()
        path.parent.mkdir(parents=True, exist_ok=True)
        ImageGrab.grab(xdisplay=self._display).save(path)

    def _settle(self, before: object) -> None:
        """Wait until what was touched has shown on the screen: a change, then a moment without one."""
        end_s = time.monotonic() + CHANGE_S
        while self.state().get("seq") == before and time.monotonic() < end_s:
            time.sleep(LOOK_AGAIN_S)
        now = self.state().get("seq")
        while True:
            time.sleep(STILL_S)
            then, now = now, self.state().get("seq")
            if then == now:
                return

    def _quiet(self) -> None:
        before = self.state().get("seq")
        for _ in range(20):
            time.sleep(0.15)
            now = self.state().get("seq")
            if now == before:
                return
            before = now

    def _scroll(self, state: dict[str, Any], *, downward: bool) -> None:
        """Drag the page by a fifth of the window; the upper part of the page shows also above the typing panel."""
        x, height = state["width"] * 5 // 8, state["height"]
        low, high = height * 38 // 100, height * 18 // 100
        start, end = (low, high) if downward else (high, low)
        words = ["mousemove", str(x), str(start), "mousedown", "1"]
        for part in range(1, 9):
            words += ["sleep", "0.02", "mousemove", str(x), str(start + (end - start) * part // 8)]
        self._xdotool(*words, "sleep", "0.05", "mouseup", "1")

    def _xdotool(self, *words: str) -> None:
        environment = {**os.environ, "DISPLAY": self._display}
        subprocess.run(["xdotool", *words], check=True, env=environment, timeout=60)


def _spot(state: dict[str, Any], target: str) -> Spot | None:
    for held in state.get("targets", []):
        if held["id"] == target and held["enabled"]:
            return Spot(**held)
    return None


def _shows(state: dict[str, Any], text: str) -> bool:
    return any(text in shown for shown in state.get("texts", []))

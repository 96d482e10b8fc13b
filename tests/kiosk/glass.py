"""A window with the shell in it, a finger, and a core that writes down what it is told."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.input.motionevent import MotionEvent

from kiosk.app import Shell, attach
from kiosk.input.engine import GooglePinyin
from kiosk.screens import Screen
from kiosk.text.fonts import FontStack
from kiosk.theme import TextSize, metrics_for
from kiosk.views import Intent
from kiosk.widgets.element import Element
from kiosk.widgets.ink import Ink
from kiosk.widgets.look import REPEAT_GUARD_S, Look

Found = TypeVar("Found", bound=Element)


class Finger(MotionEvent):
    """One touch, from its beginning to its end, in pixels of the window from its upper left corner."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__("finger", 1, {}, is_touch=True, type_id="touch")
        self.profile = ["pos"]
        self._at(x, y)
        EventLoop.post_dispatch_input("begin", self)

    def depack(self, args: dict[str, float]) -> None:
        if args:
            self.sx, self.sy = args["x"], args["y"]
        super().depack(args)

    def move(self, x: float, y: float) -> None:
        self._at(x, y)
        EventLoop.post_dispatch_input("update", self)

    def lift(self) -> None:
        EventLoop.post_dispatch_input("end", self)

    def _at(self, x: float, y: float) -> None:
        super().move({"x": x / (Window.width - 1), "y": 1 - y / (Window.height - 1)})


class RecordingCore:
    """Writes down what the shell tells."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.touches = 0
        self.answer: Callable[[Intent], None] = lambda _intent: None

    def start(self, shell: Shell) -> None:
        """Nothing to begin with."""

    def handle(self, intent: Intent) -> None:
        self.intents.append(intent)
        self.answer(intent)

    def touched(self) -> None:
        self.touches += 1

    def tick(self) -> None:
        """Nothing goes on by itself."""


class Glass:
    """The window and who touches it."""

    def __init__(self, fonts: FontStack, state: Path) -> None:
        EventLoop.ensure_window()
        self.core = RecordingCore()
        self.state_path = state
        self.shell = Shell(self.core, fonts, _untranslated, GooglePinyin(), publish_to=state)
        self._detach = attach(self.shell)
        self.frame()

    def close(self) -> None:
        self.shell.forget()
        self._detach()
        for name in [name for name in sys.modules if name.startswith("kiosk.screens.sample")]:
            del sys.modules[name]

    def frame(self, count: int = 2) -> None:
        for _ in range(count):
            EventLoop.idle()

    def draws(self, frames: int) -> int:
        """Return how often the window was drawn in so many turns of the loop."""
        drawn = 0

        def count(_window: object) -> None:
            nonlocal drawn
            drawn += 1

        Window.bind(on_flip=count)
        self.frame(frames)
        Window.unbind(on_flip=count)
        return drawn

    def screen(self, build: Callable[[Screen, Any], Element], name: str = "sample") -> str:
        """Make a screen of a function; show it with `show`."""
        class_name = "".join(part.capitalize() for part in name.split("_")) + "Screen"
        module = types.ModuleType(f"kiosk.screens.{name}")
        setattr(module, class_name, type(class_name, (Screen,), {"name": name, "build": build}))
        sys.modules[module.__name__] = module
        return name

    def show(self, build: Callable[[Screen, Any], Element], view: Any = "view") -> None:
        self.shell.show(self.screen(build), view)
        self.frame()

    @property
    def shown(self) -> Screen:
        assert self.shell.screen is not None
        return self.shell.screen

    def find(self, kind: type[Found]) -> Found:
        """Return the first element of a kind on the screen."""
        return next(element for element in self.shown.walk() if isinstance(element, kind))

    def state(self) -> dict[str, Any]:
        self.frame()
        state: dict[str, Any] = json.loads(self.state_path.read_text(encoding="utf-8"))
        return state

    def middle_of(self, target_id: str) -> tuple[float, float]:
        target = next(target for target in self.state()["targets"] if target["id"] == target_id)
        return target["x"] + target["w"] / 2, target["y"] + target["h"] / 2

    def press(self, target_id: str) -> Finger:
        return Finger(*self.middle_of(target_id))

    def tap(self, target_id: str) -> None:
        finger = self.press(target_id)
        finger.lift()
        self.frame()

    def wait(self) -> None:
        """Let the guard against repeated touches pass."""
        until = Clock.get_boottime() + REPEAT_GUARD_S
        while Clock.get_boottime() < until:
            EventLoop.idle()


def look(fonts: FontStack, width: int, height: int, text_size: TextSize = TextSize.STANDARD) -> Look:
    """Return a look for a window that need not be there."""
    return Look(metrics_for(width, height, text_size), Ink(fonts))


def _untranslated(text: str, /, **values: object) -> str:
    return text.format(**values) if values else text

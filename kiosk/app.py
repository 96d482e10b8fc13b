"""The shell: one window that holds the bars, one screen at a time, and a dialog above it.

It knows pixels and frames. What is shown and what a touch means is the core's (`Core`), which the program's
`__main__` hands in; the shell carries intents to it unopened. Import this module only after
`kiosk.window.prepare_kivy`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.config import Config
from kivy.core.window import Window
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget

from kiosk.assets import Assets
from kiosk.input.engine import Pinyin
from kiosk.input.entry import TextEntry
from kiosk.input.hardware_keys import ENTER, characters_typed, command_pressed
from kiosk.input.keys import Key
from kiosk.input.scanner_keys import HELD_S_MAX, ScannerKeys
from kiosk.intents import Scanned
from kiosk.interrupts import interrupts
from kiosk.screens import Screen, ScreenContext
from kiosk.text.fonts import FontStack
from kiosk.theme import PAPER, Layout, TextSize, metrics_for
from kiosk.views import Intent, OverlayView, StatusView, TopBarView, Translate
from kiosk.widgets.bars import Pills, StatusStrip, TopBar
from kiosk.widgets.dialog import Dialog
from kiosk.widgets.element import DRAGGED, Element
from kiosk.widgets.ink import Ink
from kiosk.widgets.look import Look, TouchGuard
from kiosk.widgets.published import Publisher
from kiosk.widgets.sweeping import sweep_behind_frames
from kiosk.window import NoWindow

TICK_S = 0.5


class Core(Protocol):
    """What the shell needs of whoever decides: presenters and desk behind one face."""

    def start(self, shell: Shell) -> None:
        """Show the first screen."""
        ...

    def handle(self, intent: Intent) -> None:
        """Do what was touched."""
        ...

    def touched(self) -> None:
        """Know that somebody is there: called at every touch and key, before what it means."""
        ...

    def tick(self) -> None:
        """Look at the clock, the devices and the queue; called every `TICK_S` seconds."""
        ...


class ScreenUnknown(Exception):
    """No module `kiosk.screens.<name>` with the class the name stands for; the text names both."""


class Shell(Widget):
    """The window's one child: top bar, screen, strip, and a dialog over them while there is one."""

    def __init__(
        self,
        core: Core,
        fonts: FontStack,
        tr: Translate,
        pinyin: Pinyin,
        *,
        density: float = 1.0,
        publish_to: Path | None = None,
    ) -> None:
        """Take whoever decides, the fonts, the words, the engine of the panel, and where to tell the state."""
        super().__init__(size=Window.size, size_hint=(None, None))
        self._core = core
        self._density = density
        self._publisher = Publisher(publish_to) if publish_to else None
        self._language = "zh-Hans"
        self._tr = tr
        self._entry = TextEntry(pinyin)
        self._top_bar_view = TopBarView("", "")
        self._status_view = StatusView()
        self._overlay_view: OverlayView | None = None
        self._screens: dict[str, Screen] = {}
        self._touches: dict[object, MotionEvent] = {}
        self._waiting: Any = None  # a view that came while a finger was down
        self.screen: Screen | None = None
        self.overlay: Dialog | None = None
        width, height = map(int, Window.size)
        metrics = metrics_for(width, height, TextSize.STANDARD, density)
        self.look = Look(metrics, Ink(fonts), TouchGuard())
        self._raise_bars()

    # What the core asks for

    def show(self, name: str, view: Any) -> None:
        """Show a view on the screen `name`, which is imported the first time.

        Nothing is drawn if the view equals the one shown. A view for the screen that is already shown waits
        while a finger is down. Raises `ScreenUnknown`.
        """
        if self.screen is not None and self.screen.name == name:
            self._waiting = view if self._touches else None
            self.screen.outdated = self._waiting is not None
            if self._waiting is None and view != self.screen.view:
                self.screen.render(view)
            return
        self._let_go()
        screen = self._screens.get(name)
        if screen is None:
            screen = self._screens[name] = self._made(name)
        if self.screen is not None:
            self.remove_widget(self.screen)
        self.screen = screen
        # Below the overlay, if one is open.
        self.add_widget(screen, index=1 if self.overlay is not None else 0)
        self._place_screen()
        screen.render(view)

    def set_top_bar(self, view: TopBarView) -> None:
        """Show whose point this is and the time; the pills are made anew only if they changed."""
        if view == self._top_bar_view:
            return
        pills_stay, floor = view.pills == self._top_bar_view.pills, self._floor
        self._top_bar_view = view
        if pills_stay:
            self._top_bar.tell(view)
            return
        self._raise_bars()
        if self._floor != floor and self.screen is not None:
            # Pills that stand below the screen have come: it makes room for them.
            self._place_screen()
            self.screen.render(self.screen.view)

    def set_status(self, view: StatusView) -> None:
        """Show how line, queue, printer and pad are."""
        self._status_view = view
        self._strip.tell(view)

    def set_overlay(self, view: OverlayView | None) -> None:
        """Show a dialog over everything, or none."""
        if view == self._overlay_view:
            return
        self._overlay_view = view
        self._raise_overlay()

    def set_language(self, code: str) -> None:
        """Know the language of the views that follow; the next one is drawn even if it says the same."""
        if code != self._language:
            self._language = code
            self._screens.clear()
            if self.screen is not None:
                self._screens[self.screen.name] = self.screen
                self.screen.view = None

    def set_text_size(self, text_size: TextSize) -> None:
        """Show everything in the visitor's text size."""
        if text_size is not self.look.metrics.text_size:
            self._restyle(text_size)

    def forget(self) -> None:
        """Drop every screen, every text, every picture of a text and every learned word: a visitor has gone.

        The core shows the first screen afterwards; until then the place of the screen is empty.
        """
        self._let_go()
        if self.screen is not None:
            self.remove_widget(self.screen)
        self.screen = None
        self._screens.clear()
        self._overlay_view = None
        self._raise_overlay()
        self._entry.wipe()
        self.look.ink.forget()

    def post(self, callback: Callable[[], None]) -> None:
        """Call back from the window's own thread, at its next turn. May be called from any thread."""
        Clock.schedule_once(lambda _elapsed_s: callback(), 0)

    def every(self, interval_s: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back every `interval_s` seconds; returns what ends it."""
        event = Clock.schedule_interval(lambda _elapsed_s: callback(), interval_s)
        cancel: Callable[[], None] = event.cancel
        return cancel

    def stop(self) -> None:
        """Close the window and end `run`."""
        stopTouchApp()

    # What happens at the glass and at a keyboard

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Tell the core that somebody is there; the dialog, if there is one, keeps the touch."""
        self._touches[touch.uid] = touch
        self._core.touched()
        return bool(super().on_touch_down(touch))

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """Show what waited for the finger, after what it pressed has acted."""
        self._touches.pop(touch.uid, None)
        if self._waiting is not None and not self._touches:
            Clock.schedule_once(self._show_waiting, 0)
        return bool(super().on_touch_up(touch))

    def typed(self, key: Key) -> None:
        """Pass a key of a real keyboard, or of a reader that types, to the field that is written in."""
        self._core.touched()
        if self.screen is not None and self.overlay is None:
            self.screen.press(key)

    def scanned(self, code: str) -> None:
        """Pass on a code that a scanner has typed."""
        self.emit(Scanned(code))

    def resized(self) -> None:
        """Take the window's new size."""
        self.size = Window.size
        self._restyle(self.look.metrics.text_size)

    def emit(self, intent: Intent) -> None:
        """Pass on what was touched."""
        self._core.handle(intent)

    def told(self) -> None:
        """A frame was drawn: tell what it shows, if anybody wants to know."""
        if self._publisher is None:
            return
        ready_in_s = self.look.guard.ready_at_s() - Clock.get_boottime()
        name = self.screen.name if self.screen else ""
        self._publisher.tell(self, self.overlay, screen=name, language=self._language, ready=ready_in_s <= 0)
        if ready_in_s > 0:
            # Nothing will be drawn when touches count again, but it must be told.
            Clock.schedule_once(lambda _elapsed_s: self.told(), ready_in_s)

    # How it is put together

    def _let_go(self) -> None:
        """Let no finger that is still down act on what is no longer shown."""
        for touch in self._touches.values():
            touch.ud[DRAGGED] = True
        self._touches.clear()
        self._waiting = None

    def _show_waiting(self, _elapsed_s: float) -> None:
        view, self._waiting = self._waiting, None
        if view is not None and self.screen is not None:
            self.show(self.screen.name, view)

    def _made(self, name: str) -> Screen:
        class_name = "".join(part.capitalize() for part in name.split("_")) + "Screen"
        try:
            made = getattr(importlib.import_module(f"kiosk.screens.{name}"), class_name)
        except (ModuleNotFoundError, AttributeError) as trouble:
            raise ScreenUnknown(f"kiosk/screens/{name}.py with class {class_name}: {trouble}") from trouble
        screen: Screen = made(ScreenContext(self.look, self._tr, self.emit, self._entry))
        return screen

    def _restyle(self, text_size: TextSize) -> None:
        width, height = map(int, self.size)
        metrics = metrics_for(width, height, text_size, self._density)
        self.look = Look(metrics, self.look.ink, self.look.guard)
        self._raise_bars()
        self._renew()

    def _renew(self) -> None:
        """Make the shown screen again with the present look and language."""
        self._screens.clear()
        shown, self.screen = self.screen, None
        if shown is not None:
            self.remove_widget(shown)
            self.show(shown.name, shown.view)
        self._raise_overlay()

    def _raise_bars(self) -> None:
        for bar in [child for child in self.children if isinstance(child, TopBar | StatusStrip | Pills)]:
            self.remove_widget(bar)
        width, height = map(int, self.size)
        self._top_bar = TopBar(self.look, self._top_bar_view, self.emit)
        self._strip = StatusStrip(self.look, self._status_view)
        bars: list[Element] = [self._top_bar, self._strip]
        top, strip = self.look.metrics.top_bar, self.look.metrics.strip
        self._top_bar.place(0, height - top, width, top)
        self._strip.place(0, 0, width, strip)
        self._floor = strip
        if self.look.metrics.layout is Layout.PORTRAIT and self._top_bar_view.pills:
            # Low, within reach from a wheelchair.
            pills, margin = Pills(self.look, self._top_bar_view, self.emit), self.look.metrics.margin
            pills.place(margin, strip + self.look.metrics.space.l, width - 2 * margin, pills.height_for(width))
            self._floor = int(pills.top)
            bars.append(pills)
        for bar in bars:
            # At the end of the list: drawn first, under the screen and the dialog.
            self.add_widget(bar, index=len(self.children))

    def _place_screen(self) -> None:
        if self.screen is not None:
            height = int(self.height) - self.look.metrics.top_bar - self._floor
            self.screen.pos = (0, self._floor)
            self.screen.size = (self.width, height)

    def _raise_overlay(self) -> None:
        if self.overlay is not None:
            self.remove_widget(self.overlay)
            self.overlay = None
        if self._overlay_view is not None:
            self.overlay = Dialog(self.look, self._overlay_view, self.emit)
            self.add_widget(self.overlay)
            self.overlay.place(0, 0, *map(int, self.size))


def attach(shell: Shell) -> Callable[[], None]:
    """Put the shell into the window and let it hear the window's events; returns what takes it out again."""
    keys = ScannerKeys(Clock.get_boottime, shell.scanned, lambda text: characters_typed(shell.typed, text))
    settling = Clock.schedule_interval(lambda _elapsed_s: keys.settle(), HELD_S_MAX)
    heard = {
        "on_textinput": lambda _window, text: keys.characters(text),
        "on_key_down": lambda _window, code, *_rest: (
            (code in ENTER and keys.entered()) or command_pressed(shell.typed, code)
        ),
        "on_resize": lambda _window, _width, _height: shell.resized(),
        "on_flip": lambda _window: shell.told(),
    }
    Window.clearcolor = PAPER
    Window.add_widget(shell)
    Window.bind(**heard)

    def detach() -> None:
        settling.cancel()
        Window.unbind(**heard)
        Window.remove_widget(shell)

    return detach


def run(
    core: Core,
    assets: Assets,
    tr: Translate,
    pinyin: Pinyin,
    shown: Callable[[Callable[[Callable[[], None]], None]], None],
    *,
    density: float = 1.0,
    publish_to: Path | None = None,
) -> None:
    """Open the window that `prepare_kivy` described, start the core in it, and return when it is closed.

    `shown` is called once, when the first frame stands: for what nobody needs to wait for. It is given what carries
    a call from any thread into the window's.
    Raises `FontUnusable` and `NoWindow`.
    """
    fonts = FontStack.of_files(assets.regular_font, assets.bold_font)
    if Window is None:  # Kivy has tried when it was imported
        driver = os.environ.get("SDL_VIDEODRIVER", "SDL's choice")
        raise NoWindow(f"no window can be opened (video driver: {driver})")
    # SDL delivers touches itself; with Kivy's default second source every touch would come twice.
    Config.remove_option("input", "%(name)s")
    EventLoop.ensure_window()
    shell = Shell(core, fonts, tr, pinyin, density=density, publish_to=publish_to)
    attach(shell)
    core.start(shell)
    sweep_behind_frames()
    shell.every(TICK_S, core.tick)
    _once_drawn(lambda: shown(shell.post))
    _draw_at_once()
    with interrupts(shell.every, shell.stop, TICK_S):
        runTouchApp()


def _draw_at_once() -> None:
    # Left to itself, Kivy's loop sleeps for the rest of a frame's time before it draws for the first time.
    Clock.tick_draw()
    Window.dispatch("on_draw")
    Window.dispatch("on_flip")


def _once_drawn(callback: Callable[[], None]) -> None:
    def drawn(_window: object) -> None:
        Window.unbind(on_flip=drawn)
        Clock.schedule_once(lambda _elapsed_s: callback(), 0)

    Window.bind(on_flip=drawn)

"""What Kivy is told about the window, before Kivy is imported: it reads these once, at its import.

Kivy's own configuration file, logs and arguments are kept out: this is one program on one screen.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from msgspec import Struct

FRAMES_PER_S_MAX = 30


class NoWindow(Exception):
    """No window can be opened here; the text says by which driver it was tried."""


class WindowOptions(Struct, frozen=True):
    """The window to open; sizes in pixels."""

    width_px: int = 1920
    height_px: int = 1080
    fullscreen: bool = False
    show_cursor: bool = True
    density: float = 1.0  # of the panel; 1.0 for the sizes the layouts are drawn for
    home: Path | None = None  # Kivy's own folder; a fresh private one if none is named
    data: Path | None = None  # what Kivy reads at its import, if set-up has made it; otherwise Kivy's own
    pictures: bool = True  # whether Kivy is to be able to read picture files of every kind


def prepare_kivy(options: WindowOptions, environment: MutableMapping[str, str] = os.environ) -> None:
    """Set what Kivy reads from the environment. Must run before anything imports Kivy.

    With neither a display nor a named video driver SDL renders off screen, which is right for tests and
    wrong for a terminal: a terminal's unit file names its driver, so that a missing display fails loudly.
    """
    settings = {
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_WINDOW": "sdl2",  # Kivy's other ways to a window end the process where there is none
        "KIVY_NO_CONSOLELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",  # otherwise Kivy takes sys.stderr over, and tracebacks are lost
        "KIVY_METRICS_DENSITY": "1",
        "KIVY_METRICS_FONTSCALE": "1",
        "KCFG_KIVY_EXIT_ON_ESCAPE": "0",
        "KCFG_KIVY_KEYBOARD_MODE": "",  # auto: "managed" would drop real keyboards and readers that type
        "KCFG_KIVY_PAUSE_ON_MINIMIZE": "0",
        "KCFG_GRAPHICS_WIDTH": str(options.width_px),
        "KCFG_GRAPHICS_HEIGHT": str(options.height_px),
        "KCFG_GRAPHICS_FULLSCREEN": "1" if options.fullscreen else "0",
        "KCFG_GRAPHICS_BORDERLESS": "1" if options.fullscreen else "0",
        "KCFG_GRAPHICS_RESIZABLE": "0",
        "KCFG_GRAPHICS_MULTISAMPLES": "0",
        "KCFG_GRAPHICS_MAXFPS": str(FRAMES_PER_S_MAX),
        "KCFG_GRAPHICS_SHOW_CURSOR": "1" if options.show_cursor else "0",
        "KCFG_GRAPHICS_ALLOW_SCREENSAVER": "0",
        "KCFG_INPUT_MOUSE": "mouse,disable_multitouch",
    }
    environment.update(settings)
    if options.home is not None:
        environment["KIVY_HOME"] = str(options.home)
    if not options.pictures:
        environment["KIVY_IMAGE"] = "sdl2"
    if options.data is not None and options.data.is_dir():
        environment["KIVY_DATA_DIR"] = str(options.data)

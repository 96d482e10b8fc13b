"""Draws every widget into pictures, off screen, so that they can be looked at.

python -m tests.gallery --size 1024x600 --out build/gallery [--text-size extra]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from kiosk.assets import Assets
from kiosk.theme import PAPER, TextSize, metrics_for
from kiosk.window import WindowOptions, prepare_kivy


def draw(width_px: int, height_px: int, text_size: TextSize, out: Path, only: str | None) -> None:
    """Write one picture an exhibit into `out`; `only` names a single one."""
    # After prepare_kivy: Kivy reads its settings when it is imported.
    from kivy.base import EventLoop  # noqa: PLC0415 - Kivy must not be imported before
    from kivy.core.window import Window  # noqa: PLC0415 - Kivy must not be imported before

    from kiosk.text.fonts import FontStack  # noqa: PLC0415 - Kivy must not be imported before
    from kiosk.widgets.ink import Ink  # noqa: PLC0415 - Kivy must not be imported before
    from kiosk.widgets.look import Look  # noqa: PLC0415 - Kivy must not be imported before
    from tests.gallery.exhibits import EXHIBITS  # noqa: PLC0415 - Kivy must not be imported before
    from tests.gallery.stage import set_stage  # noqa: PLC0415 - Kivy must not be imported before

    EventLoop.ensure_window()
    Window.clearcolor = PAPER
    assets = Assets.from_environment(os.environ)
    ink = Ink(FontStack.of_files(assets.regular_font, assets.bold_font))
    look = Look(metrics_for(width_px, height_px, text_size), ink)
    for exhibit in EXHIBITS:
        if only in (None, exhibit.name):
            stage = set_stage(look, exhibit.make(look))
            Window.add_widget(stage)
            EventLoop.idle()
            EventLoop.idle()
            drawn = Path(Window.screenshot(name=str(out / f"{exhibit.name}.png")))
            drawn.replace(out / f"{exhibit.name}.png")
            Window.remove_widget(stage)


def main(arguments: list[str]) -> int:
    """Draw the gallery that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1920x1080", help="window, such as 1024x600")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--text-size", choices=[size.name.lower() for size in TextSize], default="standard")
    parser.add_argument("--only", help="one exhibit, by its name")
    asked = parser.parse_args(arguments)
    width, _, height = asked.size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        parser.error(f"--size {asked.size} is not WIDTHxHEIGHT")
    asked.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        prepare_kivy(WindowOptions(int(width), int(height), home=Path(home)))
        draw(int(width), int(height), TextSize[asked.text_size.upper()], asked.out, asked.only)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

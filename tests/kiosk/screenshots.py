"""Pictures of every place, size and language, off screen, from sample views.

    python -m tests.kiosk.screenshots [--size 1024x600] [--language en] [--text-size extra] [--only form] [--out DIR]

Without arguments: all sizes and languages, into build/screens/. Each size is drawn by a process of its own, as Kivy
opens one window.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kiosk.assets import Assets
from kiosk.i18n import LANGUAGES, Translator
from kiosk.input.engine import GooglePinyin
from kiosk.theme import TextSize
from kiosk.window import WindowOptions, prepare_kivy
from tests.kiosk.sample_views import samples, status, top_bar
from tests.kiosk.sample_words import LANGUAGES as SAY

SIZES = ("1920x1080", "1024x600", "1080x1920")
OUT = Path("build/screens")
WRITTEN = {"form_typing": "qings", "guide_search": ""}  # letters that are being composed in the picture


class NobodyDecides:
    """Stands where the core would: a picture answers no touch."""

    def start(self, shell: object) -> None:
        """Show nothing by itself."""

    def handle(self, intent: object) -> None:
        """Do nothing."""

    def touched(self) -> None:
        """Nobody is there."""

    def tick(self) -> None:
        """Time stands still."""


class Album:
    """The real shell in the window that `prepare_kivy` was told, and the folder that its pictures go to."""

    def __init__(self, text_size: TextSize, out: Path) -> None:
        from kivy.base import EventLoop  # noqa: PLC0415 - Kivy reads its settings when it is first imported

        from kiosk.app import Shell, attach  # noqa: PLC0415 - likewise
        from kiosk.text.fonts import FontStack  # noqa: PLC0415 - with the rest

        EventLoop.ensure_window()
        assets = Assets.from_environment(os.environ)
        self._tr = Translator(assets.locale_dir)
        fonts = FontStack.of_files(assets.regular_font, assets.bold_font)
        self.shell = Shell(NobodyDecides(), fonts, self._tr, GooglePinyin())
        attach(self.shell)
        self.shell.set_text_size(text_size)
        self._text_size = text_size
        self._out = out

    def speak(self, language: str) -> None:
        """Show what comes in a language, and nothing of what was there before."""
        self._tr.speak(language)
        self.shell.forget()
        self.shell.set_language(language)
        self._language = language

    def keep(self, subject: str) -> str:
        """Write a picture of what is shown, and return its name: subject, window, language, size of the text."""
        from kivy.base import EventLoop  # noqa: PLC0415 - as above
        from kivy.core.window import Window  # noqa: PLC0415 - likewise

        EventLoop.idle()
        EventLoop.idle()
        width, height = map(int, Window.size)
        name = f"{subject}-{width}x{height}-{self._language}"
        if self._text_size is not TextSize.STANDARD:
            name += f"-{self._text_size.name.lower()}"
        drawn = Path(Window.screenshot(name=str(self._out / f"{name}.png")))
        drawn.replace(self._out / f"{name}.png")
        return name


def draw(languages: list[str], text_size: TextSize, only: str | None, out: Path) -> None:
    """Write the pictures of one window size, which `prepare_kivy` was told."""
    from kiosk.input.keys import Character  # noqa: PLC0415 - after Kivy's settings

    album = Album(text_size, out)
    for language in languages:
        album.speak(language)
        album.shell.set_top_bar(top_bar(SAY[language]))
        album.shell.set_status(status(SAY[language]))
        for sample in samples(language):
            if only is not None and only != sample.name:
                continue
            album.shell.show(sample.screen, sample.view)
            for letter in WRITTEN.get(sample.name, ""):
                album.shell.typed(Character(letter))
            album.keep(sample.name)


def main(arguments: list[str]) -> int:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, help="one window size; all of them without it")
    parser.add_argument("--language", choices=LANGUAGES, help="one language; all of them without it")
    parser.add_argument("--text-size", choices=[size.name.lower() for size in TextSize], default="standard")
    parser.add_argument("--only", help="one sample, by its name")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the pictures")
    asked = parser.parse_args(arguments)
    if asked.size is None:
        command = [sys.executable, "-m", "tests.kiosk.screenshots", *arguments]
        return max(subprocess.run([*command, "--size", size], check=False).returncode for size in SIZES)
    width, _, height = asked.size.partition("x")
    asked.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        prepare_kivy(WindowOptions(int(width), int(height), home=Path(home)))
        languages = [asked.language] if asked.language else list(LANGUAGES)
        draw(languages, TextSize[asked.text_size.upper()], asked.only, asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

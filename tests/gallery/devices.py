"""Draws the real kiosk at every state that a device can bring it into, and says what is cut off, overlaps or is small.

    python -m tests.gallery.devices [--size 1024x600] [--language en] [--text-size extra] [--only slip-held] [--out DIR]

Without arguments: all sizes and languages, into build/devices/. The kiosk is walked once, without a window; each size
is drawn by a process of its own, as Kivy opens one window. The exit code is 1 where something is out of place.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kiosk.i18n import LANGUAGES
from kiosk.theme import TextSize
from kiosk.window import WindowOptions, prepare_kivy
from tests.gallery.stops import cards, codes, pads, papers, self_tests, strips
from tests.gallery.stops.stop import Stop
from tests.kiosk.screenshots import SIZES, Album

OUT = Path("build/devices")
SUBJECTS: dict[str, Callable[[Path], Iterator[Stop]]] = {
    "cards": cards.stops,
    "codes": codes.stops,
    "pads": pads.stops,
    "papers": papers.stops,
    "self_tests": self_tests.stops,
    "strips": strips.stops,
}


def walk(folder: Path) -> list[Stop]:
    """Bring service points in `folder` into every state, and return what their displays were told."""
    found: list[Stop] = []
    for name, stops in SUBJECTS.items():
        (folder / name).mkdir()
        found += stops(folder / name)
    return found


def draw(stops: Sequence[Stop], text_size: TextSize, out: Path) -> list[str]:
    """Write a picture a stop in the window size that `prepare_kivy` was told, and return what is out of place."""
    from tests.kiosk.geometry import misplaced, recording, small_targets  # noqa: PLC0415 - after Kivy's settings

    album = Album(text_size, out)
    shell = album.shell
    faults: list[str] = []
    for stop in stops:
        album.speak(stop.language)
        shell.set_top_bar(stop.top)
        with recording() as written:
            shell.set_status(stop.status)
            shell.show(stop.screen, stop.view)
            shell.set_overlay(stop.overlay)
        name = album.keep(stop.name)
        faults += [f"{name}: {fault}" for fault in misplaced(shell, written)]
        faults += [f"{name}: {fault}" for fault in small_targets(shell, shell.look.metrics.touch)]
    return faults


def main(arguments: list[str]) -> int:
    """Walk, then draw what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, help="one window size; all of them without it")
    parser.add_argument("--language", choices=LANGUAGES, help="one language; all of them without it")
    parser.add_argument("--text-size", choices=[size.name.lower() for size in TextSize], default="standard")
    parser.add_argument("--only", default="", help="stops whose names begin so")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the pictures")
    parser.add_argument("--walked", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.walked is None:
        with tempfile.TemporaryDirectory() as folder:
            walked = Path(folder) / "stops.pickle"
            walked.write_bytes(pickle.dumps(walk(Path(folder))))
            sizes = [asked.size] if asked.size else SIZES
            command = [sys.executable, "-m", "tests.gallery.devices", *arguments, "--walked", str(walked)]
            return max(subprocess.run([*command, "--size", size], check=False).returncode for size in sizes)
    stops: list[Stop] = pickle.loads(asked.walked.read_bytes())
    chosen = [stop for stop in stops if stop.name.startswith(asked.only) and asked.language in (None, stop.language)]
    width, _, height = asked.size.partition("x")
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        prepare_kivy(WindowOptions(int(width), int(height), home=Path(home)))
        faults = draw(chosen, TextSize[asked.text_size.upper()], asked.out)
    print("\n".join([*faults, f"{len(chosen)} pictures of {asked.size} in {asked.out}, {len(faults)} out of place"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

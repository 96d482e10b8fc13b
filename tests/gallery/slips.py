"""Prints every slip of the kiosk into pictures, on 58 and 80 mm, so that they can be looked at.

python -m tests.gallery.slips --out build/slips
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from devices.printer.profile import read_profile
from kiosk.i18n import LANGUAGES, ZH
from kiosk.intents import SetLanguage
from tests.kiosk.slips import REPRINT, SlipsOfADay, printed

PROFILES = ("escpos-58", "escpos-80")


def main(arguments: list[str]) -> int:
    """Write a picture a slip and width, and say how long each is on the wire and on paper."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--profile", action="append", help="printer profile (default: one of 58 and one of 80 mm)")
    parser.add_argument("--reprint", action="store_true", help="as reprints, marked")
    parser.add_argument("--language", choices=LANGUAGES, default=ZH, help="of whoever is given them")
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        day = SlipsOfADay(Path(directory) / "point")
        day.point.do(SetLanguage(asked.language))
        for profile in map(read_profile, asked.profile or PROFILES):
            for name in day.names:
                paper = printed(day.slip(name, REPRINT) if asked.reprint else day.slip(name), profile)
                place = asked.out / f"{name}-{profile.name}.png"
                place.write_bytes(paper.png)
                print(f"{place}  {len(paper.wire)} bytes")
        day.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Copies the data that Kivy reads at its import, without the rules of Kivy's own widgets.

Kivy parses style.kv at every start, which takes as long as a fifth of a small program's whole start. Sunpoint draws
with elements of its own, to which none of those rules applies.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
from pathlib import Path

RULES = "style.kv"
NO_RULES = "# No rules: the elements of kiosk.widgets draw themselves.\n"


class KivyMissing(Exception):
    """Kivy is not installed, or not as it usually is; the text says which."""


def kivy_data() -> Path:
    """Return the folder of data in the installed Kivy, without importing it. Raises KivyMissing."""
    found = importlib.util.find_spec("kivy")
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        if (Path(place) / "data" / RULES).is_file():
            return Path(place) / "data"
    raise KivyMissing("Kivy is not installed, or has no data")


def copy_without_rules(source: Path, out: Path) -> None:
    """Make `out` a copy of Kivy's data with a style.kv that says nothing. It appears whole or not at all."""
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    (fresh / RULES).write_text(NO_RULES, "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def main(arguments: list[str]) -> int:
    """Copy into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for Kivy's data")
    asked = parser.parse_args(arguments)
    try:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        copy_without_rules(kivy_data(), asked.out)
    except (KivyMissing, OSError) as refusal:
        print(f"set-up: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

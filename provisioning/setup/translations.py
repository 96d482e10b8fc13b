"""Compiles the translators' .po files, one an area, into one gettext catalogue a language."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

DOMAIN = "sunpoint"


class TranslationsDiffer(Exception):
    """Two areas translate the same text differently; the text names both files."""


def merge(areas: list[Path], locale: str) -> Catalog:
    """Return one catalogue of all areas' messages.

    Raises `TranslationsDiffer`, and `PoFileError` for a file that is not a catalogue.
    """
    whole = Catalog(locale=locale, domain=DOMAIN, fuzzy=False)
    origin: dict[object, Path] = {}
    for path in areas:
        with path.open("rb") as file:
            area = read_po(file, locale=locale, abort_invalid=True)
        for message in area:
            if not message.id or not message.string:
                continue
            known = whole.get(message.id, context=message.context)
            if known is not None and known.string != message.string:
                raise TranslationsDiffer(f"{path} and {origin[message.id]} translate {message.id!r} differently")
            whole.add(message.id, message.string, flags=message.flags, context=message.context)
            origin[message.id] = path
    return whole


def compile_language(folder: Path, out: Path) -> Path:
    """Compile `folder/*.po` (the folder's name is the language) and return the .mo written.

    Messages marked fuzzy are left out, as gettext does.
    """
    catalogue = merge(sorted(folder.glob("*.po")), folder.name)
    target = out / folder.name / "LC_MESSAGES" / f"{DOMAIN}.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    half_written = target.with_suffix(".new")
    with half_written.open("wb") as file:
        write_mo(file, catalogue)
    half_written.replace(target)
    return target


def main(arguments: list[str]) -> int:
    """Compile every language found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder with one folder a language")
    parser.add_argument("--out", type=Path, required=True, help="folder for the compiled catalogues")
    asked = parser.parse_args(arguments)
    try:
        for folder in sorted({path.parent for path in asked.sources.glob("*/*.po")}):
            compile_language(folder, asked.out)
    except (TranslationsDiffer, PoFileError, OSError) as refusal:
        print(f"set-up: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

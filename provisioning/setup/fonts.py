"""Takes the simplified Chinese faces out of Debian's Noto Sans CJK collections, and brings the rare characters.

A collection's first face is the Japanese one, and Kivy opens only the first: 门 直 骨 would come out in
Japanese forms. So the faces that Sunpoint shows become files of their own. Noto has the common characters and the rare
ones of the national standard, but one in twenty of extension B, in which people have names: those that a slip needs are
drawn with HanaMinB, which has the extensions B to F whole.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont
from msgspec import Struct

COLLECTIONS = Path("/usr/share/fonts/opentype/noto")
LICENCE = Path("/usr/share/doc/fonts-noto-cjk/copyright")
RARE = Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")
RARE_LICENCE = Path("/usr/share/doc/fonts-hanazono/copyright")


class Face(Struct, frozen=True):
    """One face to extract: the collection it is in, its PostScript name there, the file it becomes."""

    collection: str
    postscript_name: str
    file: str


FACES = (
    Face("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular", "NotoSansSC-Regular.otf"),
    Face("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold", "NotoSansSC-Bold.otf"),
)


class FaceMissing(Exception):
    """A collection, or a face in it, is not there; the text names it."""


def extract(face: Face, collections: Path, out: Path) -> None:
    """Write one face to `out / face.file`.

    Raises `FaceMissing`. The file appears whole or not at all.
    """
    source = collections / face.collection
    if not source.is_file():
        raise FaceMissing(f"{source} is missing (Debian package fonts-noto-cjk)")
    with TTCollection(str(source), lazy=True) as collection:
        font = _pick(collection, face)
        # The same source must give the same bytes, whenever set-up runs.
        font.recalcTimestamp = False
        half_written = out / f"{face.file}.new"
        font.save(str(half_written))
    half_written.replace(out / face.file)


def bring_rare(rare: Path, out: Path) -> None:
    """Copy the font of rare characters. Raises `FaceMissing`. The file appears whole or not at all."""
    if not rare.is_file():
        raise FaceMissing(f"{rare} is missing (Debian package fonts-hanazono)")
    half_written = out / f"{rare.name}.new"
    shutil.copyfile(rare, half_written)
    half_written.replace(out / rare.name)


def _pick(collection: TTCollection, face: Face) -> TTFont:
    for font in collection.fonts:
        if font["name"].getDebugName(6) == face.postscript_name:
            return font
    raise FaceMissing(f"{face.collection} has no face {face.postscript_name}")


def main(arguments: list[str]) -> int:
    """Extract all faces into the folder named on the command line, with their licence beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the .otf files")
    parser.add_argument("--collections", type=Path, default=COLLECTIONS, help="folder of the .ttc files")
    parser.add_argument("--rare", type=Path, default=RARE, help="the .ttf with rare characters")
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    try:
        for face in FACES:
            extract(face, asked.collections, asked.out)
        shutil.copyfile(LICENCE, asked.out / "LICENCE.txt")
        bring_rare(asked.rare, asked.out)
        shutil.copyfile(RARE_LICENCE, asked.out / "LICENCE-HanaMin.txt")
    except (FaceMissing, OSError) as refusal:
        print(f"set-up: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

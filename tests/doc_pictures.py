"""`python -m tests.doc_pictures`: makes the pictures of the documents from those of the last tour, small for git."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from PIL import Image

from kiosk import theme

TOUR = Path("build/tour")
OUT = Path("docs/pictures")
WIDTH_PX_MAX = 1280
COLOURS = 256
STRIPE_PX = 6
PICTURES = {  # of the documents: step of the tour
    "home.png": "home-line-down",
    "checklist.png": "checklist",
    "typing.png": "typing-pinyin",
    "wrong-digit.png": "wrong-check-digit",
    "marks.png": "marks",
    "signature.png": "signed",
    "receipt.png": "receipt",
    "paper.png": "paper",
    "desk.png": "result-has-come",
    "deliver.png": "deliver",
}


def main() -> int:
    """Make all of them and return the exit code."""
    parser = argparse.ArgumentParser(prog="tests.doc_pictures", description=__doc__)
    parser.add_argument("--tour", type=Path, default=TOUR, help="what `make tour` has made")
    asked = parser.parse_args()
    try:
        summary = json.loads((asked.tour / "summary.json").read_text("utf-8"))
    except FileNotFoundError:
        print("doc_pictures: there is no tour to take pictures from; run `make tour`", file=sys.stderr)
        return 1
    if not summary["ok"]:
        print("doc_pictures: the last tour did not go well; its pictures are not for the documents", file=sys.stderr)
        return 1
    taken = {step["name"]: asked.tour / step["picture"] for step in summary["steps"]}
    OUT.mkdir(parents=True, exist_ok=True)
    for name, step in PICTURES.items():
        _small(taken[step]).save(OUT / name, optimize=True)
    return 0


def _small(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    if picture.width > WIDTH_PX_MAX:
        height_px = round(picture.height * WIDTH_PX_MAX / picture.width)
        picture = picture.resize((WIDTH_PX_MAX, height_px), Image.Resampling.LANCZOS)
    return _in_few_colours(picture)


def _in_few_colours(picture: Image.Image) -> Image.Image:
    """Quantise with a stripe of every colour of the theme under the picture: a small green mark must stay green."""
    named = sorted(
        tuple(round(255 * part) for part in value[:3])
        for value in vars(theme).values()
        if isinstance(value, tuple) and len(value) == 4
    )
    striped = Image.new("RGB", (picture.width, picture.height + STRIPE_PX * len(named)))
    striped.paste(picture)
    for at, colour in enumerate(named):
        top = picture.height + at * STRIPE_PX
        striped.paste(colour, (0, top, picture.width, top + STRIPE_PX))
    return striped.quantize(COLOURS, dither=Image.Dither.NONE).crop((0, 0, *picture.size))


if __name__ == "__main__":
    sys.exit(main())

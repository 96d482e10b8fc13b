"""What a family of printers can do, read from a small data file (`models/`)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from msgspec import Struct

from devices.model_files import ModelRefused, read_model

MODELS = Path(__file__).parent / "models"
CELL_DOTS = 12
"""Width of one column in dots; a Chinese character has two, and both are 24 dots high."""
CHARACTER_DOTS = 24
STRIP_ROWS = CHARACTER_DOTS
"""A column picture is as high as a character."""
DOTS_PER_MM = 8
"""203 dpi, as practically all receipt printers."""


class Coding(Enum):
    """How text is sent, and with that which characters the ROM has.

    GB18030 here means its two-byte part, as the ROM of most printers. UTF-8 tells nothing about the ROM: it is taken
    for that of GBK. ASCII is a printer without Chinese: every Chinese line is drawn.
    """

    ASCII = "ascii"
    GB2312 = "gb2312"
    GBK = "gbk"
    GB18030 = "gb18030"
    GB18030_FOUR_BYTE = "gb18030-4byte"
    UTF_8 = "utf-8"


class SizeForm(Enum):
    """What makes Chinese characters large. GS ! always makes the others large."""

    GS = "gs"
    FS_BANG = "fs-bang"
    FS_W = "fs-w"


class PictureForm(Enum):
    """How a picture is sent."""

    GS_V_0 = "gs-v-0"
    GS_L = "gs-l"
    COLUMNS = "columns"


class QrForm(Enum):
    """Whether the printer makes the QR code itself or gets its picture."""

    NATIVE = "native"
    RASTER = "raster"


class CutForm(Enum):
    """What the knife does, and by which command: GS V alone, GS V that feeds by itself, or the old ESC i and ESC m."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    FEED_PARTIAL = "feed-partial"
    FEED_FULL = "feed-full"
    ESC_I = "esc-i"
    ESC_M = "esc-m"


class Profile(Struct, frozen=True):
    """A family of printers.

    `dots` and `columns` are the printable width, `line_dots` the distance of lines, `tear_lines` the
    lines fed past the knife or tear bar, `band_rows` the most rows of a picture in one command.
    `answers`: it replies to DLE EOT. `end_marker`: it replies to GS r when all before is printed.
    `reports`: it reports changes by itself after GS a. `forgets`: DLE DC4 8 makes it forget what it holds.
    `columns_in_line`: a column picture (ESC *) may stand in a line of text, so that only the rare characters of a line
    are drawn. `prepare`: whole commands that the model needs after ESC @.
    """

    name: str
    title: str
    dots: int
    columns: int
    line_dots: int
    coding: Coding
    qr: QrForm
    cut: CutForm
    tear_lines: int
    answers: bool
    end_marker: bool
    speed_mm_s: int
    band_rows: int
    reports: bool = False
    forgets: bool = False
    picture: PictureForm = PictureForm.GS_V_0
    columns_in_line: bool = False
    han_size: SizeForm = SizeForm.GS
    prepare: bytes = b""

    @property
    def says_how_it_is(self) -> bool:
        """Whether it can be asked how it is, in one way or the other."""
        return self.answers or self.reports


def read_profile(name: str, extra: Sequence[Path] = ()) -> Profile:
    """Return the profile `name`, looked for in the folders `extra` first.

    Raises `ModelRefused`.
    """
    fields = read_model(name, (*extra, MODELS))
    profile = Profile(
        name=name,
        title=fields.text("title"),
        dots=fields.number("dots", 192, 832),
        columns=fields.number("columns", 16, 69),
        line_dots=fields.number("line_dots", CHARACTER_DOTS, 96),
        coding=fields.choice("coding", Coding),
        qr=fields.choice("qr", QrForm),
        cut=fields.choice("cut", CutForm),
        tear_lines=fields.number("tear_lines", 0, 20),
        answers=fields.yes_or_no("answers"),
        end_marker=fields.yes_or_no("end_marker"),
        speed_mm_s=fields.number("speed_mm_s", 10, 500),
        band_rows=fields.number("band_rows", 8, 1024),
        reports=fields.yes_or_no("reports", missing=False),
        forgets=fields.yes_or_no("forgets", missing=False),
        picture=fields.choice("picture", PictureForm, missing=PictureForm.GS_V_0),
        columns_in_line=fields.yes_or_no("columns_in_line", missing=False),
        han_size=fields.choice("han_size", SizeForm, missing=SizeForm.GS),
        prepare=fields.octets("prepare", missing=b""),
    )
    fields.done()
    if profile.dots % 8 or profile.columns * CELL_DOTS > profile.dots:
        raise ModelRefused(f"{name}: dots must be a multiple of 8 and hold {CELL_DOTS} for each column")
    if (profile.end_marker or profile.forgets) and not profile.says_how_it_is:
        raise ModelRefused(f"{name}: a printer that does not answer has no end_marker, and cannot say that it forgets")
    if profile.han_size is not SizeForm.GS and profile.coding is Coding.ASCII:
        raise ModelRefused(f"{name}: a printer without Chinese has no han_size but gs")
    return profile

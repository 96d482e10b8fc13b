"""A reader of pictures by other people (tesseract, chi_sim) reads lines that we drew for the print head.

The bar is that common characters, 24 dots high and dot by dot as they are burnt, are read: 97 of 100. For rare
characters there is none: tesseract was not taught them and reads others that look alike; those are judged by eye, in
build/judges/seen/.
"""

from __future__ import annotations

import difflib
import io
import subprocess

from PIL import Image, ImageOps

from devices.printer.layout import Line
from devices.printer.raster import draw_line
from devices.typeface import Typeface
from tests.devices.judging.foreign_printer import SEEN
from tests.kiosk.receipts import RARE_NAME

LINES = (
    "柳溪村便民服务点",
    "代办收件回执",
    "高龄津贴申请",
    "次日起算，五个工作日",
    "周末和节假日不算",
    "扫码加身份证号后四位查结果",
    "请收好，丢了可以换新的",
    "已保存在本机，尚未上传县里",
    "全县任何服务点都能查",
)
LINE_DOTS, MARGIN_DOTS = 32, 10
READ_SHARE = 0.97


def drawn(lines: tuple[str, ...], typeface: Typeface) -> Image.Image:
    """Lines as the print head burns them, black on white, on paper of 58 mm."""
    paper = Image.new("L", (384 + 2 * MARGIN_DOTS, LINE_DOTS * len(lines) + 2 * MARGIN_DOTS), 255)
    for at, line in enumerate(lines):
        bitmap = draw_line(Line(line), typeface)
        dots = Image.frombytes("1", (bitmap.columns, bitmap.rows), bitmap.data).convert("L")
        paper.paste(ImageOps.invert(dots), (MARGIN_DOTS, MARGIN_DOTS + at * LINE_DOTS))
    return paper


def read(picture: Image.Image) -> str:
    """What tesseract reads, blanks and line ends left out."""
    file = io.BytesIO()
    picture.save(file, "PNG", dpi=(203, 203))
    command = ["tesseract", "-", "-", "-l", "chi_sim", "--psm", "6"]
    done = subprocess.run(command, input=file.getvalue(), capture_output=True, check=True, timeout=60)
    return "".join(done.stdout.decode().split())


def test_drawn_lines_of_common_characters_are_read(typeface: Typeface) -> None:
    wanted, said = "".join(LINES), read(drawn(LINES, typeface))
    matching = difflib.SequenceMatcher(None, wanted, said, autojunk=False).get_matching_blocks()
    right = sum(block.size for block in matching)
    print(f"{right} of {len(wanted)}: {said}")
    assert right >= READ_SHARE * len(wanted)


def test_a_rare_name_is_read_as_something_and_kept_as_a_picture_for_the_eye(typeface: Typeface) -> None:
    SEEN.mkdir(parents=True, exist_ok=True)
    picture = drawn((RARE_NAME,), typeface)
    picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST).save(SEEN / "rare-name.png")
    said = read(picture)
    print(f"{RARE_NAME} -> {said}")
    assert len(said) >= 2, "not even something that looks like characters"

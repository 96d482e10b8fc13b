"""Our driver prints on a printer by other people, over its pty: words, pictures, codes, status and time."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import ImageOps

from devices.config import parse_devices
from devices.hub import Hub
from devices.ports import Device, DeviceState, JobEnded, Outcome, PrintJob, Reason
from devices.printer.dialogue import Patience
from devices.printer.document import Cut, Qr, Rule, Size, Slip, Text
from devices.printer.encoder import encode
from devices.printer.layout import Line, lay_out
from devices.printer.profile import Profile, QrForm, read_profile
from devices.typeface import Typeface
from tests.devices.bench import FONT, Listener, wait_until
from tests.devices.judging.foreign_printer import BITS_A_BYTE, SEEN, ForeignPrinter, Printed, SlowLine, foreign_printer
from tests.kiosk.receipts import RARE_NAME, receipt_of

BAUD = 9600
ANSWERS_S = 3.0
"""A program on a busy machine answers later than a printer."""
BEYOND_NOTO = "𠀍𪛕"
"""Two characters of extension B that only the font of rare characters has."""
MODELS = ("escpos-58", "zj-5870", "escpos-80", "epson-tm-t20", "xprinter-80")
SIZED_IMAGE, IMAGE = re.compile(r"\[image \d+x\d+\]"), "[image]"


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> Slip:
    """The receipt of somebody with a rare name, and the whole name below it as an agent's would stand there."""
    slip = receipt_of(RARE_NAME, tmp_path_factory.mktemp("point"))
    whole = (Text(f"姓名 {RARE_NAME}"), Rule(), Text(RARE_NAME, Size.LARGE), Text(f"{BEYOND_NOTO} 的姓名"))
    return Slip((*slip.blocks[:-2], *whole, *slip.blocks[-2:]))


def delivered(path: Path, model: str, slip: Slip) -> tuple[JobEnded, float]:
    """Let our hub print a slip on whatever is at `path`; return how it ended and how many seconds it took."""
    config = parse_devices({"printer": {"profile": model, "path": str(path), "baud": BAUD}}, path.parent)
    assert config.printer is not None
    hub = Hub(config, FONT, time.monotonic, patience=replace(Patience(), answer_s=ANSWERS_S))
    hub.start()
    try:
        answered = (DeviceState.READY, DeviceState.FAULT)
        wait_until(lambda: hub.statuses()[Device.RECEIPT_PRINTER].state in answered, "it never answered")
        began_s = time.monotonic()
        hub.printer.submit(PrintJob("judged", slip))
        return Listener(hub).job_end("judged"), time.monotonic() - began_s
    finally:
        hub.close()


def expected_lines(slip: Slip, profile: Profile) -> list[str]:
    """What is to stand on the paper: rules left out, the code and what the ROM lacks as pictures."""
    lines = []
    for laid in lay_out(slip.blocks, profile.columns):
        if isinstance(laid, Line):
            runs = [(has, "".join(run)) for has, run in groupby(laid.text, lambda each: _in_rom(each, profile))]
            is_drawn = len(runs) > 1 or not runs[0][0]
            is_whole = is_drawn and (laid.size is not Size.NORMAL or not profile.columns_in_line)
            lines.append(IMAGE if is_whole else "".join(run if has else IMAGE for has, run in runs))
        elif isinstance(laid, Qr):
            lines.append(f"[qr {laid.data}]" if profile.qr is QrForm.NATIVE else IMAGE)
    return lines


def _in_rom(character: str, profile: Profile) -> bool:
    try:
        return len(character.encode(profile.coding.value)) <= 2
    except UnicodeEncodeError:
        return False


def words(printed: Printed, profile: Profile) -> list[str]:
    """The lines that emupos read, without rules; bands of one picture, which are equally wide, are one."""
    lines = [line for line in printed.lines if line.strip("-")]
    whole = [
        line
        for before, line in pairwise(["", *lines])
        if not (line.startswith("[image") and before.partition("x")[0] == line.partition("x")[0])
    ]
    assert len(lines) == len(whole) or profile.qr is not QrForm.NATIVE
    return [SIZED_IMAGE.sub(IMAGE, line) for line in whole]


def keep(printed: Printed, name: str) -> None:
    """Leave the picture for people."""
    SEEN.mkdir(parents=True, exist_ok=True)
    printed.picture.save(SEEN / f"{name}.png")


def assert_code_equal(printed: Printed, slip: Slip) -> None:
    """Both zxing and zbar read the very text."""
    (text,) = [block.data for block in slip.blocks if isinstance(block, Qr)]
    framed = ImageOps.expand(printed.picture, 32, 255)
    (found,) = zxingcpp.read_barcodes(framed)
    assert found.text == text
    with NamedTemporaryFile(suffix=".png") as file:
        framed.save(file.name)
        command = ["zbarimg", "--quiet", "--raw", file.name]
        read = subprocess.run(command, capture_output=True, text=True, check=True)
    assert read.stdout.strip() == text


@pytest.fixture
def printer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ForeignPrinter]:
    """emupos as wide as the model of the test."""
    with foreign_printer(tmp_path, read_profile(request.getfixturevalue("model")).dots) as started:
        yield started


@pytest.mark.parametrize("model", MODELS)
def test_a_receipt_is_decoded_with_every_chinese_character_exact_and_its_code_equal(
    printer: ForeignPrinter, receipt: Slip, model: str
) -> None:
    profile = read_profile(model)
    ended, _ = delivered(printer.path, model, receipt)
    assert ended == JobEnded("judged", Outcome.PRINTED)
    (printed,) = printer.printed()
    keep(printed, model)
    assert words(printed, profile) == expected_lines(receipt, profile)
    assert_code_equal(printed, receipt)


@pytest.mark.parametrize("model", ["zj-5870", "escpos-80"])
def test_at_9600_baud_a_receipt_takes_as_long_as_its_bytes_and_is_whole(
    printer: ForeignPrinter, receipt: Slip, model: str
) -> None:
    slow = printer.folder / "slow"
    with SlowLine(slow, printer.path, BAUD):
        ended, took_s = delivered(slow, model, receipt)
        slip_bytes = len(encode(receipt, read_profile(model), Typeface(FONT)).data)
        needs_s = slip_bytes * BITS_A_BYTE / BAUD
    assert ended == JobEnded("judged", Outcome.PRINTED)
    (printed,) = printer.printed()
    keep(printed, f"{model}-9600-baud")
    print(f"{model}: {slip_bytes} bytes, {needs_s:.1f} s on the wire, {took_s:.1f} s to the end of the job")
    assert words(printed, read_profile(model)) == expected_lines(receipt, read_profile(model))
    assert_code_equal(printed, receipt)
    assert needs_s <= took_s


@pytest.mark.parametrize("model", ["escpos-80"])
def test_a_printer_by_other_people_that_is_out_of_paper_is_not_said_to_have_printed(
    printer: ForeignPrinter, receipt: Slip, model: str
) -> None:
    printer.fault("set", "paper-out")
    ended, _ = delivered(printer.path, model, receipt)
    assert (ended.outcome, ended.reason) == (Outcome.NOT_STARTED, Reason.PAPER_OUT)
    printer.fault("clear", "paper-out")
    ended, _ = delivered(printer.path, model, Slip((Text("好了"), Cut())))
    assert ended.outcome is Outcome.PRINTED
    assert [words(each, read_profile(model)) for each in printer.printed()] == [["好了"]]

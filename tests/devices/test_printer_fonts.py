"""Names that neither the printer nor the house font has, on a printer line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devices.ports import JobEnded, Outcome, Reason
from devices.printer.document import Cut, Qr, Slip, Text
from devices.printer.encoded import PLACEHOLDER
from devices.sim.paper import DRAWN
from devices.typeface import RARE_FILE
from tests.devices.bench import FONT, PrinterBench

MakeBench = Callable[..., PrinterBench]
BEYOND_NOTO = "\U0002a6d6"
"""The last character of extension B: only the font of rare characters has it."""
NAME = Slip((Text(f"李{BEYOND_NOTO}"), Cut()))
PLAIN = Slip((Text("李秀兰"), Cut()))


@pytest.fixture
def house_font(tmp_path: Path) -> Path:
    """The house font in a folder of its own, with no font of rare characters beside it."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / FONT.name).symlink_to(FONT)
    return folder / FONT.name


def test_a_name_beyond_the_house_font_comes_out_drawn(printer_bench: PrinterBench) -> None:
    assert printer_bench.print("r1", NAME) == JobEnded("r1", Outcome.PRINTED)
    assert printer_bench.text() == f"李{DRAWN}"


def test_fault_printer_rare_font_missing_marks_the_character(make_printer_bench: MakeBench, house_font: Path) -> None:
    bench = make_printer_bench("escpos-80", font=house_font)
    assert bench.print("r1", NAME) == JobEnded("r1", Outcome.PRINTED)
    assert bench.text() == f"李{PLACEHOLDER}"


def test_fault_printer_rare_font_damaged_costs_only_the_slip_that_needs_it(
    make_printer_bench: MakeBench, house_font: Path
) -> None:
    house_font.with_name(RARE_FILE).write_bytes(b"no font")
    bench = make_printer_bench("escpos-80", font=house_font)
    assert bench.print("r1", NAME) == JobEnded("r1", Outcome.NOT_STARTED, Reason.FONT_UNUSABLE)
    assert bench.print("r2", PLAIN) == JobEnded("r2", Outcome.PRINTED)
    assert bench.text() == "李秀兰"


def test_fault_printer_character_that_nobody_has_is_marked_and_the_slip_printed(printer_bench: PrinterBench) -> None:
    assert printer_bench.print("r1", Slip((Text("李\U0002f7ff"), Cut()))) == JobEnded("r1", Outcome.PRINTED)
    assert printer_bench.text() == f"李{PLACEHOLDER}"


def test_fault_printer_code_too_long_for_the_paper_prints_nothing(printer_bench: PrinterBench) -> None:
    too_long = Slip((Text("一行"), Qr("x" * 5_000), Cut()))
    assert printer_bench.print("r1", too_long) == JobEnded("r1", Outcome.NOT_STARTED, Reason.CANNOT_PRINT_THIS)
    assert printer_bench.print("r2", PLAIN) == JobEnded("r2", Outcome.PRINTED)
    assert printer_bench.text() == "李秀兰"

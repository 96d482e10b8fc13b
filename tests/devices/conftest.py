"""Benches that start and stop with a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.typeface import Typeface
from tests.devices.bench import FONT, PadBench, PrinterBench, ReaderBench


@pytest.fixture(scope="session")
def typeface() -> Typeface:
    return Typeface(FONT)


@pytest.fixture
def make_printer_bench(tmp_path: Path) -> Iterator[Callable[..., PrinterBench]]:
    """Start printers of any profile; all are stopped at the end."""
    started: list[PrinterBench] = []

    def make(profile_name: str, *, running: bool = True, **options: object) -> PrinterBench:
        bench = PrinterBench(tmp_path, profile_name, **options)  # type: ignore[arg-type]  # options are as PrinterBench has them
        bench.printer.start()
        if running:
            bench.hub.start()
        started.append(bench)
        return bench

    yield make
    for bench in started:
        bench.close()


@pytest.fixture
def printer_bench(make_printer_bench: Callable[..., PrinterBench]) -> PrinterBench:
    """An 80 mm printer that answers everything."""
    return make_printer_bench("escpos-80")


@pytest.fixture
def pad_bench(tmp_path: Path) -> Iterator[PadBench]:
    bench = PadBench(tmp_path)
    bench.start()
    yield bench
    bench.close()


@pytest.fixture
def reader_bench(tmp_path: Path) -> Iterator[ReaderBench]:
    """A reader that is ready."""
    bench = ReaderBench(tmp_path)
    bench.start()
    yield bench
    bench.close()

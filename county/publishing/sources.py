"""Tables on disk: CSV in UTF-8, one file a table, read into rows that remember where every cell stood."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from county.publishing.faults import Cell, CellFault, Flaw, flaw_at
from county.publishing.tables import TABLES, Column, TableShape

HEADER_ROWS = 2


class Row(Struct, frozen=True):
    """One row of a table: its cells by column code, as written. `number` counts from 1 as spreadsheets do."""

    shape: TableShape
    number: int
    texts: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.texts[self.shape.place(column)]

    def cell(self, column: str) -> Cell:
        """Where a cell of this row stands."""
        place = self.shape.place(column)
        shape = self.shape.columns[place]
        return Cell(self.shape.file, self.number, shape.code, column_letter(place), shape.title)


class Table(Struct, frozen=True):
    """All rows of one table."""

    shape: TableShape
    rows: tuple[Row, ...]

    @property
    def whole(self) -> Cell:
        """The place that means the whole file."""
        return Cell(self.shape.file)


class Tables(Struct, frozen=True):
    """All tables of a county, and what was wrong with reading them."""

    by_code: dict[str, Table]
    faults: tuple[CellFault, ...]

    def __getitem__(self, shape: TableShape) -> Table:
        return self.by_code[shape.code]


@functools.cache
def column_letter(place: int) -> str:
    """The name that spreadsheets give a column; `place` counts from 0."""
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_directory(directory: Path) -> Tables:
    """Read every table of a directory. What cannot be read becomes a fault; files that are not CSV are left alone."""
    files = {shape.file for shape in TABLES}
    faults: list[CellFault] = []
    strangers = sorted(path.name for path in directory.glob("*.csv") if path.name not in files)
    faults.extend(flaw_at(Cell(name), Flaw.STRANGE_TABLE, known="、".join(sorted(files))) for name in strangers)
    tables: dict[str, Table] = {}
    for shape in TABLES:
        grid = _read_grid(directory / shape.file, faults)
        rows = () if grid is None else tuple(_rows(shape, grid, faults))
        tables[shape.code] = Table(shape, rows)
    return Tables(tables, tuple(faults))


def write_directory(directory: Path, grids: dict[str, list[list[str]]]) -> None:
    """Write tables, header rows included, as CSV files. `grids` are by table code."""
    directory.mkdir(parents=True, exist_ok=True)
    for shape in TABLES:
        (directory / shape.file).write_text(csv_text(grids[shape.code]), encoding="utf-8", newline="")


def csv_text(grid: Sequence[Sequence[str]]) -> str:
    """A grid as CSV: commas, quotes where they are needed, lines that end in a single line feed."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(grid)
    return out.getvalue()


def grid_of(path: Path) -> list[list[str]]:
    """The cells of a CSV file as they stand. Raises UnicodeDecodeError and csv.Error."""
    text = path.read_bytes().decode("utf-8-sig")  # spreadsheets put a mark there, and it means nothing
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def _read_grid(path: Path, faults: list[CellFault]) -> list[list[str]] | None:
    whole = Cell(path.name)
    try:
        return grid_of(path)
    except FileNotFoundError:
        faults.append(flaw_at(whole, Flaw.NO_TABLE))
    except UnicodeDecodeError:
        faults.append(flaw_at(whole, Flaw.NOT_UTF8))
    except csv.Error as broken:
        faults.append(flaw_at(whole, Flaw.BROKEN_CSV, how=str(broken)))
    return None


def _rows(shape: TableShape, grid: list[list[str]], faults: list[CellFault]) -> Iterator[Row]:
    for number, (flaw, expected) in enumerate(
        [
            (Flaw.HEADER, [column.code for column in shape.columns]),
            (Flaw.TITLES, [column.title for column in shape.columns]),
        ],
        start=1,
    ):
        if len(grid) < number or grid[number - 1] != expected:
            faults.append(flaw_at(Cell(shape.file, number), flaw, expected=",".join(expected)))
            return
    for number, texts in enumerate(grid[HEADER_ROWS:], start=HEADER_ROWS + 1):
        if not any(texts):
            continue
        if len(texts) != len(shape.columns):
            cell = Cell(shape.file, number)
            faults.append(flaw_at(cell, Flaw.ROW_WIDTH, count=len(texts), expected=len(shape.columns)))
            continue
        row = Row(shape, number, tuple(texts))
        wrong = [fault for column in shape.columns if (fault := _text_fault(row, column)) is not None]
        faults.extend(wrong)
        yield row


def _text_fault(row: Row, column: Column) -> CellFault | None:
    text = row[column.code]
    if not text and column.required:
        return flaw_at(row.cell(column.code), Flaw.BLANK)
    if text != text.strip() or not all(sign.isprintable() for sign in text):
        return flaw_at(row.cell(column.code), Flaw.EDGE_SPACE)
    return None

"""The same tables as one xlsx workbook, for clerks who work in a spreadsheet; nothing is lost either way.

One sheet a table, every cell text, closed choices as drop-down lists. What a spreadsheet makes of typed numbers and
dates on its own is put back into the table's spelling when the workbook is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from county.publishing.faults import Cell, CellFault, Flaw, TablesWrong, flaw_at
from county.publishing.sources import HEADER_ROWS, column_letter, grid_of, read_directory, write_directory
from county.publishing.tables import TABLES, TableShape

_WIDTH_MAX = 60
_ROWS_WITH_LISTS = 2000
_TEXT_FORMAT = "@"


def to_workbook(directory: Path, file: Path) -> None:
    """Write the tables of a directory as a workbook. Raises TablesWrong when one is missing or is not CSV."""
    sources = read_directory(directory)
    unreadable = tuple(fault for fault in sources.faults if fault.cell.row < HEADER_ROWS + 1)
    if unreadable:
        raise TablesWrong(unreadable)
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for shape in TABLES:
        _write_sheet(book.create_sheet(shape.code), shape, grid_of(directory / shape.file))
    book.save(file)


def from_workbook(file: Path, directory: Path) -> None:
    """Write the sheets of a workbook as the tables of a directory.

    Raises TablesWrong when it is no workbook, a sheet is missing, or a cell holds a formula; no file is written then.
    """
    faults: list[CellFault] = []
    try:
        book = load_workbook(file)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as broken:
        raise TablesWrong((flaw_at(Cell(file.name), Flaw.NOT_XLSX),)) from broken
    grids = {}
    for shape in TABLES:
        if shape.code in book.sheetnames:
            grids[shape.code] = _read_sheet(book[shape.code], shape, faults)
        else:
            faults.append(flaw_at(Cell(f"{file.name} {shape.code}"), Flaw.NO_TABLE))
    if faults:
        raise TablesWrong(tuple(faults))
    write_directory(directory, grids)


def _write_sheet(sheet: Worksheet, shape: TableShape, grid: Sequence[Sequence[str]]) -> None:
    for row, texts in enumerate(grid, start=1):
        for column, text in enumerate(texts, start=1):
            cell = sheet.cell(row, column)
            if not isinstance(cell, SheetCell):
                continue
            cell.number_format = _TEXT_FORMAT
            if text:
                # Set by hand: a text that begins with = stays a text.
                cell.value = text
                cell.data_type = "s"
            if row <= HEADER_ROWS:
                cell.font = Font(bold=True)
    for place, column_shape in enumerate(shape.columns):
        letter = column_letter(place)
        sheet.column_dimensions[letter].width = _width(texts[place] for texts in grid if place < len(texts))
        if column_shape.words:
            choice = DataValidation(type="list", formula1=f'"{",".join(column_shape.words)}"', allow_blank=True)
            choice.add(f"{letter}{HEADER_ROWS + 1}:{letter}{_ROWS_WITH_LISTS}")
            sheet.add_data_validation(choice)
    sheet.freeze_panes = f"A{HEADER_ROWS + 1}"
    for row_cells in sheet.iter_rows(min_row=HEADER_ROWS + 1):
        for each in row_cells:
            each.alignment = Alignment(wrap_text=True, vertical="top")


def _width(texts: Iterable[str]) -> int:
    """Wide enough for the longest text, counting a Chinese character as two, and not wider than is readable."""
    longest = max((sum(1 if sign.isascii() else 2 for sign in text) for text in texts), default=0)
    return min(max(longest + 2, 8), _WIDTH_MAX)


def _read_sheet(sheet: Worksheet, shape: TableShape, faults: list[CellFault]) -> list[list[str]]:
    grid: list[list[str]] = []
    for number, values in enumerate(sheet.iter_rows(max_col=len(shape.columns), values_only=True), start=1):
        texts = []
        for place, value in enumerate(values):
            if isinstance(value, str) and sheet.cell(number, place + 1).data_type == "f":
                column = shape.columns[place]
                where = Cell(shape.file, number, column.code, get_column_letter(place + 1), column.title)
                faults.append(flaw_at(where, Flaw.FORMULA))
            texts.append(_text(value))
        grid.append(texts)
    while grid and not any(grid[-1]):
        grid.pop()
    return grid


def _text(value: object) -> str:
    """A cell's value as the tables spell it: no empty cells, no .0 behind whole numbers, days as YYYY-MM-DD."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

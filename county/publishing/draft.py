"""The plain form of a content while it grows out of table rows, with the cell that each value came from.

The content types judge the plain form and complain about paths such as `items[3].materials[0].copies`. A draft
remembers the cell behind every value, so that the complaint reaches the clerk as a file, a row and a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from county.publishing.faults import Cell, CellFault, CellRefused, Flaw, TablesWrong, complaint_at, flaw_at
from county.publishing.sources import Row, Table
from sync.model.content import ContentWrong

T = TypeVar("T")
Plain = dict[str, object]

_PATH_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class Draft:
    """Plain values under construction, their origins, and the faults found so far."""

    def __init__(self, faults: Iterable[CellFault] = ()) -> None:
        self._faults = list(faults)
        self._origins: dict[tuple[int, str | int], Cell] = {}
        self._kept: list[object] = []

    def blame(self, cell: Cell, flaw: Flaw, **arguments: object) -> None:
        """Note a fault of a cell."""
        self._faults.append(flaw_at(cell, flaw, **arguments))

    def fill(self, row: Row, columns: Iterable[str]) -> Plain:
        """The plain values of some columns of a row, by column code; empty and unreadable cells are left out."""
        plain: Plain = {}
        for code in columns:
            self.put(plain, code, row, code)
        return plain

    def whole_row(self, row: Row) -> Plain:
        """The plain values of all columns of a row, by column code."""
        return self.fill(row, (column.code for column in row.shape.columns))

    def put(self, plain: Plain, key: str, row: Row, column: str) -> None:
        """Put the value of one cell under a key, unless the cell is empty or unreadable."""
        self.trace(plain, key, row.cell(column))
        text = row[column]
        if text:
            self.take(plain, key, row.cell(column), partial(row.shape.column(column).read, text))

    def take(self, plain: Plain, key: str, cell: Cell, read: Callable[[], object]) -> None:
        """Put what a reader returns under a key, or note why it refuses."""
        self.trace(plain, key, cell)
        try:
            plain[key] = read()
        except CellRefused as refusal:
            self.blame(cell, refusal.flaw, **refusal.arguments)

    def trace(self, container: object, key: str | int, cell: Cell) -> None:
        """Remember the cell behind a key of a map or an index of a list."""
        self._kept.append(container)  # an id means something only while its object lives
        self._origins[id(container), key] = cell

    def rows(self, table: Table, read: Callable[[Row], Plain]) -> list[Plain]:
        """One plain map a row, each traced to its row."""
        return self.listed(table.rows, read)

    def listed(self, rows: Iterable[Row], read: Callable[[Row], Plain]) -> list[Plain]:
        """One plain map for each of some rows, each traced to its row."""
        found: list[Plain] = []
        for row in rows:
            self.trace(found, len(found), row.cell(row.shape.columns[0].code))
            found.append(read(row))
        return found

    def build(self, from_plain: Callable[[object], T], plain: Plain, whole: Cell) -> T | None:
        """Make the content, or note every complaint about it. `whole` is blamed for what has no cell."""
        try:
            return from_plain(plain)
        except ContentWrong as wrong:
            blamed = {fault.cell for fault in self._faults}
            for complaint in wrong.all():
                cell = self._origin(plain, complaint.where, whole)
                if cell not in blamed:  # a cell that could not be read is not also missing
                    self._faults.append(complaint_at(cell, complaint))
            return None

    def refuse(self) -> None:
        """Raise TablesWrong when anything was noted, each fault once, by file and row."""
        if self._faults:
            once = dict.fromkeys(sorted(self._faults, key=lambda fault: (fault.cell.file, fault.cell.row)))
            raise TablesWrong(tuple(once))

    def _origin(self, plain: object, path: str, whole: Cell) -> Cell:
        """The cell of the innermost value on a path that has one."""
        found, value = whole, plain
        for name, index in _PATH_STEP.findall(path):
            key: str | int = int(index) if index else name
            found = self._origins.get((id(value), key), found)
            value = _held(value, key)
        return found


def _held(container: object, key: str | int) -> object:
    if isinstance(container, list):
        return container[key] if isinstance(key, int) and key < len(container) else None
    return container.get(key) if isinstance(container, Mapping) else None


def grouped(table: Table, column: str) -> dict[str, list[Row]]:
    """Rows by the text of one column, in their order."""
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(row[column], []).append(row)
    return groups

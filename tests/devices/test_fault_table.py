"""The tables of faults in docs/devices.md: every row names its tests, and every test of a fault has its row."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NAME = re.compile(r"`(test_fault_[a-z]+_[a-z0-9_]+)`")
_TEST = re.compile(r"^(?:async )?def (test_fault_[a-z0-9_]+)\(", re.MULTILINE)
_SAME = "| the same ["


def fault_rows() -> list[str]:
    """Return the rows of all tables whose heading speaks of faults or names tests, without the headings."""
    rows: list[str] = []
    heading = ""
    for line in (ROOT / "docs/devices.md").read_text("utf-8").splitlines():
        if not line.startswith("|"):
            heading = ""
        elif not heading:
            heading = line.lower()
        elif not line.startswith("|---") and ("fault" in heading.split("|")[1] or "test" in heading.split("|")[1]):
            rows.append(line)
    return rows


def test_every_row_of_the_fault_tables_names_a_test_that_there_is() -> None:
    tests = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in _TEST.findall(path.read_text(encoding="utf-8"))
    }
    rows = fault_rows()
    assert len(rows) > 80
    for row in rows:
        assert _NAME.search(row) or row.startswith(_SAME), f"a row without a test: {row}"
    assert {name for row in rows for name in _NAME.findall(row)} == tests

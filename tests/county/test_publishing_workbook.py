"""Tables as a workbook and back: nothing is lost, and what a spreadsheet does by itself is undone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as SheetCell

from county.publishing.faults import Flaw, TablesWrong
from county.publishing.sources import csv_text, grid_of
from county.publishing.tables import TABLES, WORDS
from county.publishing.workbook import _text, from_workbook, to_workbook
from tests.county.demo import DEMO


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("workbook") / "990101.xlsx"
    to_workbook(DEMO, file)
    return file


def change(book: Path, target: Path, sheet: str, place: str, value: object) -> Path:
    held = load_workbook(book)
    cell = held[sheet][place]
    assert isinstance(cell, SheetCell)
    cell.value = value  # type: ignore[assignment]  # whatever a spreadsheet may put there
    held.save(target)
    return target


def test_every_byte_of_every_table_comes_back(book: Path, tmp_path: Path) -> None:
    from_workbook(book, tmp_path)
    for shape in TABLES:
        assert (tmp_path / shape.file).read_bytes() == (DEMO / shape.file).read_bytes(), shape.code


def test_closed_choices_are_lists_to_choose_from(book: Path) -> None:
    sheet = load_workbook(book)["items"]
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert lists["J3:J2000"] == '"直办,代办,协办,公开告知"'


def test_what_a_spreadsheet_makes_of_numbers_and_days_is_undone(book: Path, tmp_path: Path) -> None:
    file = tmp_path / "typed.xlsx"
    change(book, file, "items", "B3", 1.0)
    change(file, file, "items", "C3", datetime(2026, 1, 1))  # noqa: DTZ001 - spreadsheets know no zones
    change(file, file, "items", "Y3", 12345)
    from_workbook(file, tmp_path / "out")
    assert (tmp_path / "out/items.csv").read_bytes() == (DEMO / "items.csv").read_bytes()


def test_a_whole_number_that_another_program_wrote_with_a_point_is_still_whole() -> None:
    assert [_text(value) for value in (1.0, 2.5, 3, None)] == ["1", "2.5", "3", ""]


def test_a_formula_is_refused_by_its_cell_and_no_file_is_written(book: Path, tmp_path: Path) -> None:
    file = change(book, tmp_path / "formula.xlsx", "items", "B4", "=B3+1")
    with pytest.raises(TablesWrong) as wrong:
        from_workbook(file, tmp_path / "out")
    (fault,) = wrong.value.faults
    assert (fault.cell.file, fault.cell.row, fault.cell.letter, fault.code) == ("items.csv", 4, "B", Flaw.FORMULA.name)
    assert not (tmp_path / "out").exists()


def test_a_workbook_without_a_sheet_is_refused(book: Path, tmp_path: Path) -> None:
    held = load_workbook(book)
    held.remove(held["fees"])
    held.save(tmp_path / "short.xlsx")
    with pytest.raises(TablesWrong, match="fees"):
        from_workbook(tmp_path / "short.xlsx", tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"code,name\n"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.xlsx"
    file.write_bytes(content)
    with pytest.raises(TablesWrong) as wrong:
        from_workbook(file, tmp_path / "out")
    assert wrong.value.faults[0].code == Flaw.NOT_XLSX.name


def test_tables_that_cannot_be_read_make_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(TablesWrong):
        to_workbook(tmp_path, tmp_path / "none.xlsx")
    assert not (tmp_path / "none.xlsx").exists()


TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="\ufffe\uffff"), max_size=30
).map(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
@given(texts=st.lists(TEXTS.filter(bool), min_size=1, max_size=8))
def test_any_text_comes_back_even_one_that_looks_like_a_formula_or_a_number(tmp_path: Path, texts: list[str]) -> None:
    tables, back = tmp_path / "tables", tmp_path / "back"
    tables.mkdir(exist_ok=True)
    rows = [
        [f"w{place}", text] for place, text in enumerate([*texts, "=1+1", "007", "1e5", "_x0041_", "'x", "2026-01-01"])
    ]
    for shape in TABLES:
        header = [[column.code for column in shape.columns], [column.title for column in shape.columns]]
        grid = [*header, *rows] if shape is WORDS else header
        (tables / shape.file).write_text(csv_text(grid), encoding="utf-8", newline="")
    to_workbook(tables, tmp_path / "any.xlsx")
    from_workbook(tmp_path / "any.xlsx", back)
    assert grid_of(back / WORDS.file) == grid_of(tables / WORDS.file)

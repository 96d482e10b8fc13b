"""Checking clerks' tables: every wrong cell is named, in one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from county.publishing import tables
from county.publishing.assembly import contents_of
from county.publishing.faults import CHINESE_OF_PROBLEMS, CellFault, Flaw, TablesWrong
from county.publishing.sources import csv_text, grid_of, read_directory
from county.publishing.tables import TABLES, TableShape
from sync.model.content import Problem
from tests.county.demo import DEMO

FEW = {"elder_allowance", "temporary_relief", "identity_card", "marriage", "pension_certify", "*", "*end"}
JOINED = {"basis", "conditions", "special_steps", "materials", "fees", "questions", "fields"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo county with few of its items, so that checking it takes little time."""
    directory = tmp_path_factory.mktemp("few")
    items = [texts for texts in grid_of(DEMO / "items.csv")[2:] if texts[0] in FEW]
    procedures = {texts[tables.ITEMS.place("procedure")] for texts in items}
    kept = dict.fromkeys((*JOINED, "items"), FEW) | {"procedures": procedures}
    for shape in TABLES:
        header, rows = grid_of(DEMO / shape.file)[:2], grid_of(DEMO / shape.file)[2:]
        rows = [texts for texts in rows if shape.code not in kept or texts[0] in kept[shape.code]]
        (directory / shape.file).write_text(csv_text([*header, *rows]), encoding="utf-8", newline="")
    return directory


@pytest.fixture
def copied(few: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(few, tmp_path / "990101"))


def row_of(directory: Path, shape: TableShape, **cells: str) -> int:
    """The number of the first row whose cells hold these texts, counted as spreadsheets do."""
    codes = [column.code for column in shape.columns]
    for number, texts in enumerate(grid_of(directory / shape.file), start=1):
        row = dict(zip(codes, texts, strict=False))
        if all(row.get(code) == text for code, text in cells.items()):
            return number
    raise LookupError(cells)


def put(directory: Path, shape: TableShape, row: int, column: str, text: str) -> None:
    grid = grid_of(directory / shape.file)
    grid[row - 1][[each.code for each in shape.columns].index(column)] = text
    (directory / shape.file).write_text(csv_text(grid), encoding="utf-8", newline="")


def faults_of(directory: Path) -> list[CellFault]:
    with pytest.raises(TablesWrong) as wrong:
        contents_of(directory)
    return list(wrong.value.faults)


ITEM = {"code": "elder_allowance"}
MATERIAL = {"item": "elder_allowance", "code": "id_card"}
FIELD = {"item": "elder_allowance", "code": "home_name"}
ACCOUNT = {"item": "elder_allowance", "code": "bank_account"}
STEP = {"procedure": "direct", "code": "check"}
FEE = {"item": "identity_card", "name": "到期换领"}

WRONG_CELLS: list[tuple[TableShape, dict[str, str], str, str, str]] = [
    (tables.ITEMS, ITEM, "role", "直半", Flaw.NOT_A_WORD.name),
    (tables.ITEMS, ITEM, "visits", "一次", Flaw.NOT_A_NUMBER.name),
    (tables.ITEMS, ITEM, "visits", "77", Problem.RANGE.name),
    (tables.ITEMS, ITEM, "retention_years", "永久", Flaw.NOT_A_NUMBER.name),
    (tables.ITEMS, ITEM, "retention_years", "101", Problem.RANGE.name),
    (tables.ITEMS, ITEM, "effective", "2026/1/1", Problem.NO_DAY.name),
    (tables.ITEMS, ITEM, "short_name", "一个长得放不下按钮的简称字样", Problem.LENGTH.name),
    (tables.ITEMS, ITEM, "theme", "garden", Problem.UNKNOWN_NAME.name),
    (tables.ITEMS, ITEM, "department", "moon", Flaw.UNKNOWN_CODE.name),
    (tables.ITEMS, ITEM, "procedure", "by_magic", Flaw.UNKNOWN_CODE.name),
    (tables.ITEMS, ITEM, "result", "", Flaw.BLANK.name),
    (tables.ITEMS, ITEM, "result", " 通知", Flaw.EDGE_SPACE.name),
    (tables.ITEMS, ITEM, "result", "通\u200b知", Flaw.EDGE_SPACE.name),
    (tables.ITEMS, ITEM, "consult_phone", "找老王", Problem.WRONG_FORM.name),
    (tables.ITEMS, ITEM, "legal_days", "", Flaw.BLANK.name),
    (tables.MATERIALS, MATERIAL, "necessity", "必须", Flaw.NOT_A_WORD.name),
    (tables.MATERIALS, MATERIAL, "necessity", "容缺", Problem.MISFIT.name),
    (tables.MATERIALS, MATERIAL, "copies", "12", Problem.RANGE.name),
    (tables.MATERIALS, MATERIAL, "item", "elder_alowance", Flaw.UNKNOWN_CODE.name),
    (tables.MATERIALS, MATERIAL, "needed_when", "size=big", Problem.NO_FIELD.name),
    (tables.MATERIALS, MATERIAL, "needed_when", "living==home", Problem.NO_OPTION.name),
    (tables.MATERIALS, MATERIAL, "needed_when", "如果住院", Flaw.NOT_A_CONDITION.name),
    (tables.FIELDS, FIELD, "type", "文本", Flaw.NOT_A_WORD.name),
    (tables.FIELDS, FIELD, "maximum", "很多", Flaw.NOT_A_NUMBER.name),
    (tables.FIELDS, FIELD, "shown_when", "living=palace", Problem.NO_OPTION.name),
    (tables.FIELDS, FIELD, "shown_when", "bank_name=rcu", Problem.NO_EARLIER_FIELD.name),
    (tables.FIELDS, FIELD, "shown_when", "living>=2", Problem.SENSELESS_TEST.name),
    (tables.FIELDS, FIELD, "shown_when", "living=home 且 health=none 或 health=half", Flaw.NOT_A_CONDITION.name),
    (tables.FIELDS, FIELD, "options", "敬老院;医院", Flaw.NOT_AN_OPTION_LIST.name),
    (tables.FIELDS, FIELD, "options", "a=敬老院", Problem.MISFIT.name),
    (tables.FIELDS, FIELD, "code", "living", Problem.REPEATED.name),
    (tables.FIELDS, ACCOUNT, "example", "12345", Flaw.SAMPLE_WRONG.name),
    (tables.FIELDS, ACCOUNT, "example", "", Flaw.NO_SAMPLE.name),
    (tables.FIELDS, ACCOUNT, "item", "marriage", Flaw.FORM_OF_TELL.name),
    (tables.READINGS, {"words": "重置"}, "pinyin", "chóng zhì", Flaw.NOT_A_READING.name),
    (tables.READINGS, {"words": "重置"}, "pinyin", "chong", Flaw.NOT_A_READING.name),
    (tables.PROCEDURES, STEP, "ways", "去办", Flaw.NOT_A_WAY.name),
    (tables.PROCEDURES, STEP, "ways", "符合:start;不符合:tell", Problem.STEP_BACK.name),
    (tables.PROCEDURES, STEP, "kind", "结束", Problem.STEP_WAYS.name),
    (tables.FEES, FEE, "amount_fen", "二十", Flaw.NOT_YUAN.name),
    (tables.FEES, FEE, "amount_fen", "20.005", Flaw.NOT_YUAN.name),
    (tables.FEES, FEE, "changed_on", "2018-02-30", Problem.NO_DAY.name),
    (tables.ROLE_WORDS, {"role": "直办"}, "role", "直接办", Flaw.NOT_A_WORD.name),
    (tables.PROFILE, {"code": "timings.idle_s"}, "value", "九十", Flaw.NOT_A_NUMBER.name),
    (tables.PROFILE, {"code": "timings.idle_s"}, "value", "5", Problem.RANGE.name),
    (tables.PROFILE, {"code": "timings.idle_s"}, "code", "timings.idel_s", Flaw.NOT_EXPECTED.name),
    (tables.PROFILE, {"code": "name"}, "code", "county", Flaw.TWO_VALUES.name),
    (tables.GROUPS, {"name": "下河组"}, "region", "990101102299", Flaw.UNKNOWN_CODE.name),
    (tables.TERMINALS, {"name": "柳溪村便民服务点"}, "region", "990101102299", Problem.UNKNOWN_NAME.name),
    (tables.WORDS, {"code": "mandate"}, "code", "mandat", Flaw.NOT_EXPECTED.name),
    (tables.CALENDAR, {"day": "2026-10-10"}, "kind", "补", Flaw.NOT_A_WORD.name),
    (tables.CALENDAR, {"day": "2026-10-10"}, "day", "2026-13-10", Problem.NO_DAY.name),
    (tables.NOTICES, {"year": "2026"}, "year", "2027", Flaw.YEAR_GAP.name),
    (tables.VERSIONS, {"kind": "事项目录"}, "version", "0", Flaw.NOT_A_NUMBER.name),
    (tables.VERSIONS, {"kind": "县情配置"}, "kind", "事项目录", Flaw.TWO_VALUES.name),
]


BLAMED_INSTEAD = {
    ("necessity", Problem.MISFIT.name): "deferrable_days",
    ("kind", Problem.STEP_WAYS.name): "ways",
}
"""Two cells that do not go together: the other one is named."""


@pytest.mark.parametrize(("shape", "where", "column", "text", "code"), WRONG_CELLS)
def test_the_wrong_cell_is_named(
    copied: Path, shape: TableShape, where: dict[str, str], column: str, text: str, code: str
) -> None:
    row = row_of(copied, shape, **where)
    put(copied, shape, row, column, text)
    named = [(fault.cell.file, fault.cell.row, fault.cell.column, fault.code) for fault in faults_of(copied)]
    assert (shape.file, row, BLAMED_INSTEAD.get((column, code), column), code) in named


def test_the_sentence_says_place_and_fault_in_both_languages(copied: Path) -> None:
    row = row_of(copied, tables.ITEMS, **ITEM)
    put(copied, tables.ITEMS, row, "role", "直半")
    (fault,) = faults_of(copied)
    assert fault.sentence() == (
        f"items.csv 第{row}行 J列 role（村级角色）：“直半”应是 直办、代办、协办、公开告知 中的一个。"
        f" / items.csv row {row} column J role: is '直半', not one of 直办、代办、协办、公开告知."
    )


def test_several_wrong_cells_are_all_named_at_once(copied: Path) -> None:
    put(copied, tables.ITEMS, row_of(copied, tables.ITEMS, **ITEM), "visits", "77")
    put(copied, tables.MATERIALS, row_of(copied, tables.MATERIALS, **MATERIAL), "copies", "12")
    put(copied, tables.AGENTS, row_of(copied, tables.AGENTS, name="王建国"), "id", "老王")
    assert [(fault.cell.file, fault.cell.column) for fault in faults_of(copied)] == [
        ("agents.csv", "id"),
        ("items.csv", "visits"),
        ("materials.csv", "copies"),
    ]


def test_a_village_that_ends_with_the_last_day_there_is_and_became_another_is_a_sentence(copied: Path) -> None:
    put(copied, tables.REGIONS, row_of(copied, tables.REGIONS, name="下河村"), "until", "9999-12-31")
    [fault] = faults_of(copied)
    assert fault.code == Problem.CONTRADICTION.name
    assert "990101102202 has a successor, but no day comes after its end" in fault.sentence()


def _remove(name: str) -> Callable[[Path], object]:
    return lambda directory: (directory / name).unlink()


def _rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda directory: (directory / name).write_bytes(change((directory / name).read_bytes()))


WRONG_FILES: dict[str, tuple[Callable[[Path], object], str, int, Flaw]] = {
    "a table is missing": (_remove("fees.csv"), "fees.csv", 0, Flaw.NO_TABLE),
    "a table has a strange name": (
        lambda directory: (directory / "fee.csv").write_text("x", encoding="utf-8"),
        "fee.csv",
        0,
        Flaw.STRANGE_TABLE,
    ),
    "a spreadsheet saved it in its own encoding": (
        _rewrite("items.csv", lambda data: data.decode().encode("gb18030")),
        "items.csv",
        0,
        Flaw.NOT_UTF8,
    ),
    "a quote is never closed": (_rewrite("basis.csv", lambda data: data + b'x,"y'), "basis.csv", 0, Flaw.BROKEN_CSV),
    "the codes are gone": (
        _rewrite("basis.csv", lambda data: data.split(b"\n", 1)[1]),
        "basis.csv",
        1,
        Flaw.HEADER,
    ),
    "the titles are gone": (
        _rewrite("basis.csv", lambda data: data.split(b"\n")[0] + b"\n" + data.split(b"\n", 2)[2]),
        "basis.csv",
        2,
        Flaw.TITLES,
    ),
    "a row is short": (
        _rewrite("groups.csv", lambda data: data + b"990101102203,009\n"),
        "groups.csv",
        23,
        Flaw.ROW_WIDTH,
    ),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_is_named_and_nothing_else_is_blamed_for_it(copied: Path, name: str) -> None:
    break_it, file, row, flaw = WRONG_FILES[name]
    break_it(copied)
    assert [(fault.cell.file, fault.cell.row, fault.code) for fault in faults_of(copied)] == [(file, row, flaw.name)]


def test_the_mark_that_spreadsheets_put_in_front_is_taken(copied: Path) -> None:
    path = copied / "items.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert contents_of(copied).catalogue.item("elder_allowance").name == "高龄津贴申请"


def test_an_item_without_basis_is_named(copied: Path) -> None:
    grid = grid_of(copied / "basis.csv")
    kept = [texts for texts in grid if texts[0] != "elder_allowance"]
    (copied / "basis.csv").write_text(csv_text(kept), encoding="utf-8", newline="")
    assert any(fault.code == Flaw.NO_ROWS.name and "elder_allowance" in fault.chinese for fault in faults_of(copied))


def test_a_condition_compares_amounts_in_yuan_as_clerks_write_them(copied: Path) -> None:
    row = row_of(copied, tables.FIELDS, item="temporary_relief", code="insurance_amount")
    put(copied, tables.FIELDS, row, "shown_when", "loss>=300000 且 applicant_id>=18")
    form = contents_of(copied).catalogue.item("temporary_relief").form
    assert form is not None
    condition = form.field("insurance_amount").shown_when
    assert condition is not None
    assert [(test.field, test.number) for test in condition.tests] == [("loss", 30_000_000), ("applicant_id", 18)]


def test_empty_rows_are_passed_over(copied: Path) -> None:
    with (copied / "themes.csv").open("a", encoding="utf-8") as file:
        file.write(",,,\n")
    assert read_directory(copied)[tables.THEMES].rows[-1]["code"] == "voice"
    contents_of(copied)


def test_every_problem_and_flaw_can_be_said_in_chinese() -> None:
    assert set(CHINESE_OF_PROBLEMS) == set(Problem)
    for problem, chinese in CHINESE_OF_PROBLEMS.items():
        assert _names(chinese) <= _names(problem.value), problem
    for flaw in Flaw:
        assert _names(flaw.value[0]) >= set(), flaw


def _names(template: str) -> set[str]:
    return {part.partition("}")[0].partition("!")[0] for part in template.split("{")[1:]}


def test_table_and_column_codes_are_each_used_once() -> None:
    assert len({shape.code for shape in TABLES}) == len(TABLES)
    for shape in TABLES:
        assert len({column.code for column in shape.columns}) == len(shape.columns)


def test_the_manual_names_every_table_column_and_field_type() -> None:
    manual = (Path(__file__).parents[2] / "docs/packs.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in manual.splitlines() if line.startswith("| `")}
    for shape in TABLES:
        assert shape.title in rows[shape.code]
        named = rows[shape.code].split("|")[3].split("`")[1::2]
        assert [code for code in named if not code.startswith("kiosk/")] == [column.code for column in shape.columns]
    for word in tables.FIELD_TYPES:
        assert f"| {word} |" in manual

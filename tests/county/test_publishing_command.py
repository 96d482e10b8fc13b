"""`python -m county packs`: what a clerk or an installer types."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from county.publishing.command import add_commands
from county.publishing.sources import csv_text, grid_of
from sync.clock import FixedClock
from sync.keys import FileSigner, Purpose, Statement, Trust
from sync.model.catalogue import Catalogue
from sync.packs import PackKind, open_pack
from tests.county.demo import DEMO, SCHEMAS

NOW_MS = 1_795_415_520_000


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "990101"))


def run(*words: str | Path) -> tuple[int, list[str]]:
    """Run one command as the program does; return its exit code and the lines it said."""
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers(required=True))
    arguments = parser.parse_args(["packs", *map(str, words)])
    said: list[str] = []
    return arguments.command(arguments, FixedClock(NOW_MS), said.append), said


def test_good_tables_are_said_to_be_good() -> None:
    code, said = run("check", DEMO)
    assert code == 0
    assert said[0].startswith("没有发现问题")


def test_the_real_program_names_a_wrong_cell_and_fails(copied: Path) -> None:
    grid = grid_of(copied / "items.csv")
    grid[2][9] = "直半"
    (copied / "items.csv").write_text(csv_text(grid), encoding="utf-8", newline="")
    ran = subprocess.run(
        [sys.executable, "-m", "county", "packs", "check", str(copied)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stdout.startswith("items.csv 第3行 J列 role（村级角色）：“直半”应是")
    assert ran.stderr == ""


@dataclass(frozen=True)
class Keys:
    """The publisher's key and statement on disk, and the county root's trust."""

    key: Path
    statement: Path
    trust: Trust


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    root = FileSigner(Ed25519PrivateKey.generate())
    publisher = FileSigner.create(tmp_path / "publisher.pem")
    statement = Statement(Purpose.PACKS, publisher.public_key, "publisher", "990101", 0, NOW_MS * 2).sign(root)
    (tmp_path / "publisher.statement").write_bytes(statement)
    trust = Trust(root.public_key, "990101")
    return Keys(tmp_path / "publisher.pem", tmp_path / "publisher.statement", trust)


def test_built_packs_open_under_the_countys_root(tmp_path: Path, keys: Keys) -> None:
    code, said = run("build", DEMO, "--out", tmp_path / "packs", "--key", keys.key, "--statement", keys.statement)
    assert code == 0
    assert len(said) == len(PackKind)
    for kind in PackKind:
        pack = open_pack((tmp_path / "packs" / kind.file_name).read_bytes(), keys.trust)
        assert (pack.kind, pack.version, pack.issued_ms) == (kind, 1, NOW_MS)


def test_wrong_tables_are_not_built(copied: Path, tmp_path: Path, keys: Keys) -> None:
    (copied / "themes.csv").unlink()
    code, said = run("build", copied, "--out", tmp_path / "packs", "--key", keys.key, "--statement", keys.statement)
    assert (code, len(said)) == (1, 1)
    assert not (tmp_path / "packs").exists()


@pytest.mark.parametrize("missing", ["publisher.pem", "publisher.statement"])
def test_a_missing_key_or_statement_is_said_in_a_sentence(tmp_path: Path, keys: Keys, missing: str) -> None:
    (tmp_path / missing).unlink()
    code, said = run("build", DEMO, "--out", tmp_path / "packs", "--key", keys.key, "--statement", keys.statement)
    assert code == 1
    assert missing in said[0]


def test_packs_are_not_sealed_with_a_key_that_the_statement_does_not_name(tmp_path: Path, keys: Keys) -> None:
    other = tmp_path / "other.pem"
    FileSigner.create(other)
    code, said = run("build", DEMO, "--out", tmp_path / "packs", "--key", other, "--statement", keys.statement)
    assert code == 1
    assert "the statement is for another key" in said[0]
    assert not (tmp_path / "packs").exists()


def test_packs_of_one_county_are_not_sealed_with_the_key_of_another(copied: Path, tmp_path: Path, keys: Keys) -> None:
    profile = copied / "profile.csv"
    profile.write_text(profile.read_text("utf-8").replace("county,990101", "county,330122"), "utf-8")
    code, said = run("build", copied, "--out", tmp_path / "packs", "--key", keys.key, "--statement", keys.statement)
    assert code == 1
    assert "表格是 330122 县的" in said[0]
    assert not (tmp_path / "packs").exists()


def test_a_workbook_goes_out_and_comes_back_checked(tmp_path: Path) -> None:
    assert run("to-xlsx", DEMO, tmp_path / "tables.xlsx")[0] == 0
    code, said = run("from-xlsx", tmp_path / "tables.xlsx", tmp_path / "back")
    assert code == 0
    assert said[-1].startswith("没有发现问题")
    assert run("from-xlsx", tmp_path / "none.xlsx", tmp_path / "back")[0] == 1
    assert run("to-xlsx", tmp_path / "nowhere", tmp_path / "none.xlsx")[0] == 1


def test_schemas_and_calendar_are_written_as_they_are_kept(copied: Path, tmp_path: Path) -> None:
    assert run("schema", tmp_path / "schema")[0] == 0
    for path in SCHEMAS.iterdir():
        assert (tmp_path / "schema" / path.name).read_bytes() == path.read_bytes()
    (copied / "calendar.csv").write_text("", encoding="utf-8")
    assert run("calendar", "2025", "2026", copied)[0] == 0
    assert (copied / "calendar.csv").read_bytes() == (DEMO / "calendar.csv").read_bytes()
    assert run("calendar", "2026", "2099", copied)[0] == 1


@pytest.mark.parametrize("years", [("2027", "2026"), ("2026", "2099")])
def test_a_calendar_of_years_that_are_not_there_leaves_the_table_as_it_is(copied: Path, years: tuple[str, str]) -> None:
    code, said = run("calendar", *years, copied)
    assert (code, len(said)) == (1, 1)
    assert (copied / "calendar.csv").read_bytes() == (DEMO / "calendar.csv").read_bytes()


@pytest.mark.parametrize("year", ["99999999999999999999", "26", "-2026", "２０２６", "year"])
def test_a_year_that_is_none_is_refused_before_anything_is_written(
    copied: Path, capsys: pytest.CaptureFixture[str], year: str
) -> None:
    with pytest.raises(SystemExit):
        run("calendar", "2026", year, copied)
    assert "calendar.csv" not in capsys.readouterr().out
    assert (copied / "calendar.csv").read_bytes() == (DEMO / "calendar.csv").read_bytes()


NEW_ROWS = {
    "items.csv": "well_water,1,2026-11-01,农村饮用水井水质检测申请,水质检测,井水;化验水,,medical,health,代办,一般,"
    "公共服务,自然人,否,,,10,工作日,不限,检测报告,proxy_county,村便民服务点,工作日,000-5550-204,12345,1,,否",
    "basis.csv": "well_water,生活饮用水卫生标准（GB 5749）",
    "conditions.csv": "well_water,家里用自备井饮水",
    "fields.csv": "well_water,水井,depth,井深（米）,号码,关键,1,3,,,12,,",
}


def test_a_new_item_with_a_new_form_is_rows_only(copied: Path, tmp_path: Path, keys: Keys) -> None:
    """Nothing of an item is in code: rows alone bring it into the signed catalogue, searchable and with its form."""
    for file, row in NEW_ROWS.items():
        with (copied / file).open("a", encoding="utf-8") as table:
            table.write(row + "\n")
    assert run("build", copied, "--out", tmp_path / "packs", "--key", keys.key, "--statement", keys.statement)[0] == 0
    catalogue = open_pack((tmp_path / "packs/catalogue.pack").read_bytes(), keys.trust).content
    assert isinstance(catalogue, Catalogue)
    item = catalogue.item("well_water")
    assert item.form is not None
    assert item.form.field("depth").digits_only
    assert item.keys[0].syllables[:4] == ("nong", "cun", "yin", "yong")

"""The commands of `python -m county packs`: check, build, to and from xlsx, schema and calendar.

Each takes its arguments, the program's clock and a way to say a line, and returns the exit code: 0 when all is well,
1 when the tables or files are wrong, after one sentence for each thing that is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from county.publishing.assembly import Contents, contents_of
from county.publishing.faults import TablesWrong
from county.publishing.holidays import YearNotAnnounced, YearsBackwards, calendar_grid
from county.publishing.schema import schema_file, schema_of
from county.publishing.sources import csv_text
from county.publishing.tables import CALENDAR
from county.publishing.workbook import from_workbook, to_workbook
from sync import cbor
from sync.clock import Clock
from sync.durable import replace_file
from sync.key_files import KeyFileRefused
from sync.keys import FileSigner, Signer
from sync.packs import PackContent, PackKind, seal_pack

Say = Callable[[str], None]
Command = Callable[[argparse.Namespace, Clock, Say], int]


def add_commands(programs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `packs` and its commands; the chosen one is the parsed arguments' `command`."""
    packs = programs.add_parser("packs", help="write, check and seal packs (docs/packs.md)")
    commands = packs.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, what: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=what, description=what)
        parser.set_defaults(command=command)
        return parser

    check = add("check", check_tables, "say what is wrong with the tables of a county, cell by cell")
    check.add_argument("directory", type=Path, help="directory of CSV tables")

    build = add("build", build_packs, "check the tables and seal them as signed packs")
    build.add_argument("directory", type=Path, help="directory of CSV tables")
    build.add_argument("--out", type=Path, required=True, help="directory for the .pack files")
    build.add_argument("--key", type=Path, required=True, help="the publisher's private key, PEM")
    build.add_argument("--statement", type=Path, required=True, help="the county root's statement for that key")

    to_xlsx = add("to-xlsx", write_workbook, "write the tables as one workbook")
    to_xlsx.add_argument("directory", type=Path, help="directory of CSV tables")
    to_xlsx.add_argument("file", type=Path, help="workbook to write")

    from_xlsx = add("from-xlsx", read_workbook, "write the sheets of a workbook as tables, then check them")
    from_xlsx.add_argument("file", type=Path, help="workbook to read")
    from_xlsx.add_argument("directory", type=Path, help="directory for the CSV tables")

    schema = add("schema", write_schemas, "write the JSON Schema of each pack's plain form")
    schema.add_argument("directory", type=Path, help="directory for the schemas")

    calendar = add("calendar", write_calendar, "write the calendar table for some years")
    calendar.add_argument("first_year", type=_year)
    calendar.add_argument("last_year", type=_year)
    calendar.add_argument("directory", type=Path, help="directory of CSV tables")


def _year(text: str) -> int:
    if not (len(text) == 4 and text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text:.40} is no year of four digits")
    return int(text)


def check_tables(arguments: argparse.Namespace, _clock: Clock, say: Say) -> int:
    """Check the tables of a directory."""
    contents = _contents(arguments.directory, say)
    if contents is None:
        return 1
    forms = sum(item.form is not None for item in contents.catalogue.items)
    say(f"没有发现问题：{len(contents.catalogue.items)} 个事项，{forms} 张表单 / no faults found")
    return 0


def build_packs(arguments: argparse.Namespace, clock: Clock, say: Say) -> int:
    """Check the tables of a directory and write its packs, sealed now."""
    contents = _contents(arguments.directory, say)
    if contents is None:
        return 1
    try:
        signer = FileSigner.load(arguments.key)
        statement = arguments.statement.read_bytes()
        if signer.public_key not in statement:
            # The whole statement can be judged only with the root's certificate, which is not asked for here.
            say(f"{arguments.statement.name} 不是给 {arguments.key.name} 的 / the statement is for another key")
            return 1
        county = contents.profile.county
        if cbor.encode(county) not in statement:
            say(f"表格是 {county} 县的，{arguments.statement.name} 是另一个县的 / the statement is another county's")
            return 1
        arguments.out.mkdir(parents=True, exist_ok=True)
        for kind, data in sealed(contents, clock.wall_ms(), signer, statement).items():
            replace_file(arguments.out / kind.file_name, data, mode=0o644)
            say(f"{kind.file_name}: 第 {contents.versions[kind]} 版，{len(data)} 字节 / version and bytes")
    except (KeyFileRefused, OSError) as refusal:
        say(str(refusal))
        return 1
    return 0


def sealed(contents: Contents, issued_ms: int, signer: Signer, statement: bytes) -> dict[PackKind, bytes]:
    """The pack files of checked contents. `statement` is the county root's for the signer's key."""
    county = contents.profile.county
    held: dict[PackKind, PackContent] = {
        PackKind.CATALOGUE: contents.catalogue,
        PackKind.PROFILE: contents.profile,
        PackKind.CALENDAR: contents.calendar,
    }
    return {
        kind: seal_pack(kind, county, contents.versions[kind], issued_ms, content, signer, statement)
        for kind, content in held.items()
    }


def write_workbook(arguments: argparse.Namespace, _clock: Clock, say: Say) -> int:
    """Write the tables of a directory as one workbook."""
    try:
        to_workbook(arguments.directory, arguments.file)
    except TablesWrong as wrong:
        return _say_faults(wrong, say)
    say(f"已写入 {arguments.file.name} / written")
    return 0


def read_workbook(arguments: argparse.Namespace, clock: Clock, say: Say) -> int:
    """Write the sheets of a workbook as tables and check them."""
    try:
        from_workbook(arguments.file, arguments.directory)
    except TablesWrong as wrong:
        return _say_faults(wrong, say)
    return check_tables(arguments, clock, say)


def write_schemas(arguments: argparse.Namespace, _clock: Clock, say: Say) -> int:
    """Write the JSON Schema of each kind of pack."""
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for kind in PackKind:
        text = json.dumps(schema_of(kind), ensure_ascii=False, indent=2) + "\n"
        (arguments.directory / schema_file(kind)).write_text(text, encoding="utf-8")
        say(schema_file(kind))
    return 0


def write_calendar(arguments: argparse.Namespace, _clock: Clock, say: Say) -> int:
    """Write the calendar table of a directory for some years."""
    try:
        grid = calendar_grid(arguments.first_year, arguments.last_year)
    except YearNotAnnounced as missing:
        say(f"还没有 {missing.year} 年的放假安排 / {missing}")
        return 1
    except YearsBackwards as refusal:
        say(f"年份写反了 / {refusal}")
        return 1
    replace_file(arguments.directory / CALENDAR.file, csv_text(grid).encode(), mode=0o644)
    say(f"{CALENDAR.file}: {len(grid) - 2} 天 / days")
    return 0


def _contents(directory: Path, say: Say) -> Contents | None:
    try:
        return contents_of(directory)
    except TablesWrong as wrong:
        _say_faults(wrong, say)
        return None


def _say_faults(wrong: TablesWrong, say: Say) -> int:
    for fault in wrong.faults:
        say(fault.sentence())
    return 1

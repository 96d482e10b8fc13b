"""`python -m tests.tour`: walk the main job and write build/tour/: pictures, papers, county pages, summary.json."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import zxingcpp
from PIL import Image

from provisioning.demonstration import prepare
from provisioning.speech import Refused, Sentence
from provisioning.stage import Options, Stage
from sync.clock import Steering, SystemClock
from sync.model.case_number import parse_case_number
from sync.model.moment import wall_ms_at
from sync.model.rating import Level
from tests.tour.console import ConsoleRefused
from tests.tour.page import write_index
from tests.tour.walk import COUNTY_REASONS, LATER_LEVEL, PRESSED_LEVEL, Tour
from tests.tour.window import NotOnTheScreen, VirtualScreen, Window

DAY = date(2026, 11, 23)
OUT = Path("build/tour")


def main() -> int:
    """Walk the tour and return the exit code."""
    parser = argparse.ArgumentParser(prog="tests.tour", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--size", type=_size, default=(1920, 1080), help="of the window, WIDTHxHEIGHT")
    asked = parser.parse_args()
    out: Path = asked.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    screen = VirtualScreen(*asked.size)
    stage = make_stage(out / "state", screen, asked.size)
    tour = Tour(stage, Window(screen.display, out / "state" / "screen.json"), out)
    failure = ""
    try:
        prepare(stage, quiet)
        for name in ("county", "simulators", "sync", "kiosk"):
            stage.start(name)
        for name in ("county", "simulators", "kiosk"):
            stage.wait_ready(name)
        walk(tour)
    except (NotOnTheScreen, ConsoleRefused, Refused, AssertionError, OSError, subprocess.SubprocessError) as broken:
        failure = f"{type(broken).__name__}: {broken}"
        tour.window.picture(out / "failed.png")
    finally:
        stage.close()
        screen.close()
    summary = summarise(tour, ok=not failure)
    write_index(out, summary)
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    if failure:
        print(f"tour: stopped after {len(tour.steps)} steps: {failure}", file=sys.stderr)
        print(f"tour: see {out / 'failed.png'} and the logs in {stage.logs_dir}", file=sys.stderr)
        return 1
    if not summary["ok"]:
        return 1
    print(f"tour: the main job was done in {len(tour.steps)} steps; case {summary['case_no']}")
    print(f"tour: pictures in {out / 'index.html'}, the printed receipt in {out / 'receipt.png'}")
    return 0


def make_stage(directory: Path, screen: VirtualScreen, size: tuple[int, int]) -> Stage:
    """Return a stage whose domain time begins on Monday 2026-11-23 14:32 and whose kiosk shows on `screen`."""
    clock = SystemClock()
    directory.mkdir(parents=True)
    steering = directory / "clock.json"
    Steering(clock.wall_ms(), wall_ms_at(DAY, 14, 32)).write(steering)

    options = Options(
        clock_file=steering,
        kiosk_arguments=("--size", f"{size[0]}x{size[1]}"),
        publish_state=directory / "screen.json",
        printer_profile="epson-tm-t20",  # it shows how far it came, so that a slip can go on after new paper
        printer_speed_mm_s=400,
        environment={**os.environ, **screen.environment},
    )
    return Stage(directory, clock, options)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1920x1080")
    return int(width), int(height)


def walk(tour: Tour) -> None:
    """Do every step in order."""
    for step in (
        tour.look_round,
        tour.sign_in,
        tour.choose_item,
        tour.fill_form,
        tour.mark_and_sign,
        tour.take_receipt,
        tour.rate,
        tour.line_up,
        tour.county_asks,
        tour.bring_paper,
        tour.county_approves,
        tour.hand_over,
        tour.county_closes,
        tour.refuse_another,
        tour.ask_progress,
        tour.show_receipt,
    ):
        step()


def quiet(sentence: Sentence) -> None:
    """Say one sentence of set-up."""
    print(f"tour: {sentence}")


def summarise(tour: Tour, *, ok: bool) -> dict[str, object]:
    """Return what the tour found at both ends: of the files, not of the screens."""
    receipt = tour.out / "receipt.png"
    codes = zxingcpp.read_barcodes(Image.open(receipt)) if receipt.exists() else []
    terminal, county = tour.stage.terminal_dir, tour.stage.county_dir
    records = _value(terminal / "journal.db", "SELECT MAX(seq) FROM records")
    acknowledged = _value(terminal / "transport.db", "SELECT MAX(seq) FROM acknowledgements")
    status = _value(county / "county.db", "SELECT status FROM cases WHERE number = ?", tour.case_no)
    rating = _value(
        county / "county.db", "SELECT level FROM ratings WHERE case_no = ? AND stage = 'taken_in'", tour.case_no
    )
    later = _value(
        county / "county.db", "SELECT level FROM laters WHERE case_no = ? AND effect = 'rated'", tour.case_no
    )
    page = tour.out / "county-case.html"
    shown = page.read_text(encoding="utf-8") if page.exists() else ""
    agreed = {
        "the receipt's code can be read": bool(codes),
        "the county has every record": records is not None and records == acknowledged,
        "the county closed the case": status == "closed",
        "the rating that was pressed arrived": rating == PRESSED_LEVEL,
        "what was rated afterwards arrived": later == LATER_LEVEL,
        "the county's page shows the case": bool(tour.case_no) and parse_case_number(tour.case_no).grouped() in shown,
        "the county's page shows the reasons": COUNTY_REASONS in shown,
        "the county's page shows that it was rated": Level(PRESSED_LEVEL).words in shown,
    }
    for what in (what for what, so in agreed.items() if ok and not so):
        print(f"tour: not so: {what}", file=sys.stderr)
    return {
        "ok": ok and all(agreed.values()),
        "case_no": tour.case_no,
        "receipt_qr_text": codes[0].text if codes else "",
        "records": records,
        "acknowledged_seq": acknowledged,
        "rating": rating,
        "county_status": status,
        "steps": tour.steps,
    }


def _value(path: Path, query: str, *arguments: str) -> object:
    if not path.exists():
        return None
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = connection.execute(query, arguments).fetchone()
    finally:
        connection.close()
    return row[0] if row else None


if __name__ == "__main__":
    sys.exit(main())

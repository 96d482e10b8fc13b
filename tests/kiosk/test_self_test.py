"""设备自检 at a point with a real printer line and a real pad line, and what is signed of it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from devices.config import DevicesConfig, parse_devices
from devices.ports import Device, DeviceState, Reason
from devices.printer.profile import read_profile
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.model import MODELS
from devices.sim.pad import SimulatedPad
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from kiosk.assets import Assets
from kiosk.intents import Back, Do, Next, Open
from kiosk.own_views import TouchGridView
from kiosk.pages import Rows, RowView
from sync.model.facts import Kind, SelfTested, Verdict
from sync.reading import NO_KEYS, fact_of
from sync.self_test_words import KEYS, PARTS, REASONS, VERDICTS, reason_words
from tests.kiosk.journeys import SIGN_IN
from tests.kiosk.point import AtThePoint, Point

ALL_CELLS = tuple(Open("cell", str(cell)) for cell in range(12))
BEGIN = (*SIGN_IN, Open("self_test"), Next())
KEY_BYTES = {5: 1, 4: 2, 3: 3, 2: 4, 1: 5}
"""Which key of the simulated pad says which level (`pj06.toml`)."""


@dataclass
class Bench(AtThePoint):
    """A point with a printer and a pad that a test can break."""

    point: Point
    printer: SimulatedPrinter
    pad: SimulatedPad

    def says(self, words: str) -> Callable[[], bool]:
        """Whether the page says something in a coloured sentence."""
        return lambda: any(words in each for each in self.point.notices)

    def press(self, level: int, words: str) -> None:
        """Press the key of a level once the page asks for the key with these words."""
        self.until(self.says(words), f"the question for {words}")
        time.sleep(0.3)  # nobody reads a prompt and presses in less than a fifth of a second
        self.pad.press(KEY_BYTES[level])


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A point whose printer and pad are ready."""
    typeface = Typeface(Assets.from_environment({}).regular_font)
    printer = SimulatedPrinter(read_profile("escpos-80"), PtyPort(tmp_path / "printer"), typeface, 2_000)
    pad = SimulatedPad(PtyPort(tmp_path / "pad"), time.monotonic)
    printer.start()
    pad.start()
    (tmp_path / "models").mkdir()
    quick = (MODELS / "pj06.toml").read_text("utf-8").replace("late_ms = 2000", "late_ms = 0")
    (tmp_path / "models" / "pj06-quick.toml").write_text(quick, "utf-8")
    section = {
        "models": "models",
        "printer": {"profile": "escpos-80", "path": "printer", "baud": 115200},
        "pad": {"model": "pj06-quick", "path": "pad"},
    }
    devices = parse_devices(section, tmp_path)
    point = Point(tmp_path / "point", devices, monotonic_s=time.monotonic)
    made = Bench(point, printer, pad)
    made.until(lambda: point.hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.READY, "the printer")
    made.until(lambda: point.hub.statuses()[Device.RATING_PAD].state is not DeviceState.STARTING, "the pad")
    yield made
    point.close()
    pad.close()
    printer.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Point]:
    """A point with no device fitted."""
    point = Point(tmp_path / "point", DevicesConfig())
    yield point
    point.close()


def signed(point: Point) -> SelfTested | None:
    """The newest self-test that the terminal has signed."""
    records = [each for each in point.journal.read(0, 1000) if each.header.kind == Kind.SELF_TESTED]
    fact = fact_of(records[-1], NO_KEYS) if records else None
    assert fact is None or isinstance(fact, SelfTested)
    return fact


def came_out(point: Point) -> dict[str, tuple[Verdict, str]]:
    """Every part of the signed self-test."""
    fact = signed(point)
    return {part.part: (part.verdict, part.reason) for part in fact.parts} if fact is not None else {}


def test_a_whole_self_test_is_signed_within_a_minute_and_its_slip_tells_how_it_came_out(bench: Bench) -> None:
    point, began_s = bench.point, time.monotonic()
    point.do(*BEGIN)
    assert isinstance(point.seen.view, TouchGridView)
    point.do(*ALL_CELLS)
    for level, words in ((5, "“非常满意”"), (4, "“满意”"), (3, "“基本满意”"), (2, "“不满意”"), (1, "“非常不满意”")):
        bench.press(level, words)
    bench.until(bench.says("请打印自检单"), "the last key")
    point.do(Next())
    bench.until(bench.says("查完了"), "the slip")
    assert Kind.SELF_TESTED not in [record.header.kind for record in point.journal.read(0, 1000)]
    point.do(Next())
    assert time.monotonic() - began_s < 60
    results = came_out(point)
    assert results["touch"] == results["rating_pad"] == results["receipt_printer"] == (Verdict.OK, "")
    assert results["network"] == (Verdict.FAULT, "never_heard")
    assert results["clock"] == (Verdict.NOT_CHECKED, "steered")
    paper = bench.printer.pieces()[0]
    assert "设备自检单" in paper.text
    assert "◆ 网络 有问题，还没有连上过县里" in "".join(paper.text.split("\n"))
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(paper.png)))
    assert code.text.split("\n")[:2] == ["SUNPOINT-TEST 1 990101102203-01 20261123-1432", "FAULT network never_heard"]
    assert code.text.isascii()
    assert Kind.RATING_GIVEN not in [record.header.kind for record in point.journal.read(0, 1000)]


def test_a_key_that_says_something_else_is_a_fault_and_ends_the_questions(bench: Bench) -> None:
    bench.point.do(*BEGIN, *ALL_CELLS)
    bench.press(2, "“非常满意”")
    bench.until(bench.says("请打印自检单"), "the end of the pad's test")
    bench.point.do(Next())
    bench.until(bench.says("查完了"), "the slip")
    bench.point.do(Next())
    assert came_out(bench.point)["rating_pad"] == (Verdict.FAULT, "key_very_satisfied_wrong")
    assert "评价器 有问题，“非常满意”键对不上" in bench.printer.pieces()[0].text.replace("\n", "")


def test_a_printer_without_paper_is_a_fault_and_the_result_is_signed_all_the_same(bench: Bench) -> None:
    bench.printer.pull(paper_out=True)
    bench.point.do(*BEGIN, Do("dead"))
    bench.until(bench.says("“非常满意”"), "the first key")
    bench.point.do(Do("skip"), Next())
    bench.until(bench.says("查完了"), "the printer's word")
    bench.point.do(Next())
    results = came_out(bench.point)
    assert results["receipt_printer"] == (Verdict.FAULT, "paper_out")
    assert results["rating_pad"] == (Verdict.NOT_CHECKED, "skipped")
    assert results["touch"] == (Verdict.FAULT, "not_all_touched")


@pytest.mark.parametrize(("answer", "result"), [("resume", (Verdict.OK, "")), ("give_up", (Verdict.FAULT, "given_up"))])
def test_a_slip_that_stands_still_in_the_middle_of_its_paper_goes_on_or_is_given_up(
    bench: Bench, answer: str, result: tuple[Verdict, str]
) -> None:
    bench.printer.pull(lines_left=6)
    bench.point.do(*BEGIN, Do("dead"))
    bench.until(bench.says("“非常满意”"), "the first key")
    bench.point.do(Do("skip"), Next())
    bench.until(bench.says("打到一半没有纸了"), "the word that it stands still")
    bench.printer.pull(paper_out=False, lines_left=None)
    bench.point.do(Do("paper", answer))
    bench.until(bench.says("查完了"), "the end of the slip")
    bench.point.do(Next())
    assert came_out(bench.point)["receipt_printer"] == result


def test_what_is_not_fitted_or_was_skipped_is_never_called_well(bare: Point) -> None:
    bare.do(*BEGIN, Do("skip"), Next(), Next())
    assert bare.notices == ["结果已签名存下：本机第 8 条"]
    results = came_out(bare)
    for part in ("receipt_printer", "rating_pad"):
        assert results[part] == (Verdict.NOT_CHECKED, "not_configured")
    assert results["touch"] == (Verdict.NOT_CHECKED, "skipped")
    shown = {row.title: row.light.text for row in rows(bare) if row.light is not None}
    assert (shown["打印机"], shown["触摸屏"], shown["网络"]) == ("没有查", "没有查", "有问题")


def test_a_self_test_that_is_left_before_its_end_is_not_written_down(bare: Point) -> None:
    bare.do(*BEGIN, Do("skip"), Back())
    assert bare.place == "desk"
    assert signed(bare) is None
    bare.do(Open("self_test"))
    assert "没有查的，会写明没有查" in repr(bare.page), "it begins anew"


def rows(point: Point) -> tuple[RowView, ...]:
    """The lines of the result."""
    return next(block.rows for block in point.page.blocks if isinstance(block, Rows))


def test_every_device_every_verdict_and_every_reason_has_its_words() -> None:
    assert {device.value for device in Device} <= set(PARTS)
    assert {verdict.value for verdict in Verdict} == set(VERDICTS)
    assert {reason.value for reason in Reason if reason is not Reason.NONE} <= set(REASONS)
    assert reason_words("key_very_dissatisfied_wrong") == "“非常不满意”键对不上"
    assert {word.name.lower(): word.value for word in KeyWord} == KEYS
    assert reason_words("of_a_newer_driver") == "of_a_newer_driver"

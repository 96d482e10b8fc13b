"""Every fault of the printer as the desk meets it: what is shown, what is recorded, and what lies on the paper.

One point with one case; every fault is met by one more copy of its receipt.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.config import parse_devices
from devices.ports import Device, DeviceState
from devices.printer.profile import read_profile
from devices.sim.printer import PrinterLevers, SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from kiosk.assets import Assets
from kiosk.intents import Do, Next, Open
from kiosk.pages import Actions
from kiosk.projections.papers import SlipRow
from sync.model.facts import Kind, SlipKind, SlipResult
from tests.devices.bench import QUICK
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import AtThePoint, Point

LINES_A_STEP = int(os.environ.get("SUNPOINT_LINES_A_STEP", "7"))
"""1 is each line, which takes a while."""
LAST_WORDS = "监督"
"""Near the end of every receipt, and nowhere else in it."""
HEALED = PrinterLevers()
PRINTING_AGAIN, GOING_ON = ("print_again",), ("paper_resume", "paper_give_up")
LOOK, LOOK_AT_PART = ("paper_seen", "paper_missing"), ("paper_seen", "paper_in_part")
KEEPS_REST = "打印机里还有没打完的半张，换纸前请把打印机关一下再开；要是打出来了，请收回。"


@dataclass
class Desk(AtThePoint):
    """A point at the papers of a case, and its printer."""

    point: Point
    printer: SimulatedPrinter
    case_no: str = ""

    def close(self) -> None:
        """Switch off."""
        self.point.close()
        self.printer.close()

    def heal(self) -> None:
        """Put everything right, and no paper is left hanging."""
        self.printer.pull(**{name: getattr(HEALED, name) for name in HEALED.__struct_fields__})
        self.until(lambda: self.state() is DeviceState.READY, "the printer")
        self.until(self.printer.is_idle, "the printer's rest")

    def state(self) -> DeviceState:
        return self.point.hub.statuses()[Device.RECEIPT_PRINTER].state

    def print(self) -> None:
        """Ask for a copy of the receipt and wait until it has ended, or stands still."""
        before = len(self.slips())
        self.point.do(Do("print"))
        self.until(lambda: len(self.slips()) > before, "the issue")
        self.until(self.is_decided, "the end, or a question")

    def print_until_something_is_out(self) -> None:
        """Ask for a copy of the receipt and wait for its first line."""
        papers = len(self.printer.pieces())
        self.point.do(Do("print"))
        self.until(lambda: len(self.printer.pieces()) > papers, "the first line")

    def print_and_run_out(self) -> None:
        """Ask for a copy of the receipt on a roll that ends in the middle of it."""
        self.printer.pull(lines_left=6)
        self.print()

    def print_first(self) -> None:
        """Choose the receipt among the papers of the case, and let it come out."""
        before = len(self.slips())
        self.point.do(Open("slip", SlipKind.RECEIPT.value))
        self.until(lambda: len(self.slips()) > before and self.slips()[-1].result is SlipResult.PRINTED, "a copy")

    def is_decided(self) -> bool:
        row = self.slips()[-1]
        return row.result is not None or self.point.print_room.held_as(row.issued_seq) is not None

    def ended(self) -> SlipRow:
        """Return the newest paper once it has ended."""
        self.until(lambda: self.slips()[-1].result is not None, "the end")
        return self.slips()[-1]

    def slips(self) -> list[SlipRow]:
        return self.point.desk.papers.slips(self.case_no)

    def new_paper(self) -> None:
        """Open the cover, put in a roll, close it."""
        self.printer.pull(cover_open=True)
        self.until(lambda: self.point.notices == ["请装好纸、合上盖子，再点“接着打”。"], "the word about the cover")
        self.printer.pull(cover_open=False, paper_out=False, lines_left=None)
        self.until(lambda: self.point.notices == ["打印机好了，请点“接着打”。"], "the word that it can go on")

    def choices(self) -> tuple[str, ...]:
        """What can be touched about the paper."""
        return tuple(
            each.target_id for block in self.point.page.blocks if isinstance(block, Actions) for each in block.actions
        )

    def strip(self) -> str:
        """What the strip says of the printer."""
        self.point.core.tick()
        assert self.point.seen.status is not None
        return self.point.seen.status.right[0].text

    def shows(self, sentence: str, choices: tuple[str, ...]) -> None:
        """The desk says this and offers that."""
        assert (self.point.notices, self.choices()) == ([sentence], choices)

    def recorded(self, result: SlipResult, reason: str) -> None:
        """The newest paper was written down so."""
        row = self.ended()
        assert (row.result, row.reason) == (result, reason)

    def words(self) -> str:
        """Everything on all papers."""
        self.until(self.printer.is_idle, "the printer's rest")
        return "\n".join(piece.text for piece in reversed(self.printer.pieces()))


def make_desk(folder: Path, profile: str) -> Desk:
    model = replace(read_profile(profile), speed_mm_s=500)
    printer = SimulatedPrinter(
        model, PtyPort(folder / "printer"), Typeface(Assets.from_environment({}).regular_font), 0
    )
    printer.start()
    config = parse_devices({"printer": {"profile": profile, "path": "printer", "baud": 115200}}, folder)
    assert config.printer is not None
    config = replace(config, printer=replace(config.printer, profile=model))
    point = Point(folder / "point", config, monotonic_s=time.monotonic, patience=QUICK)
    desk = Desk(point, printer)
    desk.heal()
    desk.point.do(*SIGN_IN, *TAKE_IN)
    desk.case_no = desk.point.session.case_no or ""
    desk.until(lambda: desk.slips()[-1].result is not None, "the first receipt")
    desk.point.do(Do("done"), Open("slip", desk.case_no))
    desk.print_first()
    return desk


@pytest.fixture(scope="module")
def wide_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = make_desk(tmp_path_factory.mktemp("wide"), "escpos-80")
    yield desk
    desk.close()


@pytest.fixture
def desk(wide_desk: Desk) -> Iterator[Desk]:
    """An 80 mm printer that answers everything and can forget."""
    wide_desk.heal()
    yield wide_desk
    wide_desk.heal()


@pytest.fixture
def slow_desk(desk: Desk) -> Iterator[Desk]:
    """The same, slow enough to do something in the middle of a receipt."""
    desk.printer.hurry(400)
    yield desk
    desk.printer.hurry(0)


@pytest.fixture(scope="module")
def narrow_desk_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = make_desk(tmp_path_factory.mktemp("narrow"), "escpos-58")
    yield desk
    desk.close()


@pytest.fixture
def narrow_desk(narrow_desk_of_all: Desk) -> Iterator[Desk]:
    """A 58 mm printer that answers, and can neither forget nor show that it has come to the end."""
    narrow_desk_of_all.heal()
    yield narrow_desk_of_all
    narrow_desk_of_all.heal()


BEFORE = {
    "paper_out": ("没有打印：打印机没有纸了，装好纸再打印。", "打印机 没有纸", "paper_out"),
    "cover_open": ("没有打印：打印机盖子没合上，合好再打印。", "打印机 盖子没合上", "cover_open"),
    "overheat": ("没有打印：打印机太热了，凉一会儿再打印。", "打印机 太热，要凉一会儿", "overheated"),
    "offline": ("没有打印：打印机停住了，请按一下打印机上的键再打印。", "打印机 有故障", "offline"),
    "cutter_jam": (
        "没有打印：切纸刀卡住了，请关掉打印机，清好卡纸再开。编号请先抄下来。",
        "打印机 切纸刀卡住",
        "cutter",
    ),
    "dead": ("没有打印：打印机没有反应，请看看电源和连线。编号请先抄下来。", "打印机 情况不明", "no_answer"),
    "unplug": ("没有打印：打印机没接上。编号请先抄下来。", "打印机 没接上", "unplugged"),
}


@pytest.mark.parametrize("fault", BEFORE)
def test_fault_printer_before_a_slip_means_not_printed_and_nothing_comes_out_later(desk: Desk, fault: str) -> None:
    sentence, strip, reason = BEFORE[fault]
    before = desk.words()
    desk.printer.pull(**{fault: True})
    desk.until(lambda: desk.strip() == strip, strip)
    desk.print()
    desk.shows(sentence, PRINTING_AGAIN)
    desk.recorded(SlipResult.NOT_PRINTED, reason)
    desk.heal()
    assert desk.words() == before


def test_fault_printer_paper_near_its_end_is_said_and_printed(desk: Desk) -> None:
    desk.printer.pull(near_end=True)
    desk.until(lambda: desk.strip() == "打印机 纸快用完", "the word about the paper")
    desk.print()
    desk.shows("已打印", PRINTING_AGAIN)


def test_fault_printer_paper_ends_in_the_middle_and_the_slip_goes_on(slow_desk: Desk) -> None:
    desk = slow_desk
    before = desk.words()
    desk.print_and_run_out()
    desk.shows("打到一半没有纸了。请换纸，换好后点“接着打”。", GOING_ON)
    assert desk.strip() == "打印机 没有纸"
    desk.new_paper()
    desk.point.do(Do("paper", "resume"))
    assert desk.point.notices == ["正在打印……"]
    desk.recorded(SlipResult.PRINTED, "in_two_parts")
    desk.shows("已打印，换过纸，分成两段。二维码断开了就再打印一张。", PRINTING_AGAIN)
    assert desk.words().count(LAST_WORDS) == before.count(LAST_WORDS) + 1


def test_fault_printer_paper_ends_in_the_middle_and_nobody_wants_the_rest(desk: Desk) -> None:
    desk.print_and_run_out()
    desk.point.do(Do("paper", "give_up"))
    desk.recorded(SlipResult.UNKNOWN, "given_up")
    desk.shows("这张没有打完，请收回，不要交给申请人。", PRINTING_AGAIN)
    before = desk.words()
    desk.heal()
    assert desk.words() == before
    copies = desk.slips()[-1].copy
    desk.print()
    assert f"（补打第 {copies + 1} 次）" in desk.words()


def test_fault_printer_paper_ends_in_the_middle_and_the_visitor_has_gone(desk: Desk) -> None:
    desk.print_and_run_out()
    desk.point.visit.end()
    desk.recorded(SlipResult.UNKNOWN, "given_up")
    before = desk.words()
    desk.heal()
    assert desk.words() == before
    desk.point.do(*SIGN_IN, Open("slip", desk.case_no))
    desk.print_first()


def test_fault_printer_paper_ends_in_the_middle_and_the_agent_goes_on(desk: Desk) -> None:
    """What nobody is shown nobody can answer for."""
    desk.print_and_run_out()
    desk.point.do(Next())
    desk.recorded(SlipResult.UNKNOWN, "given_up")
    desk.heal()
    desk.point.do(Open("slip", desk.case_no))
    desk.print_first()


def test_fault_printer_paper_ends_in_the_middle_of_a_model_that_cannot_show_its_end(narrow_desk: Desk) -> None:
    desk = narrow_desk
    desk.print_and_run_out()
    desk.recorded(SlipResult.UNKNOWN, "paper_out")
    assert desk.point.notices == ["打到一半没有纸了。请看看打全没有；没打全，换好纸再重打。", KEEPS_REST]
    assert desk.choices() == LOOK_AT_PART
    desk.until(lambda: desk.strip() == "打印机 没有纸 · 有半张没打完", "the word on the strip")
    desk.heal()
    copies = desk.slips()[-1].copy
    desk.point.do(Do("paper", "in_part"))
    desk.recorded(SlipResult.PRINTED, "none")
    assert f"（补打第 {copies + 1} 次）" in desk.words()
    assert [row.reason for row in desk.slips()[-2:]] == ["seen_in_part", "none"]


def test_fault_printer_too_hot_in_the_middle_goes_on_by_itself(slow_desk: Desk) -> None:
    desk = slow_desk
    desk.print_until_something_is_out()
    desk.printer.pull(overheat=True)
    desk.until(desk.is_decided, "the word that it is too hot")
    desk.shows("打印机太热了，凉一会儿会自己接着打，请稍等。", ("paper_give_up",))
    desk.printer.pull(overheat=False)
    desk.recorded(SlipResult.PRINTED, "none")


def test_fault_printer_cover_opened_in_the_middle_is_asked_about(slow_desk: Desk) -> None:
    desk = slow_desk
    desk.print_until_something_is_out()
    desk.printer.pull(cover_open=True)
    desk.recorded(SlipResult.UNKNOWN, "cover_open")
    desk.shows("打到一半盖子开了。请看看打全没有；没打全，合好盖子再重打。", LOOK_AT_PART)


@pytest.mark.parametrize("fault", ["unplug", "dead", "brown_out"])
def test_fault_printer_lost_in_the_middle_is_asked_about_and_a_copy_is_whole(slow_desk: Desk, fault: str) -> None:
    desk = slow_desk
    desk.print_until_something_is_out()
    desk.printer.pull(**{fault: True})
    desk.recorded(SlipResult.UNKNOWN, "unplugged" if fault == "unplug" else "no_answer")
    desk.shows("不知道打出来没有，请看一看", LOOK)
    desk.heal()
    before = desk.words().count(LAST_WORDS)
    desk.point.do(Do("paper", "missing"))
    desk.recorded(SlipResult.PRINTED, "none")
    assert desk.words().count(LAST_WORDS) == before + 1


def test_the_paper_ending_at_each_line_of_a_receipt_leaves_journal_and_paper_in_agreement(desk: Desk) -> None:
    """What is called printed is on the paper whole, once, and nothing comes out afterwards."""
    left, before, slips, was_held = 1, desk.words().count(LAST_WORDS), 0, True
    while was_held:
        left, slips = left + LINES_A_STEP, slips + 1
        desk.printer.pull(lines_left=left)
        desk.print()
        was_held = desk.slips()[-1].result is None
        if was_held:
            desk.printer.pull(paper_out=False, lines_left=None)
            desk.point.do(Do("paper", "resume"))
        assert desk.ended().result is SlipResult.PRINTED
        desk.heal()
        assert desk.words().count(LAST_WORDS) == before + slips
    assert left > 20


def test_every_paper_of_the_day_has_an_end_in_the_record(desk: Desk, narrow_desk: Desk) -> None:
    for each in (desk, narrow_desk):
        kinds = [Kind(record.header.kind) for record in each.point.journal.read(0, 10_000)]
        assert kinds.count(Kind.SLIP_ENDED) >= kinds.count(Kind.SLIP_ISSUED)
        assert all(row.result is not None for row in each.slips())

"""The desk with a real printer line and a real pad line: what paper and pad do, and what is written down of it."""

from __future__ import annotations

import resource
import signal
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.config import parse_devices
from devices.ports import Device, DeviceState, JobEnded, Outcome, Stray, StrayKey
from devices.printer.profile import read_profile
from devices.sim.pad import SimulatedPad
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from kiosk.assets import Assets
from kiosk.desk import SYSTEM
from kiosk.intents import Dismiss, Do, Next, Open, Scanned, Sign, Typed
from kiosk.item_code import item_qr_text
from kiosk.own_views import RatingView
from kiosk.printing import RUN_ENDED
from kiosk.rating import STRAYS_MAX, STRAYS_MS
from sync.model.facts import (
    Channel,
    Kind,
    RatingGiven,
    RatingInvited,
    SlipIssued,
    SlipKind,
    SlipResult,
    Stage,
    StrayKeysSeen,
)
from sync.reading import NO_KEYS, fact_of
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
    TAKE_IN,
    TAKE_IN_ANOTHER,
)
from tests.kiosk.point import AtThePoint, Point

UNSAVED = "这一步没有存上：本机存不进去了。请先用纸质表登记，并请技术员处理。已经存好的都在。"


@dataclass
class Counter(AtThePoint):
    """A point with a printer and a pad that a test can break."""

    point: Point
    printer: SimulatedPrinter
    pad: SimulatedPad

    def kinds(self) -> list[Kind]:
        """The kinds of the records, in order."""
        return [Kind(record.header.kind) for record in self.point.journal.read(0, 1000)]

    def result(self) -> SlipResult | None:
        """What is known of the newest paper of the case."""
        return self.point.desk.papers.slips(self.point.session.case_no or "")[-1].result


class FailingDisk:
    """No file of this process may grow: writing fails below SQLite."""

    def __init__(self, point: Point) -> None:
        """Know the file that is written first."""
        self._log = point.directory / "journal.db-wal"

    def __enter__(self) -> None:
        """Break the disk."""
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        self._handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._log.stat().st_size, self._limits[1]))

    def __exit__(self, *_: object) -> None:
        """Mend it."""
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)
        signal.signal(signal.SIGXFSZ, self._handler)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A point whose printer and pad are ready."""
    typeface = Typeface(Assets.from_environment({}).regular_font)
    printer = SimulatedPrinter(read_profile("escpos-58", ()), PtyPort(tmp_path / "printer"), typeface, 2_000)
    pad = SimulatedPad(PtyPort(tmp_path / "pad"), time.monotonic)
    printer.start()
    pad.start()
    config = parse_devices(
        {"printer": {"profile": "escpos-58", "path": "printer"}, "pad": {"model": "pj06", "path": "pad"}}, tmp_path
    )
    point = Point(tmp_path / "point", config, monotonic_s=time.monotonic)
    made = Counter(point, printer, pad)
    made.until(lambda: point.hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.READY, "the printer")
    made.until(lambda: point.hub.statuses()[Device.RATING_PAD].state is not DeviceState.STARTING, "the pad")
    yield made
    point.close()
    pad.close()
    printer.close()


def rated(counter: Counter) -> list[RatingGiven]:
    """Every rating that was written down."""
    number = counter.point.session.case_no or ""
    return [fact for _, fact in counter.point.desk.story(number) if isinstance(fact, RatingGiven)]


def test_a_receipt_is_called_printed_when_the_printer_says_so(counter: Counter) -> None:
    counter.point.do(*SIGN_IN, *TAKE_IN)
    counter.until(lambda: counter.result() is not None, "the printer's word")
    assert counter.result() is SlipResult.PRINTED
    assert "已打印" in counter.point.notices
    paper = counter.printer.pieces()[0].text
    assert "代办收件回执" in paper
    assert "李＊兰" in paper
    assert "李秀兰" not in paper
    assert "最迟11月30日办结" in paper


def test_the_question_about_a_new_receipt_is_of_the_case_that_it_was_asked_for(tmp_path: Path) -> None:
    point = Point(tmp_path)
    point.do(*SIGN_IN, *TAKE_IN)
    first = point.session.case_no or ""
    point.do(Do("done"), *TAKE_IN_ANOTHER)
    second = point.session.case_no or ""
    point.do(Do("done"), Open("slip", first), Do("renew"))
    assert any("旧回执" in each for each in point.notices)
    point.do(Next(), Open("slip", second))
    assert not any("旧回执" in each for each in point.notices)
    point.do(Do("renew", "checked"))
    assert Kind.CASE_KEY_CHANGED not in [Kind(record.header.kind) for record in point.journal.read(0, 1000)]
    point.do(Do("renew"), Do("renew", "checked"))
    assert point.desk.record_of(second, Kind.CASE_KEY_CHANGED) is not None
    point.close()


def test_a_button_of_a_paper_that_is_touched_again_and_again_prints_one(counter: Counter) -> None:
    point = counter.point
    point.do(Scanned(item_qr_text("elder_allowance", point.point_packs.profile.receipt_host)))
    point.do(*[Do("print_checklist"), Do("print_guide")] * 3)
    assert counter.kinds().count(Kind.SLIP_ISSUED) == 1
    point.visit.tell(JobEnded("of somebody else", Outcome.PRINTED))
    assert point.notices == ["正在打印……"]
    counter.until(lambda: point.notices == ["已打印"], "the checklist")
    point.visit.end()
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Open("slip", number), *[Open("slip", "receipt")] * 3)
    assert len(point.desk.papers.slips(number)) == 1


def test_a_paper_that_ends_while_the_disk_takes_nothing_is_told_of_as_soon_as_it_does(counter: Counter) -> None:
    point = counter.point

    def printer_is(state: DeviceState) -> bool:
        return point.hub.statuses()[Device.RECEIPT_PRINTER].state is state

    point.do(*SIGN_IN, *TAKE_IN)
    with FailingDisk(point):
        counter.until(lambda: printer_is(DeviceState.BUSY), "the receipt under way")
        counter.until(lambda: printer_is(DeviceState.READY), "the receipt's end")
        assert counter.result() is None
    point.core.tick()
    assert counter.result() is SlipResult.PRINTED
    assert "已打印" in point.notices
    assert counter.kinds().count(Kind.SLIP_ENDED) == 1


def test_a_disk_that_takes_nothing_when_the_program_starts_lets_it_start(tmp_path: Path) -> None:
    point = Point(tmp_path)
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    seq = point.desk.note(SlipIssued(slip=SlipKind.RECEIPT, copy=1), SYSTEM, number)
    point.desk.note(RatingInvited(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD), SYSTEM, number)
    # Somebody who reads keeps the log of what was written from being put away, as a power cut does.
    reader = sqlite3.connect(tmp_path / "journal.db")
    reader.execute("SELECT seq FROM records").fetchone()
    point.close()
    with FailingDisk(point):
        point = Point(tmp_path)
        assert point.place == "home"
        assert len(point.desk.papers.unanswered()) == 1
    point.core.tick()
    row = point.desk.papers.slip(seq)
    assert row is not None
    assert (row.result, row.reason) == (SlipResult.UNKNOWN, RUN_ENDED)
    assert point.desk.papers.unanswered() == []
    point.close()
    reader.close()


def test_without_paper_nothing_is_printed_and_nothing_comes_out_later(counter: Counter) -> None:
    counter.printer.pull(paper_out=True)
    counter.point.do(*SIGN_IN, *TAKE_IN)
    counter.until(lambda: counter.result() is not None, "the printer's word")
    assert counter.result() is SlipResult.NOT_PRINTED
    assert "没有打印：打印机没有纸了，装好纸再打印。" in counter.point.notices
    counter.printer.pull(paper_out=False)
    counter.until(
        lambda: counter.point.hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.READY, "the printer"
    )
    assert counter.printer.pieces() == []
    counter.point.do(Do("print"))
    counter.until(lambda: counter.result() is SlipResult.PRINTED, "the receipt")
    assert "补打" not in counter.printer.pieces()[0].text


def test_a_printer_unplugged_in_the_middle_is_asked_about_and_a_second_paper_is_marked(counter: Counter) -> None:
    counter.printer.pull(slow=True, lines_left=6)
    counter.point.do(*SIGN_IN, *TAKE_IN)
    counter.until(lambda: counter.printer.levers.paper_out or counter.result() is not None, "half a receipt")
    counter.printer.pull(unplug=True)
    counter.until(lambda: counter.result() is not None, "the printer's end")
    assert counter.result() is SlipResult.UNKNOWN
    assert "不知道打出来没有，请看一看" in counter.point.notices
    counter.printer.pull(unplug=False, slow=False, paper_out=False, lines_left=None)
    counter.until(
        lambda: counter.point.hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.READY, "the printer"
    )
    counter.point.do(Do("paper", "seen"), Do("print"))
    counter.until(lambda: counter.result() is SlipResult.PRINTED, "the reprint")
    assert "（补打第 1 次）" in counter.printer.pieces()[0].text


def test_a_key_on_the_pad_becomes_the_rating_of_this_case(counter: Counter) -> None:
    counter.point.do(*SIGN_IN, *TAKE_IN, Next())
    counter.until(lambda: counter.pad.face().is_asking, "the pad's question")
    time.sleep(0.3)  # nobody reads a prompt and presses in less than a fifth of a second
    counter.pad.press(5)
    counter.until(lambda: bool(rated(counter)), "the rating")
    [rating] = rated(counter)
    assert (rating.level, rating.key) == (1, 5)
    view = counter.point.seen.view
    assert isinstance(view, RatingView)
    assert view.thanks
    assert "非常不满意" not in repr(view)


def test_a_button_that_is_touched_twice_rates_once_and_thanks(tmp_path: Path) -> None:
    point = Point(tmp_path)
    point.do(*SIGN_IN, *TAKE_IN, Next(), Do("rate", "2"), Do("rate", "5"))
    assert isinstance(point.seen.view, RatingView)
    assert point.seen.view.thanks
    [rating] = [fact for _, fact in point.desk.story(point.session.case_no or "") if isinstance(fact, RatingGiven)]
    assert rating.level == 2
    point.close()


def test_a_key_before_the_prompt_is_not_a_rating(counter: Counter) -> None:
    counter.point.do(*SIGN_IN)
    counter.pad.press(1)
    counter.until(lambda: Kind.STRAY_KEYS_SEEN in counter.kinds(), "the stray key")
    counter.point.do(*TAKE_IN, Next())
    counter.until(lambda: counter.pad.face().is_asking, "the pad's question")
    counter.point.do(Do("skip"))
    assert rated(counter) == []
    assert counter.kinds()[-1] in (Kind.RATING_NOT_GIVEN, Kind.SLIP_ENDED)
    assert Kind.RATING_NOT_GIVEN in counter.kinds()


def test_noise_on_the_line_is_not_a_rating(counter: Counter) -> None:
    counter.point.do(*SIGN_IN, *TAKE_IN, Next())
    counter.until(lambda: counter.pad.face().is_asking, "the pad's question")
    counter.pad.noise(bytes.fromhex("ff00fe"))
    counter.until(lambda: Kind.STRAY_KEYS_SEEN in counter.kinds(), "the noise")
    assert rated(counter) == []


def test_a_key_that_is_stuck_overnight_fills_no_journal_and_is_counted_to_the_last(tmp_path: Path) -> None:
    point = Point(tmp_path)
    sent = 40
    for _ in range(sent):
        point.rating_desk.stray(StrayKey(Stray.EARLY, 1), point.clock.boot_ms())
    point.clock.advance(STRAYS_MS)
    point.core.tick()
    records = [record for record in point.journal.read(0, 1000) if record.header.kind == Kind.STRAY_KEYS_SEEN]
    strays = [fact_of(record, NO_KEYS) for record in records]
    assert len(strays) == STRAYS_MAX + 1
    assert sum(each.count for each in strays if isinstance(each, StrayKeysSeen)) == sent
    point.close()


def test_a_pad_that_does_not_answer_leaves_the_screen_and_its_late_key_is_no_second_rating(counter: Counter) -> None:
    counter.point.do(*SIGN_IN, *TAKE_IN, Next())
    counter.until(lambda: counter.pad.face().is_asking, "the pad's question")
    counter.point.do(Do("on_screen"))
    view = counter.point.seen.view
    assert isinstance(view, RatingView)
    assert len(view.levels) == 5
    counter.point.do(Do("rate", "2"))
    counter.pad.press(1)
    counter.until(lambda: Kind.STRAY_KEYS_SEEN in counter.kinds(), "the late key")
    [rating] = rated(counter)
    assert (rating.level, rating.visit, rating.channel) == (2, 1, Channel.SCREEN)
    assert Kind.RATING_NOT_GIVEN not in counter.kinds()


def test_a_disk_that_takes_nothing_at_the_signature_loses_nothing_and_says_so(counter: Counter) -> None:
    point = counter.point
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next())
    point.do(*MARK_PAPERS, Next(), Sign("signature", SIGNATURE))
    before = counter.kinds()
    with FailingDisk(point):
        point.do(Next())
        assert point.place == "review"
        assert UNSAVED in point.notices
    assert counter.kinds() == before
    assert len(point.desk.drafts.of_agent("A01")) == 1
    point.do(Next())
    assert point.place == "receipt"


def test_a_disk_that_takes_no_draft_says_so_at_once_and_the_form_can_go_on_later(counter: Counter) -> None:
    point = counter.point
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())
    with FailingDisk(point):
        point.do(Typed("applicant_name", "李秀兰"))
        assert point.seen.overlay is not None
        assert point.seen.overlay.text == UNSAVED
        point.do(Dismiss())
        assert point.seen.overlay is None
    point.do(*FILL_ELDER_ALLOWANCE, Next())
    assert point.place == "marks"


def test_a_rating_that_the_disk_does_not_take_can_be_given_again(counter: Counter) -> None:
    point = counter.point
    point.do(*SIGN_IN, *TAKE_IN, Next())
    counter.until(lambda: counter.pad.face().is_asking, "the pad's question")
    time.sleep(0.3)  # nobody reads a prompt and presses in less than a fifth of a second
    with FailingDisk(point):
        counter.pad.press(5)
        counter.until(lambda: point.seen.overlay is not None, "the word that it was not saved")
        assert point.seen.overlay is not None
        assert point.seen.overlay.text == UNSAVED
    assert rated(counter) == []
    point.do(Dismiss(), Do("on_screen"))
    with FailingDisk(point):
        point.do(Do("rate", "1"))
        assert not point.session.thanked
    point.do(Dismiss(), Do("rate", "1"))
    assert point.session.thanked
    [rating] = rated(counter)
    assert (rating.level, rating.channel) == (1, Channel.SCREEN)
    assert Kind.RATING_NOT_GIVEN not in counter.kinds()

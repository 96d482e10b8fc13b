"""`self-test` at an enrolled terminal whose screen does not run, with a simulated pad and printer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from devices.printer.profile import read_profile
from devices.rating_pad.model import MODELS
from devices.sim.pad import SimulatedPad
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from kiosk.assets import Assets
from provisioning.__main__ import main
from sync.clock import SystemClock
from sync.journal import Journal, JournalReader
from sync.keys import FileSigner
from sync.model.facts import ActorClass, Kind, SelfTested, TerminalStarted, Verdict
from sync.reading import NO_KEYS, fact_of
from sync.terminal import TerminalConfig, readers_of

KEYS = (1, 2, 5)
"""Of a pad with three keys, from the best down: every key that is asked for takes some seconds."""


@pytest.fixture
def begun(terminal: Path) -> Path:
    """A terminal whose screen has run once, with a printer on a fast line and a pad of three keys."""
    file = terminal / "terminal.json"
    told = json.loads(file.read_text())
    models = terminal / "models"
    models.mkdir()
    whole = (MODELS / "pj06.toml").read_text("utf-8").split("[[keys]]")
    (models / "pj06-three.toml").write_text("[[keys]]".join((*whole[:3], whole[5])), "utf-8")
    told["devices"] |= {"models": "models"}
    told["devices"]["pad"]["model"] = "pj06-three"
    told["devices"]["printer"] |= {"profile": "escpos-80", "baud": 115200}
    file.write_text(json.dumps(told))
    with_journal(terminal).close()
    return terminal


@pytest.fixture
def printer(begun: Path) -> Iterator[SimulatedPrinter]:
    """The printer that terminal.json names."""
    place = begun.parent / "devices" / "printer"
    place.unlink()
    typeface = Typeface(Assets.from_environment({}).regular_font)
    made = SimulatedPrinter(read_profile("escpos-80"), PtyPort(place), typeface, 2_000)
    made.start()
    yield made
    made.close()


@pytest.fixture
def pad(begun: Path) -> Iterator[SimulatedPad]:
    """The pad that terminal.json names."""
    place = begun.parent / "devices" / "pad"
    place.unlink()
    made = SimulatedPad(PtyPort(place), time.monotonic)
    made.start()
    yield made
    made.close()


def with_journal(data: Path) -> Journal:
    """Open the terminal's journal as the screen does, with a first record in it."""
    config = TerminalConfig.load(data)
    signer = FileSigner.load(data / config.record_key)
    journal = Journal.open_or_create(data / "journal.db", signer, readers_of(data, config, None), SystemClock())
    with journal.transaction() as writing:
        started = TerminalStarted(version="1", recovered=False)
        writing.append(started, actor="system", actor_class=ActorClass.SYSTEM)
    return journal


def signed(data: Path) -> list[SelfTested]:
    """Every self-test in the journal, by a technician."""
    reader = JournalReader.open(data / "journal.db")
    try:
        records = [each for each in reader.read(0, 100) if each.header.kind == Kind.SELF_TESTED]
    finally:
        reader.close()
    assert all(record.header.actor_class is ActorClass.TECHNICIAN for record in records)
    facts = [fact_of(record, NO_KEYS) for record in records]
    return [fact for fact in facts if isinstance(fact, SelfTested)]


def test_a_technician_tests_a_terminal_without_its_screen(
    begun: Path, printer: SimulatedPrinter, pad: SimulatedPad, capsys: pytest.CaptureFixture[str]
) -> None:
    over = Event()

    def press_all() -> None:
        for at, key in enumerate(KEYS, start=1):
            while pad.face().prompts < at and not over.wait(0.01):
                pass
            over.wait(0.3)  # nobody reads a prompt and presses in less than a fifth of a second
            pad.press(key)

    hand = Thread(target=press_all)
    hand.start()
    try:
        assert main(["self-test", "--data", str(begun)]) == 1, "the line was never up: that is a fault"
    finally:
        over.set()
        hand.join()
    [test] = signed(begun)
    results = {part.part: (part.verdict, part.reason) for part in test.parts}
    assert results["rating_pad"] == results["receipt_printer"] == results["disk"] == (Verdict.OK, "")
    assert results["touch"] == (Verdict.NOT_CHECKED, "no_screen")
    assert results["network"] == (Verdict.FAULT, "never_heard")
    assert test.took_ms < 60_000
    paper = printer.pieces()[0].text
    assert "设备自检单" in paper
    assert "— 触摸屏 没有查，这里没有屏幕" in paper
    said = capsys.readouterr().out
    assert "请按评价器上的“非常不满意”键" in said
    assert "网络 有问题，还没有连上过县里" in said
    assert "结果已签名存下：本机第" in said


def test_devices_that_do_not_answer_are_told_by_name(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (begun.parent / "devices" / "printer").unlink()
    (begun.parent / "devices" / "pad").unlink()
    assert main(["self-test", "--data", str(begun), "--skip-pad"]) == 1
    said = capsys.readouterr().out
    assert "打印机 有问题，没接上" in said
    assert "评价器 有问题，没接上" in said
    assert "Traceback" not in said


def test_while_the_screen_runs_the_self_test_is_sent_to_it(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = with_journal(begun)
    try:
        assert main(["self-test", "--data", str(begun)]) == 1
    finally:
        journal.close()
    assert "屏幕程序正在运行" in capsys.readouterr().err
    assert signed(begun) == []


def test_a_terminal_that_never_ran_or_is_none_is_told_so(
    terminal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["self-test", "--data", str(terminal)]) == 1
    assert "屏幕程序没有运行过" in capsys.readouterr().err
    assert not (terminal / "journal.db").exists(), "the first record belongs to the screen"
    assert main(["self-test", "--data", str(tmp_path)]) == 1
    assert "doctor" in capsys.readouterr().err

"""No line at all: an agent takes the records to the township on a stick, and brings the county's answers back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.intents import Back, Do, Next, Open
from kiosk.pages import Notice
from provisioning.enrol import terminal_link
from sync.model.facts import Kind
from sync.terminal import TerminalConfig
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.village.ends import Ends, check_equal
from tests.village.scene import Scene, make_stage


@pytest.fixture
def place() -> Iterator[Path]:
    """Where sticks appear: on another file system than the machine's disk."""
    made = Path(tempfile.mkdtemp(prefix="sunpoint-sticks-", dir="/dev/shm"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def scene(made: Path, tmp_path: Path, place: Path) -> Iterator[Scene]:
    """A village whose terminal has a place for sticks and a second card, and whose gateway is out of reach."""
    shutil.copytree(made, tmp_path / "stage")
    stage = make_stage(tmp_path / "stage")
    config = TerminalConfig.load(stage.terminal_dir)
    (place / "card").mkdir()
    placed = replace(config, stick=str(place / "stick"), mirror=str(place / "card"), gateway_url="https://127.0.0.1:9")
    placed.save(stage.terminal_dir)
    scene = Scene(stage)
    yield scene
    scene.close()


def notice(scene: Scene) -> str:
    [said] = [block.text for block in scene.counter.page.blocks if isinstance(block, Notice)]
    return said


def answered_at_the_gateway(ends: Ends) -> bool:
    written = ends.county_records()
    return bool(written) and len(ends.of_chain(ends.gateway, written[0].header.chain)) == len(written)


def at_the_township(scene: Scene, stick: Path) -> None:
    """Somebody there sends the file and puts the answer onto the stick."""
    config = replace(TerminalConfig.load(scene.stage.terminal_dir), gateway_url=scene.stage.gateway_url)
    [file] = stick.glob("sunpoint-up-*.sun")
    answer = terminal_link(scene.stage.terminal_dir, config).post("/v1/bundles", file.read_bytes())
    (stick / "sunpoint-down.sun").write_bytes(answer[4 + int.from_bytes(answer[:4], "big") :])


def test_records_and_answers_travel_by_stick_and_nothing_is_claimed_before_it_is_so(scene: Scene, place: Path) -> None:
    counter, ends, stick = scene.counter, Ends(scene.stage), place / "stick"
    scene.start("sync")
    counter.do(*SIGN_IN, *TAKE_IN)
    case_no = counter.case_no
    counter.do(Do("done"), Next())
    counter.until(lambda: ends.terminal_records()[-1].header.kind == Kind.SLIP_ENDED, "the end of the receipt")
    counter.do(Open("stick"))
    assert counter.place == "stick"
    assert notice(scene) == "没有看到 U 盘。请插好 U 盘，等几秒。"
    assert counter.page.main is not None
    assert not counter.page.main.enabled
    stick.mkdir()
    counter.until(lambda: notice(scene) == "U 盘已经插好", "that the stick is seen")
    written = len(ends.terminal_records())
    counter.do(Next())
    counter.until(lambda: "可以拔出" in notice(scene), "that the stick is written")
    assert notice(scene) == f"已写入 {written} 条记录，可以拔出。县里还没有收到，请尽快带到镇上。"
    assert "县里已收到" not in " ".join(counter.strip)

    away = place / "away"
    shutil.move(stick, away)
    scene.start("gateway", "county")
    at_the_township(scene, away)
    scene.act("civil-intake", case_no, "accept")
    counter.until(lambda: answered_at_the_gateway(ends), "the county's answer at the gateway")
    at_the_township(scene, away)
    assert "县里已收到" not in " ".join(counter.strip)

    shutil.move(away, stick)
    counter.do(Do("read"))
    counter.until(lambda: "已读回" in notice(scene), "that the answer is read")
    assert f"县里已收到前 {written} 条" in notice(scene)
    counter.until_on_the_strip(f"县里已收到前 {written} 条")
    counter.until(lambda: ends.status_at_desk(case_no) == "accepted", "the county's move at the desk")
    told = [record.header.kind for record in ends.terminal_records()]
    assert (told.count(Kind.STICK_WRITTEN), told.count(Kind.STICK_READ)) == (1, 1)
    counter.do(Back())
    assert counter.place == "desk"

    scene.stop("sync")
    config = TerminalConfig.load(scene.stage.terminal_dir)
    replace(config, gateway_url=scene.stage.gateway_url).save(scene.stage.terminal_dir)
    scene.start("sync")
    counter.until(ends.settled, "that the line carries the rest")
    check_equal(ends)


def test_a_stick_that_is_pulled_out_and_a_card_that_is_missing_are_said(scene: Scene, place: Path) -> None:
    counter, stick = scene.counter, place / "stick"
    scene.start("sync")
    counter.until(lambda: list((place / "card").iterdir()), "the mirror")
    counter.do(*SIGN_IN, Open("stick"))
    stick.mkdir()
    counter.until(lambda: notice(scene) == "U 盘已经插好", "that the stick is seen")
    stick.rmdir()
    counter.do(Next())
    counter.until(lambda: notice(scene) == "没有看到 U 盘，什么也没有写。请插好再试。", "that it is missing")
    stick.mkdir()
    counter.do(Do("read"))
    counter.until(lambda: "没有给这台终端的回执" in notice(scene), "that there is no answer")
    assert "第二存储卡" not in " ".join(counter.strip)
    shutil.move(place / "card", place / "drawer")
    counter.until_on_the_strip("第二存储卡未插入")
    shutil.move(place / "drawer", place / "card")
    counter.until(lambda: "第二存储卡" not in " ".join(counter.strip), "that the card is back")

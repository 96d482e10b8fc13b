"""The doctor's sentences, one for each fault."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from provisioning.__main__ import main
from provisioning.agents import OPEN_KEY_FILE
from provisioning.doctor import Grade, examine
from provisioning.enrol import Enrolment, enrol
from provisioning.grant import grant, revoke
from provisioning.stage import Stage
from sync.clock import Clock, FixedClock, Steering, SystemClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass, SignInRefused
from sync.model.moment import stamp, wall_ms_at
from sync.protocol.acknowledgement import Acknowledgement
from sync.record import Link
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault, LineState
from sync.transport.transport import Transport
from tests.demo_desk import readers
from tests.provisioning.conftest import TODAY_MS

DAY_MS = 24 * 3600 * 1000


def troubles(data: Path, clock: Clock | None = None, machine: Clock | None = None) -> str:
    return _found(Grade.TROUBLE, data, clock, machine)


def notes(data: Path, clock: Clock | None = None, machine: Clock | None = None) -> str:
    return _found(Grade.NOTE, data, clock, machine)


def _found(grade: Grade, data: Path, clock: Clock | None, machine: Clock | None) -> str:
    found = examine(data, clock or FixedClock(TODAY_MS), machine or SystemClock())
    return "\n".join(str(finding) for finding in found if finding.grade is grade)


def write_records(data: Path, count: int) -> Link:
    signer = FileSigner.load(data / "keys" / "record.pem")
    journal = Journal.open_or_create(data / "journal.db", signer, readers(data), FixedClock(TODAY_MS))
    with journal.transaction() as transaction:
        for tries in range(count):
            transaction.append(SignInRefused(tries=tries), actor="kiosk", actor_class=ActorClass.SYSTEM)
    head = journal.head()
    journal.close()
    return head


def acknowledge(data: Path, link: Link, at_ms: int) -> None:
    transport = Transport.open_or_create(data / "transport.db")
    transport.keep_acknowledgement(Acknowledgement(link, at_ms), b"answer")
    transport.close()


@pytest.mark.parametrize("name", ["opening.statement", "escrow.statement"])
def test_a_terminal_that_can_seal_to_nobody_is_said(terminal: Path, name: str) -> None:
    assert "正文封给县里和本机" in _found(Grade.WELL, terminal, None, None)
    (terminal / "keys" / name).write_bytes(b"nonsense")
    assert "县里的开封声明不能用" in _found(Grade.TROUBLE, terminal, None, None)


def test_a_sound_terminal_has_no_trouble(terminal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acknowledge(terminal, write_records(terminal, 3), TODAY_MS)
    assert troubles(terminal) == ""
    steering = terminal.parent / "clock.json"
    Steering(SystemClock().wall_ms(), TODAY_MS).write(steering)
    assert main(["doctor", "--data", str(terminal), "--clock", str(steering)]) == 0
    said = capsys.readouterr().out
    assert "3 条记录，签名和顺序都对" in said
    assert "全部已送到县里" in said
    assert "没有发现问题" in said


def test_a_machine_that_is_not_enrolled_is_told_to_enrol(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    assert "还没有入网" in capsys.readouterr().out


def test_a_key_that_others_may_read(terminal: Path) -> None:
    (terminal / "keys" / "record.pem").chmod(0o644)
    assert "记录密钥不能用" in troubles(terminal)


def test_a_tls_key_that_is_gone(terminal: Path) -> None:
    (terminal / "keys" / "tls-key.pem").unlink()
    assert "TLS 密钥不能用" in troubles(terminal)


def test_a_certificate_for_another_key(terminal: Path) -> None:
    (terminal / "keys" / "tls-key.pem").unlink()
    FileSigner.create(terminal / "keys" / "tls-key.pem")
    assert "终端证书与密钥、县根或点名不符" in troubles(terminal)


def test_a_record_key_that_the_county_does_not_know(terminal: Path) -> None:
    (terminal / "keys" / "record.pem").unlink()
    FileSigner.create(terminal / "keys" / "record.pem")
    assert "县里登记的是另一把记录密钥" in troubles(terminal)


def test_a_root_that_was_replaced(terminal: Path, stage: Stage) -> None:
    path = terminal / "keys" / "root-certificate.pem"
    path.write_bytes(b"nothing")
    assert "县根证书不能用" in troubles(terminal)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (-30, "早于证书签发日"),
        (500, "到期（仍可上传）"),
        (150, ""),
        (300, "该续期了"),
        (1080, "到期，请县里续期"),
        (1200, "照常上传，请县里续期"),
    ],
)
def test_the_certificate_s_dates_are_held_against_the_machine_s_clock(terminal: Path, days: int, sentence: str) -> None:
    machine = FixedClock(SystemClock().wall_ms() + days * DAY_MS)
    found = troubles(terminal, machine=machine) + notes(terminal, machine=machine)
    assert sentence in found
    assert ("证书" in found) == bool(sentence)


def test_a_clock_behind_what_has_been_signed(terminal: Path) -> None:
    write_records(terminal, 1)
    assert "时钟不对" in troubles(terminal, clock=FixedClock(TODAY_MS - 3 * DAY_MS))
    assert "时钟不对" not in troubles(terminal, clock=FixedClock(TODAY_MS + 3 * DAY_MS))


def test_a_clock_behind_the_county_s_word(terminal: Path) -> None:
    acknowledge(terminal, write_records(terminal, 1), TODAY_MS + 10 * DAY_MS)
    assert "时钟不对" in troubles(terminal)


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (date(1970, 1, 1), "时钟 1970-01-01 09:00 比已经过去的 {} 还早，时钟不对，请校时"),
        (date(2106, 2, 7), "时钟 2106-02-07 09:00 比确知的 {} 晚了好几年，多半不对，请核对"),
    ],
)
def test_a_dead_clock_is_told_with_the_newest_moment_that_is_certain(
    terminal: Path, shown: date, sentence: str
) -> None:
    acknowledge(terminal, write_records(terminal, 1), TODAY_MS + DAY_MS)
    assert sentence.format(stamp(TODAY_MS + DAY_MS)) in troubles(terminal, clock=FixedClock(wall_ms_at(shown, 9)))


def test_a_steered_clock_is_noted(terminal: Path) -> None:
    assert "时钟由文件控制" in notes(terminal, clock=FixedClock(TODAY_MS))


def test_a_desk_that_no_card_opens_is_said_without_asking_for_a_pin(terminal: Path) -> None:
    assert "能开柜台的联络员：王建国" in _found(Grade.WELL, terminal, None, None)
    assert main(["card-revoke", "--data", str(terminal), "--id", "A01"]) == 0
    assert "没有一位联络员的卡能用" in troubles(terminal)
    assert "没有卡的联络员：王建国" in notes(terminal)
    assert "下次登录时换新密钥" in notes(terminal)
    path = terminal / "keys" / "desk.key"
    path.write_bytes(path.read_bytes()[:-1])
    assert "keys/desk.key 坏了" in troubles(terminal)
    path.unlink()
    assert "没有 keys/desk.key" in troubles(terminal)


def test_a_desk_key_that_lies_open_is_said(terminal: Path) -> None:
    KeyOpener.create(terminal / OPEN_KEY_FILE)
    assert "没有加密，请删除" in troubles(terminal)


def test_no_agent_yet(terminal: Path) -> None:
    (terminal / "keys" / "agents.json").unlink()
    assert "还没有联络员" in troubles(terminal)
    (terminal / "keys" / "agents.json").write_text("{}")
    assert "agents.json 不能用" in troubles(terminal)


@pytest.mark.parametrize("column", ["header", "body", "signature"])
def test_a_record_that_was_changed_on_the_disk_is_named(terminal: Path, column: str) -> None:
    write_records(terminal, 5)
    with sqlite3.connect(terminal / "journal.db") as db:
        (held,) = db.execute(f"SELECT {column} FROM records WHERE seq = 3").fetchone()
        changed = (held or b"\x00")[:-1] + bytes([(held or b"\x00")[-1] ^ 1])
        triggers = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            db.execute(f"DROP TRIGGER {name}")
        db.execute(f"UPDATE records SET {column} = ? WHERE seq = 3", (changed,))
    assert "第 3 条记录与签名不符" in troubles(terminal)


def test_a_journal_that_is_no_database(terminal: Path) -> None:
    (terminal / "journal.db").write_bytes(b"rust" * 4096)
    assert "记录库" in troubles(terminal)


def test_records_that_wait_are_counted_and_a_disk_from_a_backup_is_noticed(terminal: Path) -> None:
    head = write_records(terminal, 4)
    assert "还有 4 条没有送到县里" in notes(terminal)
    acknowledge(terminal, Link(head.chain, 9, bytes(32)), TODAY_MS)
    assert "本机数据可能是旧备份" in troubles(terminal)


def test_a_damaged_pack_and_a_missing_one(terminal: Path) -> None:
    path = terminal / "packs" / "current" / "catalogue.pack"
    path.write_bytes(path.read_bytes()[:-9])
    (terminal / "packs" / "current" / "profile.pack").unlink()
    found = troubles(terminal)
    assert "资料包 catalogue 不能用" in found
    assert "资料包 profile 不能用" in found


def test_a_folder_in_the_place_of_a_pack_is_named_and_the_other_checks_go_on(
    terminal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = terminal / "packs" / "current" / "profile.pack"
    path.unlink()
    path.mkdir()
    assert main(["doctor", "--data", str(terminal)]) == 1
    said = capsys.readouterr().out
    assert "[问题] 资料包 profile 不能用" in said
    assert "资料包 calendar 第 1 版" in said
    assert "打印机的接口在" in said
    assert "个问题" in said.splitlines()[-1]


def test_a_file_of_the_sync_process_that_cannot_be_read_is_named_and_the_other_checks_go_on(terminal: Path) -> None:
    write_records(terminal, 2)
    (terminal / "transport.db").write_bytes(b"rust" * 4096)
    sentences = [str(finding) for finding in examine(terminal, FixedClock(TODAY_MS), SystemClock())]
    assert sum("transport.db 读不出" in sentence for sentence in sentences) == 1
    assert any("2 条记录，签名和顺序都对" in sentence for sentence in sentences)
    assert any("打印机的接口在" in sentence for sentence in sentences)


def test_a_check_that_meets_what_nobody_thought_of_is_said_and_the_sum_is_told(
    terminal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pad = {"model": "pj06", "path": "x" * 4000}
    replace(TerminalConfig.load(terminal), devices={"pad": pad}).save(terminal)
    assert main(["doctor", "--data", str(terminal)]) == 1
    said = capsys.readouterr().out
    assert "有一项没有查完（devices）" in said
    assert "个问题" in said.splitlines()[-1]


def test_a_calendar_that_runs_out_and_one_that_has(terminal: Path) -> None:
    soon, gone = FixedClock(wall_ms_at(date(2026, 12, 1))), FixedClock(wall_ms_at(date(2027, 1, 4)))
    ample = FixedClock(wall_ms_at(date(2026, 6, 1)))
    assert "工作日历到 2026-12-31 为止" in notes(terminal, clock=soon)
    assert "工作日历已于 2026-12-31 用完" in troubles(terminal, clock=gone)
    assert "工作日历" not in notes(terminal, clock=ample) + troubles(terminal, clock=ample)


def test_a_gateway_that_does_not_answer(terminal: Path) -> None:
    replace(TerminalConfig.load(terminal), gateway_url="https://127.0.0.1:9").save(terminal)
    assert "连不上网关" in troubles(terminal)


def test_a_terminal_that_the_county_revoked(stage: Stage, tmp_path: Path) -> None:
    clock = stage.domain_clock()
    code = grant(stage.county_dir, "990101102204", "7", "石桥村便民服务点", 1, clock, lambda _: None).text()
    data = tmp_path / "revoked"
    enrol(Enrolment(data, stage.gateway_url, code), lambda _: None)
    assert "停用" not in troubles(data)
    revoke(stage.county_dir, "990101102204", "7")
    assert "县里已经停用这台终端" in troubles(data)


def test_devices_whose_ports_are_gone(terminal: Path) -> None:
    (terminal.parent / "devices" / "pad").unlink()
    found = troubles(terminal)
    assert "评价器的接口不在" in found
    assert "打印机的接口不在" not in found


def test_devices_that_make_no_sense(terminal: Path) -> None:
    held = json.loads((terminal / "terminal.json").read_text("utf-8"))
    held["devices"] = {"printer": {"profile": "no-such-printer", "path": "x"}}
    (terminal / "terminal.json").write_text(json.dumps(held))
    assert "设备写得不对" in troubles(terminal)


def test_devices_that_are_not_fitted_are_noted(terminal: Path) -> None:
    replace(TerminalConfig.load(terminal), devices=None).save(terminal)
    assert notes(terminal).count("没有配置") == 4


def test_a_disk_that_is_nearly_full(terminal: Path) -> None:
    clock = SystemClock()
    sentences = [str(finding) for finding in examine(terminal, clock, clock, disk_bytes_min=1 << 60)]
    assert any("办件可能存不下" in sentence for sentence in sentences)


def test_a_second_medium_that_is_none_is_told_from_one_that_is_missing(terminal: Path, tmp_path: Path) -> None:
    assert "没有第二存储卡" in notes(terminal)
    (tmp_path / "card").mkdir()
    for place in (tmp_path / "nowhere", tmp_path / "card"):
        replace(TerminalConfig.load(terminal), mirror=str(place)).save(terminal)
        assert "第二存储卡未插入" in troubles(terminal)
    replace(TerminalConfig.load(terminal), mirror="/dev/shm").save(terminal)
    assert "第二存储卡" not in troubles(terminal)
    assert "同步程序还没有写过" in notes(terminal)


@pytest.mark.parametrize(
    ("fault", "said"), [(LineFault.LOG_WENT_BACK, "county-recover"), (LineFault.LOG_FORKED, "留作证据")]
)
def test_a_log_of_the_county_that_went_back_or_forked_is_told_to_the_county(
    terminal: Path, fault: LineFault, said: str
) -> None:
    transport = Transport.open_or_create(terminal / "transport.db")
    transport.keep_line(LineState(1, 1, fault, "as the sync process says it", 2))
    assert said in troubles(terminal)
    transport.keep_line(LineState(1, 1))
    assert said not in troubles(terminal)
    transport.close()

"""The page at the township: what it takes, what it says, what it gives back, and who may use it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.__main__ import main as provisioning
from sync.gateway import config as files
from sync.gateway.store.sqlite import SqliteStore
from sync.import_page.config import ImportPageConfig
from sync.journal import Journal
from sync.peer_name import PeerName, PeerRole
from sync.protocol.segment import cut
from tests.provisioning.test_county_init import county_at
from tests.sync.import_counter import PASSWORD, Visitor, make_page, running_page, words
from tests.sync.test_stick_program import acknowledged_seq, know_the_key, stick_program
from tests.sync.village import COUNTY, SOURCES, TAKEN_IN, Village, write


@pytest.fixture
def journal(village: Village) -> Iterator[Journal]:
    opened = village.journal()
    yield opened
    opened.close()


@pytest.fixture
def stick(village: Village) -> Path:
    know_the_key(village)
    made = village.home / "stick"
    made.mkdir()
    return made


@pytest.fixture
def visitor(village: Village) -> Iterator[Visitor]:
    """Somebody of the township, logged in, with the gateway there."""
    with village.running_gateway() as gateway, running_page(make_page(village, gateway)) as url:
        made = Visitor(url)
        assert made.log_in().status_code == 200
        yield made


def written(village: Village, stick: Path) -> bytes:
    assert stick_program(village, "export", stick).returncode == 0
    [file] = stick.glob("sunpoint-up-*.sun")
    return file.read_bytes()


def test_a_stick_is_taken_and_its_answer_brings_the_county_s_word_back(
    village: Village, journal: Journal, stick: Path, visitor: Visitor
) -> None:
    write(journal, *[TAKEN_IN] * 3)
    bundle = written(village, stick)
    said = visitor.post("/import", [("sunpoint-up-990101102203-01.sun", bundle)], csrf=visitor.csrf())
    assert "990101102203 点 01 号终端 ● 全部收到 新收 4 条，县里现有前 4 条" in words(said)
    assert acknowledged_seq(village, journal) == 0
    [answer] = visitor.fetch(said.text)
    (stick / "sunpoint-down-990101102203-01 (1).sun").write_bytes(answer)
    assert stick_program(village, "import", stick).returncode == 0
    assert acknowledged_seq(village, journal) == 4
    assert "新收 0 条，以前收过 4 条，县里现有前 4 条" in visitor.bring(("again.sun", bundle))
    assert "周敏 1 个文件 新收 4 条" in words(visitor.get("/"))


def test_every_file_that_cannot_be_taken_is_named_and_the_others_are_taken(
    village: Village, journal: Journal, stick: Path, visitor: Visitor
) -> None:
    write(journal, TAKEN_IN)
    bundle = written(village, stick)
    said = visitor.bring(
        ("holiday.jpg", b"\xff\xd8\xff" * 100),
        ("half.sun", bundle[: len(bundle) // 2]),
        ("other.sun", bundle.replace(COUNTY.encode(), b"990102", 1)),
        ("nothing.sun", b""),
        ("good.sun", bundle),
    )
    for sentence in (
        "holiday.jpg ◆ 这不是终端写的文件",
        "half.sun ◆ 文件不完整或者坏了，一条也没有收",
        "other.sun ◆ 这个文件是别的县的",
        "nothing.sun ◆ 文件是空的",
        "good.sun 990101102203 点 01 号终端 ● 全部收到 新收 2 条",
    ):
        assert sentence in said
    assert "还没有选文件" in words(visitor.post("/import", csrf=visitor.csrf()))


def test_an_answer_that_is_uploaded_by_mistake_is_named(
    village: Village, journal: Journal, stick: Path, visitor: Visitor
) -> None:
    write(journal, TAKEN_IN)
    said = visitor.post("/import", [("up.sun", written(village, stick))], csrf=visitor.csrf())
    [answer] = visitor.fetch(said.text)
    assert "这是县里给终端的回执，不用上传" in visitor.bring(("sunpoint-down.sun", answer))


def test_a_fork_and_a_revoked_terminal_are_told_to_whoever_brings_them(
    village: Village, journal: Journal, stick: Path, visitor: Visitor
) -> None:
    write(journal, TAKEN_IN)
    bundle = written(village, stick)
    store = SqliteStore(village.gateway / files.STORE_FILE)
    try:
        assert store.revoke(village.name, 1)
    finally:
        store.close()
    said = visitor.bring(("up.sun", bundle))
    assert "这台终端县里已经停用，送来的记录单独存放，等县里核定" in said
    assert "没有回执要带回去" in said
    assert next(cut(journal.read(0, 10))).after.seq == 0


def test_nobody_brings_anything_without_a_log_in_or_from_another_page(
    village: Village, journal: Journal, stick: Path, visitor: Visitor
) -> None:
    write(journal, TAKEN_IN)
    bundle = written(village, stick)
    stranger = Visitor(visitor.url)
    assert "请先登录" in words(stranger.post("/import", [("up.sun", bundle)], csrf="0" * 64))
    assert stranger.get("/visits/x/0").url.endswith("/login")
    assert visitor.post("/import", [("up.sun", bundle)], csrf="0" * 64).status_code == 400
    assert visitor.post("/import", [("up.sun", bundle)]).status_code == 400
    assert visitor.session.get(visitor.url + "/", headers={"Host": "evil.example"}, timeout=20).status_code == 400
    store = SqliteStore(village.gateway / files.STORE_FILE)
    try:
        assert store.records_after(journal.chain, 0, 1 << 20) == []
    finally:
        store.close()
    assert visitor.post("/logout", csrf=visitor.csrf()).url.endswith("/login")
    assert visitor.get("/").url.endswith("/login")


def test_a_password_that_is_guessed_has_to_wait(visitor: Visitor) -> None:
    guessing = Visitor(visitor.url)
    answers = [guessing.log_in(password="wrong password").status_code for _ in range(6)]
    assert answers[:4] == [403] * 4
    assert answers[-1] == 429
    assert guessing.log_in().status_code == 429
    assert Visitor(visitor.url).log_in(name="nobody").status_code == 403


def test_a_county_that_does_not_answer_is_not_taken_for_a_refusal(
    village: Village, journal: Journal, stick: Path
) -> None:
    write(journal, TAKEN_IN)
    bundle = written(village, stick)
    with running_page(make_page(village, "https://127.0.0.1:9")) as url:
        visitor = Visitor(url)
        visitor.log_in()
        assert "没有收到县里的回答，不知道收了没有" in visitor.bring(("up.sun", bundle))


def test_every_answer_forbids_scripts_and_keeping(visitor: Visitor) -> None:
    for path in ("/", "/login", "/nothing", "/static/page.css"):
        headers = visitor.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script" not in headers["Content-Security-Policy"]
    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    assert "<script" not in visitor.get("/").text


def test_the_page_is_set_up_by_the_technician_s_tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["county-init", "--county", COUNTY, "--name", "青山县", "--dir", str(tmp_path / "county")]
    assert provisioning(command) == 0
    asked = ["import-page-init", "--county-dir", str(tmp_path / "county"), "--dir", str(tmp_path / "page")]
    gateway = tmp_path / "gateway" / "gateway.json"
    own = gateway.read_text()
    gateway.write_text(own.replace(COUNTY, "330122"))
    assert provisioning([*asked, "--place", "青山镇便民服务中心"]) == 1
    assert "the gateway is of county 330122" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()
    gateway.write_text(own)
    assert provisioning([*asked, "--place", "青山镇便民服务中心"]) == 0
    assert provisioning([*asked, "--place", "青山镇便民服务中心"]) == 0
    assert ImportPageConfig.load(tmp_path / "page").gateway_url == county_at(tmp_path).gateway_url
    assert PeerName(COUNTY, PeerRole.IMPORT).urn() == f"urn:sunpoint:{COUNTY}:import"

    def page(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sync.import_page", *arguments], cwd=SOURCES, input=typed,
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    data = ("--data", str(tmp_path / "page"))
    for refused in (
        page(*data),
        page("user-add", *data, "--name", "zhou", "--password-stdin", typed="short\n"),
        page("user-add", *data, "--name", "../x", "--password-stdin", typed=PASSWORD),
        page("--data", str(tmp_path)),
    ):
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    assert page("user-add", *data, "--name", "zhou", "--password-stdin", typed=PASSWORD + "\n").returncode == 0
    assert page(*data, "--listen", "0.0.0.0:8090").returncode == 1
    capsys.readouterr()

"""What answers is no gateway, or a sick one, or nobody: the strip claims nothing, and nothing is lost by it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.intents import Do
from sync.clock import Steering
from sync.gateway import config as gateway_files
from sync.model.facts import Kind
from sync.model.moment import time_of_day
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.sync.hostile import Behaviour, HostileServer, answering, sending
from tests.sync.village import Village as Stranger
from tests.village.ends import Ends, check_equal
from tests.village.scene import Scene

DOWN = "线路不通，先存在本机"
SICK: dict[str, tuple[Behaviour, LineFault]] = {
    "5xx": (answering("500 Oops", b"<html>"), LineFault.GATEWAY_FAILED),
    "a redirect": (answering("302 Found", b"", "Location: https://127.0.0.1:9/login"), LineFault.REDIRECTED),
    "garbage": (sending(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), LineFault.GARBLED),
    "half an answer": (answering("200 OK", b"\x83\x01", length=300), LineFault.CUT),
}


@contextmanager
def in_its_place(scene: Scene, behaviour: Behaviour, certificates: Path, key: Path) -> Iterator[None]:
    """Let the terminal meet a server of the test's instead of the gateway."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates, key)
    terminal = scene.stage.terminal_dir
    config = TerminalConfig.load(terminal)
    with HostileServer(context, behaviour) as server:
        replace(config, gateway_url=server.url).save(terminal)
        yield
    config.save(terminal)


def one_round(scene: Scene) -> LineFault | None:
    """Let the real sync process do one round and return what it says of the line."""
    ran = scene.sync_once()
    assert "Traceback" not in ran.stderr
    return scene.counter.county.line().fault


@pytest.fixture
def queued(scene: Scene) -> Scene:
    """The county has the first records; then an application was taken in, and the gateway is down."""
    scene.start("gateway")
    assert one_round(scene) is None
    scene.stop("gateway")
    scene.counter.do(*SIGN_IN, *TAKE_IN, Do("done"))
    return scene


def test_a_sick_gateway_is_never_taken_for_a_good_one(queued: Scene, tmp_path: Path) -> None:
    scene, ends = queued, Ends(queued.stage)
    acknowledged = ends.acknowledged_seq()
    scene.counter.until(lambda: ends.terminal_records()[-1].header.kind == Kind.SLIP_ENDED, "the end of the receipt")
    written = len(ends.terminal_records())
    keys = scene.stage.gateway_dir
    own = keys / gateway_files.SERVER_CERTIFICATES, keys / gateway_files.SERVER_KEY
    stranger = Stranger(tmp_path / "stranger").gateway
    strangers = stranger / gateway_files.SERVER_CERTIFICATES, stranger / gateway_files.SERVER_KEY

    def check(fault: LineFault) -> None:
        assert one_round(scene) is fault
        left = " ".join(scene.counter.strip)
        assert DOWN in left
        assert f"县里已收到前 {acknowledged} 条" in left
        assert f"待上传 {written - acknowledged} 条" in left

    check(LineFault.NO_LINE)
    for behaviour, fault in SICK.values():
        with in_its_place(scene, behaviour, *own):
            check(fault)
    with in_its_place(scene, answering("200 OK", b""), *strangers):
        check(LineFault.NOT_TRUSTED)

    scene.start("gateway", "county")
    assert one_round(scene) is None
    left = " ".join(scene.counter.strip)
    assert f"县里已收到前 {written} 条" in left
    assert DOWN not in left
    assert "待上传" not in left
    scene.counter.until(ends.settled, "that the county has everything")
    check_equal(ends)


def test_a_sync_process_that_is_not_there_is_not_a_good_line(scene: Scene) -> None:
    scene.start("gateway")
    assert one_round(scene) is None
    assert DOWN not in " ".join(scene.counter.strip)
    held = Steering.load(scene.terminal_steering)
    replace(held, domain_ms=held.domain_ms + 600_000, boot_ahead_ms=600_000).write(scene.terminal_steering)
    scene.counter.core.tick()
    assert DOWN in " ".join(scene.counter.strip)
    assert one_round(scene) is None
    assert DOWN not in " ".join(scene.counter.strip)


def test_when_the_county_has_signed_is_told_by_its_own_clock(queued: Scene) -> None:
    acknowledgement = queued.counter.county.acknowledgement(queued.counter.journal.chain)
    assert acknowledgement is not None
    assert time_of_day(acknowledgement.at_ms) in " ".join(queued.counter.strip)

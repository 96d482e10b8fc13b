"""Keys of the county were stolen: the root ends them, and what a thief says after that is believed nowhere."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.county_word import CountyWord
from provisioning.__main__ import main as provisioning
from provisioning.county_init import SAMPLE_TABLES, county_init, county_keys
from provisioning.doctor import Grade, examine
from provisioning.gateway_link import GatewayRefuses, GatewayUnreachable
from provisioning.grant import county_link
from provisioning.plan import carry_out
from sync import county_config
from sync.clock import SystemClock
from sync.county_config import CountyConfig
from sync.gateway import config as gateway_config
from sync.keys import FileSigner, Purpose, Statement
from sync.model.facts import ContentKeySealed
from sync.model.moment import local_datetime
from sync.pack_shelf import INSTALLED, PackShelf
from sync.packs import PackKind, PackOfRevokedPublisher, open_pack, seal_pack
from sync.protocol.acknowledgement import verify_answer
from sync.protocol.revocations import (
    Revocations,
    RevocationsContradict,
    RevocationsNotOfRoot,
    RevocationsOlder,
    Revoked,
)
from sync.reading import NO_KEYS, fact_of
from sync.revocation_file import RevocationFile, heeding
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault
from tests.county.disaster import SOURCES, Disaster, Point
from tests.seals import DESK
from tests.sync.village import eventually

HOUR_MS = 3_600_000


def revoke(county: Disaster, which: str, *more: str, hours_ago: int = 1) -> None:
    """What the technician with the root key types."""
    since = local_datetime(SystemClock().wall_ms() - hours_ago * HOUR_MS).isoformat()
    named = ["revoke-key", "--county-dir", str(county.county_dir), "--which", which, "--since", since, *more]
    assert provisioning(named) == 0


def renew(county: Disaster) -> None:
    """County-init: makes the keys and statements that are missing now."""
    clock = SystemClock()
    carry_out(county_keys(county.county, clock, clock), lambda _: None)


def thief_of(county: Disaster) -> Disaster:
    """Somebody with a copy of the gateway's disk, who answers at its address once the gateway does not."""
    home = county.home / "thief"
    shutil.copytree(county.gateway_dir, home / "gateway")
    shutil.copytree(county.county_dir, home / "county")
    return Disaster(home, county.port)


def list_at(point: Point, county: Disaster) -> RevocationFile:
    return RevocationFile(point.data / TerminalConfig.load(point.data).revocations, county.trust)


def wait_for_leaf(point: Point, size: int) -> None:
    """Let the sync process run until the log that it was shown has so many leaves."""

    def has_grown() -> bool:
        point.sync()
        shown = point.said.checkpoint()
        return shown is not None and shown.size == size

    eventually(30, has_grown)


def until_good(point: Point) -> None:
    """As many rounds as it takes; the sync process goes on by itself every half minute."""
    last = ""
    for _ in range(4):
        ran = point.sync()
        if ran.returncode == 0:
            return
        last = ran.stderr
    raise AssertionError(last)


def test_a_stolen_acknowledgement_key_is_believed_no_more_and_nothing_that_the_thief_took_is_lost(
    county: Disaster,
) -> None:
    point = county.point()
    point.write(3)
    wait_for_leaf(point, 1)
    county.stop()
    thief = thief_of(county)
    thief.start()
    for size in (2, 3):
        # Two leaves in the thief's log, where the county's will have one for both.
        point.write(1)
        wait_for_leaf(point, size)
    thief.stop()
    taken = point.journal.head()
    assert point.acknowledged() == taken.seq, "the thief's word is not believed before anybody knows of the theft"
    before = point.said.checkpoint()

    revoke(county, "ack")
    renew(county)
    county.start()
    until_good(point)
    at_county = verify_answer(point.box.link.get(f"/v1/head/{taken.chain.hex()}"), county.trust)
    assert at_county.link == point.journal.head(), "what only the thief had was not sent again"
    assert point.acknowledged() == point.journal.head().seq
    assert point.said.checkpoint() != before
    assert point.evidence(), "nothing is kept of the thief's log"

    county.stop()
    thief.start()
    point.write(2)
    ran = point.sync()
    thief.stop()
    assert ran.returncode == 1
    assert "has revoked this key for 'ack'" in ran.stderr
    assert point.said.line().fault is LineFault.REVOKED
    assert point.acknowledged() == taken.seq, "the thief acknowledged under the revoked key"
    clock = SystemClock()
    found = [str(each) for each in examine(point.data, clock, clock) if each.grade is Grade.TROUBLE]
    assert any("已作废的密钥" in each for each in found), found

    county.start()
    assert point.sync().returncode == 0
    assert point.acknowledged() == point.journal.head().seq
    assert point.said.line().fault is None


def test_what_a_thief_acknowledged_is_sent_again_also_where_no_log_was_ever_seen(county: Disaster) -> None:
    point = county.point()
    county.stop()
    thief = thief_of(county)
    thief.start()
    point.write(2)
    assert point.sync().returncode == 0
    thief.stop()
    with sqlite3.connect(point.data / "transport.db") as transport:
        transport.execute("DELETE FROM checkpoint")
    transport.close()
    assert point.acknowledged() == point.journal.head().seq
    revoke(county, "ack")
    renew(county)
    county.start()
    assert point.sync().returncode == 0
    at_county = verify_answer(point.box.link.get(f"/v1/head/{point.journal.chain.hex()}"), county.trust)
    assert at_county.link == point.journal.head()


def test_a_gateway_that_still_has_the_revoked_key_does_not_start_with_it(county: Disaster) -> None:
    county.stop()
    kept = {name: (county.gateway_dir / name).read_bytes() for name in _ACK}
    revoke(county, "ack")
    assert not any((county.gateway_dir / name).exists() for name in _ACK), "the stolen key is still in use"
    for name, content in kept.items():
        (county.gateway_dir / name).write_bytes(content)
        (county.gateway_dir / name).chmod(0o600)
    with pytest.raises(AssertionError, match="revoked this key"):
        county.start()


_ACK = (gateway_config.ACKNOWLEDGEMENT_KEY, gateway_config.ACKNOWLEDGEMENT_STATEMENT)


def test_packs_of_a_stolen_publisher_are_refused_whatever_their_date_and_the_good_old_ones_stay(
    county: Disaster,
) -> None:
    point = county.point()
    shelved = county.gateway_dir / "packs" / PackKind.CALENDAR.file_name
    before = county.trust
    held = open_pack(shelved.read_bytes(), before)
    stolen = FileSigner.load(county.county_dir / county_config.PACKS_KEY)
    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    statement = Statement(Purpose.PACKS, stolen.public_key, "publisher", county.county.county, 0, 1 << 46).sign(root)
    now_ms = SystemClock().wall_ms()

    def forged(version: int, issued_ms: int) -> bytes:
        return seal_pack(held.kind, held.county, held.version + version, issued_ms, held.content, stolen, statement)

    shelf = PackShelf(point.data / "packs", heeding(before, point.data / "keys/revocations.list"))
    shelf.incoming.mkdir(parents=True)
    good_ms = now_ms - 2 * HOUR_MS
    (shelf.incoming / "calendar.pack").write_bytes(forged(0, good_ms))
    assert [each.code for each in shelf.install_incoming()] == [INSTALLED]

    revoke(county, "packs")
    assert point.sync().returncode == 0
    fetched = {each.code for each in shelf.install_incoming()}
    assert fetched == {PackOfRevokedPublisher.code}, "what was still on the gateway's shelf went into use"
    assert shelf.load(PackKind.CALENDAR).version == held.version, "a good old pack was taken away"
    for issued_ms in (now_ms, good_ms):
        (shelf.incoming / "calendar.pack").write_bytes(forged(1, issued_ms))
        assert [each.code for each in shelf.install_incoming()] == [PackOfRevokedPublisher.code]
    # One that was put into use between the theft and the news of it is not used any more.
    (point.data / "packs/current" / PackKind.CALENDAR.file_name).write_bytes(forged(1, now_ms))
    with pytest.raises(PackOfRevokedPublisher):
        shelf.load(PackKind.CALENDAR)

    clock = SystemClock()
    tables = type(county.county)(
        **{name: getattr(county.county, name) for name in county.county.__struct_fields__ if name != "tables"},
        tables=SAMPLE_TABLES / "990101",
    )
    county_init(tables, clock, clock, lambda _: None)
    (shelf.incoming / "calendar.pack").write_bytes(shelved.read_bytes())
    assert [each.code for each in shelf.install_incoming()] == [INSTALLED], "the next publisher's pack was refused"


def test_a_list_of_somebody_else_of_another_county_or_from_before_is_not_heeded(county: Disaster) -> None:
    point = county.point()
    path = county.gateway_dir / gateway_config.REVOCATIONS
    revoke(county, "stick", "--key", "11" * 32)
    first = path.read_bytes()
    revoke(county, "packs", "--key", "22" * 32)
    assert point.sync().returncode == 0
    here = list_at(point, county)
    newest = here.held()
    assert newest.number == 2
    assert [each.purpose for each in newest.revoked] == ["stick", "packs"]

    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    stranger = FileSigner.create(county.home / "stranger.pem")
    more = newest.with_also(Revoked("ack", b"\x33" * 32, 0), 1)
    another = Revocations("990102", 9, 1, more.revoked)
    with pytest.raises(RevocationsNotOfRoot, match="did not sign"):
        here.take(more.sign(stranger))
    with pytest.raises(RevocationsNotOfRoot, match="990102"):
        here.take(another.sign(root))
    with pytest.raises(RevocationsOlder):
        here.take(first)
    assert not here.contradicted()
    shorter = Revocations(newest.county, 3, 1, newest.revoked[:1])
    softer = Revocations(newest.county, 3, 1, (Revoked("stick", b"\x11" * 32, 1 << 45), newest.revoked[1]))
    twin = Revocations(newest.county, 2, 1, more.revoked)
    for contradiction in (shorter, softer, twin):
        with pytest.raises(RevocationsContradict):
            here.take(contradiction.sign(root))
    assert list_at(point, county).held() == newest
    clock = SystemClock()
    assert any("前后矛盾" in str(each) for each in examine(point.data, clock, clock))

    # A gateway that was put back from a backup has the list of that day: nobody forgets for that.
    path.write_bytes(first)
    assert point.sync().returncode == 0
    assert list_at(point, county).held() == newest


def stick(point: Point, what: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sync.stick", what, "--data", str(point.data), "--stick", str(directory)],
        cwd=SOURCES, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_terminal_that_has_been_offline_for_long_learns_of_the_theft_by_stick(county: Disaster) -> None:
    point = county.point()
    shutil.copy(county.gateway_dir / gateway_config.STICK_STATEMENT, point.data / "keys/stick.statement")
    point.write(2)
    assert point.sync().returncode == 0
    county.stop()
    thief = thief_of(county)
    revoke(county, "ack")
    renew(county)
    county.start()
    point.write(3)
    directory = county.home / "usb"
    directory.mkdir()
    assert stick(point, "export", directory).returncode == 0
    [bundle] = directory.glob("sunpoint-up-*.sun")
    answer = point.box.link.post("/v1/bundles", bundle.read_bytes())
    (directory / "sunpoint-down.sun").write_bytes(answer[4 + int.from_bytes(answer[:4], "big") :])
    brought = stick(point, "import", directory)
    assert brought.returncode == 0, brought.stderr
    assert point.acknowledged() == point.journal.head().seq
    assert list_at(point, county).held().number == 1

    county.stop()
    thief.start()
    ran = point.sync()
    thief.stop()
    assert ran.returncode == 1
    assert point.said.line().fault is LineFault.REVOKED, ran.stderr


def test_the_holder_of_a_revoked_server_certificate_is_told_nothing(county: Disaster) -> None:
    point = county.point()
    certificate = county.gateway_dir / gateway_config.SERVER_CERTIFICATES
    county.stop()
    thief = thief_of(county)
    revoke(county, "tls", "--key", str(certificate))
    renew(county)
    county.start()
    point.write(1)
    assert point.sync().returncode == 0
    reached = point.acknowledged()
    county.stop()
    thief.start()
    point.write(1)
    assert point.sync().returncode == 1
    assert point.said.line().fault is LineFault.NOT_TRUSTED
    assert point.acknowledged() == reached
    with pytest.raises(GatewayUnreachable):
        county.county_link().get("/v1/feed")
    thief.stop()


def test_the_county_s_own_certificate_is_refused_as_soon_as_it_is_revoked(county: Disaster) -> None:
    config = CountyConfig.load(county.county_dir)
    copy = county.home / "copy"
    shutil.copytree(county.county_dir, copy)
    assert county_link(copy, config).get("/v1/feed") == b""
    revoke(county, "tls", "--key", str(county.county_dir / county_config.TLS_CERTIFICATE))
    with pytest.raises(GatewayRefuses):
        county_link(copy, config).get("/v1/feed")
    renew(county)
    assert county.county_link().get("/v1/feed") == b"", "the new certificate is refused as well"


@pytest.mark.parametrize("restarted", [True, False], ids=["after a restart", "while it runs"])
def test_bodies_are_no_longer_sealed_to_an_opening_key_that_was_stolen(county: Disaster, restarted: bool) -> None:
    point = county.point()
    path = county.county_dir / county_config.OPENING_KEY
    old, escrow = KeyOpener.load(path).recipient, KeyOpener.load(county.county_dir / county_config.ESCROW_KEY).recipient
    at_county = ["--county-dir", str(county.county_dir), "--which", "opening"]
    assert provisioning(["revoke-key", *at_county]) == 1, "a key that still has to open was put aside"
    assert provisioning(["rotate-key", *at_county]) == 0
    aside = county.county_dir / county_config.OLD_KEYS_DIRECTORY / f"{old.id.hex()}.pem"
    revoke(county, "opening", "--key", str(aside))
    assert aside.exists(), "what was sealed to the old key cannot be opened any more"
    config = TerminalConfig.load(point.data)
    word = CountyWord(point.said, point.journal, point.shelf, point.data, config, point.acknowledged)
    assert point.sync().returncode == 0
    if restarted:
        point.journal.close()
        point.open()
    else:
        word.heed()
    told = fact_of(point.write_body(), NO_KEYS)
    assert isinstance(told, ContentKeySealed)
    readers = {seal.recipient for seal in told.seals}
    assert readers == {escrow.id, DESK.recipient.id}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--which", "ack", "--since", "2999-01-01"], "not from later"),
        (["--which", "ack", "--since", "yesterday"], "is no time"),
        (["--which", "ack", "--key", "nowhere.pem"], "cannot be read"),
        (["--which", "ack", "--key", "{home}/county/keys/escrow-key.pem"], "is no key or statement for ack"),
        (["--which", "stick", "--key", "{home}/county/keys/packs-key.pem"], "is no key or statement for stick"),
        (["--which", "county-chain"], "say with --key"),
        (["--which", "tls"], "say with --key"),
        (["--which", "escrow"], "rotate-key first"),
    ],
)
def test_a_revocation_that_makes_no_sense_is_one_sentence_and_changes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    command = ["revoke-key", "--county-dir", str(home / "county")]
    assert provisioning([*command, *(each.replace("{home}", str(home)) for each in arguments)]) == 1
    assert sentence in capsys.readouterr().err
    assert not (home / "county" / county_config.REVOCATIONS).exists()
    assert (home / "gateway" / gateway_config.ACKNOWLEDGEMENT_KEY).exists()


def test_a_revocation_that_broke_off_is_finished_by_doing_it_again(home: Path) -> None:
    named = ["revoke-key", "--county-dir", str(home / "county"), "--which", "ack", "--since", "2020-01-01"]
    key = home / "gateway" / gateway_config.ACKNOWLEDGEMENT_KEY
    stolen = FileSigner.load(key)
    assert provisioning(named) == 0
    lists = [home / "county" / county_config.REVOCATIONS, home / "gateway" / gateway_config.REVOCATIONS]
    first = lists[0].read_bytes()
    # As if the power had gone after the county's copy of the list.
    lists[1].unlink()
    next(key.parent.glob("acknowledgement-key.pem.revoked-*")).rename(key)
    assert provisioning(named) == 0
    assert [path.read_bytes() for path in lists] == [first, first]
    assert not key.exists()
    held = RevocationFile(lists[1], CountyConfig.load(home / "county").trust(home / "county"))
    assert held.since("ack", stolen.public_key) is not None

"""Attachments at the gateway by tus: real gunicorn, real TLS, lines that die anywhere."""

from __future__ import annotations

import itertools
import json
import random
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.county_init import CHECKOUT
from provisioning.gateway_link import GatewayRefuses
from sync import county_config as county
from sync.attachments.sealed import SEALED_BYTES_MAX
from sync.gateway import config as files
from sync.model.facts import BodiesErased, ShiftOpened
from sync.protocol import tus
from sync.protocol.arrivals import decode_arrivals
from sync.tls import client_context
from tests.gateway.county_site import Box, Site, push, stream_of
from tests.gateway.test_segments import wait_until
from tests.gateway.uploads import Uplink, naming, sealed, uplink, write

JUDGES = Path(sys.prefix) / "judges" / "bin" / "python"
BIG = 300_000
SEEDS = itertools.count(1_000)
"""Each example uploads an attachment of its own."""


@pytest.fixture(scope="module")
def box(site: Site) -> Box:
    return site.enrol_box()


def arrived(site: Site, digest: bytes) -> bool:
    found = decode_arrivals(site.county_link().get("/v1/attachments?after=0"), 0)
    return any(each.digest == digest for each in found)


def county_context(site: Site) -> ssl.SSLContext:
    home = site.county_dir
    return client_context(home / county.AUTHORITIES, home / county.TLS_CERTIFICATE, home / county.TLS_KEY)


def asked_range(site: Site, up: Uplink, range_: str | None) -> tuple[int, bytes, str]:
    """What the county gets of an attachment: status, bytes, which they are."""
    connection = HTTPSConnection("127.0.0.1", site.port, timeout=20, context=county_context(site))
    connection.request("GET", f"{tus.ROOT}/{up.attachment.digest.hex()}", headers={"Range": range_} if range_ else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers.get("Content-Range", "")


def test_an_attachment_arrives_whole_and_the_county_gets_it_whole_and_by_range(site: Site, box: Box) -> None:
    up = uplink(box, sealed(BIG, 1))
    content = up.attachment.content
    begun = up.begin()
    assert (begun.status, begun.headers["Location"], begun.headers[tus.RESUMABLE]) == (201, up.path, "1.0.0")
    assert not arrived(site, up.attachment.digest)
    first = up.patch(0, content[:1000])
    assert (first.status, first.headers[tus.OFFSET]) == (204, "1000")
    standing = up.ask("HEAD", up.path)
    assert standing.status == 200
    assert standing.headers[tus.OFFSET] == "1000"
    assert standing.headers[tus.LENGTH] == str(len(content))
    assert standing.headers["Cache-Control"] == "no-store"
    assert up.patch(1000, content[1000:]).headers[tus.OFFSET] == str(len(content))
    assert arrived(site, up.attachment.digest)
    assert asked_range(site, up, None) == (200, content, "")
    assert asked_range(site, up, "bytes=100-299") == (206, content[100:300], f"bytes 100-299/{len(content)}")
    last = len(content) - 1
    assert asked_range(site, up, f"bytes={last}-")[:2] == (206, content[-1:])
    assert asked_range(site, up, f"bytes={last + 1}-")[0] == 416
    assert up.offset() == len(content)


def test_what_this_end_can_do_is_told_without_a_version(site: Site, box: Box) -> None:
    up = Uplink(box, sealed(10), 1)
    answer = up.ask("OPTIONS", tus.ROOT, version="0.2.2")
    assert answer.status == 204
    assert answer.headers[tus.SUPPORTED_VERSIONS] == "1.0.0"
    assert answer.headers[tus.SUPPORTED_EXTENSIONS] == "creation"
    assert answer.headers[tus.MAX_SIZE] == str(SEALED_BYTES_MAX)


@pytest.mark.parametrize(
    ("method", "header", "value", "status", "word"),
    [
        ("HEAD", tus.RESUMABLE, "0.2.2", 412, "another-version"),
        ("PATCH", tus.RESUMABLE, "2.0.0", 412, "another-version"),
        ("PATCH", "Content-Type", "application/octet-stream", 415, "wrong-type"),
        ("PATCH", tus.OFFSET, "", 400, "malformed"),
        ("PATCH", tus.OFFSET, "-1", 400, "malformed"),
        ("PATCH", tus.OFFSET, "1e3", 400, "malformed"),
        ("PATCH", tus.OFFSET, "9" * 16, 400, "malformed"),
        ("PATCH", tus.OFFSET, "5", 409, "another-offset"),
        ("POST", tus.METHOD_OVERRIDE, "DELETE", 405, "wrong-method"),
        ("DELETE", "Accept", "*/*", 405, "wrong-method"),
    ],
)
def test_a_request_that_is_not_of_the_protocol_is_refused_by_name_and_changes_nothing(
    box: Box, method: str, header: str, value: str, status: int, word: str
) -> None:
    up = uplink(box, sealed(500, 2))
    up.begin()
    headers = {tus.OFFSET: "0", "Content-Type": tus.CONTENT_TYPE, header: value}
    answer = up.ask(method, up.path, headers, b"" if method == "HEAD" else b"bytes")
    assert (answer.status, answer.headers["Sunpoint-Refusal"]) == (status, word)
    assert answer.headers.get(tus.SUPPORTED_VERSIONS) == ("1.0.0" if status == 412 else None)
    assert up.offset() == 0


def test_a_client_whose_proxy_knows_no_patch_says_so_in_a_header(box: Box) -> None:
    """tus 1.0.0: X-HTTP-Method-Override MUST be interpreted as the request's method."""
    up = uplink(box, sealed(500, 3))
    up.begin()
    headers = {tus.METHOD_OVERRIDE: "PATCH", tus.OFFSET: "0", "Content-Type": tus.CONTENT_TYPE}
    assert up.ask("POST", up.path, headers, up.attachment.content[:100]).status == 204
    assert up.offset() == 100


def test_bytes_never_come_ahead_of_their_record(site: Site) -> None:
    box = site.enrol_box()
    one = sealed(500, 4)
    record = write(box.writer, naming(one))
    up = Uplink(box, one, record.header.seq)
    before = up.begin()
    assert (before.status, before.headers["Sunpoint-Refusal"]) == (403, "not-named")
    assert up.patch(0, one.content).status == 404
    assert up.ask("HEAD", up.path).status == 404
    box.push(box.writer.records)
    assert up.begin().status == 201


def test_only_what_a_record_of_ones_own_chain_names_is_taken(site: Site, box: Box) -> None:
    up = uplink(box, sealed(500, 5))
    other = site.enrol_box()
    thief = Uplink(other, up.attachment, up.seq)
    thief.path = up.path
    assert thief.begin(chain=box.writer.link.chain).headers["Sunpoint-Refusal"] == "not-the-holder"
    assert up.begin().status == 201
    for answer in (thief.patch(0, b"x"), thief.ask("HEAD", up.path)):
        assert (answer.status, answer.headers["Sunpoint-Refusal"]) == (403, "not-the-holder")
    assert up.begin(seq=1).headers["Sunpoint-Refusal"] == "not-named"
    assert up.begin(seq=0).headers["Sunpoint-Refusal"] == "not-named"
    assert up.begin(seq=1 << 40).headers["Sunpoint-Refusal"] == "not-named"
    assert up.begin(size=501).headers["Sunpoint-Refusal"] == "another-size"
    assert up.begin(size=SEALED_BYTES_MAX + 1).status == 413
    (told,) = other.writer.write(1, ShiftOpened())
    other.push([told])
    assert Uplink(other, up.attachment, told.header.seq).begin().headers["Sunpoint-Refusal"] == "not-named"
    for metadata in ("", "chain", "chain eA==,seq MQ==", f"{tus.Named(bytes(8), 1).encode()},seq MQ==", "x" * 2000):
        answer = up.ask("POST", tus.ROOT, {tus.LENGTH: "500", tus.METADATA: metadata})
        assert (answer.status, answer.headers["Sunpoint-Refusal"]) == (400, "malformed")


@pytest.mark.parametrize("size", [0, 16, SEALED_BYTES_MAX + 1])
def test_a_record_that_names_what_cannot_be_an_attachment_names_nothing(box: Box, size: int) -> None:
    up = uplink(box, sealed(500, 6), naming(sealed(500, 6), size))
    assert up.begin(size=size).status in (403, 413)


def test_who_is_not_the_county_lists_fetches_and_releases_nothing(box: Box) -> None:
    up = uplink(box, sealed(500, 7))
    up.begin()
    up.patch(0, up.attachment.content)
    for method, path in (
        ("GET", tus.ROOT),
        ("GET", f"{tus.ROOT}/{up.attachment.digest.hex()}"),
        ("DELETE", f"{tus.ROOT}/{up.attachment.digest.hex()}"),
    ):
        answer = up.ask(method, path)
        assert (answer.status, answer.headers["Sunpoint-Refusal"]) == (403, "wrong-role")


def test_the_county_releases_what_it_has_erased_and_the_terminal_is_not_asked_for_it_again(
    site: Site, box: Box
) -> None:
    up = uplink(box, sealed(500, 8))
    up.begin()
    up.patch(0, up.attachment.content)
    assert asked_range(site, up, None)[0] == 200
    assert delete(site, up) == 204
    assert delete(site, up) == 204
    assert asked_range(site, up, None)[0] == 404
    assert not arrived(site, up.attachment.digest)
    assert up.offset() == len(up.attachment.content)
    with pytest.raises(GatewayRefuses):
        site.county_link().get(f"{tus.ROOT}/{'00' * 32}")


def test_what_is_erased_leaves_no_byte_in_the_gateway_s_files_and_is_not_taken_again(site: Site) -> None:
    box = site.enrol_box()
    whole, half, late = (uplink(box, sealed(40_000, seed)) for seed in (30, 31, 32))
    for up, count in ((whole, len(whole.attachment.content)), (half, 20_000)):
        up.begin()
        assert up.patch(0, up.attachment.content[:count]).status == 204
    pieces = [up.attachment.content[at : at + 64] for up in (whole, half) for at in range(0, 20_000 - 64, 1500)]
    files = [site.gateway_dir / f"attachments.db{suffix}" for suffix in ("", "-wal")]
    assert any(piece in file.read_bytes() for piece in pieces for file in files)
    assert box.name is not None
    chain = box.writer.link.chain
    told = site.county_writer(box.name).write(1, BodiesErased(chain=chain, first_seq=1, last_seq=late.seq))
    assert push(site, county_context(site), stream_of(told)).status == 200
    assert (delete(site, whole), delete(site, half), delete(site, late)) == (204, 204, 404)
    assert not [piece for piece in pieces for file in files if piece in file.read_bytes()]
    for up in (whole, half, late):
        assert up.begin().headers[tus.OFFSET] == str(len(up.attachment.content)), "it is asked for again"
        answer = up.patch(20_000, up.attachment.content[20_000:])
        assert (answer.status, answer.headers[tus.OFFSET]) == (409, str(len(up.attachment.content)))
        assert not arrived(site, up.attachment.digest)


def delete(site: Site, up: Uplink) -> int:
    connection = HTTPSConnection("127.0.0.1", site.port, timeout=20, context=county_context(site))
    connection.request("DELETE", f"{tus.ROOT}/{up.attachment.digest.hex()}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_other_bytes_than_were_named_are_thrown_away_and_the_right_ones_taken_then(site: Site, box: Box) -> None:
    up = uplink(box, sealed(5000, 9))
    up.begin()
    wrong = up.patch(0, sealed(5000, 10).content)
    assert (wrong.status, wrong.headers["Sunpoint-Refusal"]) == (460, "another-digest")
    assert wrong.headers[tus.OFFSET] == "0"
    assert not arrived(site, up.attachment.digest)
    assert up.offset() == 0
    assert up.patch(0, up.attachment.content).status == 204
    assert arrived(site, up.attachment.digest)


def test_more_bytes_than_were_announced_are_refused(box: Box) -> None:
    up = uplink(box, sealed(5000, 11))
    up.begin()
    assert up.patch(0, up.attachment.content + b"x").status == 413
    assert up.patch(up.offset(), up.attachment.content[up.offset() :]).status == 204


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.tuples(st.integers(0, 999), st.booleans(), st.booleans()), min_size=1, max_size=4),
)
def test_a_line_that_dies_at_any_byte_costs_no_byte_that_had_arrived(
    site: Site, box: Box, cuts: list[tuple[int, bool, bool]]
) -> None:
    """Also when it dies by a reset, and whether or not the length was said beforehand."""
    up = uplink(box, sealed(984, next(SEEDS)))
    content = up.attachment.content
    up.begin()
    at = 0
    for sent, reset, chunked in cuts:
        piece = content[at : at + sent]
        at += len(piece)
        up.cut(at - len(piece), piece, None if chunked else len(content) - at + len(piece), reset=reset)
        wait_until(lambda at=at: up.offset() == at)
        if at == len(content):
            break
    assert up.patch(at, content[at:]).status in (204, 409)
    assert asked_range(site, up, None)[1] == content


def test_a_gateway_killed_in_the_middle_goes_on_from_where_it_had_reported(own_site: Site) -> None:
    box = own_site.enrol_box()
    up = uplink(box, sealed(BIG, 12))
    content = up.attachment.content
    up.begin()
    rng = random.Random(12)
    for _ in range(4):
        at = up.offset()
        line = up.begin_patch(at, len(content) - at)
        line.sendall(content[at : at + 40_000 + rng.randrange(40_000)])
        wait_until(lambda at=at: up.offset() > at)
        reported = up.offset()
        own_site.stop(signal.SIGKILL)
        line.close()
        own_site.start()
        assert up.offset() >= reported
    at = up.offset()
    assert at < len(content)
    assert up.patch(at, content[at:]).status == 204
    assert asked_range(own_site, up, None)[1] == content


def test_two_who_upload_one_attachment_at_once_are_both_served(site: Site, box: Box) -> None:
    up = uplink(box, sealed(BIG, 13))
    content = up.attachment.content
    up.begin()
    statuses: list[int] = []

    def go() -> None:
        while (at := up.offset()) < len(content):
            statuses.append(up.patch(at, content[at : at + 50_000]).status)

    both = [threading.Thread(target=go) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(60)
    assert set(statuses) <= {204, 409}
    assert asked_range(site, up, None)[1] == content


def test_a_terminal_whose_lines_broke_without_a_word_is_served_on_the_next(own_site: Site) -> None:
    up = uplink(own_site.enrol_box(), sealed(BIG, 15))
    content = up.attachment.content
    up.begin()
    silent = []
    for _ in range(10):
        line = up.begin_patch(0, len(content))
        line.sendall(content[:100])
        silent.append(line)
        assert up.offset() == 0
    assert up.patch(0, content).status == 204, "what hangs is not waited for"
    for line in silent:
        line.close()
    assert asked_range(own_site, up, None)[1] == content


def test_uploads_leave_threads_for_records_and_one_terminal_leaves_room_for_others(site: Site, box: Box) -> None:
    up = uplink(box, sealed(BIG, 14))
    up.begin()
    others = [uplink(site.enrol_box(), sealed(BIG, 140 + number)) for number in range(4)]
    for each in others:
        each.begin()
    lines = [each.begin_patch(0, 1000) for each in others for _ in range(6)]
    wait_until(lambda: up.patch(0, b"").status == 429)
    assert up.patch(0, b"").headers["Sunpoint-Refusal"] == "busy"
    assert box.push(box.writer.write(3)).status == 200
    for line in lines:
        line.close()
    wait_until(lambda: up.patch(0, b"").status == 204)


def test_a_disk_without_room_for_the_record_of_a_piece_says_nothing_of_it(own_site: Site) -> None:
    """What is not stored is not reported, and the gateway goes on."""
    box = own_site.enrol_box()
    up = uplink(box, sealed(5000, 15))
    up.begin()
    path = own_site.gateway_dir / files.ATTACHMENTS_FILE
    with sqlite3.connect(path) as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON upload_pieces BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    db.close()
    assert up.patch(0, up.attachment.content).status == 503
    assert up.offset() == 0
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER full")
    db.close()
    assert up.patch(0, up.attachment.content).status == 204


def test_the_gateway_s_disk_shows_nothing_of_an_attachment_and_its_log_no_whole_name(site: Site, box: Box) -> None:
    up = uplink(box, sealed(2000, 16))
    up.begin()
    up.patch(0, up.attachment.content)
    plain = random.Random(16).randbytes(2000)
    held = b"".join(path.read_bytes() for path in site.gateway_dir.rglob("*") if path.is_file())
    assert up.attachment.content[:500] in held
    assert plain[:64] not in held
    assert "身份证".encode() not in held


def test_a_tus_client_by_other_people_uploads_here_and_goes_on_in_the_middle(
    site: Site, box: Box, tmp_path: Path
) -> None:
    up = uplink(box, sealed(BIG, 17))
    content = up.attachment.content
    file = tmp_path / "sealed"
    file.write_bytes(content)
    keys = box.keys
    ran = subprocess.run(
        [
            JUDGES, CHECKOUT / "tests" / "judges" / "tus.py", site.url + tus.ROOT,
            keys / "tls-certificate.pem", keys / "tls-key.pem", file, box.writer.link.chain.hex(), str(up.seq),
        ],
        env={"REQUESTS_CA_BUNDLE": str(keys / "root-certificate.pem")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["url"] == site.url + up.path
    first, resumed, last = told["offsets"]
    assert len(content) // 2 <= first == resumed < last == len(content)
    assert asked_range(site, up, None) == (200, content, "")

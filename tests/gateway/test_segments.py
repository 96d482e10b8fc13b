"""Records on their way to the county: real gunicorn, real TLS, real SQLite."""

from __future__ import annotations

import signal
import socket
import sqlite3
import struct
import threading
from contextlib import suppress
from random import Random

import pytest

from sync.gateway.intake import POST_BYTES_MAX
from sync.keys import Purpose
from sync.model.facts import PackRefused, ShiftOpened
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import verify_answer
from sync.protocol.frame import encode_frame
from sync.protocol.relay import open_relay
from sync.record import Link
from tests.gateway.county_site import Answered, Box, Site, push, relays, segments_of, stream_of


def stored_seq(site: Site, box: Box) -> int:
    return box.head().link.seq


def cut_stream(box: Box, sent: bytes, *, reset: bool) -> None:
    """Send the beginning of a POST, then let the line die: by an end, or by a reset."""
    raw = socket.create_connection(("127.0.0.1", box.site.port), 10)
    line = box.context.wrap_socket(raw, server_hostname="127.0.0.1")
    line.sendall(b"POST /v1/segments HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n")
    line.sendall(f"{len(sent):x}\r\n".encode() + sent + b"\r\n")
    # TCP delivers what was sent before an end; a reset may overtake it, so let the gateway read first.
    wait_until(lambda: stored_seq(box.site, box) > 0)
    if reset:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def wait_until(holds: object) -> None:
    for _ in range(200):
        if holds():  # type: ignore[operator]  # a callable without arguments
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not come to hold")


def test_records_are_stored_and_acknowledged_under_the_county_s_signature(site: Site) -> None:
    box = site.enrol_box()
    answer = box.push(box.writer.write(120))
    assert answer.status == 200
    assert answer.acknowledged.link == box.writer.link
    assert box.head().link == box.writer.link


def test_sending_everything_again_changes_nothing(site: Site) -> None:
    box = site.enrol_box()
    records = box.writer.write(7)
    first = box.push(records)
    feed = len(site.feed())
    again = box.push(records)
    part = box.push(records[:3])
    assert [first.status, again.status, part.status] == [200, 200, 200]
    assert again.acknowledged.link == part.acknowledged.link == box.writer.link
    assert len(site.feed()) == feed


def test_a_segment_that_overlaps_what_is_stored_adds_only_the_rest(site: Site) -> None:
    box = site.enrol_box()
    records = box.writer.write(10)
    box.push(records[:6])
    answer = box.push(records[3:])
    assert answer.status == 200
    assert answer.acknowledged.link.seq == 10
    _, last = open_relay(site.feed()[-1], site.trust, Purpose.TERMINAL_CHAIN)
    assert [record.header.seq for record in last] == [7, 8, 9, 10]


def test_a_gap_is_answered_with_where_the_chain_stands(site: Site) -> None:
    box = site.enrol_box()
    records = box.writer.write(9)
    box.push(records[:4])
    answer = box.push(records[6:])
    assert (answer.status, answer.refusal) == (409, "gap")
    assert answer.acknowledged.link == records[3].link


def test_a_fork_is_kept_as_evidence_and_not_as_a_record(site: Site) -> None:
    box = site.enrol_box()
    box.push(box.writer.write(5))
    other = box.writer.branch(2)
    other.write(2, ShiftOpened())
    answer = box.push(other.records)
    assert (answer.status, answer.refusal) == (422, "fork")
    assert answer.acknowledged.link == box.writer.link
    with sqlite3.connect(site.gateway_dir / "gateway.db") as db:
        evidence = db.execute("SELECT seq, stored_hash, wire, peer FROM forks ORDER BY id").fetchall()
    seq, stored, wire, peer = evidence[-1]
    assert (seq, stored, peer) == (3, box.writer.records[2].hash, box.name.urn() if box.name else "")
    assert wire == segments_of(other.records)[0].encode()
    assert "FORK" in site.log()


def test_a_branch_behind_the_head_is_a_fork_too(site: Site) -> None:
    box = site.enrol_box()
    box.push(box.writer.write(5))
    other = box.writer.branch(4)
    other.write(3, ShiftOpened())
    answer = box.push(other.records[5:])
    assert (answer.status, answer.refusal) == (422, "fork")
    assert stored_seq(site, box) == 5


@pytest.mark.parametrize("reset", [False, True], ids=["ended", "reset"])
def test_whole_segments_stay_when_the_line_dies_in_the_middle(site: Site, reset: bool) -> None:
    box = site.enrol_box()
    whole = [encode_frame(segment.encode()) for segment in segments_of(box.writer.write(30), records_max=10)]
    cut_stream(box, whole[0] + whole[1] + whole[2][:100], reset=reset)
    wait_until(lambda: stored_seq(site, box) == 20)
    answer = box.push(box.writer.records[20:])
    assert answer.acknowledged.link == box.writer.link


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n", encode_frame(b"\x80"), b"\x00\x00"],
    ids=["empty frame", "huge frame", "http", "not a segment", "half a length"],
)
def test_garbage_is_refused_and_what_came_before_it_stays(site: Site, garbage: bytes) -> None:
    box = site.enrol_box()
    answer = push(site, box.context, stream_of(box.writer.write(3)) + garbage)
    assert answer.status == 400
    assert answer.acknowledged.link.seq == 3


def test_any_byte_changed_on_the_way_is_noticed(site: Site) -> None:
    box = site.enrol_box()
    good = stream_of(box.writer.write(2))
    for at in range(4, len(good), 7):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert push(site, box.context, bad).status in {400, 403}
    assert stored_seq(site, box) == 0


def test_records_of_another_s_chain_are_refused(site: Site) -> None:
    box, other = site.enrol_box(), site.enrol_box()
    answer = push(site, box.context, stream_of(other.writer.write(2)))
    assert (answer.status, answer.refusal) == (403, "refused")
    assert stored_seq(site, other) == 0


def test_records_of_an_unknown_key_are_refused(site: Site) -> None:
    box, stranger = site.enrol_box(), Box(site, site.home / "stranger")
    answer = push(site, box.context, stream_of(stranger.writer.write(1)))
    assert (answer.status, answer.refusal) == (403, "refused")


def test_two_chains_in_one_stream_are_refused_and_the_first_stays(site: Site) -> None:
    name = site.next_name()
    box = site.enrol_box()
    site.code_for(name)
    ours, theirs = site.county_writer(box.name or name), site.county_writer(name)
    context = site.county_link().context
    answer = push(site, context, stream_of(ours.write(2)) + stream_of(theirs.write(2)))
    assert answer.status == 400
    assert answer.acknowledged.link == ours.link


def test_two_posts_at_once_for_one_chain_end_in_one_chain(site: Site) -> None:
    box = site.enrol_box()
    records = box.writer.write(200)
    answers: list[Answered] = []
    lines = [threading.Thread(target=lambda: answers.append(box.push(records))) for _ in range(4)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    assert [answer.status for answer in answers] == [200] * 4
    assert {answer.acknowledged.link for answer in answers} == {box.writer.link}
    chain = box.writer.link.chain
    with sqlite3.connect(site.gateway_dir / "gateway.db") as db:
        rows = db.execute("SELECT count(*), max(seq) FROM records WHERE chain = ?", (chain,)).fetchone()
    assert rows == (200, 200)


def test_the_county_writes_to_a_terminal_and_only_that_one_reads_it(site: Site) -> None:
    box, other = site.enrol_box(), site.enrol_box()
    assert box.name is not None
    county = site.county_writer(box.name)
    assert push(site, site.county_link().context, stream_of(county.write(60))).status == 200
    got = relays(box.link.get("/v1/inbox?after=0"))
    records = [
        record for relay in got for record in open_relay(relay, site.trust, Purpose.COUNTY_CHAIN, box.name.urn())[1]
    ]
    assert [record.hash for record in records] == [record.hash for record in county.records]
    assert got[-1].place == 60
    assert relays(box.link.get("/v1/inbox?after=60")) == []
    assert relays(other.link.get("/v1/inbox?after=0")) == []
    assert verify_answer(box.link.get(f"/v1/head/{county.link.chain.hex()}"), site.trust).link == county.link


def test_a_terminal_may_not_write_the_county_s_chain(site: Site) -> None:
    box = site.enrol_box()
    assert box.name is not None
    answer = push(site, box.context, stream_of(site.county_writer(box.name).write(1)))
    assert (answer.status, answer.refusal) == (403, "refused")


def test_the_feed_gives_every_record_once_in_the_order_of_admission(site: Site) -> None:
    start = max((relay.place for relay in site.feed()), default=0)
    boxes = [site.enrol_box() for _ in range(2)]
    for _ in range(3):
        for box in boxes:
            box.push(box.writer.write(4))
    fed: dict[bytes, list[int]] = {}
    place = start
    while found := site.feed(place):
        for relay in found:
            assert relay.place > place
            place = relay.place
            statement, records = open_relay(relay, site.trust, Purpose.TERMINAL_CHAIN)
            assert PeerName.from_urn(statement.subject).role is PeerRole.TERMINAL
            fed.setdefault(records[0].header.chain, []).extend(record.header.seq for record in records)
    assert fed == {box.writer.link.chain: list(range(1, 13)) for box in boxes}


def test_a_very_long_stream_is_answered_before_its_end_and_goes_on_in_another(site: Site, rng: Random) -> None:
    box, count = site.enrol_box(), 1_600
    records = [
        record
        for _ in range(count)
        for record in box.writer.write(1, PackRefused(name="noise", reason=rng.randbytes(850).hex()))
    ]
    stream = stream_of(records)
    assert len(stream) > POST_BYTES_MAX + 0x1000
    raw = socket.create_connection(("127.0.0.1", site.port), 10)
    with box.context.wrap_socket(raw, server_hostname="127.0.0.1") as line:
        line.sendall(b"POST /v1/segments HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        while sent < POST_BYTES_MAX + 0x1000:
            line.sendall(b"1000\r\n" + stream[sent : sent + 0x1000] + b"\r\n")
            sent += 0x1000
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    stored = stored_seq(site, box)
    assert 0 < stored < count
    while stored < count:
        stored = box.push(records[stored : stored + 100]).acknowledged.link.seq
    assert box.head().link == Link(box.writer.link.chain, count, box.writer.link.hash)


def test_a_gateway_killed_between_commit_and_answer_has_kept_the_records(own_site: Site) -> None:
    box = own_site.enrol_box()
    records = box.writer.write(40)
    raw = socket.create_connection(("127.0.0.1", own_site.port), 10)
    line = box.context.wrap_socket(raw, server_hostname="127.0.0.1")
    line.sendall(b"POST /v1/segments HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n")
    # The stream does not end, so the gateway commits without answering: between commit and answer it is killed.
    for segment in segments_of(records[:20], records_max=5):
        frame = encode_frame(segment.encode())
        line.sendall(f"{len(frame):x}\r\n".encode() + frame + b"\r\n")
    wait_until(lambda: stored_seq(own_site, box) == 20)
    own_site.stop(signal.SIGKILL)
    answer = b""
    with suppress(OSError):
        line.sendall(b"0\r\n\r\n")
        answer = line.recv(1024)
    assert answer == b""
    own_site.start()
    assert stored_seq(own_site, box) == 20
    assert box.push(records).acknowledged.link == box.writer.link
    assert [relay.place for relay in own_site.feed()] == sorted({relay.place for relay in own_site.feed()})
    seqs = [
        record.header.seq
        for relay in own_site.feed()
        for record in open_relay(relay, own_site.trust, Purpose.TERMINAL_CHAIN)[1]
    ]
    assert seqs == list(range(1, 41))


def test_a_gateway_told_to_stop_stops(own_site: Site) -> None:
    own_site.stop(signal.SIGTERM)
    assert own_site.process is not None
    assert own_site.process.returncode == 0

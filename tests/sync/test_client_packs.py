"""Packs come piece by piece from the real gateway; a false one never lies where the kiosk looks."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
import requests

from sync.client.arrivals import Arrivals
from sync.client.line import Line, LineFailed
from sync.client.packs_lane import PIECE_BYTES, PacksLane
from sync.client.queue import Queue
from sync.clock import SystemClock
from sync.keys import FileSigner, Purpose
from sync.model.calendar_pack import CalendarPack, SpecialDay
from sync.packs import PackKind, seal_pack
from sync.protocol.pack_offer import PackOffer, encode_offers
from sync.revocation_file import RevocationFile
from sync.tls import client_context
from sync.transport.line_state import LineFault
from sync.transport.transport import Transport
from tests.sync.hostile import Behaviour, HostileServer
from tests.sync.test_client_line import hostile
from tests.sync.village import COUNTY, Village, sync

FIRST_DAY = date(2024, 1, 1)


def sealed_calendar(village: Village, version: int, days: int = 800) -> bytes:
    """A genuine pack, large enough for several pieces."""
    publisher = FileSigner.create(village.home / f"publisher-{version}.pem")
    statement = village.statement(Purpose.PACKS, publisher.public_key, "publisher")
    special = tuple(
        SpecialDay(date.fromordinal(FIRST_DAY.toordinal() + number), f"节日{number}" * 20) for number in range(days)
    )
    content = CalendarPack(FIRST_DAY, date(2030, 12, 31), FIRST_DAY, ("国务院办公厅通知",), special, ())
    return seal_pack(PackKind.CALENDAR, COUNTY, version, 1_000, content, publisher, statement)


def incoming(village: Village) -> Path:
    return village.terminal / "packs" / "incoming"


def test_a_pack_comes_whole_and_once(village: Village) -> None:
    pack = sealed_calendar(village, 1)
    assert len(pack) > 2 * PIECE_BYTES
    (village.gateway / "packs" / "calendar.pack").write_bytes(pack)
    with village.running_gateway() as url:
        village.configure(url)
        sync(village)
        assert [each.name for each in incoming(village).iterdir()] == ["calendar.pack"]
        assert (incoming(village) / "calendar.pack").read_bytes() == pack
        # The kiosk takes it away; it does not come again.
        (incoming(village) / "calendar.pack").unlink()
        sync(village)
        assert list(incoming(village).iterdir()) == []
        newer = sealed_calendar(village, 2)
        (village.gateway / "packs" / "calendar.pack").write_bytes(newer)
        sync(village)
        assert (incoming(village) / "calendar.pack").read_bytes() == newer
        for range_ in (f"bytes={len(newer)}-", "bytes=9-1", "the rest"):
            refused = asked(village, f"{url}/v1/packs/calendar", range_)
            assert (refused.status_code, refused.headers["Sunpoint-Refusal"]) == (416, "no-such-range")
            assert refused.headers["Content-Range"] == f"bytes */{len(newer)}"
            assert refused.text == f"there are {len(newer)} bytes\n"


def asked(village: Village, address: str, range_: str) -> requests.Response:
    keys = village.terminal / "keys"
    return requests.get(
        address,
        headers={"Range": range_},
        cert=(str(keys / "tls-certificate.pem"), str(keys / "tls-key.pem")),
        verify=str(keys / "root-certificate.pem"),
        timeout=20,
    )


def test_a_pack_goes_on_where_the_line_broke(village: Village) -> None:
    pack = sealed_calendar(village, 1)
    (village.gateway / "packs" / "calendar.pack").write_bytes(pack)
    incoming(village).mkdir(parents=True)
    digest = hashlib.sha256(pack).hexdigest()[:16]
    (incoming(village) / f"calendar.{digest}.part").write_bytes(pack[:70_000])
    (incoming(village) / "calendar.0000000000000000.part").write_bytes(b"of an older version")
    with village.running_gateway() as url:
        village.configure(url)
        sync(village)
    assert [each.name for each in incoming(village).iterdir()] == ["calendar.pack"]
    assert (incoming(village) / "calendar.pack").read_bytes() == pack


Answering = Callable[[str], bytes]


def offering(offer: PackOffer, of_pack: Answering) -> Behaviour:
    """Offer one pack and answer for its pieces as a test likes."""

    def behave(connection: ssl.SSLSocket, line: str) -> None:
        if line.startswith("GET /v1/packs/"):
            connection.sendall(of_pack(line))
        else:
            body = encode_offers([offer])
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return behave


def partly(body: bytes, length: int | None = None) -> bytes:
    head = f"HTTP/1.1 206 Partial\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


def lane(village: Village, server: HostileServer) -> PacksLane:
    keys = village.terminal / "keys"
    root = keys / "root-certificate.pem"
    context = client_context(root, keys / "tls-certificate.pem", keys / "tls-key.pem")
    line = Line(server.url, context, root, lambda _limit_s: nullcontext())
    transport = Transport.open_or_create(village.terminal / "transport.db")
    queue = Queue(village.terminal / "journal.db", transport)
    subject = village.name.urn()
    revocations = RevocationFile(village.terminal / "revocations.list", village.trust)
    where = incoming(village)
    return PacksLane(line, Arrivals(queue, transport, village.trust, subject, where, SystemClock(), revocations))


OFFER = PackOffer("calendar", 1, 10, hashlib.sha256(b"0123456789").digest())


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (partly(b"987654321x"), LineFault.GARBLED),
        (partly(b"short"), LineFault.GARBLED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", LineFault.REQUEST_REFUSED),
        (b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n", LineFault.REQUEST_REFUSED),
        (partly(bytes(PIECE_BYTES + 1)), LineFault.GARBLED),
    ],
    ids=["other bytes", "too few", "without range", "gone", "too many"],
)
def test_what_is_not_the_offered_pack_is_not_put_down(village: Village, answer: bytes, fault: LineFault) -> None:
    with hostile(village, offering(OFFER, lambda _line: answer)) as server:
        fetching = lane(village, server)
        with pytest.raises(LineFailed) as failed:
            fetching.run(lambda: None)
        assert failed.value.fault is fault
    assert not (incoming(village) / "calendar.pack").exists()


def test_other_lanes_run_between_the_pieces(village: Village) -> None:
    content = bytes(range(256)) * 512
    offer = PackOffer("calendar", 1, len(content), hashlib.sha256(content).digest())
    asked: list[str] = []

    def pieces(line: str) -> bytes:
        asked.append(line)
        begin = (len(asked) - 1) * PIECE_BYTES
        return partly(content[begin : begin + PIECE_BYTES])

    between: list[int] = []
    with hostile(village, offering(offer, pieces)) as server:
        lane(village, server).run(lambda: between.append(len(asked)))
    assert between == [1, 2]
    assert (incoming(village) / "calendar.pack").read_bytes() == content


def test_one_bad_pack_does_not_keep_the_next_from_coming(village: Village) -> None:
    good = PackOffer("profile", 1, 10, hashlib.sha256(b"0123456789").digest())

    def behave(connection: ssl.SSLSocket, line: str) -> None:
        if line.startswith("GET /v1/packs/calendar"):
            connection.sendall(b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n")
        elif line.startswith("GET /v1/packs/profile"):
            connection.sendall(partly(b"0123456789"))
        else:
            body = encode_offers([OFFER, good])
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    with hostile(village, behave) as server:
        fetching = lane(village, server)
        with pytest.raises(LineFailed):
            fetching.run(lambda: None)
    assert [each.name for each in incoming(village).glob("*.pack")] == ["profile.pack"]

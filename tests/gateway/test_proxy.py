"""Two gateways behind nginx, which terminates TLS and says on their sockets, and only there, who the clients are."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.assets import REPOSITORY
from provisioning.gateway_link import GatewayLink, GatewayRefuses
from sync.attachments.sealed import CONTENT_BYTES_MAX
from sync.certificates import Issuer, issue, make_issuer, make_root
from sync.clock import SystemClock
from sync.gateway.peers import ADDRESS_HEADER, CERTIFICATE_HEADER
from sync.keys import FileSigner
from sync.protocol import tus
from sync.protocol.arrivals import decode_arrivals
from sync.protocol.frame import encode_frame
from sync.protocol.segment import decode_segment
from sync.tls import client_context
from tests.gateway.county_site import COUNTY, Box, Site, push, segments_of, stream_of
from tests.gateway.gateway_pair import Proxy, make_pair
from tests.gateway.postgres_cluster import Cluster
from tests.gateway.test_segments import wait_until
from tests.gateway.test_who_asks import context_with, issuer_of
from tests.gateway.uploads import sealed, uplink

SHIPPED = REPOSITORY / "provisioning" / "nginx" / "sunpoint-gateways.conf"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Proxy]:
    # A socket's path has 107 bytes, and pytest's directories are long.
    home = Path(tempfile.mkdtemp(prefix="sunpoint-nginx-"))
    made = Proxy(home, SHIPPED, make_pair(tmp_path_factory.mktemp("pair"), cluster.new_place()))
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(home)


@pytest.fixture
def site(proxy: Proxy) -> Site:
    """The first gateway's county, whose port is nginx's."""
    return proxy.sites[0]


class OnSocket(HTTPConnection):
    """Straight to a gateway's socket, as the proxy."""

    def __init__(self, path: Path) -> None:
        super().__init__("gateway", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(self._path))


def asked(connection: HTTPConnection, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("Sunpoint-Refusal", "")


def forwarded(pem: bytes) -> dict[str, str]:
    return {CERTIFICATE_HEADER: quote(pem)}


def own_certificate(box: Box) -> bytes:
    """The first of the file; after it comes the issuing authority's."""
    pem = (box.keys / "tls-certificate.pem").read_bytes()
    return pem[: pem.index(b"-----END CERTIFICATE-----") + 26]


def test_a_terminal_enrols_sends_and_reads_through_the_proxy_whichever_gateway_it_meets(site: Site) -> None:
    box = site.enrol_box()
    for _ in range(6):
        assert box.push(box.writer.write(20)).acknowledged.link == box.writer.link
        assert box.head().link == box.writer.link
    segments = [decode_segment(relay.segment) for relay in site.feed()]
    mine = [each for each in segments if each.after.chain == box.writer.link.chain]
    assert [record.header.seq for each in mine for record in each.open(box.records.public_key)] == list(range(1, 121))
    assert box.link.get("/v1/inbox") == b""


def test_what_arrived_whole_is_stored_when_the_line_to_the_proxy_dies(site: Site) -> None:
    """`proxy_request_buffering off`: else nginx keeps the segments until the end that never comes."""
    box = site.enrol_box()
    segments = [encode_frame(each.encode()) for each in segments_of(box.writer.write(40), 10)]
    stream = b"".join(segments[:3]) + segments[3][:20]
    connection = HTTPSConnection("127.0.0.1", site.port, timeout=20, context=box.context)
    connection.putrequest("POST", "/v1/segments")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(b"%x\r\n%s\r\n" % (len(stream), stream))
    proxy_has_it = connection.sock
    while box.head().link.seq < 30:  # stored while the sender still holds the line
        assert proxy_has_it is not None
    connection.close()
    assert box.head().link.seq == 30


def test_a_gateway_that_dies_is_passed_over(proxy: Proxy, site: Site) -> None:
    box = site.enrol_box()
    for number in (0, 1):
        proxy.sites[number].stop()
        for _ in range(4):
            assert box.push(box.writer.write(3)).acknowledged.link == box.writer.link
        proxy.start_gateway(number)


def test_who_shows_no_certificate_is_told_so_by_the_gateway(site: Site) -> None:
    box = site.enrol_box()
    context = client_context(box.keys / "root-certificate.pem")
    with pytest.raises(GatewayRefuses) as refused:
        GatewayLink(site.url, context).get("/v1/packs")
    assert refused.value.code == "no-certificate"


def test_a_header_from_outside_is_replaced_by_the_proxy(site: Site) -> None:
    mine, other = site.enrol_box(), site.enrol_box()
    head = f"/v1/head/{other.writer.link.chain.hex()}"
    for context in (mine.context, client_context(mine.keys / "root-certificate.pem")):
        line = HTTPSConnection("127.0.0.1", site.port, timeout=20, context=context)
        status, refusal = asked(line, head, forwarded(own_certificate(other)))
        assert (status, refusal) in {(403, "not-the-holder"), (403, "no-certificate")}


@pytest.mark.parametrize("path", ["/v1/packs", "/v1/root", "/v1/feed", "/v1/no-such-route"])
@pytest.mark.parametrize("header", [CERTIFICATE_HEADER, ADDRESS_HEADER])
def test_on_a_port_the_header_is_refused_whatever_is_asked(own_site: Site, path: str, header: str) -> None:
    box = own_site.enrol_box()
    line = HTTPSConnection("127.0.0.1", own_site.port, timeout=20, context=box.context)
    assert asked(line, path, {header: quote(own_certificate(box))}) == (403, "identity-header")


def test_a_certificate_whose_dates_have_passed_still_uploads(site: Site, tmp_path: Path) -> None:
    box = site.enrol_box()
    assert box.name is not None
    long_ago = int(datetime(1999, 1, 1, tzinfo=UTC).timestamp() * 1000)
    expired = issue(issuer_of(site), box.tls.private_key.public_key(), box.name, long_ago)
    context = context_with(site, box, expired, tmp_path / "expired.pem")
    answer = push(site, context, stream_of(box.writer.write(30)))
    assert (answer.status, answer.acknowledged.link) == (200, box.writer.link)


def test_a_certificate_of_another_authority_is_nobody_also_when_the_proxy_let_it_pass(
    proxy: Proxy, site: Site, tmp_path: Path
) -> None:
    box = site.enrol_box()
    assert box.name is not None
    root, authority = FileSigner.create(tmp_path / "root.pem"), FileSigner.create(tmp_path / "issuer.pem")
    now_ms = SystemClock().wall_ms()
    foreign_root = Issuer(root.private_key, make_root(root.private_key, COUNTY, "forged", now_ms))
    foreign = make_issuer(foreign_root, authority.private_key.public_key(), COUNTY, now_ms)
    forger = Issuer(authority.private_key, foreign)
    forged = issue(forger, box.tls.private_key.public_key(), box.name, now_ms)
    assert asked(OnSocket(proxy.sockets[0]), "/v1/packs", forwarded(own_certificate(box)))[0] == 200
    assert asked(OnSocket(proxy.sockets[0]), "/v1/packs", forwarded(forged)) == (403, "certificate-without-name")
    assert asked(OnSocket(proxy.sockets[0]), "/v1/packs", {}) == (403, "no-certificate")
    assert asked(OnSocket(proxy.sockets[0]), "/v1/packs", {CERTIFICATE_HEADER: "%00%ff"})[0] == 403
    # And over TLS: nginx passes on what it could not verify, the gateway does not take it.
    chain = tmp_path / "forged.pem"
    chain.write_bytes(forged + foreign.public_bytes(Encoding.PEM))
    context = client_context(box.keys / "root-certificate.pem", chain, box.keys / "tls-key.pem")
    with pytest.raises((GatewayRefuses, ssl.SSLError)):
        GatewayLink(site.url, context).get("/v1/packs")


def test_the_socket_is_for_the_gateway_s_user_and_its_group(proxy: Proxy) -> None:
    assert proxy.sockets[0].stat().st_mode & 0o007 == 0


def test_an_attachment_begun_at_one_gateway_goes_on_at_the_other(site: Site, proxy: Proxy) -> None:
    """Also the bytes of a piece whose line died: nginx passes them on as they come."""
    up = uplink(site.enrol_box(), sealed(300_000))
    content = up.attachment.content
    assert up.begin().status == 201
    up.cut(0, content[:70_000], len(content), reset=False)
    wait_until(lambda: up.offset() > 0)
    proxy.sites[0].stop()
    at = up.offset()
    assert up.patch(at, content[at : at + 100_000]).status == 204
    proxy.start_gateway(0)
    proxy.sites[1].stop()
    at += 100_000
    proxy.wait_for(lambda: up.ask("HEAD", up.path).headers[tus.OFFSET] == str(at))
    assert up.patch(at, content[at:]).status == 204
    proxy.start_gateway(1)
    found = decode_arrivals(site.county_link().get(f"{tus.ROOT}?after=0"), 0)
    assert [each.digest for each in found] == [up.attachment.digest]


def test_an_attachment_of_the_largest_size_passes_in_one_piece(site: Site) -> None:
    up = uplink(site.enrol_box(), sealed(CONTENT_BYTES_MAX))
    up.begin()
    assert up.patch(0, up.attachment.content).status == 204

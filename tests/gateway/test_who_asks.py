"""Who may ask what: told by the certificate alone."""

from __future__ import annotations

import errno
import re
import resource
import shutil
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.gateway_link import GatewayLink, GatewayRefuses, GatewayUnreachable
from provisioning.grant import revoke
from provisioning.key_steps import load_issuer
from sync import county_config
from sync.certificates import Issuer, issue, make_issuer, make_root
from sync.clock import SystemClock
from sync.gateway import config as gateway_config
from sync.gateway.__main__ import main
from sync.keys import FileSigner
from sync.peer_name import PeerName, PeerRole
from sync.tls import client_context, gateway_context, unverified_context
from tests.gateway.county_site import COUNTY, Box, Site, push, stream_of
from tests.sync.village import eventually

HOST = "127.0.0.1"
YEARS_AGO_MS = int(datetime(1999, 1, 1, tzinfo=UTC).timestamp() * 1000)


def context_with(site: Site, box: Box, certificate: bytes, file: Path) -> ssl.SSLContext:
    """A line with the box's key and another certificate for it."""
    issuer = load_issuer(
        site.gateway_dir / gateway_config.ISSUER_KEY, site.county_dir / county_config.AUTHORITIES
    ).certificate
    file.write_bytes(certificate + issuer.public_bytes(Encoding.PEM))
    return client_context(box.keys / "root-certificate.pem", file, box.keys / "tls-key.pem")


def issuer_of(site: Site) -> Issuer:
    return load_issuer(site.gateway_dir / gateway_config.ISSUER_KEY, site.county_dir / county_config.AUTHORITIES)


@pytest.mark.parametrize("path", ["/v1/packs", "/v1/inbox", "/v1/checkpoint", "/v1/feed", "/v1/head/0011223344556677"])
def test_without_a_certificate_nothing_is_told(site: Site, path: str) -> None:
    box = site.enrol_box()
    with pytest.raises(GatewayRefuses) as refused:
        GatewayLink(site.url, client_context(box.keys / "root-certificate.pem")).get(path)
    assert refused.value.code == "no-certificate"


def test_without_a_certificate_nothing_is_taken(site: Site) -> None:
    box = site.enrol_box()
    answer = push(site, client_context(box.keys / "root-certificate.pem"), stream_of(box.writer.write(1)))
    assert (answer.status, answer.refusal) == (403, "no-certificate")
    assert box.head().link.seq == 0


def test_a_certificate_of_a_foreign_authority_gets_no_connection(site: Site, tmp_path: Path) -> None:
    box = site.enrol_box()
    root_key = FileSigner.create(tmp_path / "foreign.pem").private_key
    root = Issuer(root_key, make_root(root_key, COUNTY, "青山县", YEARS_AGO_MS))
    issuer = Issuer(root_key, make_issuer(root, root_key.public_key(), COUNTY, YEARS_AGO_MS))
    assert box.name is not None
    forged = issue(issuer, box.tls.private_key.public_key(), box.name, YEARS_AGO_MS)
    (tmp_path / "forged.pem").write_bytes(forged + issuer.certificate.public_bytes(Encoding.PEM))
    context = client_context(box.keys / "root-certificate.pem", tmp_path / "forged.pem", box.keys / "tls-key.pem")
    with pytest.raises(GatewayUnreachable):
        GatewayLink(site.url, context).get("/v1/packs")


def test_a_certificate_that_ended_years_ago_still_uploads(site: Site, tmp_path: Path) -> None:
    box = site.enrol_box()
    assert box.name is not None
    old = issue(issuer_of(site), box.tls.private_key.public_key(), box.name, YEARS_AGO_MS)
    assert x509.load_pem_x509_certificate(old).not_valid_after_utc.year < 2005
    answer = push(site, context_with(site, box, old, tmp_path / "old.pem"), stream_of(box.writer.write(2)))
    assert answer.status == 200
    assert answer.acknowledged.link.seq == 2


def test_the_name_is_read_from_the_uri_and_not_from_the_common_name(site: Site, tmp_path: Path) -> None:
    box = site.enrol_box()
    stranger = PeerName(COUNTY, PeerRole.TERMINAL, "990101999999", "01")
    certificate = issue(issuer_of(site), box.tls.private_key.public_key(), stranger, YEARS_AGO_MS)
    with pytest.raises(GatewayRefuses) as refused:
        GatewayLink(site.url, context_with(site, box, certificate, tmp_path / "other.pem")).get("/v1/packs")
    assert refused.value.code == "not-enrolled"


def test_a_certificate_of_another_county_is_refused(site: Site, tmp_path: Path) -> None:
    box = site.enrol_box()
    neighbour = PeerName("990102", PeerRole.TERMINAL, "990102000001", "01")
    certificate = issue(issuer_of(site), box.tls.private_key.public_key(), neighbour, YEARS_AGO_MS)
    with pytest.raises(GatewayRefuses) as refused:
        GatewayLink(site.url, context_with(site, box, certificate, tmp_path / "other.pem")).get("/v1/packs")
    assert refused.value.code == "another-county"


def test_a_terminal_may_not_do_what_the_county_does(site: Site) -> None:
    box = site.enrol_box()
    with pytest.raises(GatewayRefuses, match="terminal"):
        box.link.get("/v1/feed")
    for path in ("/v1/grants", "/v1/revocations"):
        with pytest.raises(GatewayRefuses, match="terminal"):
            box.link.post(path, b"\x80")


def test_the_county_has_no_inbox(site: Site) -> None:
    with pytest.raises(GatewayRefuses, match="county"):
        site.county_link().get("/v1/inbox")


def test_a_terminal_may_not_ask_about_another_s_chain(site: Site) -> None:
    box, other = site.enrol_box(), site.enrol_box()
    with pytest.raises(GatewayRefuses) as refused:
        box.link.get(f"/v1/head/{other.writer.link.chain.hex()}")
    assert refused.value.code == "not-the-holder"


def test_a_revoked_terminal_is_refused_and_what_it_delivered_stays(site: Site) -> None:
    box = site.enrol_box()
    box.push(box.writer.write(3))
    assert box.name is not None
    revoke(site.county_dir, box.name.region, box.name.terminal)
    answer = box.push(box.writer.write(1))
    assert (answer.status, answer.refusal) == (403, "revoked")
    with pytest.raises(GatewayRefuses) as refused:
        box.link.get("/v1/inbox")
    assert refused.value.code == "revoked"
    assert any(len(relay.segment) for relay in site.feed())


def test_older_tls_is_refused(site: Site) -> None:
    context = unverified_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", site.port), 5) as raw, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(raw)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(400), b"\x00" * 5000])
def test_garbage_instead_of_tls_harms_nobody(site: Site, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", site.port), 5) as raw:
        raw.settimeout(5)
        with suppress(ConnectionError):
            raw.sendall(garbage)
            while raw.recv(4096):
                continue
    box = site.enrol_box()
    assert box.push(box.writer.write(1)).status == 200


def test_a_gateway_of_another_county_is_not_believed(site: Site, tmp_path: Path) -> None:
    box = site.enrol_box()
    root_key = FileSigner.create(tmp_path / "key.pem").private_key
    root = Issuer(root_key, make_root(root_key, COUNTY, "青山县", YEARS_AGO_MS))
    issuer = Issuer(root_key, make_issuer(root, root_key.public_key(), COUNTY, YEARS_AGO_MS))
    name = PeerName(COUNTY, PeerRole.GATEWAY)
    (tmp_path / "server.pem").write_bytes(issue(issuer, root_key.public_key(), name, YEARS_AGO_MS, ["127.0.0.1"]))
    context = gateway_context(
        tmp_path / "server.pem", tmp_path / "key.pem", box.keys / "root-certificate.pem", SystemClock()
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_one, args=(listener, context), daemon=True).start()
        link = GatewayLink(f"https://127.0.0.1:{listener.getsockname()[1]}", box.context)
        with pytest.raises(GatewayUnreachable, match="certificate"):
            link.get("/v1/packs")


@pytest.mark.parametrize("in_handshake", [True, False])
def test_whoever_trickles_is_let_go_like_a_line_that_died(
    site: Site, monkeypatch: pytest.MonkeyPatch, in_handshake: bool
) -> None:
    monkeypatch.setattr("sync.tls.PATIENCE_S", 0.4)
    keys = site.gateway_dir / "keys"
    context = gateway_context(
        keys / "server-certificates.pem", keys / "server-key.pem", keys / "authorities.pem", SystemClock()
    )
    near, far = socket.socketpair()
    ended: list[BaseException] = []

    def serve() -> None:
        try:
            with context.wrap_socket(far, server_side=True) as served:
                served.setblocking(True)
                while served.recv(100):
                    continue
        except OSError as cause:
            ended.append(cause)

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    with suppress(OSError), near:
        line = near if in_handshake else unverified_context().wrap_socket(near)
        # The beginning of a ClientHello, or of a request; the rest takes its time.
        for byte in b"\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb" + bytes(100):
            line.sendall(bytes([byte]))
            time.sleep(0.02)
    server.join(5)
    [cause] = ended
    assert isinstance(cause, ConnectionResetError)
    assert cause.errno == errno.ECONNRESET, "of which the server writes no traceback"


def test_those_who_do_not_hang_up_hold_nobody_else_up(site: Site) -> None:
    context = unverified_context()
    held = []
    for _ in range(20):
        line = context.wrap_socket(socket.create_connection(("127.0.0.1", site.port), 10))
        line.sendall(b"GET /v1/nothing HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
        held.append(line)
    for line in held:
        assert line.recv(100).startswith(b"HTTP/1.1 404")
    began = time.monotonic()
    box = site.enrol_box()
    assert box.push(box.writer.write(1)).status == 200
    assert time.monotonic() - began < 2
    for line in held:
        line.close()


def test_more_connections_than_there_are_files_end_neither_the_gateway_nor_its_answers(own_site: Site) -> None:
    [worker] = re.findall(r"Booting worker with pid: (\d+)", own_site.log())
    resource.prlimit(int(worker), resource.RLIMIT_NOFILE, (150, 150))
    held = [socket.create_connection(("127.0.0.1", own_site.port), 10) for _ in range(200)]
    until = time.monotonic() + 20
    while "no more connections can be opened" not in own_site.log() and time.monotonic() < until:
        time.sleep(0.02)
    assert "no more connections can be opened" in own_site.log()
    for each in held:
        each.close()
    box = own_site.enrol_box()
    assert box.push(box.writer.write(1)).status == 200
    assert own_site.log().count("Booting worker") == 1


def test_a_carrier_of_slow_bundles_leaves_room_for_others(site: Site) -> None:
    slow, honest = site.enrol_box(), site.enrol_box()
    lines = []
    for _ in range(2):
        line = slow.context.wrap_socket(socket.create_connection(("127.0.0.1", site.port), 10), server_hostname=HOST)
        line.sendall(b"POST /v1/bundles HTTP/1.1\r\nHost: gateway\r\nContent-Length: 9999\r\n\r\nSUNBNDL")
        lines.append(line)
    until = time.monotonic() + 10
    while (refused := brought_by(slow)) != "store-unavailable" and time.monotonic() < until:
        time.sleep(0.02)
    assert refused == "store-unavailable"
    assert brought_by(honest) == "not-a-bundle"
    for line in lines:
        line.close()


def brought_by(box: Box) -> str:
    with pytest.raises(GatewayRefuses) as refused:
        box.link.post("/v1/bundles", b"no bundle")
    return refused.value.code


def test_nobody_writes_lines_of_their_own_into_the_log(site: Site) -> None:
    connection = HTTPSConnection("127.0.0.1", site.port, timeout=10, context=site.county_link().context)
    connection.request("GET", "/v1/x%0a2026-11-22%20ERROR%20FORK:%20forged%1b%5b2J%e2%80%ae")
    assert connection.getresponse().read()
    connection.close()
    eventually(10, lambda: "forged" in site.log())
    [line] = [each for each in site.log().split("\n") if "forged" in each]
    assert "GET /v1/x%0A2026-11-22%20ERROR%20FORK%3A%20forged%1B%5B2J%E2%80%AE 404 " in line
    assert "\x1b" not in site.log()


def _answer_one(listener: socket.socket, context: ssl.SSLContext) -> None:
    far, _ = listener.accept()
    with far, suppress(OSError):
        context.wrap_socket(far, server_side=True).close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/v1/segments/", 405),
        ("/v1//root", 404),
        ("/v1/head/zz", 400),
        ("/v1/head/00", 400),
        ("/v1/feed?after=-1", 400),
        ("/v1/feed?after=" + "9" * 40, 400),
        ("/v1/packs/..%2F..%2Fgateway.json", 404),
        ("/v1/packs/nothing", 404),
    ],
)
def test_odd_addresses_get_a_sentence_and_never_a_redirect(site: Site, path: str, status: int) -> None:
    connection = HTTPSConnection("127.0.0.1", site.port, timeout=10, context=site.county_link().context)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == status
    assert answer.headers["Sunpoint-Refusal"]
    assert b"Traceback" not in body
    assert body.endswith(b"\n")


def test_the_log_names_no_address_and_no_secret(site: Site) -> None:
    name = site.next_name()
    code = site.code_for(name)
    box = Box(site, site.home / "logged")
    box.enrol(code)
    box.push(box.writer.write(1))
    log = site.log()
    assert "sent segments: whole, 1 records stored" in log
    served = [line for line in log.splitlines() if "/v1/" in line]
    assert served
    assert not any("127.0.0.1" in line for line in served)
    assert code.secret.hex() not in log
    assert "after=" not in log


LISTENERS_THAT_ARE_NONE = [
    "nonsense", "127.0.0.1:99999", "127.0.0.1:", "127.0.0.1:x",
    "unix:", "unix:socket", "unix:/a b", "unix:/" + "a" * 107,
]  # fmt: skip


@pytest.mark.parametrize("listen", LISTENERS_THAT_ARE_NONE)
def test_an_address_to_listen_on_that_is_none_is_a_sentence(
    site: Site, listen: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "gateway"
    shutil.copytree(site.gateway_dir, data, ignore=shutil.ignore_patterns("*.db*", "*.lock"))
    assert main(["--data", str(data), "--listen", listen]) == 1
    assert f"{listen} is neither host:port nor unix:/path" in capsys.readouterr().err


def test_a_host_to_listen_on_that_nobody_knows_is_named(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "gateway"
    shutil.copytree(site.gateway_dir, data, ignore=shutil.ignore_patterns("*.db*", "*.lock"))
    assert main(["--data", str(data), "--listen", "gateway.invalid:8443"]) == 1
    assert "nobody knows the host gateway.invalid" in capsys.readouterr().err


def test_a_port_that_another_program_has_is_one_sentence(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "gateway"
    shutil.copytree(site.gateway_dir, data, ignore=shutil.ignore_patterns("*.db*", "*.lock"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        assert main(["--data", str(data), "--listen", listen]) == 1
    assert capsys.readouterr().err == f"the gateway does not start: cannot listen on {listen}: Address already in use\n"


def test_a_directory_that_is_no_gateway_s_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 1
    assert "gateway.json" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", [gateway_config.SERVER_KEY, gateway_config.SERVER_CERTIFICATES, gateway_config.AUTHORITIES]
)
def test_a_gateway_whose_keys_cannot_be_used_names_the_file(
    site: Site, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "gateway"
    shutil.copytree(site.gateway_dir, data, ignore=shutil.ignore_patterns("*.db*", "*.lock"))
    (data / name).write_bytes((data / name).read_bytes()[:40])
    assert main(["--data", str(data)]) == 1
    assert name in capsys.readouterr().err

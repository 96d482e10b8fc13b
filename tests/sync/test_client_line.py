"""What answers is not a gateway, or a sick one: each is a state of the line with a name, and nothing is claimed."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from sync.client.line import Line, LineFailed
from sync.keys import FileSigner, Purpose
from sync.peer_name import PeerName, PeerRole
from sync.protocol.acknowledgement import Acknowledgement, encode_answer
from sync.protocol.frame import encode_frame
from sync.protocol.pack_offer import encode_offers
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment
from sync.record import Link
from sync.tls import client_context
from sync.transport.line_state import LineFault
from tests.sync.hostile import Behaviour, HostileServer, answering, sending
from tests.sync.village import COUNTY, REGION, SOURCES, TAKEN_IN, Village, eventually, write

GATEWAY = PeerName(COUNTY, PeerRole.GATEWAY)


def server_context(
    village: Village, name: PeerName = GATEWAY, host: str = "127.0.0.1", at_ms: int = 0
) -> ssl.SSLContext:
    """TLS with a certificate of this county: for whom, under which host, made when."""
    key_file = Path(tempfile.mkdtemp(dir=village.home)) / "server.pem"
    key = FileSigner.create(key_file)
    (village.home / "server-chain.pem").write_bytes(village.certificate(key.public_key, name, (host,), at_ms))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(village.home / "server-chain.pem", key_file)
    return context


@contextmanager
def hostile(village: Village, behaviour: Behaviour, context: ssl.SSLContext | None = None) -> Iterator[HostileServer]:
    with HostileServer(context or server_context(village), behaviour) as server:
        village.configure(server.url)
        yield server


def fault_after_a_round(village: Village) -> LineFault | None:
    """Let the real client run one round and return what it says of the line."""
    ran = village.sync_once()
    assert "Traceback" not in ran.stderr
    assert "张三" not in ran.stderr
    state = village.transport().line()
    assert ran.returncode == (0 if state.up else 1)
    if state.fault is not None:
        assert state.fault.value in ran.stderr
        assert state.sentence
        assert state.sentence.isprintable()
        assert ran.stderr.replace("\n", "").isprintable()
        assert state.next_try_ms is not None
        assert state.last_try_ms is not None
        assert state.last_success_ms is None
    return state.fault


@pytest.fixture
def waiting(village: Village) -> Village:
    """A terminal with a record that the county has not."""
    journal = village.journal()
    write(journal, TAKEN_IN)
    journal.close()
    return village


BEHAVIOURS: dict[str, tuple[Behaviour, LineFault]] = {
    "a redirect": (answering("302 Found", b"", "Location: https://127.0.0.1:9/login"), LineFault.REDIRECTED),
    "500": (answering("500 Oops", b"<html>"), LineFault.GATEWAY_FAILED),
    "503": (answering("503 Busy", b""), LineFault.GATEWAY_FAILED),
    "503 without a key": (
        answering("503 Busy", b"", "Sunpoint-Refusal: not-vouched"),
        LineFault.NOT_VOUCHED,
    ),
    "404": (answering("404 Not Found", b"nothing here"), LineFault.REQUEST_REFUSED),
    "403": (answering("403 Forbidden", b"", "Sunpoint-Refusal: revoked"), LineFault.NOT_ADMITTED),
    "a word that steers a screen": (
        answering("403 Forbidden", b"", "Sunpoint-Refusal: \x1b[2Jall is well"),
        LineFault.NOT_ADMITTED,
    ),
    "a page": (answering("200 OK", b"<html>welcome</html>"), LineFault.GARBLED),
    "no body": (answering("200 OK"), LineFault.GARBLED),
    "too much": (answering("200 OK", bytes(100_000)), LineFault.GARBLED),
    "a compressed answer": (answering("200 OK", b"\x1f\x8b" + bytes(50), "Content-Encoding: gzip"), LineFault.GARBLED),
    "half an answer": (answering("200 OK", b"\x83\x01", length=300), LineFault.CUT),
    "no HTTP": (sending(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), LineFault.GARBLED),
    "endless headers": (sending(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 500), LineFault.GARBLED),
    "nothing at all": (sending(b""), LineFault.CUT),
    "half a head": (sending(b"HTTP/1.1 200 O"), LineFault.GARBLED),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_an_answer_that_is_no_gateways_has_a_name(waiting: Village, name: str) -> None:
    behaviour, fault = BEHAVIOURS[name]
    with hostile(waiting, behaviour) as server:
        assert fault_after_a_round(waiting) is fault
        assert server.requests
    chain = waiting.journal().chain
    assert waiting.transport().acknowledgement(chain) is None


def test_a_redirect_is_not_followed(waiting: Village) -> None:
    with HostileServer(server_context(waiting), answering("200 OK")) as elsewhere:
        moved = answering("307 Moved", b"", f"Location: {elsewhere.url}/v1/segments")
        with hostile(waiting, moved):
            assert fault_after_a_round(waiting) is LineFault.REDIRECTED
        assert elsewhere.requests == []


def test_nobody_at_the_address_is_no_line(waiting: Village) -> None:
    assert fault_after_a_round(waiting) is LineFault.NO_LINE
    waiting.configure("https://no-such-host.invalid:443")
    assert fault_after_a_round(waiting) is LineFault.NO_LINE


def test_a_gateway_of_another_county_is_not_trusted(waiting: Village, tmp_path: Path) -> None:
    other = Village(tmp_path / "other")
    with hostile(waiting, answering("200 OK"), server_context(other)) as server:
        assert fault_after_a_round(waiting) is LineFault.NOT_TRUSTED
        assert server.requests == []


def test_a_certificate_for_another_host_is_not_trusted(waiting: Village) -> None:
    with hostile(waiting, answering("200 OK"), server_context(waiting, host="127.0.0.2")):
        assert fault_after_a_round(waiting) is LineFault.NOT_TRUSTED


def test_a_terminal_cannot_pass_for_the_gateway(waiting: Village) -> None:
    with hostile(waiting, answering("200 OK"), server_context(waiting, waiting.name)) as server:
        assert fault_after_a_round(waiting) is LineFault.NOT_TRUSTED
        assert server.requests == []


def test_a_gateway_whose_certificate_has_run_out_is_still_this_countys(waiting: Village) -> None:
    years_ago_ms = 946_684_800_000  # 2000-01-01
    with hostile(waiting, answering("503 Busy"), server_context(waiting, at_ms=years_ago_ms)):
        assert fault_after_a_round(waiting) is LineFault.GATEWAY_FAILED


def test_a_gateway_that_refuses_the_terminals_certificate_is_told_apart(waiting: Village, tmp_path: Path) -> None:
    other = Village(tmp_path / "other")
    context = server_context(waiting)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(other.terminal / "keys" / "root-certificate.pem")
    with hostile(waiting, answering("200 OK"), context):
        assert fault_after_a_round(waiting) is LineFault.NOT_ADMITTED


def test_an_older_tls_is_not_spoken(waiting: Village) -> None:
    context = server_context(waiting)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with hostile(waiting, answering("200 OK"), context) as server:
        assert fault_after_a_round(waiting) is LineFault.GARBLED
        assert server.requests == []


def test_a_page_without_tls_is_not_listened_to(waiting: Village) -> None:
    def portal(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with HostileServer(server_context(waiting), answering("200 OK"), portal) as server:
        waiting.configure(server.url)
        assert fault_after_a_round(waiting) is LineFault.GARBLED


def acknowledging(
    village: Village, link: Link, signer: FileSigner, purpose: Purpose = Purpose.ACKNOWLEDGE
) -> Behaviour:
    """Answer everything with an acknowledgement under some key."""
    statement = village.statement(purpose, village.keys.gateway.public_key, GATEWAY.urn())
    return answering("200 OK", encode_answer(statement, Acknowledgement(link, 1_000).sign(signer)))


def test_an_acknowledgement_that_the_county_did_not_sign_is_nothing(waiting: Village) -> None:
    journal = waiting.journal()
    for behaviour in (
        acknowledging(waiting, journal.head(), waiting.keys.county),
        acknowledging(waiting, journal.head(), waiting.keys.gateway, Purpose.PACKS),
    ):
        with hostile(waiting, behaviour):
            assert fault_after_a_round(waiting) is LineFault.NOT_SIGNED
        assert waiting.transport().acknowledgement(journal.chain) is None


@pytest.mark.parametrize(
    ("seq", "hashed", "fault"),
    [(1, bytes(32), LineFault.FORKED), (9, bytes(32), LineFault.COUNTY_AHEAD)],
)
def test_a_county_that_holds_something_else_stops_the_sending(
    waiting: Village, seq: int, hashed: bytes, fault: LineFault
) -> None:
    chain = waiting.journal().chain
    with hostile(waiting, acknowledging(waiting, Link(chain, seq, hashed), waiting.keys.gateway)) as server:
        assert fault_after_a_round(waiting) is fault
        assert not any(line.startswith("POST") for line in server.requests)
    assert waiting.transport().acknowledgement(chain) is None


def test_a_gateway_that_takes_records_and_stores_none_is_found_out(waiting: Village) -> None:
    nothing = Link.start(waiting.journal().chain)
    with hostile(waiting, acknowledging(waiting, nothing, waiting.keys.gateway)) as server:
        assert fault_after_a_round(waiting) is LineFault.GARBLED
        assert sum(line.startswith("POST") for line in server.requests) == 1


def test_only_the_countys_root_is_trusted_whatever_the_machine_trusts(waiting: Village) -> None:
    keys = waiting.terminal / "keys"
    root = keys / "root-certificate.pem"
    context = client_context(root, keys / "tls-certificate.pem", keys / "tls-key.pem")
    with hostile(waiting, answering("200 OK", b"x")) as server:
        line = Line(server.url, context, root, lambda _limit_s: nullcontext())
        assert line.ask("/v1/packs", 10).body == b"x"
        line.close()
    assert context.cert_store_stats()["x509_ca"] == 1


def test_an_answer_larger_than_asked_for_is_not_read_to_its_end(waiting: Village) -> None:
    keys = waiting.terminal / "keys"
    root = keys / "root-certificate.pem"
    context = client_context(root, keys / "tls-certificate.pem", keys / "tls-key.pem")
    with hostile(waiting, answering("200 OK", bytes(11))) as server:
        line = Line(server.url, context, root, lambda _limit_s: nullcontext())
        assert len(line.ask("/v1/packs", 11).body) == 11
        with pytest.raises(LineFailed, match="more than 10 bytes"):
            line.ask("/v1/packs", 10)


@pytest.mark.parametrize(
    ("terminal", "fault", "kept"), [("01", None, 3), ("02", LineFault.NOT_SIGNED, 0)], ids=["this point", "another"]
)
def test_the_countys_chain_for_another_terminal_is_not_taken(
    village: Village, terminal: str, fault: LineFault | None, kept: int
) -> None:
    subject = PeerName(COUNTY, PeerRole.TERMINAL, REGION, terminal).urn()
    statement = village.statement(Purpose.COUNTY_CHAIN, village.keys.county.public_key, subject)
    inbox = encode_frame(Relay(3, statement, Segment.of(village.county_records(3)).encode()).encode())

    def behave(connection: ssl.SSLSocket, line: str) -> None:
        bodies = {"GET /v1/inbox?after=0": inbox, "GET /v1/packs": encode_offers(())}
        asked = line.removesuffix(" HTTP/1.1")
        status = "404 Not Found" if asked in ("GET /v1/stick-key", "GET /v1/revocations") else "200 OK"
        answering(status, bodies.get(asked, b""))(connection, line)

    with hostile(village, behave):
        assert fault_after_a_round(village) is fault
    assert len(village.transport().records(0, 10)) == kept


def test_an_inbox_that_was_cut_gives_its_whole_frames(village: Village) -> None:
    statement = village.statement(Purpose.COUNTY_CHAIN, village.keys.county.public_key, village.name.urn())
    records = village.county_records(4)
    frames = [
        encode_frame(Relay(last, statement, Segment.of(records[last - 2 : last]).encode()).encode()) for last in (2, 4)
    ]
    cut = b"".join(frames)[:-5]
    for behaviour in (answering("200 OK", cut), answering("200 OK", cut, length=len(cut) + 5)):
        for file in village.terminal.glob("transport.db*"):
            file.unlink()
        with hostile(village, behaviour):
            assert fault_after_a_round(village) is LineFault.CUT
        assert [place for place, _ in village.transport().records(0, 10)] == [1, 2]


def test_an_answer_that_was_cut_gives_what_came(waiting: Village) -> None:
    keys = waiting.terminal / "keys"
    root = keys / "root-certificate.pem"
    context = client_context(root, keys / "tls-certificate.pem", keys / "tls-key.pem")
    with hostile(waiting, answering("200 OK", b"first part", length=100)) as server:
        answer = Line(server.url, context, root, lambda _limit_s: nullcontext()).ask("/v1/inbox?after=0", 1000)
    assert answer.body == b"first part"
    assert answer.broken is not None
    assert answer.broken.fault is LineFault.CUT


def test_a_gateway_whose_host_nobody_knows_is_said_so(waiting: Village) -> None:
    waiting.configure("https://gateway.invalid:8443")
    assert "nobody knows the name of the gateway's host" in waiting.sync_once().stderr


def trickling(connection: ssl.SSLSocket, _line: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.02)


ASKING = """
import sys
from pathlib import Path
from sync.client.interrupts import Interrupts
from sync.client.line import Line, LineFailed
from sync.tls import client_context

keys = Path(sys.argv[2])
root = keys / "root-certificate.pem"
context = client_context(root, keys / "tls-certificate.pem", keys / "tls-key.pem")
line = Line(sys.argv[1], context, root, Interrupts().exchange, exchange_s_max=0.5)
try:
    answer = line.ask("/v1/inbox?after=0", 1_000_000)
    print("broken", answer.broken.fault.value, len(answer.body) > 0)
except LineFailed as failure:
    print("failed", failure.fault.value)
"""


@pytest.mark.parametrize(
    ("slowly", "said"),
    [(trickling, "broken too_slow True"), (lambda *_: time.sleep(1.5), "failed too_slow")],
    ids=["a byte now and then", "silence"],
)
def test_an_exchange_ends_when_its_time_is_up_however_alive_it_looks(
    waiting: Village, slowly: Behaviour, said: str
) -> None:
    with hostile(waiting, slowly) as server:
        ran = subprocess.run(
            [sys.executable, "-c", ASKING, server.url, str(waiting.terminal / "keys")],
            cwd=SOURCES, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert ran.stdout.strip() == said, ran.stderr


def test_told_to_stop_in_the_middle_of_an_exchange_it_ends_cleanly(waiting: Village) -> None:
    released = threading.Event()

    def silent(_connection: ssl.SSLSocket, _line: str) -> None:
        released.wait(20)

    with hostile(waiting, silent) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "sync.client", "--data", str(waiting.terminal)],
            cwd=SOURCES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        eventually(20, lambda: server.requests)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=10)
        released.set()
    assert process.returncode == 0
    assert "Traceback" not in said

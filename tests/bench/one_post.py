"""`python -m tests.bench.one_post serve|push ...`: one signed record a request, the plain way to send signed things.

The server checks each record with its own signature and commits it before it answers; it has one thread and keeps
connections. It answers /acknowledged with the county's signature, which the sender verifies and keeps on its disk, as
our own programs do for many records; /bare with nothing. Both ends say what happened as lines of JSON.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from sync import cbor
from sync.clock import SystemClock
from sync.gateway import config as files
from sync.journal import JournalReader
from sync.keys import FileSigner
from sync.protocol.acknowledgement import Acknowledgement, encode_answer, verify_answer
from sync.protocol.uploader import records_between
from sync.record import BODY_BYTES_MAX, HEADER_BYTES_MAX, Link, chain_id, check_follows, check_signature, restore
from sync.terminal import TerminalConfig, trust_of
from sync.transport.transport import Transport

ACKNOWLEDGED, BARE = "/acknowledged", "/bare"
_LIMITS = cbor.Limits(HEADER_BYTES_MAX + BODY_BYTES_MAX + 128, values_max=8)


def serve(host: str, path: str, gateway: Path, public_key: bytes) -> None:
    """Take records of one chain until killed, with the certificate and the keys of a gateway's directory."""
    signer = FileSigner.load(gateway / files.ACKNOWLEDGEMENT_KEY)
    statement = (gateway / files.ACKNOWLEDGEMENT_STATEMENT).read_bytes()
    clock = SystemClock()
    store = sqlite3.connect(path, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, header BLOB, body BLOB, signature BLOB)")
    stands = Link(chain_id(public_key), 1, b"")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            nonlocal stands
            content = self.rfile.read(int(self.headers["Content-Length"]))
            record = restore(*cbor.decode(content, _LIMITS))  # type: ignore[misc]  # by this bench's own client
            check_signature(record, public_key)
            if stands.hash:
                check_follows(record, stands)
            row = (record.header.seq, record.header_bytes, record.body, record.signature)
            store.execute("INSERT INTO records VALUES (?, ?, ?, ?)", row)
            stands = record.link
            answer = b""
            if self.path == ACKNOWLEDGED:
                answer = encode_answer(statement, Acknowledgement(stands, clock.wall_ms()).sign(signer))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer((host, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(gateway / files.SERVER_CERTIFICATES, gateway / files.SERVER_KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(json.dumps({"listens": server.server_address[1]}), flush=True)
    server.serve_forever()


def push(host: str, port: int, terminal: Path, kept: str, count: int, *, one_connection: bool, path: str) -> None:
    """Send records of a terminal's journal behind the first, one after the other; `kept` is a file for the answers."""
    config = TerminalConfig.load(terminal)
    trust = trust_of(terminal, config)
    context = ssl.create_default_context(cafile=terminal / config.root_certificate)
    journal, transport = JournalReader.open(terminal / "journal.db"), Transport.open_or_create(Path(kept))
    began_s = time.monotonic()
    line = http.client.HTTPSConnection(host, port, context=context)
    for record in records_between(1, 1 + count, journal.read):
        line.request("POST", path, cbor.encode((record.header_bytes, record.body, record.signature)))
        answer = line.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"refused: {answer.status}")
        if path == ACKNOWLEDGED:
            acknowledgement = verify_answer(said, trust)
            if acknowledgement.link != record.link:
                raise SystemExit("another record was acknowledged")
            transport.keep_acknowledgement(acknowledgement, said)
        if not one_connection:
            line.close()
    print(json.dumps({"began_s": began_s, "ended_s": time.monotonic()}), flush=True)


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "serve":
        serve(given[0], given[1], Path(given[2]), bytes.fromhex(given[3]))
    else:
        one = given[5] == "one"
        push(given[0], int(given[1]), Path(given[2]), given[3], int(given[4]), one_connection=one, path=given[6])

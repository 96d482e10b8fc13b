"""`python -m tests.bench.one_post serve|push ...`: one signed record a request, the plain way to send signed things.

The server checks each record with its own signature and commits it before it answers; it has one thread and keeps
connections. Both ends say what happened as lines of JSON.
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
from sync.journal import JournalReader
from sync.record import BODY_BYTES_MAX, HEADER_BYTES_MAX, Link, chain_id, check_follows, check_signature, restore

_LIMITS = cbor.Limits(HEADER_BYTES_MAX + BODY_BYTES_MAX + 128, values_max=8)


def serve(host: str, path: str, certificates: str, key: str, public_key: bytes) -> None:
    """Take records of one chain until killed."""
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
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer((host, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificates, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(json.dumps({"listens": server.server_address[1]}), flush=True)
    server.serve_forever()


def push(host: str, port: int, root: str, journal: Path, count: int, *, one_connection: bool) -> None:
    """Send records of the journal behind the first, one after the other."""
    context = ssl.create_default_context(cafile=root)
    reader = JournalReader.open(journal)
    records = reader.read(1, count)
    began_s = time.monotonic()
    line = http.client.HTTPSConnection(host, port, context=context)
    for record in records:
        line.request("POST", "/records", cbor.encode((record.header_bytes, record.body, record.signature)))
        answer = line.getresponse()
        answer.read()
        if answer.status != 204:
            raise SystemExit(f"refused: {answer.status}")
        if not one_connection:
            line.close()
    print(json.dumps({"began_s": began_s, "ended_s": time.monotonic()}), flush=True)


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "serve":
        serve(given[0], given[1], given[2], given[3], bytes.fromhex(given[4]))
    else:
        push(given[0], int(given[1]), given[2], Path(given[3]), int(given[4]), one_connection=given[5] == "one")

"""Attachments for tests: the records that name them, and a terminal's end of tus on raw sockets and on http.client."""

from __future__ import annotations

import array
import fcntl
import random
import socket
import ssl
import struct
import termios
import time
from contextlib import suppress
from http.client import HTTPResponse, HTTPSConnection

from sync.attachments.sealed import Sealed, seal
from sync.model.facts import ActorClass, AttachmentAdded, Fact
from sync.protocol import tus
from sync.record import Record, Stamp, compose
from tests.gateway.county_site import Box, Writer
from tests.seals import READERS, known_key

KEY = bytes(range(32))
CASE_NO = "9901010000012611230100011"


def sealed(size: int, seed: int = 0) -> Sealed:
    """A sealed attachment of so many bytes of content."""
    return seal(random.Random(seed).randbytes(size), KEY)


def naming(attachment: Sealed, size: int | None = None) -> AttachmentAdded:
    """The fact that names it; `size` to lie about that."""
    size = len(attachment.content) if size is None else size
    return AttachmentAdded(
        digest=attachment.digest, size=size, key=KEY, name="身份证", media_type="image/jpeg", material="id-card"
    )


def write(writer: Writer, happened: Fact) -> Record:
    """Write a fact with a sealed body; the first record of the chain tells the key."""
    key = known_key(writer.link.chain)
    for fact in (happened,) if writer.link.seq else (key.told_to(READERS), happened):
        record = compose(
            fact, after=writer.link, stamp=Stamp(1_795_415_520_000, b"12345678", writer.link.seq),
            signer=writer.signer, actor="A01", actor_class=ActorClass.AGENT, case_no=CASE_NO, content_key=key,
        )  # fmt: skip
        writer.link = record.link
        writer.records.append(record)
    return writer.records[-1]


class Uplink:
    """A terminal that uploads one attachment, named by its record."""

    def __init__(self, box: Box, attachment: Sealed, seq: int) -> None:
        self.box = box
        self.attachment = attachment
        self.seq = seq
        self.path = tus.location(box.writer.link.chain, attachment.digest)

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", version: str = "1.0.0"
    ) -> HTTPResponse:
        connection = HTTPSConnection("127.0.0.1", self.box.site.port, timeout=30, context=self.box.context)
        try:
            connection.request(method, path, body, {tus.RESUMABLE: version, **(headers or {})})
            answer = connection.getresponse()
            answer.text = answer.read()  # type: ignore[attr-defined]  # kept for the test that asks
            return answer
        finally:
            connection.close()

    def begin(self, size: int | None = None, seq: int | None = None, chain: bytes | None = None) -> HTTPResponse:
        named = tus.Named(chain or self.box.writer.link.chain, self.seq if seq is None else seq)
        length = len(self.attachment.content) if size is None else size
        return self.ask("POST", tus.ROOT, {tus.LENGTH: str(length), tus.METADATA: named.encode()})

    def patch(self, offset: int, piece: bytes) -> HTTPResponse:
        return self.ask("PATCH", self.path, {tus.OFFSET: str(offset), "Content-Type": tus.CONTENT_TYPE}, piece)

    def offset(self) -> int:
        return int(self.ask("HEAD", self.path).headers[tus.OFFSET])

    def line(self) -> ssl.SSLSocket:
        """A connection of one's own, for what http.client would not do; one question was answered on it already.

        So the handshake is over at both ends: a reset in the middle of that takes along whatever was sent.
        """
        raw = socket.create_connection(("127.0.0.1", self.box.site.port), 10)
        line = self.box.context.wrap_socket(raw, server_hostname="127.0.0.1")
        line.sendall(f"HEAD {self.path} HTTP/1.1\r\nHost: gateway\r\n{tus.RESUMABLE}: 1.0.0\r\n\r\n".encode())
        answered = b""
        while b"\r\n\r\n" not in answered:
            answered += line.recv(4096)
        return line

    def begin_patch(self, offset: int, length: int | None) -> ssl.SSLSocket:
        """Say on a connection of its own that `length` bytes follow (None: chunks)."""
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        line = self.line()
        line.sendall(
            f"PATCH {self.path} HTTP/1.1\r\nHost: gateway\r\n{tus.RESUMABLE}: 1.0.0\r\n{tus.OFFSET}: {offset}\r\n"
            f"Content-Type: {tus.CONTENT_TYPE}\r\n{framing}\r\n\r\n".encode()
        )
        return line

    def cut(self, offset: int, sent: bytes, length: int | None, *, reset: bool) -> None:
        """Begin a PATCH of `length` bytes (None: chunks), send less, and let the line die by a reset or an end."""
        line = self.begin_patch(offset, length)
        if sent:
            line.sendall(sent if length is not None else f"{len(sent):x}\r\n".encode() + sent + b"\r\n")
        # What the other kernel has not taken, a reset would overtake.
        while _unsent(line):
            time.sleep(0.001)
        if reset:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            line.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                socket.socket.recv(line, 4096)
        line.close()


def _unsent(line: socket.socket) -> int:
    """Bytes that the other kernel has not acknowledged (tcp(7), SIOCOUTQ)."""
    held = array.array("i", [0])
    fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, held)
    return held[0]


def uplink(box: Box, attachment: Sealed, fact: AttachmentAdded | None = None) -> Uplink:
    """A terminal whose record of an attachment has been admitted."""
    written = len(box.writer.records)
    record = write(box.writer, fact or naming(attachment))
    answer = box.push(box.writer.records[written:])
    assert answer.status == 200, answer.refusal
    return Uplink(box, attachment, record.header.seq)

"""Attachments over HTTP: tus 1.0.0, core and creation, for terminals; list, download and release for the county.

Every refusal is a sentence with a word for programs in `Sunpoint-Refusal`, as everywhere (`sync.gateway.http`).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, request
from msgspec import Struct

from sync.attachments.sealed import DIGEST_BYTES, SEALED_BYTES_MAX
from sync.gateway.attachments import AttachmentDesk, NoRoom, NotNamed, Received
from sync.gateway.peers import Peers
from sync.gateway.places import NoPlace, Places
from sync.gateway.store.attachments import (
    AttachmentStore,
    NoSuchUpload,
    NotThere,
    OffsetDiffers,
    QuotaUsedUp,
    Upload,
    UploadTooLong,
)
from sync.peer_name import PeerName
from sync.protocol import tus
from sync.protocol.arrivals import ARRIVALS_MAX, encode_arrivals
from sync.record import CHAIN_ID_BYTES

UPLOADS_AT_ONCE = 8
"""The other threads are for records, whatever terminals upload."""
UPLOADS_OF_ONE_TERMINAL = 2
"""The one that it makes, and one that it does not know yet to be dead."""
DOWNLOAD_BYTES_MAX = 1024 * 1024
"""Of one answer; whoever wants more asks for ranges."""
RETRY_S = 10
_log = logging.getLogger(__name__)
Refusal = Callable[[int, str, str], Response]


class _NameMalformed(ValueError):
    """The address names no upload."""


class AttachmentRoutes(Struct, frozen=True):
    """What the routes work with. `refusal` makes the answer of one: status, word, sentence."""

    peers: Peers
    desk: AttachmentDesk
    attachments: AttachmentStore
    refusal: Refusal
    places: Places

    def collection(self) -> Response:
        """/v1/attachments: what there is (OPTIONS), a new upload (POST), what has arrived (GET, for the county)."""
        method = request.headers.get(tus.METHOD_OVERRIDE, request.method)
        if method == "OPTIONS":
            return self._capabilities()
        if method == "GET":
            self.peers.county(request.environ)
            after = tus.number("after", request.args.get("after", "0"))
            found = self.attachments.arrivals_after(after, ARRIVALS_MAX)
            return Response(encode_arrivals(found), content_type="application/cbor")
        if method == "POST":
            return self._resumable(self._begin)
        return self.refusal(405, "wrong-method", "this address is asked in another way")

    def upload(self, chain_hex: str, digest_hex: str) -> Response:
        """/v1/attachments/<chain>/<digest>: where an upload stands (HEAD), and more of it (PATCH)."""
        chain, digest = _named(chain_hex, CHAIN_ID_BYTES), _named(digest_hex, DIGEST_BYTES)
        method = request.headers.get(tus.METHOD_OVERRIDE, request.method)
        if method == "OPTIONS":
            return self._capabilities()
        if method == "HEAD":
            return self._resumable(lambda terminal: _standing(self.desk.standing(terminal, chain, digest).upload))
        if method == "PATCH":
            return self._resumable(lambda terminal: self._append(terminal, chain, digest))
        return self.refusal(405, "wrong-method", "this address is asked in another way")

    def content(self, digest_hex: str) -> Response:
        """/v1/attachments/<digest>: an attachment that has arrived, whole or by range (GET), or released (DELETE)."""
        self.peers.county(request.environ)
        digest = _named(digest_hex, DIGEST_BYTES)
        if request.method == "DELETE":
            if not self.attachments.release(digest):
                raise NotThere("nobody has begun an attachment of this digest")
            _log.info("attachment %s was released", digest.hex()[:16])
            return Response(status=204)
        size = self.attachments.size(digest)
        asked = request.range.range_for_length(size) if request.range else (0, size)
        if asked is None:
            return self.refusal(416, "no-such-range", f"the attachment has {size} bytes")
        start, stop = asked[0], min(asked[1], asked[0] + DOWNLOAD_BYTES_MAX)
        answer = Response(self.attachments.content(digest, start, stop), content_type="application/octet-stream")
        answer.headers["Accept-Ranges"] = "bytes"
        if (start, stop) != (0, size):
            answer.status_code = 206
            answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        return answer

    def _capabilities(self) -> Response:
        """What this end can do; asked without a version of the protocol (tus, "OPTIONS")."""
        self.peers.of(request.environ)
        answer = Response(status=204)
        answer.headers[tus.SUPPORTED_VERSIONS] = tus.VERSION
        answer.headers[tus.SUPPORTED_EXTENSIONS] = tus.EXTENSIONS
        answer.headers[tus.MAX_SIZE] = str(SEALED_BYTES_MAX)
        return answer

    def _resumable(self, carry_out: Callable[[PeerName], Response]) -> Response:
        """Carry out a request of tus, by a terminal that speaks this version of it."""
        terminal = self.peers.terminal(request.environ)
        if request.headers.get(tus.RESUMABLE) != tus.VERSION:
            answer = self._refused(412, "another-version", f"this gateway speaks tus {tus.VERSION}")
            answer.headers[tus.SUPPORTED_VERSIONS] = tus.VERSION
            return answer
        try:
            return carry_out(terminal)
        except tus.TusMalformed as refusal:
            return self._refused(400, "malformed", str(refusal))
        except NotNamed as refusal:
            return self._refused(403, refusal.code, str(refusal))
        except NoSuchUpload as refusal:
            return self._refused(404, "no-such-upload", str(refusal))
        except OffsetDiffers as refusal:
            answer = self._refused(409, "another-offset", str(refusal))
            answer.headers[tus.OFFSET] = str(refusal.upload.offset)
            return answer
        except UploadTooLong as refusal:
            return self._refused(413, "too-long", str(refusal))
        except QuotaUsedUp as refusal:
            return self._refused(413, "quota", str(refusal))
        except NoRoom as refusal:
            return self._refused(413, refusal.code, str(refusal))

    def _begin(self, terminal: PeerName) -> Response:
        size = tus.number(tus.LENGTH, request.headers.get(tus.LENGTH))
        if size > SEALED_BYTES_MAX:
            return self._refused(413, "too-long", f"an attachment has at most {SEALED_BYTES_MAX} bytes")
        upload = self.desk.begin(terminal, tus.Named.decode(request.headers.get(tus.METADATA, "")), size)
        answer = _standing(upload, 201)
        answer.headers["Location"] = tus.location(upload.chain, upload.digest)
        return answer

    def _append(self, terminal: PeerName, chain: bytes, digest: bytes) -> Response:
        if request.content_type != tus.CONTENT_TYPE:
            return self._refused(415, "wrong-type", f"bytes come as {tus.CONTENT_TYPE}")
        offset = tus.number(tus.OFFSET, request.headers.get(tus.OFFSET))
        body = request.environ["wsgi.input"]
        try:
            with self.places.taken(terminal) as place:
                received = self.desk.receive(terminal, chain, digest, offset, place.lasting(arriving(body.reader)))
        except NoPlace:
            answer = self._refused(429, "busy", "others are uploading; records go before")
            answer.headers["Retry-After"] = str(RETRY_S)
            return answer
        finally:
            # What was not read must not be taken for the next request, and a line that died is not used again.
            body.failed = not _is_read(body.reader)
        return self._received(terminal, received)

    def _received(self, terminal: PeerName, received: Received) -> Response:
        upload = received.upload
        if received.thrown_away:
            _log.warning("%s sent another attachment than its record names; thrown away", terminal.urn())
            answer = self._refused(tus.CHECKSUM_MISMATCH, "another-digest", "the bytes are not what the record names")
            answer.headers[tus.OFFSET] = str(upload.offset)
            return answer
        if upload.arrived:
            _log.info("%s: attachment of %d bytes has arrived", terminal.urn(), upload.size)
        return _standing(upload, 204)

    def _refused(self, status: int, code: str, sentence: str) -> Response:
        # A body that nobody has read stands between this request and the next one.
        request.environ["wsgi.input"].failed = not _is_read(request.environ["wsgi.input"].reader)
        answer = self.refusal(status, code, sentence)
        answer.headers[tus.RESUMABLE] = tus.VERSION
        return answer


def add_attachment_routes(app: Flask, routes: AttachmentRoutes) -> None:
    """Add the addresses of attachments to the gateway."""
    for rule, handler, methods in (
        (tus.ROOT, routes.collection, ("GET", "POST", "OPTIONS")),
        (f"{tus.ROOT}/<digest_hex>", routes.content, ("GET", "DELETE")),
        (f"{tus.ROOT}/<chain_hex>/<digest_hex>", routes.upload, ("HEAD", "PATCH", "POST", "OPTIONS")),
    ):
        app.add_url_rule(rule, rule, handler, methods=methods, provide_automatic_options=False)
    app.register_error_handler(_NameMalformed, lambda refusal: routes.refusal(400, "malformed", str(refusal)))
    app.register_error_handler(tus.TusMalformed, lambda refusal: routes.refusal(400, "malformed", str(refusal)))
    app.register_error_handler(NotThere, lambda refusal: routes.refusal(404, "no-such-attachment", str(refusal)))


def arriving(reader: Any) -> Iterator[bytes]:
    """Yield the body of a request as it arrives, every byte of it that came before the line died; gunicorn's reader.

    gunicorn's `read(n)` waits for n bytes and, when the line dies, drops those that it has. One byte is asked for;
    what came with it is taken from where gunicorn keeps it.
    """
    while True:
        try:
            first = reader.read(1)
        except Exception as cause:
            _log.info("an upload ended early: %s", type(cause).__name__)
            return
        if not first:
            return
        yield first + _read_ahead(reader)


def _read_ahead(reader: Any) -> bytes:
    """What gunicorn has read of this body beyond what it was asked for."""
    if hasattr(reader, "length"):
        held: bytes = reader.unreader.take_buffered()
        own, others = held[: reader.length], held[reader.length :]
        reader.unreader.unread(others)
        reader.length -= len(own)
        return own
    held = reader.buf.getvalue()
    reader.buf = io.BytesIO()
    return held


def _is_read(reader: Any) -> bool:
    """Whether a body was read to its end."""
    return not (reader.length if hasattr(reader, "length") else reader.parser)


def _standing(upload: Upload, status: int = 200) -> Response:
    answer = Response(status=status)
    answer.headers[tus.RESUMABLE] = tus.VERSION
    answer.headers[tus.OFFSET] = str(upload.offset)
    answer.headers["Cache-Control"] = "no-store"
    if status == 200:
        answer.headers[tus.LENGTH] = str(upload.size)
    return answer


def _named(text: str, bytes_exact: int) -> bytes:
    try:
        name = bytes.fromhex(text)
    except ValueError as cause:
        raise _NameMalformed("an upload is named by hexadecimal digits") from cause
    if len(name) != bytes_exact:
        raise _NameMalformed(f"an upload is named by {bytes_exact} bytes")
    return name

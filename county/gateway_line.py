"""The county's line to its gateway: HTTPS with the county's certificate, answers bounded, no redirects, no proxies.

What comes back is bytes that nobody has verified yet; `county.intake` and `county.outbox` do that.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from cryptography import x509
from msgspec import Struct

from sync.protocol import tus
from sync.protocol.acknowledgement import ANSWER_BYTES_MAX
from sync.protocol.arrivals import ARRIVALS_BYTES_MAX, Arrival, ArrivalsMalformed, decode_arrivals
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.frame import FrameCut, FrameReader, FrameRefused, encode_frame
from sync.protocol.log_page import PAGE_BYTES_MAX
from sync.protocol.relay import RELAY_BYTES_MAX, Marked, Relay, RelayMalformed
from sync.protocol.segment import Segment

TIMEOUT_S = 15.0
EXCHANGE_S_MAX = 60.0
FEED_BYTES_MAX = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
_OK, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _UNPROCESSABLE = 200, 403, 404, 409, 422
_GIVEN = (200, 204, 206)
REFUSAL_HEADER = "Sunpoint-Refusal"
_NOT_VOUCHED = "not-vouched"
_CBOR = "application/cbor"


class GatewayAway(Exception):
    """No answer that can be used; the message says why, in Chinese."""


class ChainNotTaken(Exception):
    """The gateway takes nothing of this chain: it does not know it, or has ended it. Other chains may go on."""


class NotAtGateway(Exception):
    """The gateway does not have what was asked for."""


class FeedMoved(Exception):
    """The gateway has another mark where the feed was read last: it was put back, and numbers its feed anew."""


def feed_address(after: int, read: Marked | None) -> str:
    """Return what is asked for to read the feed behind a place, having read a place with its mark."""
    return f"/v1/feed?after={after}" + (f"&at={read.place}&mark={read.mark.hex()}" if read else "")


def log_address(after: Checkpoint) -> str:
    """Return what is asked for to read the log behind a checkpoint."""
    return f"/v1/log?after={max(0, after.at_ms)}&from={after.size}&epoch={after.epoch}"


class PushAnswer(Struct, frozen=True):
    """What the gateway said to segments: the signed answer about the chain, and whether they were taken."""

    answer: bytes
    taken: bool
    forked: bool


class GatewayLine:
    """Asks the gateway, one connection a question.

    Args:
        url: https://host:port, without a path.
        context: trusts the county's root only, and shows the county's certificate.
        timeout_s: longest wait for a connection, or for the next bytes.
        exchange_s_max: longest that one question may take in all, however steadily its answer trickles in.

    Attributes:
        certificate_ends_ms: of what the gateway showed last, milliseconds since 1970 UTC; None before the first time.
    """

    def __init__(
        self,
        url: str,
        context: ssl.SSLContext,
        timeout_s: float = TIMEOUT_S,
        exchange_s_max: float = EXCHANGE_S_MAX,
    ) -> None:
        address = urlsplit(url)
        self._host = address.hostname or ""
        self._port = address.port or 443
        self._context = context
        self._timeout_s = timeout_s
        self._exchange_s_max = exchange_s_max
        self.certificate_ends_ms: int | None = None

    def feed(self, after: int, read: Marked | None = None) -> list[Relay]:
        """Return what was admitted after a place, in order; part of it when the line dies in the middle.

        `read` is a place that was read and its mark, None before the first.
        Raises GatewayAway when not even one came whole, FeedMoved when the gateway has another mark there.
        """
        relays: list[Relay] = []
        try:
            self._read_feed(feed_address(after, read), relays)
        except (FrameCut, FrameRefused, RelayMalformed) as cause:
            if not relays:
                raise GatewayAway("网关的回答读不懂") from cause
        except (OSError, http.client.HTTPException) as cause:
            if not relays:
                raise GatewayAway(_in_words(cause)) from cause
        return relays

    def late(self, after: int) -> list[Relay]:
        """Return what came for closed chains after a place, in order. Raises GatewayAway."""
        relays: list[Relay] = []
        try:
            self._read_feed(f"/v1/late?after={after}", relays)
        except (FrameCut, FrameRefused, RelayMalformed, FeedMoved) as cause:
            raise GatewayAway("网关的回答读不懂") from cause
        except (OSError, http.client.HTTPException) as cause:
            raise GatewayAway(_in_words(cause)) from cause
        return relays

    def _read_feed(self, address: str, relays: list[Relay]) -> None:
        with self._connected() as connection:
            response = _asked(connection, "GET", address)
            if response.status == _CONFLICT:
                raise FeedMoved
            if response.status != _OK:
                raise GatewayAway(_refusal(response))
            frames = FrameReader(RELAY_BYTES_MAX)
            left = FEED_BYTES_MAX
            while piece := response.read(min(_PIECE_BYTES, left)):
                relays.extend(Relay.decode(content) for content in frames.feed(piece))
                left -= len(piece)
            _check_whole(response)
            frames.finish()

    def log(self, after: Checkpoint) -> bytes:
        """Return a page of the gateway's log behind a checkpoint. Raises GatewayAway."""
        try:
            with self._connected() as connection:
                response = _asked(connection, "GET", log_address(after))
                if response.status != _OK:
                    raise GatewayAway(_refusal(response))
                page = response.read(PAGE_BYTES_MAX + 1)
                _check_whole(response)
        except (OSError, http.client.HTTPException) as cause:
            raise GatewayAway(_in_words(cause)) from cause
        return page

    def push(self, segments: list[Segment]) -> PushAnswer:
        """Hand in segments of one of the county's chains. Raises GatewayAway, ChainNotTaken."""
        content = b"".join(encode_frame(segment.encode()) for segment in segments)
        try:
            with self._connected() as connection:
                response = _asked(connection, "POST", "/v1/segments", content)
                if response.status == _FORBIDDEN:
                    raise ChainNotTaken((response.getheader(REFUSAL_HEADER) or "forbidden")[:40])
                if response.status not in (_OK, _CONFLICT, _UNPROCESSABLE):
                    raise GatewayAway(_refusal(response))
                answer = response.read(ANSWER_BYTES_MAX + 1)
                _check_whole(response)
        except (OSError, http.client.HTTPException) as cause:
            raise GatewayAway(_in_words(cause)) from cause
        return PushAnswer(answer, response.status == _OK, response.status == _UNPROCESSABLE)

    def arrivals(self, after: int) -> tuple[Arrival, ...]:
        """Return which attachments have arrived behind a place, in order. Raises GatewayAway."""
        try:
            return decode_arrivals(self._got(f"{tus.ROOT}?after={after}", ARRIVALS_BYTES_MAX), after)
        except (ArrivalsMalformed, NotAtGateway) as cause:
            raise GatewayAway("网关的回答读不懂") from cause

    def attachment(self, digest: bytes, start: int, stop: int) -> bytes:
        """Return bytes from `start` to before `stop` of an attachment, or fewer. Raises GatewayAway, NotAtGateway."""
        return self._got(f"{tus.ROOT}/{digest.hex()}", stop - start, {"Range": f"bytes={start}-{stop - 1}"})

    def release(self, digest: bytes) -> None:
        """Let the gateway give an attachment up; no matter if it has none. Raises GatewayAway."""
        with contextlib.suppress(NotAtGateway):
            self._got(f"{tus.ROOT}/{digest.hex()}", 0, method="DELETE")

    def _got(self, path: str, bytes_max: int, headers: dict[str, str] | None = None, method: str = "GET") -> bytes:
        try:
            with self._connected() as connection:
                connection.request(method, path, headers=headers or {})
                response = connection.getresponse()
                if response.status == _NOT_FOUND:
                    raise NotAtGateway
                if response.status not in _GIVEN:
                    raise GatewayAway(_refusal(response))
                content = response.read(bytes_max)
                _check_whole(response)
                return content
        except (OSError, http.client.HTTPException) as cause:
            raise GatewayAway(_in_words(cause)) from cause

    @contextmanager
    def _connected(self) -> Iterator[http.client.HTTPSConnection]:
        """A connection for one question, cut off when it takes too long in all."""
        raw = socket.create_connection((self._host, self._port), self._timeout_s)
        with self._context.wrap_socket(raw, server_hostname=self._host, do_handshake_on_connect=False) as tls:
            cut_off = threading.Timer(self._exchange_s_max, _hang_up, [tls])
            cut_off.daemon = True
            cut_off.start()
            connection = http.client.HTTPSConnection(self._host, self._port, context=self._context)
            connection.sock = tls
            try:
                tls.do_handshake()
                shown = x509.load_der_x509_certificate(tls.getpeercert(True) or b"")
                self.certificate_ends_ms = int(shown.not_valid_after_utc.timestamp() * 1000)
                yield connection
            finally:
                cut_off.cancel()
                connection.close()


def _hang_up(tls: ssl.SSLSocket) -> None:
    # Closing alone would not wake a thread that waits for the next bytes.
    with contextlib.suppress(OSError):
        tls.shutdown(socket.SHUT_RDWR)


def _check_whole(response: http.client.HTTPResponse) -> None:
    """Raise IncompleteRead when the line died before the length that was promised."""
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)


def _asked(
    connection: http.client.HTTPSConnection, method: str, path: str, content: bytes | None = None
) -> http.client.HTTPResponse:
    headers = {"Accept": _CBOR} if content is None else {"Content-Type": _CBOR, "Accept": _CBOR}
    connection.request(method, path, content, headers)
    return connection.getresponse()


def _refusal(response: http.client.HTTPResponse) -> str:
    if 300 <= response.status < 400:
        return "网关要求转到别处，没有照办"
    if response.status == 403:
        return "网关不认县里的证书"
    if response.getheader(REFUSAL_HEADER) == _NOT_VOUCHED:
        return "网关的回执密钥不在有效期内，或者网关的时钟不对；请校时，或做 county-init 续期"
    return f"网关出错（{response.status}）"


def _in_words(cause: Exception) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "网关的证书不对"
    if isinstance(cause, ssl.SSLError):
        return "加密连接没有建成"
    if isinstance(cause, socket.gaierror):
        return "找不到网关的地址（主机名查不到）"
    if isinstance(cause, TimeoutError):
        return "网关没有回应"
    if isinstance(cause, OSError):
        return "连不上网关"
    return "网关的回答不完整"

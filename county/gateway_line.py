"""The county's line to its gateway: HTTPS with the county's certificate, answers bounded, no redirects, no proxies.

What comes back is bytes that nobody has verified yet; `county.intake` and `county.outbox` do that.
"""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from sync.protocol.acknowledgement import ANSWER_BYTES_MAX
from sync.protocol.frame import FrameReader, FrameRefused, encode_frame
from sync.protocol.relay import RELAY_BYTES_MAX, Relay, RelayMalformed
from sync.protocol.segment import Segment

TIMEOUT_S = 15.0
FEED_BYTES_MAX = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
_OK, _CONFLICT, _UNPROCESSABLE = 200, 409, 422
_CBOR = "application/cbor"


class GatewayAway(Exception):
    """No answer that can be used; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class PushAnswer:
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
    """

    def __init__(self, url: str, context: ssl.SSLContext, timeout_s: float = TIMEOUT_S) -> None:
        address = urlsplit(url)
        self._host = address.hostname or ""
        self._port = address.port or 443
        self._context = context
        self._timeout_s = timeout_s

    def feed(self, after: int) -> list[Relay]:
        """Return what was admitted after a place, in order; part of it when the line dies in the middle.

        Raises GatewayAway when not even one came whole.
        """
        connection = self._connect()
        relays: list[Relay] = []
        try:
            response = _asked(connection, "GET", f"/v1/feed?after={after}")
            if response.status != _OK:
                raise GatewayAway(_refusal(response))
            frames = FrameReader(RELAY_BYTES_MAX)
            left = FEED_BYTES_MAX
            while piece := response.read(min(_PIECE_BYTES, left)):
                relays += [Relay.decode(content) for content in frames.feed(piece)]
                left -= len(piece)
        except (FrameRefused, RelayMalformed) as cause:
            if not relays:
                raise GatewayAway("网关的回答读不懂") from cause
        except (OSError, http.client.HTTPException) as cause:
            if not relays:
                raise GatewayAway(_in_words(cause)) from cause
        finally:
            connection.close()
        return relays

    def push(self, segments: list[Segment]) -> PushAnswer:
        """Hand in segments of one of the county's chains. Raises GatewayAway."""
        connection = self._connect()
        content = b"".join(encode_frame(segment.encode()) for segment in segments)
        try:
            response = _asked(connection, "POST", "/v1/segments", content)
            if response.status not in (_OK, _CONFLICT, _UNPROCESSABLE):
                raise GatewayAway(_refusal(response))
            answer = response.read(ANSWER_BYTES_MAX + 1)
        except (OSError, http.client.HTTPException) as cause:
            raise GatewayAway(_in_words(cause)) from cause
        finally:
            connection.close()
        return PushAnswer(answer, response.status == _OK, response.status == _UNPROCESSABLE)

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=self._context)


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
    return f"网关出错（{response.status}）"


def _in_words(cause: Exception) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "网关的证书不对"
    if isinstance(cause, ssl.SSLError):
        return "加密连接没有建成"
    if isinstance(cause, TimeoutError):
        return "网关没有回应"
    if isinstance(cause, OSError):
        return "连不上网关"
    return "网关的回答不完整"
